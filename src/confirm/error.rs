//! What can go wrong between a finding and the real runtime, and what to do about it.

use std::path::PathBuf;

use super::edit::Definition;
use crate::go::GoError;

/// Why an edit of Go source did not apply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file has not this definition, or its end is not found.
    #[error("edit-no-definition: {file} has no {definition}")]
    NoDefinition {
        /// The file.
        file: String,
        /// The function or type.
        definition: Definition,
    },
    /// The definition has not the lines that the edit is about.
    #[error("edit-not-found: `{edit}` does not fit: {definition} of {file} has no {fragments}")]
    NotFound {
        /// The file.
        file: String,
        /// The function or type.
        definition: Definition,
        /// The edit.
        edit: String,
        /// What was searched for.
        fragments: String,
    },
    /// The lines are there more than once.
    #[error(
        "edit-found-twice: `{edit}` does not fit: {definition} of {file} has its place on line {first_line} and on line {second_line}"
    )]
    FoundTwice {
        /// The file.
        file: String,
        /// The function or type.
        definition: Definition,
        /// The edit.
        edit: String,
        /// The line of the first place, from 1.
        first_line: usize,
        /// The line of the second place, from 1.
        second_line: usize,
    },
    /// The edit contradicts itself.
    #[error("edit-bad: `{edit}` is not an edit: {problem}")]
    BadEdit {
        /// The edit.
        edit: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl EditError {
    /// The stable code of this kind of error, the first word of its message.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoDefinition { .. } => "edit-no-definition",
            Self::NotFound { .. } => "edit-not-found",
            Self::FoundTwice { .. } => "edit-found-twice",
            Self::BadEdit { .. } => "edit-bad",
        }
    }
}

/// Why nothing could be confirmed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// The release's scheduler is another design than the one that the edits are about.
    #[error(
        "confirm-other-scheduler: Go {version} has another scheduler design: {evidence}; the releases that share the design of 1.22 are 1.22.10 and 1.23 to 1.25"
    )]
    OtherScheduler {
        /// The release.
        version: String,
        /// What is different.
        evidence: String,
    },
    /// An edit does not fit the release, though its scheduler is the known one.
    #[error("confirm-edit: the runtime of Go {version} cannot be edited: {source}")]
    Edit {
        /// The release.
        version: String,
        /// Which edit, and why.
        source: EditError,
    },
    /// There is no scheduler of this name.
    #[error(
        "confirm-scheduler: there is no scheduler `{name}`; there are prefix, fixed, repaired, repaired-steal, fixed-HUNK and prefix+HUNK, where HUNK is gcwait, exitsyscallfast or retake"
    )]
    UnknownScheduler {
        /// What was asked for.
        name: String,
    },
    /// There is no experiment of this name.
    #[error("confirm-experiment: there is no experiment whose name or signature contains `{name}`")]
    UnknownExperiment {
        /// What was asked for.
        name: String,
    },
    /// What is selected is to be run no times.
    #[error("confirm-no-runs: what is selected is to be run 0 times; see `--runs` and `--plain-runs`")]
    NoRuns,
    /// Go cannot be had, or did not build or read.
    #[error(transparent)]
    Go(#[from] GoError),
    /// The Go program failed, which no delay may make it do.
    #[error("confirm-program: the Go program {problem}; it said:\n{output}")]
    Program {
        /// What it did.
        problem: String,
        /// The end of what it printed.
        output: String,
    },
    /// A file or a folder cannot be read, written or made.
    #[error("confirm-file: cannot {doing} {} ({source}); see that the folder exists and is writable, and that the disk is not full", path.display())]
    File {
        /// What was to be done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl ConfirmError {
    /// The stable code of this kind of error, the first word of its message.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherScheduler { .. } => "confirm-other-scheduler",
            Self::Edit { .. } => "confirm-edit",
            Self::UnknownScheduler { .. } => "confirm-scheduler",
            Self::UnknownExperiment { .. } => "confirm-experiment",
            Self::NoRuns => "confirm-no-runs",
            Self::Go(error) => error.code(),
            Self::Program { .. } => "confirm-program",
            Self::File { .. } => "confirm-file",
        }
    }
}
