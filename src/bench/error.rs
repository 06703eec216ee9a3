//! Why a benchmark gave no figures.

use crate::go::GoError;
use std::path::{Path, PathBuf};

/// Why a benchmark gave no figures. Each has a stable code, the word before the colon.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// A file or a folder cannot be read, written or run.
    #[error("bench-file: cannot {doing} {} ({source})", path.display())]
    File {
        /// What was to be done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// valgrind is not installed.
    #[error(
        "bench-no-valgrind: instructions are counted with valgrind, which is not here ({source}); \
         install it, as with `apt-get install valgrind`"
    )]
    NoValgrind {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No group has this name.
    #[error("bench-group: there is no group `{name}`; there are: {known}")]
    UnknownGroup {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A contestant gave up.
    #[error("bench-contestant: {name} gave no figures: {problem}")]
    Contestant {
        /// Its name.
        name: String,
        /// What it said or did.
        problem: String,
    },
    /// Contestants that should have done the same work did not.
    #[error(
        "bench-unequal: {left} did {left_units} {unit}, but {right} {right_units}: their speeds cannot be compared"
    )]
    Unequal {
        /// What is counted.
        unit: &'static str,
        /// One of them.
        left: String,
        /// What it did.
        left_units: u64,
        /// Another.
        right: String,
        /// What that did.
        right_units: u64,
    },
    /// A table cannot be put where people read it.
    #[error("bench-publish: {problem}; a whole `procsteal bench` writes a table that can be published")]
    Unpublishable {
        /// What is in the way.
        problem: String,
    },
    /// Go failed; that it is not there is no error but leaves rows out.
    #[error(transparent)]
    Go(#[from] GoError),
}

impl BenchError {
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}
