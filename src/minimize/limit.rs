//! How much one minimization may do, and whether that was enough.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Executions that one minimization may take: ten times what the largest schedules have needed.
pub const MAX_TRIALS: u32 = 100_000;

/// Executions that one minimization may take from what it is given on, and as many again for the search from nothing
/// if that is not made yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TrialLimit(pub u32);

impl Default for TrialLimit {
    fn default() -> Self {
        Self(MAX_TRIALS)
    }
}

/// How far a minimization came.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// To its end: no single part of the result can be left out.
    #[default]
    Minimal,
    /// To its limit: the result is the smallest schedule until then, or the one that was given.
    LimitReached,
}

impl Extent {
    /// Whether it came to its end.
    #[must_use]
    pub fn is_minimal(&self) -> bool {
        *self == Self::Minimal
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minimal => "nothing can be left out",
            Self::LimitReached => {
                "minimize-limit: the limit of executions was reached, this is the smallest schedule until then. \
                 Give a larger --minimize-limit"
            }
        })
    }
}
