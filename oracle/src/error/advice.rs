//! What the reader of an error message can do about it.

use super::{ErrorClass, ErrorKind};

/// One sentence for a person who has the trace, not the reader's source.
pub(super) fn advice(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::UnsupportedVersion { .. } => {
            "read it with `go tool trace` of Go 1.22 or earlier, or record it again with Go 1.22 or later"
        }
        ErrorKind::UnknownVersion { .. } => {
            "check that the file is whole; a newer Go may have a newer format"
        }
        ErrorKind::BatchTruncated { .. } | ErrorKind::IncompleteGeneration { .. } => {
            "the file was cut short: stop the trace before the program ends, or copy the file again"
        }
        ErrorKind::TooMuchWaiting { .. } => {
            "the trace was made to be slow to read, or has more threads than any that the Go runtime wrote: read it with Go"
        }
        _ => by_class(kind.class()),
    }
}

fn by_class(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Header | ErrorClass::UnsupportedVersion => {
            "check that this is the output of runtime/trace, not compressed and not a CPU profile"
        }
        ErrorClass::Malformed | ErrorClass::Limit | ErrorClass::Generation => {
            "the bytes are damaged, or were not written by the Go runtime: compare with the file that was written"
        }
        ErrorClass::Duplicate | ErrorClass::Missing => {
            "the tables of this generation are not whole: the file was cut or joined, or the tracer lost a buffer"
        }
        ErrorClass::Ordering => {
            "the events contradict each other: a bug of the tracer; report it with the trace and the Go version"
        }
        ErrorClass::Stuck => {
            "an event is missing: a bug of the tracer; report it with the trace, the Go version and this explanation"
        }
    }
}
