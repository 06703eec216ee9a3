//! The smallest schedule that shows a signature, whichever input showed it first.

use super::grow::{bare, scenarios_for};
use super::trial::Trial;
use super::{Cost, Size, TrialLimit, attempts, descend};
use crate::execution::Bench;
use crate::signature::Signature;
use procsteal_reference::{Scenario, Schedule, Variant};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Executions that one look through the scenarios may take: half a second to one.
const MAX_EXECUTIONS: u32 = 30_000;

/// Scenarios that are looked at again if that shows nothing: 6,000 executions, a tenth of a second or two.
const SIMPLEST: usize = 40;

/// Which search: what it comes to depends on nothing else.
type Key = (&'static str, Signature, TrialLimit);

/// What searches came to, for all threads of the process: none is made twice, and who needs one that another makes waits.
static SEARCHES: Mutex<BTreeMap<Key, Arc<OnceLock<Found>>>> = Mutex::new(BTreeMap::new());

/// What a search came to.
#[derive(Clone)]
pub(super) struct Found {
    /// The smallest schedule; none if no scenario of those that were looked at shows the signature.
    pub(super) schedule: Option<Schedule>,
    /// How many executions it took.
    pub(super) executions: u32,
}

/// The smallest schedule that a search of the smallest scenarios finds.
pub(super) fn smallest(
    bench: &mut Bench,
    scheduler: &'static Variant,
    signature: &Signature,
    limit: TrialLimit,
) -> Found {
    let key = (scheduler.name, signature.clone(), limit);
    // The map is locked for a look only: a thread that panics leaves it whole.
    let cell = Arc::clone(SEARCHES.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
    let search = || {
        let mut trial = Trial::new(bench, scheduler, signature, limit);
        let schedule = search(&mut trial);
        Found { schedule, executions: trial.executions }
    };
    cell.get_or_init(search).clone()
}

/// Looks at all scenarios, and if that shows nothing, longer at the simplest ones.
fn search(trial: &mut Trial<'_>) -> Option<Schedule> {
    let scenarios = scenarios_for(trial.signature());
    let found = look_through(&scenarios, attempts::glance_at, trial);
    let simplest = &scenarios[..scenarios.len().min(SIMPLEST)];
    found.or_else(|| look_through(simplest, attempts::stare_at, trial))
}

/// Looks for the signature in a scenario, with so many switches at most.
type Look = fn(&Scenario, usize, &mut Trial<'_>) -> Option<Schedule>;

fn look_through(scenarios: &[Scenario], look: Look, trial: &mut Trial<'_>) -> Option<Schedule> {
    let mut best: Option<Schedule> = None;
    let end = trial.executions + MAX_EXECUTIONS;
    for scenario in scenarios {
        let parts = Size::of(&bare(scenario)).parts();
        let fewest = best.as_ref().map(|best| Size::of(best).parts());
        let most_switches = fewest.map_or(usize::MAX, |fewest| fewest.saturating_sub(parts));
        if trial.executions >= end || trial.is_over() || most_switches == 0 {
            break;
        }
        let Some(found) = look(scenario, most_switches, trial) else { continue };
        let found = descend(found, trial);
        if best.as_ref().is_none_or(|best| Cost::of(&found) < Cost::of(best)) {
            best = Some(found);
        }
    }
    best
}
