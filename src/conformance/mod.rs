//! Compares the oracle with Go's own reader, trace by trace and line by line.
//!
//! The traces are real ones, Go's own test files, made-up ones, mutations of all of these, and what the model writes;
//! each is decided by the seed and its number. The model's must be well-formed besides, whatever its scheduler did. What both readers see is compared in the form GTL1 (`format 7.2`). Go comes from PyPI
//! ([`crate::go`]), so that a run without Go is an error that says so, never an agreement.
//!
//! ```no_run
//! use procsteal::conformance::{Options, run};
//!
//! # fn main() -> Result<(), procsteal::conformance::ConformanceError> {
//! let summary = run(&Options { count: 1_000, ..Options::default() }, |_done| {})?;
//! println!("{summary}");
//! assert!(summary.differences.is_empty());
//! # Ok(())
//! # }
//! ```

mod case;
mod compare;
mod exceptions;
mod frame;
mod generate;
mod minimize;
mod model;
mod mutate;
mod phrases;
mod run;
mod summary;

pub use case::{Origin, Traces};
pub use compare::{Agreement, Difference, compare};
pub use exceptions::{EXCEPTIONS, Exception};
pub use run::{ConformanceError, Options, run};
pub use summary::{Finding, IllFormed, Summary, Wording};
