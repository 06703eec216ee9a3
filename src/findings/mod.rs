//! Findings on disk: `<signature>/<id>.sched`, `.bin`, `.json` and `<id>.<scheduler>.trace`, each file whole or absent.
//!
//! The id is a hash of the minimized schedule, so that the same finding is the same files whoever made it, and two
//! directories merge by union.
//!
//! ```
//! use procsteal::Bench;
//! use procsteal::findings::{Finding, FindingsDir, Origin};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let schedule = include_str!("../../corpus/regressions/stuck-GoSyscallEndBlocked-retake-stop.sched").parse()?;
//! let prefix = procsteal_reference::Variant::named("prefix").expect("prefix is a scheduler");
//! let minimized = procsteal::minimize::minimize(&mut Bench::new(), prefix, &schedule)?;
//! let finding = Finding::new(&mut Bench::new(), prefix, &minimized, Origin::default());
//! let findings = FindingsDir::create(folder.path())?;
//! findings.store(&finding)?;
//! assert_eq!(findings.load_all()?, [finding]);
//! # Ok(())
//! # }
//! ```

mod dir;
mod error;
mod finding;
mod write;

pub use dir::{FindingsDir, Merged, load, load_schedule};
pub use error::FindingsError;
pub use finding::{FORMAT, Finding, Metadata, Origin, id_of};
pub use write::write_atomically;
