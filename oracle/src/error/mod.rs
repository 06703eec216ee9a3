//! Why a trace cannot be read: kind, place, and what can be done about it.

#[macro_use]
mod macros;
mod advice;
mod kind;

use crate::ids::{Generation, ThreadId};
use crate::stuck::Stuck;
use procsteal_wire::EventType;
use serde::{Serialize, Serializer};
use std::fmt;

pub use kind::ErrorKind;

/// What sort of fault an [`ErrorKind`] is (format 6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// Not a trace, or of no known version.
    Header,
    /// A trace of the format before Go 1.22.
    UnsupportedVersion,
    /// Bytes that do not decode.
    Malformed,
    /// Something larger than the format allows.
    Limit,
    /// Batches that do not group into generations.
    Generation,
    /// Something declared twice.
    Duplicate,
    /// Something referred to that is not there.
    Missing,
    /// An event that cannot have happened where it stands.
    Ordering,
    /// No thread's next event can happen.
    Stuck,
}

/// Why and where a trace cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Inner {
    kind: ErrorKind,
    place: Place,
}

/// Where in the trace an error was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Place {
    /// The generation that was being read, once one was.
    pub generation: Option<Generation>,
    /// The thread whose event or batch it is.
    pub thread: Option<ThreadId>,
    /// The event, if it is one.
    #[serde(serialize_with = "event_name")]
    pub event: Option<EventType>,
    /// The event's, entry's or batch's offset from the beginning of the trace, in bytes.
    pub offset: u64,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, place: Place) -> Self {
        Self { inner: Box::new(Inner { kind, place }) }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// Where it is wrong.
    #[must_use]
    pub fn place(&self) -> Place {
        self.inner.place
    }

    /// The stable code of the kind, as [`ErrorKind::code`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// The class of the kind.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.kind().class()
    }

    /// Go's phrase for this error.
    #[must_use]
    pub fn phrase(&self) -> String {
        self.kind().to_string()
    }

    /// What a readable trace would have had here.
    #[must_use]
    pub fn expected(&self) -> String {
        self.kind().expected()
    }

    /// What the trace has.
    #[must_use]
    pub fn found(&self) -> String {
        self.kind().found()
    }

    /// What the reader of this message can do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        advice::advice(self.kind())
    }

    /// The waiting events, if the trace is stuck.
    #[must_use]
    pub fn stuck(&self) -> Option<&Stuck> {
        match self.kind() {
            ErrorKind::Stuck { stuck } => Some(stuck),
            _ => None,
        }
    }

    /// The type of the event that fails: of the waiting event at the root of a stuck trace, else of the event at fault.
    /// `None` if no single event is.
    #[must_use]
    pub fn failing_event(&self) -> Option<EventType> {
        match self.stuck() {
            Some(stuck) => stuck.root().map(|waiting| waiting.event),
            None => self.place().event,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'e> {
            code: &'static str,
            class: ErrorClass,
            phrase: String,
            #[serde(flatten)]
            place: Place,
            expected: String,
            found: String,
            advice: &'static str,
            details: &'e ErrorKind,
        }
        Shape {
            code: self.code(),
            class: self.class(),
            phrase: self.phrase(),
            place: self.place(),
            expected: self.expected(),
            found: self.found(),
            advice: self.advice(),
            details: self.kind(),
        }
        .serialize(serializer)
    }
}

fn event_name<S: Serializer>(event: &Option<EventType>, serializer: S) -> Result<S::Ok, S::Error> {
    event.map(crate::wire_event::name).serialize(serializer)
}
