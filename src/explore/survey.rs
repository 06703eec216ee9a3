//! How small minimizing makes what is found: over many findings of each signature, which results it has.

use super::batch::{BATCH_EXECUTIONS, BatchPlan, run_batch};
use super::mutate::Corpus;
use super::{HuntError, StrategyKind};
use crate::execution::{Bench, Recording};
use crate::minimize::{Cost, MinimizeOptions, Size, minimize_with};
use crate::signature::Signature;
use cpu_time::ThreadTime;
use procsteal_reference::{Schedule, Variant};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What to survey.
#[derive(Clone, Debug)]
pub struct SurveyOptions {
    /// On which scheduler.
    pub scheduler: &'static Variant,
    /// Findings of each signature.
    pub findings: u64,
    /// Executions, at most.
    pub executions: u64,
    /// The seed of the hunt.
    pub seed: u64,
    /// How findings are minimized.
    pub minimizing: MinimizeOptions,
}

/// What the findings of one signature were minimized to.
#[derive(Clone, Default, Debug)]
pub struct Minima {
    /// The results, the smallest first, and how many findings came to each.
    pub results: BTreeMap<Cost, (Schedule, u64)>,
    /// How long a core worked on each, ascending: the only thing here that the seed does not decide.
    pub times: Vec<Duration>,
    /// The most executions that one took.
    pub most_trials: u32,
    /// How many were not minimized to their end.
    pub limits_reached: u64,
}

impl Minima {
    /// How many findings there were.
    #[must_use]
    pub fn findings(&self) -> u64 {
        self.results.values().map(|(_, count)| count).sum()
    }

    /// The smallest result.
    #[must_use]
    pub fn smallest(&self) -> Option<&Schedule> {
        self.results.values().next().map(|(schedule, _)| schedule)
    }

    /// How many findings came to a schedule with as few parts as the smallest.
    #[must_use]
    pub fn with_fewest_parts(&self) -> u64 {
        let parts = |schedule: &Schedule| Size::of(schedule).parts();
        let fewest = self.results.values().map(|(schedule, _)| parts(schedule)).min();
        let counts = self.results.values().filter(|(schedule, _)| Some(parts(schedule)) == fewest);
        counts.map(|(_, count)| count).sum()
    }

    /// How many findings came to a schedule of no more parts than this one.
    #[must_use]
    pub fn no_larger_than(&self, schedule: &Schedule) -> u64 {
        let most = Size::of(schedule).parts();
        let counts = self.results.values().filter(|(result, _)| Size::of(result).parts() <= most);
        counts.map(|(_, count)| count).sum()
    }

    /// How many came to the very smallest.
    #[must_use]
    pub fn equal_to_smallest(&self) -> u64 {
        self.results.values().next().map_or(0, |(_, count)| *count)
    }
}

/// Hunts with the portfolio and minimizes every finding, up to a number for each signature.
///
/// # Errors
/// [`HuntError`] if a run does not replay.
pub fn survey_minima(
    options: &SurveyOptions,
    cancel: &AtomicBool,
    mut progress: impl FnMut(u64),
) -> Result<BTreeMap<Signature, Minima>, HuntError> {
    let mut minima: BTreeMap<Signature, Minima> = BTreeMap::new();
    let (mut bench, mut corpus) = (Bench::new(), Corpus::default());
    let (scheduler, strategy) = (options.scheduler, StrategyKind::Portfolio);
    for number in 0..options.executions.div_ceil(BATCH_EXECUTIONS) {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        let executions = BATCH_EXECUTIONS.min(options.executions - number * BATCH_EXECUTIONS);
        let plan = BatchPlan { number, executions, seed: options.seed, scheduler, strategy };
        let mut found: Vec<(Schedule, Signature)> = Vec::new();
        let mut inspect = |schedule: &Schedule, _: &Recording, signature: &Signature| {
            found.push((schedule.clone(), signature.clone()));
        };
        let report = run_batch(&mut bench, plan, &Arc::new(corpus.clone()), &mut inspect);
        if let Some(schedule) = report.unfaithful {
            return Err(HuntError::Unfaithful(schedule));
        }
        for lesson in &report.lessons {
            corpus.admit(lesson);
        }
        for (schedule, signature) in found {
            let of_signature = minima.entry(signature).or_default();
            if of_signature.findings() < options.findings {
                add(&mut bench, options, &schedule, of_signature)?;
            }
        }
        progress(number * BATCH_EXECUTIONS + executions);
    }
    minima.values_mut().for_each(|minima| minima.times.sort_unstable());
    Ok(minima)
}

fn add(
    bench: &mut Bench,
    options: &SurveyOptions,
    schedule: &Schedule,
    minima: &mut Minima,
) -> Result<(), HuntError> {
    let start = ThreadTime::now();
    let minimized = minimize_with(bench, options.scheduler, schedule, options.minimizing)?;
    minima.times.push(start.elapsed());
    minima.limits_reached += u64::from(!minimized.extent.is_minimal());
    minima.most_trials = minima.most_trials.max(minimized.trials);
    let cost = Cost::of(&minimized.schedule);
    minima.results.entry(cost).or_insert((minimized.schedule, 0)).1 += 1;
    Ok(())
}
