//! A fuzzing and differential-testing workbench for the Go scheduler's P steals and execution tracer.
//!
//! A [`Bench`] runs schedules on schedulers of the model (`procsteal_reference`) and has the oracle
//! (`procsteal_oracle`) judge the traces that they write.
//!
//! ```
//! use procsteal::{Bench, Verdict};
//! use procsteal_reference::{Schedule, Variant};
//!
//! let schedule: Schedule = "procsteal schedule v1\n\
//!     procs 2\n\
//!     G1: trace-start, go G2, trace-stop\n\
//!     G2: syscall\n"
//!     .parse()?;
//! let fixed = Variant::named("fixed").expect("fixed is a scheduler");
//! let execution = Bench::new().execute(fixed, &schedule);
//! assert!(matches!(execution.verdict, Verdict::Parseable { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bench;
pub mod cli;
pub mod confirm;
pub mod conformance;
pub mod corpus;
mod execution;
pub mod explore;
pub mod findings;
pub mod go;
pub mod minimize;
pub mod reality;
pub mod report;
pub mod signature;
pub mod story;
pub mod targets;
pub mod triage;
pub mod verify;

pub use execution::{Bench, Execution, Recording, Unparseable, Verdict};
pub use signature::Signature;
