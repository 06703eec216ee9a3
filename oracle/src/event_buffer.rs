//! Makes events out of what the engine emits, some at a time, in memory that is used again.

use crate::engine::Recorder;
use crate::event::{Event, Form, Text};
use crate::ids::{Generation, GoId, ProcId, ThreadId, Timestamp};
use crate::order::{Draft, Effect, Record};
use crate::stack_table::StackTable;
use crate::tables::Tables;
use crate::wire_event::WireEvent;
use procsteal_wire::EventType;
use std::sync::Arc;

/// After this many events they are taken away: enough to keep the engine in its loop, few enough for the first cache.
const EVENTS: usize = 64;

/// Events that have been made and not yet been taken away.
pub(crate) struct EventBuffer<'t> {
    trace: &'t [u8],
    events: Vec<Event<'t>>,
    /// How many of them are made.
    made: usize,
    /// How many of those have happened for sure.
    committed: usize,
    taken: usize,
    last_time: i64,
    /// The stacks of the generation that events are made of now.
    pub(crate) stacks: Arc<StackTable<'t>>,
}

impl<'t> EventBuffer<'t> {
    pub(crate) fn new(trace: &'t [u8]) -> Self {
        let (events, stacks) = (Vec::new(), Arc::default());
        Self { trace, events, made: 0, committed: 0, taken: 0, last_time: 0, stacks }
    }

    /// The number of the next event to be taken away.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<usize> {
        let number = self.taken;
        (number < self.committed).then(|| {
            self.taken += 1;
            number
        })
    }

    #[inline(always)]
    pub(crate) fn event(&mut self, number: usize) -> Option<&mut Event<'t>> {
        self.events.get_mut(number)
    }

    /// Whether any event is left to be taken away.
    pub(crate) fn any(&self) -> bool {
        self.taken < self.committed
    }

    /// Makes room, everything having been taken away. An event that had been made when its ids or its successor were
    /// found to be wrong is not shown.
    pub(crate) fn clear(&mut self) {
        (self.made, self.committed, self.taken) = (0, 0, 0);
    }

    /// Adds an event that comes from no thread's stream; `time` is as the trace has it.
    pub(crate) fn push(&mut self, time: i64, event: Event<'t>) {
        let time = self.increase(time);
        *self.room() = Event { time, ..event };
        self.commit();
    }

    /// The last event's time.
    pub(crate) fn last_time(&self) -> i64 {
        self.last_time
    }

    /// A time is later than all before it (format 4.3).
    #[inline(always)]
    fn increase(&mut self, time: i64) -> Timestamp {
        self.last_time = if time <= self.last_time { self.last_time.wrapping_add(1) } else { time };
        Timestamp(self.last_time)
    }

    /// The place of a new event, which holds an old one.
    #[inline(always)]
    fn room(&mut self) -> &mut Event<'t> {
        if self.made == self.events.len() {
            self.grow();
        }
        self.made += 1;
        &mut self.events[self.made - 1]
    }

    #[cold]
    fn grow(&mut self) {
        self.events.push(Event::BLANK);
    }
}

impl Record for EventBuffer<'_> {
    /// Writes each field where it will stay, because moving an event right after it was made costs more than making
    /// it.
    #[inline(always)]
    fn record(&mut self, draft: impl FnOnce() -> Draft) {
        let Draft { context, effect } = draft();
        let trace = self.trace;
        let event = self.room();
        event.thread = ThreadId(context.thread);
        event.proc = ProcId(context.proc);
        event.goroutine = GoId(context.goroutine);
        let flat = &mut event.flat;
        flat.form = Form::Plain;
        flat.text = Text(&[]);
        match effect {
            Effect::Plain => {}
            Effect::Proc { proc, from, to } => {
                flat.form = Form::Proc;
                flat.subject = proc.cast_unsigned();
                (flat.from_proc, flat.to_proc) = (from, to);
            }
            Effect::Goroutine { goroutine, from, to } => {
                flat.form = Form::Goroutine;
                flat.subject = goroutine.cast_unsigned();
                (flat.from_goroutine, flat.to_goroutine) = (from, to);
            }
            Effect::Unreadable => flat.form = Form::UnreadableTransition,
            Effect::WorldStarts { reason: Some(reason) } => {
                flat.form = Form::WorldStarts;
                flat.text = Text(reason.of(trace));
            }
            Effect::WorldStarts { reason: None } => flat.form = Form::UnreadableRangeEnd,
            Effect::TaskEnds { parent, name } => {
                flat.form = Form::TaskEnds;
                flat.subject = parent;
                flat.text = Text(name.of(trace));
            }
        }
    }
}

impl<'t> EventBuffer<'t> {
    /// Resolves the ids of an event that names any.
    #[inline(always)]
    fn resolve_ids(&mut self, number: usize, tables: &Tables, source: &WireEvent) -> bool {
        let Self { trace, events, stacks, .. } = self;
        let event = &mut events[number];
        let mut valid = event.stacks.set(stacks, tables, source.stack(), source.new_stack());
        let mut text = |id| {
            let span = tables.string(id);
            valid &= span.is_some();
            Text(span.unwrap_or_default().of(trace))
        };
        if let Some(id) = source.string() {
            event.flat.text = text(id);
        }
        if let Some(id) = source.other_string() {
            event.flat.other_text = text(id);
        }
        valid
    }
}

impl Recorder for EventBuffer<'_> {
    #[inline(always)]
    fn resolve(&mut self, tables: &Tables, thread: i64, source: &WireEvent) -> bool {
        let mut valid = true;
        for number in self.committed..self.made {
            let time = self.increase(source.time);
            let event = &mut self.events[number];
            event.time = time;
            event.position.generation = Generation(tables.generation);
            event.position.thread = ThreadId(thread);
            event.position.offset = source.offset as u64;
            event.flat.event = source.event;
            let [first, second, third, _] = source.arguments;
            event.flat.numbers = [first, second, third];
            event.stacks.clear();
            if source.names_ids() {
                valid &= self.resolve_ids(number, tables, source);
            }
        }
        valid
    }

    #[inline(always)]
    fn commit(&mut self) {
        self.committed = self.made;
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.made >= EVENTS
    }
}

/// An event of the profiler or of a generation's boundary names no wire event of a thread.
impl<'t> Event<'t> {
    pub(crate) fn outside_streams(form: Form, event: EventType) -> Self {
        let mut made = Self::BLANK;
        (made.flat.form, made.flat.event) = (form, event);
        made
    }
}
