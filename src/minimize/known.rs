//! The smallest schedules that are known, by scheduler and signature: `corpus/smallest.toml`.
//!
//! None is trusted: one that no longer shows its signature, after a change of the model, counts for nothing.

use super::Cost;
use crate::signature::Signature;
use procsteal_reference::{Schedule, Variant};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::OnceLock;

/// Whether minimizing begins from what is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub enum Known {
    /// A smallest schedule that is known for scheduler and signature, and that shows it, is the result at once, and those
    /// of other schedulers are where the search begins.
    #[default]
    Use,
    /// As if nothing were known: what the passes and the search come to by themselves.
    Ignore,
}

/// The smallest schedules that are known.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct KnownSmallest {
    schedules: BTreeMap<Signature, BTreeMap<String, Schedule>>,
}

/// Why a text is no collection of smallest schedules.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownSmallestError {
    /// It is not of the right form.
    #[error("smallest-syntax: expected [[smallest]] tables of scheduler, signature and schedule: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An entry's signature is none.
    #[error("smallest-signature: {0}")]
    Signature(#[from] crate::signature::SignatureError),
    /// An entry's schedule is none.
    #[error("smallest-schedule: {0}")]
    Schedule(#[from] procsteal_reference::ScheduleError),
    /// There are two for one scheduler and signature.
    #[error("smallest-twice: {signature} on {scheduler} is there twice: expected one schedule for each")]
    Twice {
        /// Of which scheduler.
        scheduler: String,
        /// Of which signature.
        signature: Signature,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    smallest: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    scheduler: String,
    signature: String,
    schedule: String,
}

/// The first lines of the file.
const HEADER: &str = "\
# The smallest schedule that is known for each scheduler and signature, where minimizing begins (docs/minimize.md).
# Written by `make smallest`: nobody edits it.
";

impl KnownSmallest {
    /// The collection in the repository, as it was when the program was built.
    #[must_use]
    pub fn committed() -> &'static Self {
        static COMMITTED: OnceLock<KnownSmallest> = OnceLock::new();
        // A test parses the same text: it cannot be anything else here.
        COMMITTED.get_or_init(|| include_str!("../../corpus/smallest.toml").parse().unwrap_or_default())
    }

    /// The schedule that is known for the scheduler and the signature.
    #[must_use]
    pub fn find(&self, scheduler: &Variant, signature: &Signature) -> Option<&Schedule> {
        self.schedules.get(signature)?.get(scheduler.name)
    }

    /// What is known of a signature, whatever the scheduler: each schedule once.
    #[must_use]
    pub fn of_signature(&self, signature: &Signature) -> Vec<&Schedule> {
        let all = self.schedules.get(signature).into_iter().flat_map(BTreeMap::values);
        let once: BTreeMap<Cost, &Schedule> = all.map(|schedule| (Cost::of(schedule), schedule)).collect();
        once.into_values().collect()
    }

    /// Notes a schedule, unless a smaller one is known.
    pub fn add(&mut self, scheduler: &Variant, signature: &Signature, schedule: Schedule) {
        let of_signature = self.schedules.entry(signature.clone()).or_default();
        let known = of_signature.entry(scheduler.name.to_owned()).or_insert_with(|| schedule.clone());
        if Cost::of(&schedule) < Cost::of(known) {
            *known = schedule;
        }
    }

    /// Everything that is known: scheduler, signature, schedule.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Signature, &Schedule)> {
        self.schedules.iter().flat_map(|(signature, of_signature)| {
            of_signature.iter().map(move |(scheduler, schedule)| (scheduler.as_str(), signature, schedule))
        })
    }

    /// The contents of the file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = HEADER.to_owned();
        for (scheduler, signature, schedule) in self.iter() {
            text += &format!(
                "\n[[smallest]]\nscheduler = \"{scheduler}\"\nsignature = \"{signature}\"\nschedule = \"\"\"\n{schedule}\"\"\"\n"
            );
        }
        text
    }
}

impl FromStr for KnownSmallest {
    type Err = KnownSmallestError;

    fn from_str(text: &str) -> Result<Self, KnownSmallestError> {
        let file: File = toml::from_str(text)?;
        let mut known = Self::default();
        for Entry { scheduler, signature, schedule } in file.smallest {
            let signature: Signature = signature.parse()?;
            let of_signature = known.schedules.entry(signature.clone()).or_default();
            if of_signature.insert(scheduler.clone(), schedule.parse()?).is_some() {
                return Err(KnownSmallestError::Twice { scheduler, signature });
            }
        }
        Ok(known)
    }
}
