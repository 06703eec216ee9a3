//! One thread's turn: its events, one after the other, while they are the earliest. This is where nearly all time goes.

use crate::engine::{Recorder, Room};
use crate::error::ErrorKind;
use crate::frontier::Turns;
use crate::order::{self, Attempt, Context, Ids, Reason, Record};
use crate::state::{Held, NONE, State, ThreadSlot};
use crate::streams::{BadEvent, Stream};
use crate::tables::Tables;
use crate::wire_event::{NEAR_BYTES, Near, SURE_BYTES, WireEvent};
use std::marker::PhantomData;

/// Why a thread's events cannot just go on.
pub(crate) enum Pause {
    /// The event that happened last was the last of its batch, or is at this offset and names something that is not there.
    Last { names_missing: Option<usize> },
    /// The next event has to wait.
    Waits,
    /// The next event can never happen.
    Fails(Box<ErrorKind>),
    /// The event behind the last one that happened cannot be decoded.
    CannotDecode(Box<BadEvent>),
}

/// Lets two threads take turns until it is for the heap to say whose event is next, or one of them pauses. Whose turn it is
/// then has the time of the next event in its stream.
#[inline(always)]
pub(crate) fn take(
    state: &mut State,
    tables: &Tables,
    streams: &mut [Stream],
    turns: &mut Turns,
    trace: &[u8],
    recorder: &mut impl Recorder,
) -> Option<Pause> {
    let slot = slot_of(state, &mut streams[turns.stream as usize]);
    state.enter(slot);
    while let Usual::Step = take_usual(state, tables, streams, turns, trace, recorder.room()) {
        loop {
            let stream = &mut streams[turns.stream as usize];
            if let Step::EndsTurn(pause) = step(state, tables, stream, turns.until, trace, recorder) {
                let time = stream.time;
                if pause.is_some() || !turns.is_over(time) || !change(state, streams, turns, time) {
                    return pause;
                }
                break;
            }
            if look_ahead(stream, tables, trace) && !turns.is_over(stream.time) {
                break;
            }
        }
    }
    None
}

/// Looks when the next event of a stream is; `false` if that is not easy to see, or it is of no usual kind.
#[inline(always)]
fn look_ahead(stream: &mut Stream, tables: &Tables, trace: &[u8]) -> bool {
    let head = trace.get(stream.cursor.at..).and_then(|rest| Head::new(rest, stream.cursor.from, tables));
    let Some(Head { near, time, .. }) = head else { return false };
    stream.time = time;
    'rare: {
        order::if_frequent!(near.event(), 'rare, |_kind| return true)
    }
    false
}

/// Lets the other thread take its turn, if it is so far. The next event of the one before has this time.
#[inline(always)]
fn change(state: &mut State, streams: &mut [Stream], turns: &mut Turns, time: i64) -> bool {
    if !turns.change(time) {
        return false;
    }
    meet_other(state, &mut streams[turns.stream as usize]);
    state.change_turns();
    true
}

/// Lets the state know the thread that takes turns with the current one, which is that of this stream.
#[inline(always)]
fn meet_other(state: &mut State, stream: &mut Stream) {
    if !state.has_other() {
        let slot = slot_of(state, stream);
        state.enter_other(slot);
    }
}

/// Where the thread of a stream is, which becomes known by its first event.
#[inline(always)]
fn slot_of(state: &mut State, stream: &mut Stream) -> ThreadSlot {
    if stream.slot == ThreadSlot::UNKNOWN {
        stream.slot = make_known(state, stream.thread);
    }
    stream.slot
}

#[cold]
#[inline(never)]
fn make_known(state: &mut State, thread: i64) -> ThreadSlot {
    state.thread(thread)
}

/// What comes after usual events.
enum Usual {
    /// One that may not be as usual.
    Step,
    /// The turns end.
    End,
}

/// An event of which as much is known as is needed to know when it happens.
#[derive(Clone, Copy)]
struct Head<'t> {
    near: Near<'t>,
    time: i64,
    /// Where its arguments begin.
    arguments: usize,
}

impl<'t> Head<'t> {
    /// The event at the beginning of `rest`, whose time is counted from `from`, if it is usual so far.
    #[inline(always)]
    fn new(rest: &'t [u8], from: i64, tables: &Tables) -> Option<Self> {
        let near = Near::new(rest)?;
        let (delta, arguments) = near.delta(&tables.clock)?;
        Some(Self { near, time: from.wrapping_add(delta), arguments })
    }

    /// The same of a thread whose next event is known to have this time.
    #[inline(always)]
    fn at(rest: &'t [u8], time: i64) -> Option<Self> {
        let near = Near::new(rest)?;
        Some(Self { near, time, arguments: near.behind_delta()? })
    }
}

/// One of two threads that take turns.
struct Side<'t> {
    /// Of the trace, from its next event on; nothing if that cannot be usual, or if this is nobody yet.
    rest: &'t [u8],
    /// How much of the trace is behind the batch. At least so much must be left to look at an event.
    behind: usize,
    /// Of the next event.
    time: i64,
    /// What that is counted from.
    from: i64,
    thread: i64,
    held: Held,
    /// The index of its stream.
    stream: u32,
    is_there: bool,
}

impl<'t> Side<'t> {
    /// The thread of stream `stream`, of which nothing else is known yet.
    #[inline(always)]
    fn nobody(stream: u32) -> Self {
        Self {
            rest: &[],
            behind: 0,
            time: 0,
            from: 0,
            thread: NONE,
            held: Held::NOTHING,
            stream,
            is_there: false,
        }
    }

    #[inline(always)]
    fn of(number: u32, streams: &[Stream], held: Held, trace: &'t [u8]) -> Self {
        let Stream { thread, time, cursor, .. } = streams[number as usize];
        let behind = trace.len() - cursor.end;
        let rest = if thread == NONE { &[] } else { &trace[cursor.at..] };
        Self { rest, behind, time, from: cursor.from, thread, held, stream: number, is_there: true }
    }

    /// Learns what is to be known of it; `false` if that is known.
    #[cold]
    #[inline(never)]
    fn appear(&mut self, state: &mut State, streams: &mut [Stream], trace: &'t [u8]) -> bool {
        if self.is_there {
            return false;
        }
        meet_other(state, &mut streams[self.stream as usize]);
        *self = Self::of(self.stream, streams, state.other_held(), trace);
        true
    }

    #[inline(always)]
    fn put_back(&self, streams: &mut [Stream], trace: &[u8]) {
        if !self.rest.is_empty() {
            let stream = &mut streams[self.stream as usize];
            (stream.cursor.at, stream.cursor.from) = (trace.len() - self.rest.len(), self.from);
            stream.time = self.time;
        }
    }
}

/// Lets usual events of the two threads happen, which nearly all are. For them there is this loop in the other: with all else
/// outside, the compiler keeps what it needs in registers.
#[inline(always)]
fn take_usual(
    state: &mut State,
    tables: &Tables,
    streams: &mut [Stream],
    turns: &mut Turns,
    trace: &[u8],
    mut room: impl Room,
) -> Usual {
    // Usual events are later than all before them, and than 0: of a time of 0 more has to be known (format 2.6).
    let mut last_time = room.last_time().max(0);
    let [stream, other_stream] = turns.streams();
    let mut sides = [Side::of(stream, streams, state.held, trace), Side::nobody(other_stream)];
    let [first, second] = &mut sides;
    let (mut side, mut other) = (first, second);
    let next = 'turns: loop {
        let Some(mut head) = Head::at(side.rest, side.time) else {
            if side.appear(state, streams, trace) {
                continue;
            }
            break Usual::Step;
        };
        let Side { mut rest, thread, .. } = *side;
        // The compiler has to see that there are as many bytes left as are looked at.
        let behind = side.behind.max(NEAR_BYTES);
        if head.time <= last_time || thread == NONE {
            break Usual::Step;
        }
        'step: {
            while !room.is_full() {
                order::if_frequent!(head.near.event(), 'step, |kind| {
                    let Some((arguments, size)) = head.near.arguments(kind, head.arguments) else { break 'step };
                    let Some(next) = rest.get(size..) else { break 'step };
                    if next.len() < behind {
                        break 'step;
                    }
                    let offset = trace.len() - rest.len();
                    let event = &WireEvent { event: kind, time: head.time, arguments, offset };
                    let held = &side.held;
                    let context = Context { thread, proc: held.proc, goroutine: held.goroutine };
                    let (left, refusal) = (rest.len(), PhantomData);
                    let attempt = Attempt { kind, event, left, writer: thread, context, tables, trace, refusal };
                    let Ok(shown) = order::attempt_usual(state, [&mut side.held, &mut other.held], &attempt) else { break 'step };
                    room.record(&attempt, shown);
                    rest = next;
                });
                let time = head.time;
                if let Some(next) = Head::new(rest, time, tables) {
                    if turns.is_over(next.time) {
                        if rest.len() >= behind + SURE_BYTES && next.near.is_surely_whole() {
                            (side.rest, side.from, side.time, last_time) = (rest, time, next.time, time);
                            if turns.pass(next.time) {
                                std::mem::swap(&mut side, &mut other);
                                continue 'turns;
                            }
                            break 'turns Usual::End;
                        }
                    } else if next.time > time {
                        head = next;
                        continue;
                    }
                }
                (side.rest, side.from, last_time) = (rest, time, time);
                break 'turns Usual::Step;
            }
        }
        if rest.len() != side.rest.len() {
            // This is the time of the event before. It is not kept, because that would take a register.
            let delta = head.near.delta(&tables.clock).map_or(0, |(delta, _)| delta);
            last_time = head.time.wrapping_sub(delta);
            (side.rest, side.from) = (rest, last_time);
        }
        break Usual::Step;
    };
    side.put_back(streams, trace);
    other.put_back(streams, trace);
    turns.set_streams([side.stream, other.stream]);
    state.keep(side.held, other.is_there.then_some(other.held));
    room.close(last_time);
    next
}

/// What came of an event that is not as usual.
enum Step {
    Happened,
    EndsTurn(Option<Pause>),
}

/// Attempts a thread's next event, whatever it is.
#[cold]
#[inline(never)]
fn step(
    state: &mut State,
    tables: &Tables,
    stream: &mut Stream,
    until: i64,
    trace: &[u8],
    recorder: &mut impl Recorder,
) -> Step {
    let (event, next) = match stream.cursor.find(trace, &tables.clock) {
        Ok(Some(found)) => found,
        Ok(None) => return Step::EndsTurn(Some(Pause::Last { names_missing: None })),
        Err(bad) => return Step::EndsTurn(Some(Pause::CannotDecode(bad))),
    };
    stream.time = event.time;
    if event.time > until || recorder.is_full() {
        return Step::EndsTurn(None);
    }
    let ids = match attempt(state, tables, stream.thread, &event, trace, recorder) {
        Ok(ids) => ids,
        Err(Reason::Waits(_)) => return Step::EndsTurn(Some(Pause::Waits)),
        Err(Reason::Fails(kind)) => return Step::EndsTurn(Some(Pause::Fails(kind))),
    };
    (stream.cursor.at, stream.cursor.from) = (next, stream.cursor.following(event.time));
    match ids {
        Ids::Valid => Step::Happened,
        Ids::Missing => Step::EndsTurn(Some(Pause::Last { names_missing: Some(event.offset) })),
    }
}

/// Attempts an event of a thread, which is the current one.
#[inline(always)]
pub(crate) fn attempt(
    state: &mut State,
    tables: &Tables,
    thread: i64,
    event: &WireEvent,
    trace: &[u8],
    record: &mut impl Record,
) -> Result<Ids, Reason> {
    let context = Context { thread, proc: state.held.proc, goroutine: state.held.goroutine };
    let (kind, left, refusal) = (event.event, trace.len() - event.offset, PhantomData);
    let attempt = Attempt { kind, event, left, writer: thread, context, tables, trace, refusal };
    order::attempt(state, &attempt, record)
}
