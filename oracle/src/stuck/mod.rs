//! A stuck frontier: which events wait, each for what, and which of them is the root (format 4.6).

mod analyze;
mod waits_for;

use crate::ids::{Generation, ThreadId, Timestamp};
use procsteal_wire::EventType;
use serde::{Serialize, Serializer};
use std::fmt;

pub(crate) use analyze::error;
pub use waits_for::WaitsFor;

/// A generation in which no thread's next event can happen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stuck {
    waiting: Vec<Waiting>,
    root: usize,
}

/// The next event of one thread, which has to wait.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Waiting {
    /// The thread.
    pub thread: ThreadId,
    /// The event's type.
    #[serde(serialize_with = "event_name")]
    pub event: EventType,
    /// The event's arguments: Go's names, and the numbers of the wire.
    #[serde(serialize_with = "arguments_as_map")]
    pub arguments: Vec<(&'static str, u64)>,
    /// The generation in which it stands.
    pub generation: Generation,
    /// Its time, as its thread has it.
    pub time: Timestamp,
    /// Its offset in the trace, in bytes.
    pub offset: u64,
    /// What must be before it can happen.
    pub waits_for: WaitsFor,
    /// The event of another thread that would bring that about, if the generation still has one: it waits too, or
    /// stands behind one that waits.
    pub provider: Option<Provider>,
}

/// An event that has not happened yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Provider {
    /// Its thread.
    pub thread: ThreadId,
    /// Its type.
    #[serde(serialize_with = "event_name")]
    pub event: EventType,
    /// Its offset in the trace, in bytes.
    pub offset: u64,
}

impl Stuck {
    /// The waiting events, by time and thread.
    #[must_use]
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// The waiting event that the others wait for in the end: what it waits for is brought about by no event that is
    /// left.
    ///
    /// If several are such, one that waits for the end of a system call's hold on a P comes first, then one whose
    /// thread must lose its P, then one that waits for a P; then the earliest, then the lowest thread. If none is, which
    /// means that they wait for each other, the same order decides among all.
    #[must_use]
    pub fn root(&self) -> Option<&Waiting> {
        self.waiting.get(self.root)
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root() {
            Some(root) => root.fmt(f),
            None => f.write_str("no event"),
        }
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = crate::wire_event::name(self.event);
        write!(f, "{name} of thread {} waits until {}; ", self.thread, self.waits_for)?;
        match &self.provider {
            None => write!(f, "no {} in generation {}", self.waits_for.missing(), self.generation),
            Some(provider) => {
                let event = crate::wire_event::name(provider.event);
                write!(
                    f,
                    "{event} of thread {} (offset {}) would do that but cannot happen either",
                    provider.thread, provider.offset
                )
            }
        }
    }
}

fn event_name<S: Serializer>(event: &EventType, serializer: S) -> Result<S::Ok, S::Error> {
    crate::wire_event::name(*event).serialize(serializer)
}

/// Names to numbers, in the order of the wire.
pub(crate) fn arguments_as_map<S: Serializer>(
    arguments: &[(&'static str, u64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(arguments.iter().copied())
}
