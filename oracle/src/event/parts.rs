//! The parts that events are made of: texts, resources, positions.

use crate::ids::{Generation, GoId, ProcId, ThreadId};
use serde::{Serialize, Serializer};
use std::fmt;

/// Text of a trace: usually UTF-8, but nothing checks that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<'t>(pub &'t [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(self.0).fmt(f)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(self.0).fmt(f)
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What an event is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Resource {
    /// Nothing in particular.
    None,
    /// A goroutine.
    Goroutine(GoId),
    /// A P.
    Proc(ProcId),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("-"),
            Self::Goroutine(id) => write!(f, "g{id}"),
            Self::Proc(id) => write!(f, "p{id}"),
        }
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where in the trace an event comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Position {
    /// The generation; 0 for a sync event that stands before none.
    pub generation: Generation,
    /// The thread that wrote it, which is not always the thread that the event shows.
    pub thread: ThreadId,
    /// Offset of the wire event, or of the generation for a sync event, from the beginning of the trace, in bytes.
    pub offset: u64,
}
