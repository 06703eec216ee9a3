//! Events as a Go program sees them (format 7.1).

mod details;
mod flat;
mod origin;
mod parts;
mod stack;

use crate::ids::{GoId, ProcId, ThreadId, Timestamp};
use procsteal_wire::EventType;
use serde::{Serialize, Serializer};
use std::fmt;
use std::rc::Rc;

pub use details::{
    ClockSnapshot, Details, Experimental, ExperimentalBatch, Kind, Log, Metric, Range, RangeName, Region,
    StateTransition, Swept, Sync, Task, Transition,
};
pub(crate) use flat::{Flat, Form, What};
pub(crate) use origin::Origin;
pub use parts::{Position, Resource, Text};
pub use stack::{Frame, Frames, Stack};

/// One event of a trace.
///
/// What happened is kept as the wire has it, in a form that is quick to make and to move; [`Event::details`] gives it as
/// a type, and [`Event::stack`] the frames. For that it shares the tables of its generation with its reader, without locks:
/// events stay on the thread that reads them.
// It is as long as a line of the processor's cache, so that it is quick to make, to find and to move.
#[derive(Clone)]
#[repr(C)]
pub struct Event<'t> {
    /// When: strictly increasing from event to event.
    pub time: Timestamp,
    /// On which thread; -1 for none.
    pub thread: ThreadId,
    /// With which P; -1 for none.
    pub proc: ProcId,
    /// On behalf of which goroutine; -1 for none.
    pub goroutine: GoId,
    pub(crate) flat: Flat,
    pub(crate) origin: Rc<Origin<'t>>,
}

const _: () = assert!(size_of::<Event<'_>>() <= 64);

impl<'t> Event<'t> {
    /// Holds the place of an event.
    pub(crate) fn blank(origin: &Rc<Origin<'t>>) -> Self {
        Self {
            time: Timestamp(0),
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId::NONE,
            flat: Flat::new(Form::Plain, EventType(0), 0),
            origin: Rc::clone(origin),
        }
    }

    /// What happened.
    #[must_use]
    pub fn details(&self) -> Details<'t> {
        flat::details(self)
    }

    /// Where in the trace.
    #[must_use]
    pub fn position(&self) -> Position {
        let (generation, offset) = (self.origin.generation(), self.offset());
        Position { generation, thread: self.flat.writer(self.thread), offset }
    }

    /// Where its wire event is in the trace.
    pub(crate) fn offset(&self) -> u64 {
        self.origin.offset(self.flat.what.left())
    }

    /// Where in the program.
    #[must_use]
    pub fn stack(&self) -> Stack<'t> {
        flat::stack(self)
    }

    /// The kind of the event.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.details().kind()
    }
}

impl PartialEq for Event<'_> {
    fn eq(&self, other: &Self) -> bool {
        let key = |event: &Self| (event.time, event.thread, event.proc, event.goroutine, event.position());
        key(self) == key(other) && self.details() == other.details() && self.stack() == other.stack()
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("time", &self.time)
            .field("thread", &self.thread)
            .field("proc", &self.proc)
            .field("goroutine", &self.goroutine)
            .field("details", &self.details())
            .field("stack", &self.stack())
            .field("position", &self.position())
            .finish()
    }
}

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'t> {
            time: Timestamp,
            thread: ThreadId,
            proc: ProcId,
            goroutine: GoId,
            #[serde(flatten)]
            details: Details<'t>,
            stack: Stack<'t>,
            position: Position,
        }
        let Self { time, thread, proc, goroutine, .. } = *self;
        let (details, stack, position) = (self.details(), self.stack(), self.position());
        Shape { time, thread, proc, goroutine, details, stack, position }.serialize(serializer)
    }
}
