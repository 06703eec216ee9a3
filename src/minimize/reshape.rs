//! Which other scenarios are worth a look: the switches of the larger one need not lead anywhere in them.

use super::attempts::find_in;
use super::needs::Needs;
use super::passes::{SCENARIO_PASSES, removals, without_goroutine};
use super::trial::Trial;
use super::{Cost, Size};
use procsteal_reference::{ForeignThread, GoId, Op, ProcSet, Scenario, Schedule};
use std::collections::{BTreeMap, HashSet};

/// Executions spent at a time on scenarios with some parts fewer: some tenths of a second.
const BELOW_EXECUTIONS: u32 = 10_000;

/// Such scenarios made at a time: more than can be looked at with these executions.
const MAX_BELOW: usize = 3_000;

/// Scenarios that were tried. What comes of one does not depend on the schedule that led to it.
#[derive(Default)]
pub(super) struct Tried(HashSet<Scenario>);

/// A schedule that shows the signature in a scenario simpler than that of `smallest`, or in the same one; none if no
/// such scenario that was not tried before shows it.
pub(super) fn search(smallest: &Schedule, tried: &mut Tried, trial: &mut Trial<'_>) -> Option<Schedule> {
    let end = trial.executions + BELOW_EXECUTIONS;
    let needs = Needs::of(trial.signature());
    let below = below(smallest, &needs).into_iter().map(|scenario| (scenario, end));
    let simpler = simpler(smallest).into_iter().chain([widened(smallest.scenario.clone())]);
    for (scenario, end) in below.chain(simpler.map(|scenario| (scenario, u32::MAX))) {
        if trial.executions < end
            && !trial.is_over()
            && needs.are_met_by(&scenario)
            && tried.0.insert(scenario.clone())
            && let Some(found) = find_in(&scenario, trial)
        {
            return Some(found);
        }
    }
    None
}

/// The scenarios that are left when any parts of this one are left out, the simplest first: of it as it is, with
/// tracing on from the start, with one operation more, and with goroutines put into main or made foreign threads, and
/// the other way round.
fn below(schedule: &Schedule, needs: &Needs) -> Vec<Scenario> {
    let bare = bare(&schedule.scenario);
    let mut open = vec![tracing_first(&bare), bare.clone()];
    open.extend(open.iter().flat_map(recast).collect::<Vec<_>>());
    open.extend(with_a_stop(&bare));
    let mut seen = HashSet::new();
    let mut by_cost = BTreeMap::new();
    while let Some(candidate) = open.pop() {
        let candidate = self::bare(&widened(candidate.into_legal().scenario));
        if seen.len() < MAX_BELOW
            && needs.are_met_by(&candidate.scenario)
            && seen.insert(candidate.scenario.clone())
        {
            open.extend(removals(&candidate));
            by_cost.insert(Cost::of(&candidate), candidate.scenario);
        }
    }
    // A scenario with more parts may need fewer switches; but one switch, most need.
    let parts = Size::of(schedule).parts();
    let cost = Cost::of(&self::bare(&widened(bare.scenario)));
    by_cost.retain(|of, scenario| {
        of.has_no_larger_scenario(&cost) || Size::of(&self::bare(scenario)).parts() + 1 < parts
    });
    by_cost.into_values().collect()
}

/// Scenarios that are one change simpler, or another but no larger, the simplest first; their rounds of sysmon look at
/// every P.
fn simpler(schedule: &Schedule) -> Vec<Scenario> {
    let bare = bare(&schedule.scenario);
    let mut candidates: Vec<Schedule> = SCENARIO_PASSES.iter().flat_map(|pass| pass(&bare)).collect();
    candidates.extend(recast(&bare));
    let cost = Cost::of(&bare);
    let mut by_cost: BTreeMap<Cost, Scenario> = candidates
        .into_iter()
        .map(Schedule::into_legal)
        .map(|candidate| (Cost::of(&candidate), candidate.scenario))
        .collect();
    by_cost.retain(|of, _| of.has_no_larger_scenario(&cost));
    by_cost.into_values().map(widened).collect()
}

fn bare(scenario: &Scenario) -> Schedule {
    Schedule { scenario: scenario.clone(), switches: Vec::new() }
}

/// With rounds of sysmon that look at every P: which P it is changes with everything else, and is found again after.
fn widened(mut scenario: Scenario) -> Scenario {
    let all = ProcSet((1 << scenario.procs.0) - 1);
    for round in &mut scenario.sysmon {
        round.retake = all;
        if round.preempt != ProcSet::default() {
            round.preempt = all;
        }
    }
    scenario
}

/// With tracing on from the start.
fn tracing_first(schedule: &Schedule) -> Schedule {
    let mut other = schedule.clone();
    let main = &mut other.scenario.goroutines[0];
    if let Some(at) = main.iter().position(|op| *op == Op::TraceStart) {
        main[..=at].rotate_right(1);
    }
    other
}

/// With one operation more by which main stops where a switch may have made it: it creates a goroutine, or yields.
fn with_a_stop(schedule: &Schedule) -> Vec<Schedule> {
    let scenario = &schedule.scenario;
    let main = &scenario.goroutines[0];
    let gos = (1..scenario.goroutines.len()).map(|slot| Op::Go(GoId(slot as u8)));
    let ops: Vec<Op> = gos.filter(|go| !main.contains(go)).chain([Op::Gosched]).collect();
    let places = (0..=main.len()).flat_map(|at| ops.iter().map(move |op| (at, *op)));
    places
        .map(|(at, op)| {
            let mut other = schedule.clone();
            other.scenario.goroutines[0].insert(at, op);
            other
        })
        .collect()
}

/// Each goroutine's operations done by main, at any place, or its syscalls by a foreign thread; and each foreign
/// thread's calls as system calls of a goroutine, or of main.
fn recast(schedule: &Schedule) -> Vec<Schedule> {
    let mut candidates = Vec::new();
    let goroutines = &schedule.scenario.goroutines;
    for slot in 1..goroutines.len() {
        let (main, script) = (&goroutines[0], &goroutines[slot]);
        for at in 0..=main.len() {
            let mut other = schedule.clone();
            let rest = other.scenario.goroutines[0].split_off(at);
            other.scenario.goroutines[0].extend(script.iter().chain(&rest));
            candidates.push(without_goroutine(&other, slot));
        }
        if script.iter().all(|op| *op == Op::Syscall) {
            let mut other = without_goroutine(schedule, slot);
            other.scenario.foreign.push(ForeignThread { callbacks: script.len() as u8 });
            candidates.push(other);
        }
    }
    for at in 0..schedule.scenario.foreign.len() {
        let mut other = schedule.clone();
        let calls = usize::from(other.scenario.foreign.remove(at).callbacks);
        for count in 1..=calls {
            let mut with = other.clone();
            with.scenario.goroutines.push(vec![Op::Syscall; count]);
            candidates.push(with);
            let mut in_main = other.clone();
            in_main.scenario.goroutines[0].extend(vec![Op::Syscall; count]);
            candidates.push(in_main);
        }
    }
    candidates
}
