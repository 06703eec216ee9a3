//! The smallest schedule that shows a signature, whichever input showed it first.

use super::cost::keep_smaller;
use super::grow::{bare, more_scenarios_for, scenarios_for};
use super::needs::{aim_of, aim_of_guides};
use super::trial::Trial;
use super::turns::search_in;
use super::{Cost, Known, KnownSmallest, MinimizeOptions, Size, TrialLimit, attempts, descend, search_anew};
use crate::execution::Bench;
use crate::explore::Aim;
use crate::signature::Signature;
use procsteal_reference::{Scenario, Schedule, Variant};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Executions that one look through the scenarios may take: half a second to one.
const MAX_EXECUTIONS: u32 = 30_000;

/// Scenarios in which guides lead to a steal: all with up to nine parts, where the tracer stops.
const MOST_TO_LEAD_IN: usize = 2_000;

/// Scenarios that are looked at longer: 6,400 executions, a tenth of a second or two.
const SIMPLEST: usize = 40;

/// Those after them that are as well if nothing was found, where there is no steal to go for, so that none was looked at with
/// random switches.
const SIMPLE: usize = 110;

/// Executions that it may still take after each find: of the scenarios that show a signature with as few parts, the simplest
/// is among the next.
const AFTER_A_FIND: u32 = 8_000;

/// Executions of a thorough search in each scenario: enough for any three switches at turns, in most.
const THOROUGH_EXECUTIONS: u32 = 2_000;

/// Which search: what it comes to depends on nothing else.
type Key = (&'static str, Signature, MinimizeOptions);

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
    options: MinimizeOptions,
) -> Found {
    let key = (scheduler.name, signature.clone(), options);
    // The map is locked for a look only: a thread that panics leaves it whole.
    let cell = Arc::clone(SEARCHES.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
    let search = || {
        let mut trial = Trial::new(bench, scheduler, signature, options.limit);
        let known = match options.known {
            Known::Use => KnownSmallest::committed().of_signature(signature),
            Known::Ignore => Vec::new(),
        };
        let schedule = search(&known, &mut trial);
        Found { schedule, executions: trial.executions }
    };
    cell.get_or_init(search).clone()
}

/// The smallest schedule that a search finds which nobody waits for: from these schedules on, and with so many executions
/// in each scenario that one hunt could not do it. None if nothing shows the signature.
pub(crate) fn search_thoroughly(
    bench: &mut Bench,
    scheduler: &'static Variant,
    signature: &Signature,
    from: &[&Schedule],
    limit: TrialLimit,
) -> Option<Schedule> {
    let mut trial = Trial::new(bench, scheduler, signature, limit);
    let mut best = search(from, &mut trial).map(|found| search_anew(found, &mut trial));
    let scenarios = more_scenarios_for(signature);
    loop {
        let before = best.as_ref().map(Cost::of);
        look_through(&scenarios, &THOROUGH, &mut best, &mut trial);
        if trial.is_over() || best.as_ref().map(Cost::of) == before {
            return best;
        }
    }
}

/// The smallest of what these schedules come to, and of what a search of scenarios finds. Leads to the steal, if that can be
/// done. Else, or if that shows nothing, looks at all scenarios, and if that shows nothing either, longer at the simplest ones.
fn search(from: &[&Schedule], trial: &mut Trial<'_>) -> Option<Schedule> {
    let mut best: Option<Schedule> = None;
    for schedule in from {
        if let Some(kept) = trial.keeps((*schedule).clone()) {
            let descended = descend(kept, trial);
            keep_smaller(&mut best, descended);
        }
    }
    if let Some(aim) = aim_of_guides(trial.signature()) {
        lead_through(aim, &mut best, trial);
        if best.is_some() {
            return best;
        }
    }
    let scenarios = scenarios_for(trial.signature());
    let has_an_aim = aim_of(trial.signature()).is_some();
    let (simplest, others) = scenarios.split_at(scenarios.len().min(SIMPLEST));
    if has_an_aim {
        look_through(&scenarios, &GLANCE, &mut best, trial);
    } else {
        look_through(simplest, &STARE, &mut best, trial);
        look_through(others, &GLANCE, &mut best, trial);
    }
    if best.is_none() {
        let again = if has_an_aim { simplest } else { &others[..others.len().min(SIMPLE)] };
        look_through(again, &STARE, &mut best, trial);
    }
    best
}

/// The smallest schedule that guides lead to, the simplest scenarios first, and what a search of its scenario finds with
/// fewer switches.
fn lead_through(aim: Aim, best: &mut Option<Schedule>, trial: &mut Trial<'_>) {
    let mut shortest = usize::MAX;
    for scenario in more_scenarios_for(trial.signature()).into_iter().take(MOST_TO_LEAD_IN) {
        // The switches that the best has are those of the steal's story: one less is all that can be hoped for.
        let can_be_better = best.as_ref().is_none_or(|best| {
            Size::of(&bare(&scenario)).parts() + best.switches.len() <= Size::of(best).parts() + 1
        });
        if trial.is_over() || !can_be_better {
            break;
        }
        let Some(found) = attempts::lead_in(&scenario, aim, trial) else { continue };
        // All are led alike: what is longer now is mostly so in the end, and going down takes thousands of executions.
        let parts = Size::of(&found).parts();
        if parts <= shortest {
            shortest = parts;
            let descended = descend(found, trial);
            keep_smaller(best, descended);
        }
    }
    let Some(found) = best.as_ref() else { return };
    let (scenario, fewer) = (found.scenario.clone(), found.switches.len().saturating_sub(1));
    if let Some(found) = attempts::stare_at(&scenario, fewer, trial) {
        let descended = descend(found, trial);
        keep_smaller(best, descended);
    }
}

/// A way to look through scenarios.
struct Look {
    /// Looks for the signature in a scenario, with so many switches at most.
    at: fn(&Scenario, usize, &mut Trial<'_>) -> Option<Schedule>,
    /// How many executions it may take.
    executions: u32,
    /// How many after a schedule was found, or a smaller one.
    after_a_find: u32,
}

const GLANCE: Look = Look { at: attempts::glance_at, executions: MAX_EXECUTIONS, after_a_find: AFTER_A_FIND };
const STARE: Look = Look { at: attempts::stare_at, executions: MAX_EXECUTIONS, after_a_find: AFTER_A_FIND };

/// As thorough as whoever searches has time for.
const THOROUGH: Look = Look {
    at: |scenario, most_switches, trial| search_in(scenario, THOROUGH_EXECUTIONS, most_switches, trial),
    executions: u32::MAX,
    after_a_find: u32::MAX,
};

fn look_through(scenarios: &[Scenario], look: &Look, best: &mut Option<Schedule>, trial: &mut Trial<'_>) {
    let mut end = trial.executions.saturating_add(look.executions);
    for scenario in scenarios {
        let parts = Size::of(&bare(scenario)).parts();
        let fewest = best.as_ref().map(|best| Size::of(best).parts());
        let most_switches = fewest.map_or(usize::MAX, |fewest| fewest.saturating_sub(parts));
        if trial.executions >= end || trial.is_over() || most_switches == 0 {
            break;
        }
        if let Some(found) = (look.at)(scenario, most_switches, trial) {
            let descended = descend(found, trial);
            if keep_smaller(best, descended) {
                end = end.min(trial.executions.saturating_add(look.after_a_find));
            }
        }
    }
}
