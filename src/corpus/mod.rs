//! The corpus: folders of schedules, counted, made small, merged, and checked.
//!
//! ```
//! use procsteal::corpus::{load, stats};
//!
//! let regressions = load("corpus/regressions".as_ref())?;
//! let stats = stats(&regressions);
//! assert_eq!(stats.schedules, regressions.len());
//! assert!(stats.steps_reached.len() > 50);
//! # Ok::<(), procsteal::findings::FindingsError>(())
//! ```

mod distill;
mod doctor;
mod entry;
mod merge;
mod reanchor;
mod seeds;
mod smallest;
mod stats;

pub use distill::distill;
pub use doctor::{Complaint, Diagnosis, doctor};
pub(crate) use entry::is_hidden;
pub use entry::{Claim, Entry, load, load_entry};
pub use merge::merge;
pub use reanchor::{Anchoring, Reanchored, reanchor};
pub use seeds::seeds;
pub use smallest::{SmallestError, SmallestOptions, collect_smallest};
pub use stats::{Stats, stats};
