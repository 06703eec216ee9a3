//! Go itself: a toolchain from PyPI, programs built with replaced files, and Go's own trace readers.
//!
//! A [`Toolchain`] is a whole Go release under a folder of the caller's choice; nothing outside of that folder is
//! written. A [`GoReader`] is a program, built with such a toolchain, that prints what the trace reader of that
//! release sees, in the comparison form GTL1 (`format 7.2`).
//!
//! ```no_run
//! use procsteal::go::{GoReader, GoRelease};
//!
//! # fn main() -> Result<(), procsteal::go::GoError> {
//! let reader = GoReader::ensure(GoRelease::Go1_27_3, "target/toolchains".as_ref())?;
//! let mut session = reader.start()?;
//! let lines = session.read(b"not a trace")?;
//! assert!(lines.starts_with("END open-error "));
//! # Ok(())
//! # }
//! ```

mod error;
mod reader;
mod toolchain;

pub use error::GoError;
pub use reader::{GoReader, GoRelease, Session};
pub use toolchain::Toolchain;
