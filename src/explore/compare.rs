//! How soon each strategy finds each signature: medians over many seeds, with 95 % intervals.

use super::{HuntError, HuntOptions, StrategyKind, hunt};
use crate::signature::Signature;
use procsteal_reference::Variant;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

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
        let mut firsts: BTreeMap<Option<Signature>, Vec<u64>> = BTreeMap::from([(None, Vec::new())]);
        for seed in 0..options.seeds {
            let hunt_options = HuntOptions {
                schedulers: vec![options.scheduler],
                strategy: *strategy,
                seed,
                executions: Some(options.executions),
                jobs: options.jobs,
                ..HuntOptions::default()
            };
            let summary = hunt(&hunt_options, cancel, &mut ())?;
            if let super::Ended::Failed(error) = summary.ended {
                return Err(error);
            }
            let any = summary.kinds.iter().map(|kind| kind.first_execution + 1).min();
            firsts.entry(None).or_default().extend(any);
            for kind in summary.kinds {
                firsts.entry(Some(kind.signature)).or_default().push(kind.first_execution + 1);
            }
            done += 1;
            progress(done);
        }
        rows.extend(firsts.into_iter().map(|(signature, found)| Row {
            strategy: *strategy,
            signature,
            found: found.len() as u64,
            seeds: options.seeds,
            executions: Median::of(found, options.seeds),
        }));
    }
    Ok(rows)
}
