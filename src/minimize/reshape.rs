//! Tries simpler scenarios anew: the switches of the larger one need not lead anywhere in them.

use super::Cost;
use super::passes::SCENARIO_PASSES;
use super::trial::Trial;
use crate::explore::{Delay, HoldAtPoints, Input, Profile, Rng, Strategy, Urw, Wakeful};
use procsteal_reference::{GoId, Op, ProcSet, Scenario, Schedule};
use std::collections::{BTreeMap, HashSet};
use xxhash_rust::xxh3::xxh3_64;

/// Executions that look for the signature in one scenario: with fewer, what is found depends on where one came from.
const ATTEMPTS: u64 = 200;

/// Scenarios that were tried. What comes of one does not depend on the schedule that led to it.
#[derive(Default)]
pub(super) struct Tried(HashSet<Scenario>);

/// A schedule that shows the signature in a scenario simpler than that of `smallest`, or in the same one; none if no
/// such scenario that was not tried before shows it.
pub(super) fn search(smallest: &Schedule, tried: &mut Tried, trial: &mut Trial<'_>) -> Option<Schedule> {
    let scenarios = simpler(smallest).into_iter().chain([widened(smallest.scenario.clone())]);
    for scenario in scenarios {
        if trial.is_over() {
            return None;
        }
        if tried.0.insert(scenario.clone())
            && let Some(found) = search_in(&scenario, ATTEMPTS, trial)
        {
            return Some(found);
        }
    }
    None
}

/// The smallest schedule that shows the signature among so many executions of the scenario.
pub(super) fn search_in(scenario: &Scenario, attempts: u64, trial: &mut Trial<'_>) -> Option<Schedule> {
    let seed = seed_of(scenario);
    let mut wakeful = Wakeful::new(Rng::new(seed, 0));
    let profile = Profile::of(&trial.steps_of(scenario, &mut wakeful));
    let (mut hold, mut delay, mut urw) = (HoldAtPoints::default(), Delay::default(), Urw::default());
    let mut best: Option<Schedule> = None;
    for attempt in 1..=attempts {
        // Half of the executions hold threads; the others find what happens without steals.
        let strategy: &mut dyn Strategy = match attempt % 4 {
            0 => &mut delay,
            1 => &mut urw,
            _ => &mut hold,
        };
        let mut input = Input { scenario: scenario.clone(), profile: &profile, rng: Rng::new(seed, attempt) };
        strategy.begin(&mut input);
        let Some(schedule) = trial.run(input.scenario, strategy) else { continue };
        if best.as_ref().is_none_or(|best| Cost::of(&schedule) < Cost::of(best)) {
            best = Some(schedule);
        }
    }
    best
}

/// A number that the scenario decides, the same in every run of the program.
fn seed_of(scenario: &Scenario) -> u64 {
    xxh3_64(Schedule { scenario: scenario.clone(), switches: Vec::new() }.to_string().as_bytes())
}

/// Scenarios that are one change simpler, the simplest first; their rounds of sysmon look at every P.
fn simpler(schedule: &Schedule) -> Vec<Scenario> {
    let bare = Schedule { scenario: schedule.scenario.clone(), switches: Vec::new() };
    let mut candidates: Vec<Schedule> = SCENARIO_PASSES.iter().flat_map(|pass| pass(&bare)).collect();
    candidates.extend(inlined(&bare));
    let cost = Cost::of(&bare);
    let traces = |schedule: &Schedule| schedule.scenario.goroutines[0].contains(&Op::TraceStart);
    let mut by_cost: BTreeMap<Cost, Scenario> = candidates
        .into_iter()
        .map(Schedule::into_legal)
        .filter(|candidate| traces(candidate))
        .map(|candidate| (Cost::of(&candidate), candidate.scenario))
        .collect();
    by_cost.split_off(&cost);
    let mut scenarios: Vec<Scenario> = by_cost.into_values().map(widened).collect();
    let mut seen = HashSet::new();
    scenarios.retain(|scenario| seen.insert(scenario.clone()));
    scenarios
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

/// Each goroutine's operations done by main in its place, and by a foreign thread; and each foreign thread's calls as
/// system calls of a goroutine.
fn inlined(schedule: &Schedule) -> Vec<Schedule> {
    let mut candidates = Vec::new();
    let goroutines = &schedule.scenario.goroutines;
    for slot in 1..goroutines.len() {
        let is_it = |op: &Op| *op == Op::Go(GoId(slot as u8));
        let main = &goroutines[0];
        let at = main.iter().position(is_it).unwrap_or(main.len());
        let mut other = schedule.clone();
        let rest = other.scenario.goroutines[0].split_off(at);
        other.scenario.goroutines[0].extend(goroutines[slot].iter().chain(&rest));
        candidates.push(super::passes::without_goroutine(&other, slot));
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
