//! A rejected trace explained to a person who never read the reader: as data, and as text.

mod history;
mod summary;
mod text;

use crate::error::Error;
use crate::ids::{Generation, ThreadId, Timestamp};
use procsteal_wire::EventType;
use serde::Serialize;

/// How many events of the thread at fault, and of what it waits for, are shown before the error.
const SHOWN_BEFORE: usize = 6;

/// How many events of the thread at fault are shown from the error on.
const SHOWN_AFTER: usize = 4;

/// How many bytes are shown from the error on.
const SHOWN_BYTES: usize = 16;

/// How many waiting events of a stuck trace the text shows; the data has them all.
const SHOWN_WAITING: usize = 20;

/// Why a trace cannot be read, with what is needed to see it.
///
/// `Display` is the text form: several lines, the last with a line feed.
///
/// ```
/// use procsteal_oracle::{Explanation, Judge};
///
/// let trace = include_bytes!("../../tests/data/traces/go1.22.10-prefix-retake-stop-2.trace");
/// let error = Judge::new().judge(trace).unwrap_err();
/// let explanation = Explanation::new(trace, &error);
/// assert!(explanation.to_string().contains("ProcSteal"));
/// ```
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Explanation {
    /// Code, phrase, place, what was expected and found, what to do; for a stuck trace the waiting events.
    pub error: Error,
    /// What is wrong, in a sentence or two.
    pub summary: String,
    /// What happened before: the last events of the thread at fault, and of the P or goroutine that its event is about.
    pub before: Vec<TraceEvent>,
    /// The event at fault and those of its thread that follow, none of which happened.
    pub after: Vec<TraceEvent>,
    /// The first bytes of what is at fault, in hexadecimal.
    pub bytes: String,
}

/// An event as the trace has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TraceEvent {
    /// Its name in Go.
    pub event: &'static str,
    /// Its arguments: Go's names, and the numbers of the wire.
    #[serde(serialize_with = "crate::stuck::arguments_as_map")]
    pub arguments: Vec<(&'static str, u64)>,
    /// The thread that wrote it.
    pub thread: ThreadId,
    /// Its generation.
    pub generation: Generation,
    /// When it happened, if it did.
    pub time: Option<Timestamp>,
    /// Its offset in the trace, in bytes.
    pub offset: u64,
}

impl Explanation {
    /// Explains `error`, which reading `trace` gave. Reads the trace once more.
    #[must_use]
    pub fn new(trace: &[u8], error: &Error) -> Self {
        let place = error.place();
        let offset = usize::try_from(place.offset).unwrap_or(usize::MAX);
        let bytes = trace.get(offset..).unwrap_or_default().iter().take(SHOWN_BYTES);
        let hexadecimal: Vec<String> = bytes.map(|byte| format!("{byte:02x}")).collect();
        Self {
            summary: summary::summary(error),
            before: history::before(trace, error),
            after: history::after(trace, error),
            bytes: hexadecimal.join(" "),
            error: error.clone(),
        }
    }
}

/// The arguments of an event with their names.
fn named(event: EventType, values: &[u64]) -> Vec<(&'static str, u64)> {
    let names = procsteal_wire::row(event).map_or(&[][..], |row| row.arguments);
    names.iter().map(|name| name.name()).zip(values.iter().copied()).collect()
}
