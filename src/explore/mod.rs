//! Searches for schedules whose trace cannot be parsed: strategies, scenarios, and the hunt that runs them.
//!
//! A [`Strategy`] decides, step by step, which thread goes next. A [`Recorder`] around it writes down every decision
//! that differs from the default one, so that any run is a `Schedule` like one written by hand. A [`hunt`] splits its
//! executions into numbered batches and merges their results in order: what it finds depends on its seed alone.
//!
//! ```
//! use procsteal::explore::{HuntOptions, hunt};
//! use std::sync::atomic::AtomicBool;
//!
//! let options = HuntOptions { executions: Some(2_000), ..HuntOptions::default() };
//! let summary = hunt(&options, &AtomicBool::new(false), &mut ())?;
//! assert_eq!(summary.executions, 2_000);
//! for kind in &summary.kinds {
//!     println!("{} on {}: {} times", kind.signature, kind.scheduler.name, kind.count);
//! }
//! # Ok::<(), procsteal::explore::HuntError>(())
//! ```

mod alarms;
mod batch;
mod compare;
mod coverage;
mod delay;
mod feedback;
mod hold;
mod hunt;
mod mutate;
mod options;
mod pct;
mod portfolio;
mod pos;
mod profile;
mod purity;
mod random;
mod recorder;
mod rng;
mod scenario;
mod state;
mod strategy;
mod summary;
mod survey;
mod urw;
mod workers;

pub(crate) use alarms::Wakeful;
pub use compare::{CompareOptions, Median, Row, compare_strategies};
pub use coverage::{CoverageOptions, coverage};
pub use delay::Delay;
pub use feedback::{Feature, Features, features_of};
pub(crate) use hold::Aim;
pub use hold::HoldAtPoints;
pub use hunt::hunt;
pub use mutate::{Lesson, Mutate, cross, vary};
pub use options::{HuntError, HuntOptions, Keep, Resume, Shard, ShardError};
pub use pct::Pct;
pub use portfolio::Portfolio;
pub use pos::Pos;
pub use profile::Profile;
pub use purity::{Cause, PurityOptions, SignatureTable, measure_signatures};
pub use random::{RandomWalk, walk};
pub use recorder::Recorder;
pub use rng::Rng;
pub use scenario::generate;
pub use strategy::{Input, STRATEGIES, Strategy, StrategyKind, UnknownStrategy};
pub use summary::{Ended, HuntSummary, Kind, Observer, Progress};
pub use survey::{Minima, SurveyOptions, survey_minima};
pub use urw::Urw;
