//! Makes a schedule as small as it can be while it shows the same bug.
//!
//! Where a smallest schedule is known for scheduler and signature ([`KnownSmallest`]) and shows that, it is the result.
//! Else every pass proposes smaller schedules; one that keeps the signature takes the place of the schedule, and passes go
//! on until none of them has anything better. What a search of the smallest scenarios that have what the signature needs
//! comes to takes its place if that is smaller: it depends on nothing but the signature. If it is not, other scenarios are
//! searched anew, the simplest first, with executions that depend on nothing but the scenario. "Smaller" is one total order
//! ([`Cost`]), so this ends, and no single part of the result can be left out.
//!
//! ```
//! use procsteal::Bench;
//! use procsteal::minimize::minimize;
//! use procsteal_reference::{Scenario, Schedule, Variant};
//!
//! let harmless: Schedule = "procsteal schedule v1\nG1: trace-start\n".parse()?;
//! let fixed = Variant::named("fixed").expect("fixed is a scheduler");
//! let error = minimize(&mut Bench::new(), fixed, &harmless).unwrap_err();
//! assert!(error.to_string().contains("nothing is wrong"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anchor;
mod attempts;
mod cost;
mod grow;
mod guide;
mod known;
mod limit;
mod nearness;
mod needs;
mod passes;
mod reshape;
mod smallest;
mod trial;
mod turns;

pub use cost::{Cost, Size};
pub use known::{Known, KnownSmallest, KnownSmallestError};
pub use limit::{Extent, MAX_TRIALS, TrialLimit};
pub(crate) use smallest::search_thoroughly;

use crate::execution::Bench;
use crate::signature::{Signature, signature};
use procsteal_reference::{Scenario, Schedule, Variant};
use trial::Trial;

/// A schedule of which nothing can be left out, unless the limit was reached before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Minimized {
    /// The schedule.
    pub schedule: Schedule,
    /// What it shows, as the schedule that it was made from.
    pub signature: Signature,
    /// The size before.
    pub before: Size,
    /// The size after.
    pub after: Size,
    /// How many executions it took.
    pub trials: u32,
    /// Whether it came to its end.
    pub extent: Extent,
}

/// Why a schedule cannot be minimized.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MinimizeError {
    /// Its trace can be parsed.
    #[error(
        "minimize-nothing-wrong: nothing is wrong with this schedule on {scheduler}: its trace can be parsed. \
         Give the scheduler on which it fails"
    )]
    NothingWrong {
        /// On which scheduler.
        scheduler: &'static str,
    },
}

/// The smallest schedule that passes lead to from `schedule`, with the same signature on `scheduler`.
///
/// # Errors
/// [`MinimizeError`] if nothing is wrong with the schedule.
pub fn minimize(
    bench: &mut Bench,
    scheduler: &'static Variant,
    schedule: &Schedule,
) -> Result<Minimized, MinimizeError> {
    minimize_with(bench, scheduler, schedule, MinimizeOptions::default())
}

/// How to go about it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct MinimizeOptions {
    /// How much it may do.
    pub limit: TrialLimit,
    /// Whether it begins from what is known.
    pub known: Known,
}

impl MinimizeOptions {
    /// As if nothing were known: what the passes and the search come to by themselves.
    #[must_use]
    pub fn by_itself() -> Self {
        Self { known: Known::Ignore, ..Self::default() }
    }
}

/// As [`minimize`]; if the limit is reached before its end, what it has by then, and that it was so.
///
/// # Errors
/// [`MinimizeError`] if nothing is wrong with the schedule.
pub fn minimize_with(
    bench: &mut Bench,
    scheduler: &'static Variant,
    schedule: &Schedule,
    options: MinimizeOptions,
) -> Result<Minimized, MinimizeError> {
    let Some(signature) = signature(&bench.record(scheduler, schedule)) else {
        return Err(MinimizeError::NothingWrong { scheduler: scheduler.name });
    };
    let before = Size::of(schedule);
    let mut trial = Trial::new(bench, scheduler, &signature, options.limit);
    if let Some(schedule) = known_at_once(schedule, options.known, &mut trial) {
        let (after, trials, extent) = (Size::of(&schedule), trial.executions, Extent::Minimal);
        return Ok(Minimized { after, schedule, signature, before, trials, extent });
    }
    let known = smallest::smallest(bench, scheduler, &signature, options);
    let mut trial = Trial::new(bench, scheduler, &signature, options.limit);
    let start = trial.keeps(schedule.clone()).unwrap_or_else(|| schedule.clone());
    let descended = descend(start, &mut trial);
    let is_as_small = |known: &Schedule| Cost::of(known) <= Cost::of(&descended);
    let smallest = match known.schedule.filter(is_as_small) {
        Some(known) => known,
        None => search_anew(descended, &mut trial),
    };
    let extent = if trial.is_over() { Extent::LimitReached } else { Extent::Minimal };
    let trials = known.executions + trial.executions;
    Ok(Minimized { after: Size::of(&smallest), schedule: smallest, signature, before, trials, extent })
}

/// The smallest schedule that is known for the scheduler and the signature, if it shows that, and is no larger than the
/// one that is to be minimized.
fn known_at_once(schedule: &Schedule, known: Known, trial: &mut Trial<'_>) -> Option<Schedule> {
    if known == Known::Ignore || trial.is_over() {
        return None;
    }
    let known = KnownSmallest::committed().find(trial.scheduler(), trial.signature())?;
    trial.keeps(known.clone()).filter(|known| Cost::of(known) <= Cost::of(schedule))
}

/// A schedule that shows the signature on the scheduler, among so many executions of a scenario.
pub(crate) fn search_scenario(
    bench: &mut Bench,
    scheduler: &'static Variant,
    signature: &Signature,
    scenario: &Scenario,
    executions: u64,
) -> Option<Schedule> {
    attempts::draw_in(
        scenario,
        executions,
        &mut Trial::new(bench, scheduler, signature, TrialLimit::default()),
    )
}

/// The smallest schedule that searches of other scenarios lead to, the simplest first.
fn search_anew(mut smallest: Schedule, trial: &mut Trial<'_>) -> Schedule {
    let mut tried = reshape::Tried::default();
    while let Some(found) = reshape::search(&smallest, &mut tried, trial) {
        let other = descend(found, trial);
        if Cost::of(&other) < Cost::of(&smallest) {
            smallest = other;
        }
    }
    smallest
}

/// Runs all passes until none of them has anything better.
fn descend(mut smallest: Schedule, trial: &mut Trial<'_>) -> Schedule {
    loop {
        let cost = Cost::of(&smallest);
        for pass in passes::ALL {
            smallest = run_pass(*pass, smallest, trial);
        }
        if trial.is_over() || Cost::of(&smallest) >= cost {
            return smallest;
        }
    }
}

/// Tries a pass's candidates until it has gone round once without one that is smaller and keeps the signature.
fn run_pass(pass: passes::Pass, mut smallest: Schedule, trial: &mut Trial<'_>) -> Schedule {
    let mut at = 0;
    let mut refused = 0;
    let mut candidates = pass(&smallest);
    while refused < candidates.len() && !trial.is_over() {
        at %= candidates.len();
        match trial.improves(&smallest, &candidates[at]) {
            Some(better) => {
                smallest = better;
                candidates = pass(&smallest);
                refused = 0;
            }
            None => {
                at += 1;
                refused += 1;
            }
        }
    }
    smallest
}
