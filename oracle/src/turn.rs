//! One thread's turn: its events, one after the other, while they are the earliest. This is where nearly all time goes.

use crate::engine::Recorder;
use crate::error::ErrorKind;
use crate::order::{self, Attempt, Context, Ids, Record, Tried};
use crate::state::State;
use crate::streams::{BadEvent, Stream};
use crate::tables::Tables;
use crate::wire_event::Found;

/// Why a thread's events cannot just go on.
pub(crate) enum Pause {
    /// The event at this offset happened, but was the last of its batch or names something that is not there.
    Last { ids: Ids, offset: usize },
    /// The next event has to wait.
    Waits,
    /// The next event can never happen.
    Fails(Box<ErrorKind>),
    /// The event behind the last one, which is at this offset, cannot be decoded.
    CannotDecode { bad: Box<BadEvent>, offset: usize },
}

/// Lets a thread's next event happen, and those behind it whose times are not after `until`, or until the recorder is full.
#[inline(always)]
pub(crate) fn run(
    state: &mut State,
    tables: &Tables,
    stream: &mut Stream,
    until: i64,
    trace: &[u8],
    recorder: &mut impl Recorder,
) -> Option<Pause> {
    let Stream { thread, slot, event, cursor, .. } = stream;
    let (thread, mut here, mut found) = (*thread, *cursor, *event);
    let slot = *slot.get_or_insert_with(|| state.thread(thread));
    state.enter(slot);
    let pause = loop {
        let offset = found.offset;
        match attempt(state, tables, thread, &found, trace, recorder) {
            Ok(Tried::Advanced { ids: Ids::Valid }) => {}
            Ok(Tried::Advanced { ids }) => break Some(Pause::Last { ids, offset }),
            Ok(Tried::Waits(_)) => break Some(Pause::Waits),
            Err(kind) => break Some(Pause::Fails(kind)),
        }
        match here.find_next(trace, tables.clock, found.time) {
            Ok(Some(next)) => found = next,
            Ok(None) => break Some(Pause::Last { ids: Ids::Valid, offset }),
            Err(bad) => break Some(Pause::CannotDecode { bad, offset }),
        }
        if found.time > until || recorder.is_full() {
            break None;
        }
    };
    cursor.at = here.at;
    // One by one: as a whole, the bytes between them would be written too.
    Found { time: event.time, offset: event.offset, near: event.near, arguments: event.arguments } = found;
    pause
}

/// Attempts an event of a thread, which is the current one.
#[inline(always)]
pub(crate) fn attempt(
    state: &mut State,
    tables: &Tables,
    thread: i64,
    found: &Found,
    trace: &[u8],
    record: &mut impl Record,
) -> Result<Tried, Box<ErrorKind>> {
    let context = Context { thread, proc: state.held.proc, goroutine: state.held.goroutine };
    order::specialized!(found, trace, |kind, frequent| {
        let event = &found.take(kind, trace);
        let attempt = Attempt { kind, event, writer: thread, context, tables, trace };
        order::attempt(state, &attempt, frequent, record)
    })
}
