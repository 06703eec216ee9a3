//! Makes the collection of smallest schedules, by searches for which no hunt has the time.

use super::load;
use crate::execution::Bench;
use crate::explore::{HuntError, SurveyOptions, survey_minima};
use crate::findings::FindingsError;
use crate::minimize::{Cost, Known, KnownSmallest, MinimizeOptions, TrialLimit, search_thoroughly};
use crate::signature::{Signature, signature};
use procsteal_reference::{Schedule, Variant};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Of what the collection is made.
#[derive(Clone, Debug)]
pub struct SmallestOptions {
    /// For which schedulers.
    pub schedulers: Vec<&'static Variant>,
    /// Executions of the hunt on each that finds signatures.
    pub executions: u64,
    /// Findings of each signature that are minimized to begin from.
    pub findings: u64,
    /// The seed of the hunts.
    pub seed: u64,
    /// How much the search for a scheduler and a signature may do.
    pub limit: TrialLimit,
    /// Whether the collection that the program was built with is where it begins, so that no failure is lost that is seen once
    /// in millions of executions.
    pub known: Known,
}

/// Why there is no collection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmallestError {
    /// A hunt went wrong.
    #[error(transparent)]
    Hunt(#[from] HuntError),
    /// The folder of schedules cannot be read.
    #[error(transparent)]
    Findings(#[from] FindingsError),
}

/// By signature, schedules that show it on some scheduler.
type Shown = BTreeMap<Signature, BTreeMap<Cost, Schedule>>;

/// Looks for the smallest schedule of each signature that a scheduler shows in a hunt, by the schedules of a folder, or by what
/// is known. What it comes to depends on these and the options alone. Where `cancel` is set it is what there is by then.
///
/// # Errors
/// [`SmallestError`] if the folder cannot be read or a hunt goes wrong.
pub fn collect_smallest(
    options: &SmallestOptions,
    folder: &Path,
    cancel: &AtomicBool,
    mut progress: impl FnMut(&str),
) -> Result<KnownSmallest, SmallestError> {
    let mut bench = Bench::new();
    let schedules: Vec<Schedule> = load(folder)?.into_iter().map(|entry| entry.schedule).collect();
    let mut shown = Shown::new();
    if options.known == Known::Use {
        for (_, signature, schedule) in KnownSmallest::committed().iter() {
            shown.entry(signature.clone()).or_default().insert(Cost::of(schedule), schedule.clone());
        }
    }
    for scheduler in &options.schedulers {
        for schedule in &schedules {
            if let Some(signature) = signature(&bench.record(scheduler, schedule)) {
                shown.entry(signature).or_default().insert(Cost::of(schedule), schedule.clone());
            }
        }
        let minimizing = MinimizeOptions::by_itself();
        let SmallestOptions { findings, executions, seed, .. } = *options;
        let survey = SurveyOptions { scheduler, findings, executions, seed, minimizing };
        let minima = survey_minima(&survey, cancel, |done| {
            progress(&format!("{}: {done} of {executions} executions", scheduler.name));
        })?;
        for (signature, minima) in minima {
            let smallest = minima.smallest().map(|schedule| (Cost::of(schedule), schedule.clone()));
            shown.entry(signature).or_default().extend(smallest);
        }
    }
    let mut known = KnownSmallest::default();
    for (signature, starts) in shown {
        for scheduler in &options.schedulers {
            if cancel.load(Ordering::Relaxed) {
                return Ok(known);
            }
            progress(&format!("{}: {signature}", scheduler.name));
            let look = Look { scheduler, limit: options.limit };
            if let Some(smallest) = look.smallest(&mut bench, &signature, &starts, &known) {
                known.add(scheduler, &signature, smallest);
            }
        }
    }
    Ok(known)
}

/// The search for one scheduler.
#[derive(Clone, Copy)]
struct Look {
    scheduler: &'static Variant,
    limit: TrialLimit,
}

impl Look {
    /// The smallest schedule that a thorough search finds; none if none of these shows the signature on the scheduler. What
    /// the search on another scheduler came to is not searched for again where it is shown as well.
    fn smallest(
        self,
        bench: &mut Bench,
        name: &Signature,
        starts: &BTreeMap<Cost, Schedule>,
        known: &KnownSmallest,
    ) -> Option<Schedule> {
        let of_others = known.of_signature(name);
        let mut shows =
            |schedule: &&Schedule| signature(&bench.record(self.scheduler, schedule)).as_ref() == Some(name);
        let starts = of_others.iter().copied().chain(starts.values());
        let shown: Vec<&Schedule> = starts.filter(&mut shows).collect();
        let smallest = shown.iter().min_by_key(|schedule| Cost::of(schedule))?;
        if of_others.contains(smallest) {
            return Some((*smallest).clone());
        }
        search_thoroughly(bench, self.scheduler, name, &shown, self.limit)
    }
}
