//! Where an event's texts and stacks are: in the trace, by the tables of its generation.

use super::details::{ClockSnapshot, ExperimentalBatch, Sync};
use super::parts::Text;
use super::stack::{Frames, Stack};
use crate::ids::{Generation, ThreadId, Timestamp};
use crate::tables::{ExperimentalData, Span, Tables};
use crate::wire_event::{self, WireEvent};
use procsteal_wire::EventType;
use std::rc::Rc;

/// What the ids of an event are resolved with, which happens when it is asked for what they stand for.
pub(crate) struct Origin<'t> {
    trace: &'t [u8],
    /// None for events that belong to no generation.
    tables: Option<Rc<Tables>>,
}

impl<'t> Origin<'t> {
    pub(crate) fn new(trace: &'t [u8], tables: Option<Rc<Tables>>) -> Self {
        Self { trace, tables }
    }

    /// Where in the trace so many bytes are left.
    pub(crate) fn offset(&self, left: u64) -> u64 {
        (self.trace.len() as u64).saturating_sub(left)
    }

    /// The generation; 0 for none.
    pub(crate) fn generation(&self) -> Generation {
        Generation(self.tables.as_ref().map_or(0, |tables| tables.generation))
    }

    /// The text of a string; `None` if there is none of this id.
    pub(crate) fn text(&self, id: u64) -> Option<Text<'t>> {
        let span = self.tables.as_ref()?.string(id)?;
        Some(Text(span.of(self.trace)))
    }

    /// The text at this place in the trace.
    pub(crate) fn text_at(&self, span: Span) -> Text<'t> {
        Text(span.of(self.trace))
    }

    /// The event of this type at this place in the trace; one without arguments if there is none.
    pub(crate) fn wire_event(&self, kind: EventType, offset: u64) -> WireEvent {
        let found = usize::try_from(offset).ok().filter(|offset| self.trace.get(*offset) == Some(&kind.0));
        let event = found.and_then(|offset| wire_event::read(self.trace, offset, self.trace.len()));
        event.map_or(WireEvent::BLANK, |(event, _)| event)
    }

    pub(crate) fn stack(&self, id: u64) -> Stack<'t> {
        match &self.tables {
            Some(tables) if id != 0 && tables.stacks.contains(id) => {
                Stack::Frames(Frames::new(self.trace, Rc::clone(tables), id))
            }
            _ if id == 0 => Stack::None,
            _ => Stack::Unknown,
        }
    }

    /// What stands at the beginning of the generation, or at the end of the trace.
    pub(crate) fn sync(&self, number: u64) -> Sync<'t> {
        let tables = self.tables.as_deref();
        let clock = tables.and_then(clock_snapshot);
        let batches = tables.map(|tables| &tables.experimental[..]).unwrap_or_default();
        let batch = |data: &ExperimentalData| ExperimentalBatch {
            thread: ThreadId(data.thread),
            data: data.payload.of(self.trace),
        };
        Sync { number, clock, experimental: batches.iter().map(batch).collect() }
    }
}

/// The clocks at the beginning of a generation, the wall clock's nanoseconds brought below a second.
fn clock_snapshot(tables: &Tables) -> Option<ClockSnapshot> {
    const NANOSECONDS: i64 = 1_000_000_000;
    let snapshot = tables.snapshot?;
    let (seconds, nanoseconds) =
        (snapshot.wall_seconds.cast_signed(), snapshot.wall_nanoseconds.cast_signed());
    Some(ClockSnapshot {
        time: Timestamp(tables.clock.nanoseconds(snapshot.time_units)),
        mono_nanoseconds: snapshot.mono,
        wall_seconds: seconds.wrapping_add(nanoseconds.div_euclid(NANOSECONDS)),
        wall_nanoseconds: nanoseconds.rem_euclid(NANOSECONDS),
    })
}
