//! What can go wrong with findings on disk: which file, what was expected, what to do.

use std::path::{Path, PathBuf};

/// Why findings cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindingsError {
    /// The operating system refuses.
    #[error("findings-io: cannot {doing} {}: {source}. {}", path.display(), advice(source))]
    Io {
        /// What was to be done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("findings-damaged: {}: {found}; expected {expected}. Remove the file, or run `corpus doctor`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: String,
    },
    /// A file has a format that this version does not know.
    #[error(
        "findings-format: {}: format {found}; expected {}. Read it with the version of procsteal that wrote it",
        path.display(), super::FORMAT
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format version.
        found: u32,
    },
}

impl FindingsError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    pub(crate) fn damaged(path: &Path, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), found: found.into(), expected: expected.into() }
    }
}

fn advice(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "Everything stored before is whole: free some space and start again"
        }
        ErrorKind::NotFound => "Check the path",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "Give a directory that you may write to"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "Give a directory, not a file",
        _ => "Everything stored before is whole",
    }
}
