//! Makes events out of what the engine emits, some at a time, in memory that is used again.

use crate::engine::{Recorder, Room};
use crate::event::{Event, Flat, Form, Origin, What};
use crate::ids::{GoId, ProcId, ThreadId, Timestamp};
use crate::order::{Attempt, Context, Effect, Record, Shown};
use crate::tables::Tables;
use procsteal_wire::EventType;
use std::rc::Rc;

/// Places of events: enough to keep the engine in its loop, few enough for the first cache of most processors, with what the
/// engine itself needs.
const PLACES: usize = 512;

/// When this many are made they are taken away: there is room for what one more attempt may show.
const EVENTS: usize = PLACES - MOST_SHOWN;

/// The most events that one event of a trace is shown as: a coroutine switch.
const MOST_SHOWN: usize = 3;

/// Events that have been made and not yet been taken away.
pub(crate) struct EventBuffer<'t> {
    trace: &'t [u8],
    /// What all events of a generation have in common is there already. The compiler does not know how many these are, and so
    /// keeps one pointer to the next place, and not a number besides.
    events: Box<[Event<'t>]>,
    /// How many are made.
    made: usize,
    taken: usize,
    last_time: i64,
}

impl<'t> EventBuffer<'t> {
    pub(crate) fn new(trace: &'t [u8]) -> Self {
        let none = Rc::new(Origin::new(trace, None));
        let events = vec![Event::blank(&none); PLACES].into_boxed_slice();
        Self { trace, events, made: 0, taken: 0, last_time: 0 }
    }

    /// The next event, which is taken away.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<&Event<'t>> {
        let event = self.events.get(self.taken).filter(|_| self.taken < self.made)?;
        self.taken += 1;
        Some(event)
    }

    /// All events that are there, which are taken away.
    pub(crate) fn take_all(&mut self) -> &[Event<'t>] {
        let taken = std::mem::replace(&mut self.taken, self.made);
        self.events.get(taken..self.made).unwrap_or_default()
    }

    /// Makes room, everything having been taken away.
    pub(crate) fn clear(&mut self) {
        (self.made, self.taken) = (0, 0);
    }

    /// The events from now on are of this generation; none is left of the last one.
    pub(crate) fn start(&mut self, tables: &Rc<Tables>) {
        self.events.fill(Event::blank(&Rc::new(Origin::new(self.trace, Some(Rc::clone(tables))))));
    }

    /// The events from now on are of no generation.
    pub(crate) fn end(&mut self) {
        self.events.fill(Event::blank(&Rc::new(Origin::new(self.trace, None))));
    }

    /// Adds an event that comes from no thread's stream; `time` is as the trace has it.
    pub(crate) fn push(&mut self, time: i64, context: Context, form: Form, subject: u64, offset: usize) {
        let time = self.increase(time);
        let left = self.trace.len() - offset;
        let event = self.room();
        event.time = time;
        (event.thread, event.proc, event.goroutine) =
            (ThreadId(context.thread), ProcId(context.proc), GoId(context.goroutine));
        // No thread writes an event of this type.
        event.flat = Flat { subject, ..Flat::new(form, EventType::SYNC, left) };
    }

    /// The last event's time.
    pub(crate) fn last_time(&self) -> i64 {
        self.last_time
    }

    /// A time is later than all before it (format 4.3).
    #[inline(always)]
    fn increase(&mut self, time: i64) -> Timestamp {
        // Few times are the same, so a guess is quicker than to wait for the last one.
        self.last_time = if time > self.last_time { time } else { after(self.last_time) };
        Timestamp(self.last_time)
    }

    /// The place of a new event, which holds an old one.
    #[inline(always)]
    fn room(&mut self) -> &mut Event<'t> {
        self.made += 1;
        &mut self.events[self.made - 1]
    }
}

/// The first time after another.
#[cold]
#[inline(never)]
fn after(time: i64) -> i64 {
    time.wrapping_add(1)
}

/// Makes an event of one that happened. It writes each field where it will stay, because moving an event right after it was
/// made costs more than making it.
#[inline(always)]
fn make<R>(event: &mut Event<'_>, time: Timestamp, attempt: &Attempt<'_, R>, shown: Shown) {
    let Shown { context, effect } = shown;
    event.time = time;
    event.thread = ThreadId(context.thread);
    event.proc = ProcId(context.proc);
    event.goroutine = GoId(context.goroutine);
    let Flat { what, subject, other } = &mut event.flat;
    let form = match effect {
        Effect::Plain => Form::Plain,
        Effect::Proc { proc, from, to } => {
            (*subject, *other) = (proc.cast_unsigned(), attempt.writer.cast_unsigned());
            Form::Proc { from, to }
        }
        Effect::Goroutine { goroutine, from, to } => {
            (*subject, *other) = (goroutine.cast_unsigned(), attempt.writer.cast_unsigned());
            Form::Goroutine { from, to }
        }
        Effect::Unreadable => Form::UnreadableTransition,
        Effect::WorldStarts { reason } => {
            *subject = reason;
            Form::WorldStarts
        }
        Effect::TaskEnds { parent, name } => {
            (*subject, *other) = (parent, name.packed());
            Form::TaskEnds
        }
    };
    *what = What::new(form, attempt.kind, attempt.left);
}

impl Record for EventBuffer<'_> {
    #[inline(always)]
    fn record<R>(&mut self, attempt: &Attempt<'_, R>, shown: Shown) {
        let time = self.increase(attempt.event.time);
        make(self.room(), time, attempt, shown);
    }
}

/// The places of a buffer, while they are filled.
pub(crate) struct Places<'b, 't> {
    free: std::slice::IterMut<'b, Event<'t>>,
    made: &'b mut usize,
    last_time: &'b mut i64,
}

impl Room for Places<'_, '_> {
    #[inline(always)]
    fn last_time(&self) -> i64 {
        *self.last_time
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.free.as_slice().is_empty()
    }

    #[inline(always)]
    fn record<R>(&mut self, attempt: &Attempt<'_, R>, shown: Shown) {
        if let Some(place) = self.free.next() {
            make(place, Timestamp(attempt.event.time), attempt, shown);
        }
    }

    #[inline(always)]
    fn close(self, last_time: i64) {
        let made = EVENTS - self.free.len();
        if made > *self.made {
            (*self.made, *self.last_time) = (made, last_time);
        }
    }
}

impl<'t> Recorder for EventBuffer<'t> {
    type Room<'r>
        = Places<'r, 't>
    where
        Self: 'r;

    fn retract(&mut self) {
        let place = |made: usize| Some(self.events.get(made.checked_sub(1)?)?.flat.what.left());
        let retracted = place(self.made);
        while self.made > 0 && place(self.made) == retracted {
            self.made -= 1;
        }
    }

    #[inline(always)]
    fn any(&self) -> bool {
        self.taken < self.made
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.made >= EVENTS
    }

    #[inline(always)]
    fn room(&mut self) -> Places<'_, 't> {
        let Self { events, made, last_time, .. } = self;
        Places { free: events.get_mut(*made..EVENTS).unwrap_or_default().iter_mut(), made, last_time }
    }
}
