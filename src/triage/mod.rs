//! Sorts findings: grouped by signature, with a representative for each group, new ones apart from known ones.
//!
//! ```
//! use procsteal::triage::{KnownBugs, triage};
//!
//! let known: KnownBugs = "[[bug]]\n\
//!     signature = \"stuck/GoSyscallEndBlocked/retake/stop\"\n\
//!     title = \"retake asks too late\"\n\
//!     explanation = \"Tracing stops between the CAS and the question whether it is on.\"\n"
//!     .parse()?;
//! let triage = triage(Vec::new(), &known);
//! assert!(!triage.has_news());
//! # Ok::<(), procsteal::triage::KnownError>(())
//! ```

mod adopt;
mod gather;
mod known;

pub use adopt::{Adopted, adopt};
pub use gather::{Gathered, MAX_MINIMIZED, Panic, gather};
pub use known::{KnownBug, KnownBugs, KnownError};

use crate::findings::Finding;
use crate::minimize::Cost;
use crate::signature::Signature;
use std::collections::BTreeMap;

/// Findings, sorted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Triage {
    /// The groups: new ones first, then by signature.
    pub groups: Vec<Group>,
}

/// All findings of one signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The signature.
    pub signature: Signature,
    /// What is known of it; none if it is new.
    pub known: Option<KnownBug>,
    /// The findings, the smallest first: the representative.
    pub findings: Vec<Finding>,
    /// The schedulers on which they fail, by name, and how many on each.
    pub schedulers: BTreeMap<String, usize>,
}

impl Group {
    /// The smallest finding, which stands for the group.
    #[must_use]
    pub fn representative(&self) -> Option<&Finding> {
        self.findings.first()
    }
}

impl Triage {
    /// Whether a signature is there that the list of known bugs does not have.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.groups.iter().any(|group| group.known.is_none())
    }
}

/// Sorts findings. Their order does not matter.
#[must_use]
pub fn triage(findings: Vec<Finding>, known: &KnownBugs) -> Triage {
    let mut by_signature: BTreeMap<Signature, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        by_signature.entry(finding.signature.clone()).or_default().push(finding);
    }
    let mut groups: Vec<Group> = by_signature
        .into_iter()
        .map(|(signature, mut findings)| {
            findings.sort_by_cached_key(|finding| Cost::of(&finding.schedule));
            let mut schedulers = BTreeMap::new();
            for finding in &findings {
                *schedulers.entry(finding.metadata.scheduler.clone()).or_default() += 1;
            }
            Group { known: known.find(&signature).cloned(), signature, findings, schedulers }
        })
        .collect();
    groups.sort_by_key(|group| group.known.is_some());
    Triage { groups }
}
