//! Events as a Go program sees them (format 7.1).

mod details;
mod flat;
mod parts;

use crate::ids::{Generation, GoId, ProcId, ThreadId, Timestamp};
use procsteal_wire::EventType;
use serde::{Serialize, Serializer};

pub use details::{
    ClockSnapshot, Details, Experimental, ExperimentalBatch, Kind, Log, Metric, Range, RangeName, Region,
    StateTransition, Swept, Sync, Task, Transition,
};
pub(crate) use flat::{Flat, Form};
pub use parts::{Frame, Position, Resource, Stack, Text};

/// One event of a trace.
///
/// What happened is kept in a flat form that is quick to make and to move; [`Event::details`] gives it as a type.
#[derive(Clone, PartialEq, Debug)]
pub struct Event<'t> {
    /// When: strictly increasing from event to event.
    pub time: Timestamp,
    /// On which thread; -1 for none.
    pub thread: ThreadId,
    /// With which P; -1 for none.
    pub proc: ProcId,
    /// On behalf of which goroutine; -1 for none.
    pub goroutine: GoId,
    pub(crate) flat: Flat<'t>,
    /// Where in the program.
    pub stack: Stack<'t>,
    /// Where in the trace.
    pub position: Position,
}

impl<'t> Event<'t> {
    /// Holds the place of an event.
    pub(crate) const BLANK: Self = Self {
        time: Timestamp(0),
        thread: ThreadId::NONE,
        proc: ProcId::NONE,
        goroutine: GoId::NONE,
        flat: Flat::new(Form::StackSample, EventType(0)),
        stack: Stack::None,
        position: Position { generation: Generation(0), thread: ThreadId::NONE, offset: 0 },
    };

    /// What happened.
    #[must_use]
    pub fn details(&self) -> Details<'t> {
        flat::details(self)
    }

    /// The kind of the event.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.details().kind()
    }
}

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'e, 't> {
            time: Timestamp,
            thread: ThreadId,
            proc: ProcId,
            goroutine: GoId,
            #[serde(flatten)]
            details: Details<'t>,
            stack: &'e Stack<'t>,
            position: Position,
        }
        let Self { time, thread, proc, goroutine, ref stack, position, .. } = *self;
        let details = self.details();
        Shape { time, thread, proc, goroutine, details, stack, position }.serialize(serializer)
    }
}
