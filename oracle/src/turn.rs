//! One thread's turn: its events, one after the other, while they are the earliest. This is where nearly all time goes.

use crate::engine::Recorder;
use crate::error::ErrorKind;
use crate::frontier::Turns;
use crate::order::{self, Attempt, Context, Ids, Reason, Record};
use crate::state::{NONE, State, ThreadSlot};
use crate::streams::{BadEvent, Stream};
use crate::tables::Tables;
use crate::wire_event::{Near, SURE_BYTES, WireEvent};
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
    loop {
        let stream = &mut streams[turns.stream as usize];
        let pause = run(state, tables, stream, turns.until, trace, recorder);
        if pause.is_some() || !turns.change(stream.time) {
            return pause;
        }
        if !state.has_other() {
            let slot = slot_of(state, &mut streams[turns.stream as usize]);
            state.enter_other(slot);
        }
        state.change_turns();
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

/// Lets the next event of the current thread happen, and those behind it whose times are not after `until`, or until the
/// recorder is full.
#[inline(always)]
fn run(
    state: &mut State,
    tables: &Tables,
    stream: &mut Stream,
    until: i64,
    trace: &[u8],
    recorder: &mut impl Recorder,
) -> Option<Pause> {
    let thread = stream.thread;
    let offset_of = |rest: &[u8]| trace.len() - rest.len();
    let behind = trace.len() - stream.cursor.end;
    loop {
        let (mut rest, mut from) = (&trace[stream.cursor.at..], stream.cursor.from);
        // Nearly all events are as usual. For them there is this loop in the other: with all else outside, the compiler keeps
        // what it needs in registers.
        while thread != NONE
            && let Some(near) = Near::new(rest)
            && let Some((delta, arguments)) = near.delta(&tables.clock)
        {
            let time = from.wrapping_add(delta);
            if time > until {
                if rest.len() >= behind + SURE_BYTES && near.is_surely_whole() {
                    (stream.time, stream.cursor.at, stream.cursor.from) = (time, offset_of(rest), from);
                    return None;
                }
                break;
            }
            if recorder.is_full() {
                break;
            }
            order::if_frequent!(near.event(), |kind| {
                let Some((arguments, size)) = near.arguments(kind, arguments) else { break };
                let Some(next) = rest.get(size..) else { break };
                // Of a time of 0 more has to be known (format 2.6).
                if next.len() < behind || time == 0 {
                    break;
                }
                let event = &WireEvent { event: kind, time, arguments, offset: offset_of(rest) };
                let context = Context { thread, proc: state.held.proc, goroutine: state.held.goroutine };
                let (left, refusal) = (rest.len(), PhantomData);
                let attempt = Attempt { kind, event, left, writer: thread, context, tables, trace, refusal };
                let Ok(()) = order::attempt_usual(state, &attempt, recorder) else { break };
                (rest, from) = (next, time);
            });
        }
        (stream.cursor.at, stream.cursor.from) = (offset_of(rest), from);
        if let Step::EndsTurn(pause) = step(state, tables, stream, until, trace, recorder) {
            return pause;
        }
    }
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
