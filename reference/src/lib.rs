//! A deterministic model of the scheduler and execution tracer of Go 1.22.
//!
//! Functions carry their Go names, and each `?` in them is one atomic step of `docs/spec/scheduler-model.md`, or a call
//! that takes some, as is a last call whose result is passed on. A [`Schedule`] says what there is to run and where threads switch; a [`Model`]
//! runs it on a scheduler of [`VARIANTS`] and gives the bytes of the Go trace that the run wrote.
//!
//! ```
//! use procsteal_reference::{Model, Schedule, Variant};
//!
//! let schedule: Schedule = "procsteal schedule v1\n\
//!     procs 2\n\
//!     G1: trace-start, go G2, trace-stop\n\
//!     G2: syscall\n"
//!     .parse()?;
//! let mut model = Model::new();
//! let fixed = Variant::named("fixed").expect("fixed is a scheduler");
//! let run = model.run(fixed, &schedule)?;
//! let trace = run.traces().next().expect("tracing was on once");
//! assert!(trace.starts_with(b"go 1.22 trace"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ids;
pub mod limits;
mod machine;
mod model;
mod proc;
mod runtime;
mod schedule;
mod scheduler;
pub mod sites;
mod tracer;

pub use ids::{Generation, GoId, ProcId, ThreadId};
pub use machine::{
    Access, Chooser, Enabled, Fault, FaultKind, Follow, Object, ObjectSet, Pending, SPARE_BITS, StepRecord,
    Touch, Verb,
};
pub use model::{Model, Record, Run};
pub use runtime::{GoStatus, ProcSnapshot, ProcStatus, Snapshot, ThreadSnapshot};
pub use schedule::{
    ForeignThread, Op, ProcSet, Procs, Scenario, Schedule, ScheduleError, ScheduleErrorKind, Switch,
    SysmonRound, Threads, ToBytes,
};
pub use scheduler::{VARIANTS, Variant};
