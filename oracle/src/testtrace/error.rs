//! What can be wrong with a `.test` file, or with a trace that is to be written as one.

use procsteal_wire::EventType;

/// A `.test` file that cannot be read: where, and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct TextError {
    /// The line, from 1; of the whole file, or of the trace where only a trace was parsed.
    pub line: usize,
    /// What is wrong there.
    pub kind: TextErrorKind,
}

/// What is wrong with a line of a `.test` file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextErrorKind {
    /// The archive does not hold the two files it must.
    #[error("expected the two files `expect` and `trace`, in this order; found {}", list(found))]
    WrongFiles {
        /// The names of the files that are there.
        found: Vec<String>,
    },
    /// The first line of `expect` is neither of the two.
    #[error("expected `SUCCESS` or `FAILURE \"PATTERN\"`, found `{found}`")]
    BadExpectation {
        /// The line.
        found: String,
    },
    /// The line does not fit in Go's line buffer.
    #[error("line of {bytes} bytes is too long; the most is {}", super::text::MAX_LINE_BYTES)]
    LineTooLong {
        /// Its length.
        bytes: usize,
    },
    /// There is no header.
    #[error("expected a header such as `Trace Go1.22`, found `{found}`")]
    BadHeader {
        /// The line.
        found: String,
    },
    /// The header's version has no text form.
    #[error("unknown version `{found}`; known are Go1.22, Go1.23, Go1.25 and Go1.26")]
    UnknownVersion {
        /// The version as it stands in the header.
        found: String,
    },
    /// The version has no event of this name.
    #[error("unidentified event `{name}`")]
    UnknownEvent {
        /// The name.
        name: String,
    },
    /// An argument is missing, or another stands in its place.
    #[error("expected argument `{expected}=NUMBER`, found `{found}`")]
    BadArgument {
        /// The argument's name.
        expected: &'static str,
        /// What stands there; empty at the end of the line.
        found: String,
    },
    /// Something follows the last argument; not even a comment may.
    #[error("unexpected `{found}` after the last argument")]
    Trailing {
        /// What follows.
        found: String,
    },
    /// The file ends where a frame or data must follow.
    #[error("unexpected end of file; `{expected}` must follow")]
    UnexpectedEnd {
        /// The line that is missing.
        expected: &'static str,
    },
    /// The line of data is not one.
    #[error("expected `data=` and a Go string literal, found `{found}`")]
    BadData {
        /// The line.
        found: String,
    },
    /// Not a file of a Go fuzz corpus.
    #[error("expected `go test fuzz v1`, found `{found}`")]
    BadFuzzHeader {
        /// The line.
        found: String,
    },
    /// Not one byte slice.
    #[error("expected one value `[]byte(\"...\")`, found `{found}`")]
    BadFuzzValue {
        /// What stands there.
        found: String,
    },
}

/// A binary trace that cannot be taken apart into raw events.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("byte {offset}: {kind}")]
pub struct BinaryError {
    /// Where in the trace, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub kind: BinaryErrorKind,
}

/// What is wrong with a byte of a binary trace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BinaryErrorKind {
    /// Not a trace, or one of a version without a text form.
    #[error("expected a header `go 1.NN trace` with NN 22, 23, 25 or 26")]
    BadHeader,
    /// The header's version has no name for this event.
    #[error("invalid event type {}", event.0)]
    UnknownEvent {
        /// The event's number.
        event: EventType,
    },
    /// The trace ends inside of an event.
    #[error("unexpected end of the trace inside of an event")]
    UnexpectedEnd,
    /// A number of more than 64 bits.
    #[error("varint overflows a 64-bit integer")]
    VarintOverflow,
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("`, `")) }
}
