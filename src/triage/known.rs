//! The list of known bugs, `corpus/known.toml`: a title and an explanation for each signature.

use crate::signature::Signature;
use serde::Deserialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Bugs that are known by their signatures.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KnownBugs {
    bugs: Vec<KnownBug>,
}

/// A bug that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownBug {
    /// Its signature.
    pub signature: Signature,
    /// What it is called.
    pub title: String,
    /// How it comes about, in a line.
    pub explanation: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    bug: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    signature: String,
    title: String,
    explanation: String,
}

/// Why there is no list of known bugs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownError {
    /// The file cannot be read.
    #[error("triage-known: cannot read {}: {source}. Give the path of the repository's corpus/known.toml", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It is not of the right form.
    #[error("triage-known: expected [[bug]] tables of signature, title and explanation: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An entry's signature is none.
    #[error("triage-known: {0}")]
    Signature(#[from] crate::signature::SignatureError),
    /// A bug is there twice.
    #[error("triage-known: {0} is there twice: expected one entry for each signature")]
    Twice(Signature),
}

impl KnownBugs {
    /// Reads a list.
    ///
    /// # Errors
    /// [`KnownError`]
    pub fn load(path: &Path) -> Result<Self, KnownError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| KnownError::Io { path: path.to_owned(), source })?;
        text.parse()
    }

    /// The list in the repository, as it was when the program was built.
    #[must_use]
    pub fn committed() -> Self {
        // A test parses the same text: it cannot be anything else here.
        include_str!("../../corpus/known.toml").parse().unwrap_or_default()
    }

    /// What is known of a signature.
    #[must_use]
    pub fn find(&self, signature: &Signature) -> Option<&KnownBug> {
        self.bugs.iter().find(|bug| bug.signature == *signature)
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &KnownBug> {
        self.bugs.iter()
    }
}

impl FromStr for KnownBugs {
    type Err = KnownError;

    fn from_str(text: &str) -> Result<Self, KnownError> {
        let file: File = toml::from_str(text)?;
        let mut seen = HashSet::new();
        let mut bugs = Vec::new();
        for Entry { signature, title, explanation } in file.bug {
            let signature: Signature = signature.parse()?;
            if !seen.insert(signature.clone()) {
                return Err(KnownError::Twice(signature));
            }
            bugs.push(KnownBug { signature, title, explanation });
        }
        Ok(Self { bugs })
    }
}
