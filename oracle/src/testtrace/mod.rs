//! Go's `.test` files: a trace as text beside what a reader is expected to say of it (`format 8`).
//!
//! Such a file holds two parts, `expect` and `trace`. The trace is a flat list of raw events, framing included, so
//! that broken traces can be written down as well as sound ones: the `size` of a batch stands as it was written.
//!
//! ```
//! use procsteal_oracle::testtrace::{Expectation, RawTrace, TestFile};
//!
//! let text = "-- expect --\nSUCCESS\n-- trace --\nTrace Go1.22\nEventBatch gen=1 m=0 time=0 size=5\n\
//!     Frequency freq=15625000\n";
//! let file = TestFile::parse(text)?;
//! assert_eq!(file.expectation, Expectation::Success);
//! assert_eq!(file.trace.events.len(), 2);
//! assert_eq!(file.to_text(), text);
//!
//! let bytes = file.trace.to_binary();
//! assert!(bytes.starts_with(b"go 1.22 trace\0\0\0"));
//! assert_eq!(RawTrace::from_binary(&bytes)?, file.trace);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod binary;
mod error;
mod expectation;
mod fuzz;
mod literal;
mod raw;
mod text;

pub use archive::TestFile;
pub use error::{BinaryError, BinaryErrorKind, TextError, TextErrorKind};
pub use expectation::{Expectation, Mismatch};
pub use fuzz::parse_fuzz_file;
pub use raw::{Frame, RawEvent, RawTrace, Version};
