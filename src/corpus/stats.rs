//! What a corpus covers.

use super::Entry;
use crate::execution::Bench;
use crate::explore::{Features, features_of};
use crate::signature::signature;
use procsteal_reference::VARIANTS;
use procsteal_reference::sites::{Site, numbered_sites, site};
use std::collections::{BTreeMap, BTreeSet};

/// What a corpus covers, on all schedulers together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stats {
    /// How many schedules.
    pub schedules: usize,
    /// The bytes of all schedules, as engines see them.
    pub bytes: usize,
    /// Features that they show ([`features_of`]).
    pub features: usize,
    /// Numbered steps of the specification that they reach.
    pub steps_reached: BTreeSet<Site>,
    /// Numbered steps that they do not reach.
    pub steps_missed: BTreeSet<Site>,
    /// How many schedules show each signature, by scheduler and signature.
    pub signatures: BTreeMap<(&'static str, String), usize>,
}

/// Counts what a corpus covers.
#[must_use]
pub fn stats(entries: &[Entry]) -> Stats {
    let mut bench = Bench::new();
    let mut features = Features::default();
    let mut steps_reached = BTreeSet::new();
    let mut signatures = BTreeMap::new();
    for entry in entries {
        for scheduler in VARIANTS {
            let recording = bench.record(scheduler, &entry.schedule);
            features.extend(&features_of(&recording.execution, &recording.touches()));
            let numbered = recording.steps.iter().filter_map(|step| site(step.site));
            steps_reached.extend(numbered.filter(|site| !site.step.is_empty()));
            if let Some(signature) = signature(&recording) {
                *signatures.entry((scheduler.name, signature.to_string())).or_default() += 1;
            }
        }
    }
    Stats {
        schedules: entries.len(),
        bytes: entries.iter().map(|entry| entry.schedule.to_byte_vec().len()).sum(),
        features: features.len(),
        steps_missed: numbered_sites().filter(|site| !steps_reached.contains(site)).collect(),
        steps_reached,
        signatures,
    }
}
