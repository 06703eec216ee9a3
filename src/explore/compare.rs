//! How soon each strategy finds each signature: medians over many seeds, with 95 % intervals.

use super::{Ended, HuntError, HuntOptions, HuntSummary, Keep, StrategyKind, hunt};
use crate::signature::Signature;
use cpu_time::ProcessTime;
use procsteal_reference::Variant;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What to compare.
#[derive(Clone, Debug)]
pub struct CompareOptions {
    /// Which strategies.
    pub strategies: Vec<StrategyKind>,
    /// On which scheduler.
    pub scheduler: &'static Variant,
    /// How many hunts of each, with the seeds from 0 on: at least 200 for a table worth showing.
    pub seeds: u64,
    /// Executions of one hunt.
    pub executions: u64,
    /// Batches at once.
    pub jobs: NonZeroUsize,
}

/// How soon a strategy finds a signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The strategy.
    pub strategy: StrategyKind,
    /// The signature; none for whichever comes first.
    pub signature: Option<Signature>,
    /// In how many of the hunts it was found.
    pub found: u64,
    /// Of how many.
    pub seeds: u64,
    /// After how many executions.
    pub executions: Median,
    /// After how many microseconds of all cores' work, on this machine.
    pub microseconds: Median,
}

/// A median and its 95 % interval, by order statistics. `None` stands for more than was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Median {
    /// The lower end.
    pub low: Option<u64>,
    /// The median.
    pub median: Option<u64>,
    /// The upper end.
    pub high: Option<u64>,
}

impl Median {
    /// The median of the values found, among `count` of which the others are greater than any.
    #[must_use]
    pub fn of(mut found: Vec<u64>, count: u64) -> Self {
        found.sort_unstable();
        let at = |rank: f64| found.get(rank.clamp(0.0, (count.max(1) - 1) as f64) as usize).copied();
        let (middle, spread) = (count as f64 / 2.0, 1.96 * (count as f64).sqrt() / 2.0);
        Self {
            low: at((middle - spread).floor() - 1.0),
            median: at(middle.floor()),
            high: at((middle + spread).ceil()),
        }
    }
}

/// Hunts with every strategy and seed, and says how soon each signature was found: strategy by strategy, any
/// signature first. `progress` hears how many hunts are done.
///
/// # Errors
/// [`HuntError`] if a hunt cannot be made.
pub fn compare_strategies(
    options: &CompareOptions,
    cancel: &AtomicBool,
    mut progress: impl FnMut(u64),
) -> Result<Vec<Row>, HuntError> {
    let mut rows = Vec::new();
    let mut done = 0;
    for strategy in &options.strategies {
        let mut firsts: BTreeMap<Option<Signature>, Firsts> = BTreeMap::from([(None, Firsts::default())]);
        for seed in 0..options.seeds {
            let hunt_options = HuntOptions {
                schedulers: vec![options.scheduler],
                strategy: *strategy,
                seed,
                executions: Some(options.executions),
                jobs: options.jobs,
                keep: Keep::Counts,
                ..HuntOptions::default()
            };
            let start = ProcessTime::now();
            let summary = hunt(&hunt_options, cancel, &mut ())?;
            let worked = start.elapsed();
            match summary.ended {
                Ended::Failed(error) => return Err(error),
                Ended::Cancelled => return Ok(rows),
                _ => note(&mut firsts, &summary, worked),
            }
            done += 1;
            progress(done);
        }
        rows.extend(firsts.into_iter().map(|(signature, firsts)| Row {
            strategy: *strategy,
            signature,
            found: firsts.executions.len() as u64,
            seeds: options.seeds,
            executions: Median::of(firsts.executions, options.seeds),
            microseconds: Median::of(firsts.microseconds, options.seeds),
        }));
    }
    Ok(rows)
}

/// After how many executions, and after how long, each hunt found something first.
#[derive(Default)]
struct Firsts {
    executions: Vec<u64>,
    microseconds: Vec<u64>,
}

fn note(firsts: &mut BTreeMap<Option<Signature>, Firsts>, summary: &HuntSummary, worked: Duration) {
    let per_execution = worked.as_secs_f64() * 1e6 / summary.executions.max(1) as f64;
    let mut add = |signature: Option<Signature>, executions: u64| {
        let firsts = firsts.entry(signature).or_default();
        firsts.executions.push(executions);
        firsts.microseconds.push((executions as f64 * per_execution) as u64);
    };
    if let Some(any) = summary.kinds.iter().map(|kind| kind.first_execution + 1).min() {
        add(None, any);
    }
    for kind in &summary.kinds {
        add(Some(kind.signature.clone()), kind.first_execution + 1);
    }
}
