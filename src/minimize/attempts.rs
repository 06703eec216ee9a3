//! Looks for the signature in one scenario: what comes of it depends on the scenario alone, not on the way to it.

use super::cost::{Cost, keep_smaller};
use super::guide::guides;
use super::needs::aim_of;
use super::trial::Trial;
use super::turns;
use crate::explore::{Aim, Delay, HoldAtPoints, Input, Profile, Rng, Strategy, Urw, Wakeful};
use procsteal_reference::{Scenario, Schedule};
use xxhash_rust::xxh3::xxh3_64;

/// Executions with few switches: enough for two where it matters, which is what failures without a steal need.
const FEW_SWITCHES: u32 = 60;

/// Executions with random ones. Of scenarios that can show the signature, nearly all do so in fewer.
const RANDOM: u64 = 60;

/// Executions of each kind where many scenarios are looked at: with twice as many, no more is found in the same time.
const GLANCES: u32 = 30;

/// Executions where the simplest scenarios are looked at again: enough for the three switches by which the simplest
/// one shows `stuck/ProcSteal/retake/stop`, and for any two where there is no steal to go for.
const STARES: u32 = 160;

/// So many switches are few.
const FEW: usize = 2;

/// A schedule that shows the signature in the scenario.
pub(super) fn find_in(scenario: &Scenario, trial: &mut Trial<'_>) -> Option<Schedule> {
    turns::search_in(scenario, FEW_SWITCHES, usize::MAX, trial).or_else(|| draw_in(scenario, RANDOM, trial))
}

/// The smallest of the schedules in which a guide leads to the signature's steal.
pub(super) fn lead_in(scenario: &Scenario, aim: Aim, trial: &mut Trial<'_>) -> Option<Schedule> {
    let found = guides(aim).filter_map(|mut guide| trial.run(scenario.clone(), &mut guide));
    found.min_by_key(Cost::of)
}

/// As [`find_in`], where a glance has found nothing, and with few switches only: random ones would be the same again.
pub(super) fn stare_at(scenario: &Scenario, most_switches: usize, trial: &mut Trial<'_>) -> Option<Schedule> {
    turns::search_in(scenario, STARES, most_switches, trial)
}

/// As [`find_in`], with fewer executions, where many scenarios are to be looked at. Where no more than a few switches are
/// wanted, which random ones seldom are, or where there is no steal to hold anybody for, only those are tried.
pub(super) fn glance_at(
    scenario: &Scenario,
    most_switches: usize,
    trial: &mut Trial<'_>,
) -> Option<Schedule> {
    let found = turns::search_in(scenario, GLANCES, most_switches, trial);
    let has_an_aim = aim_of(trial.signature()).is_some();
    if most_switches <= FEW || !has_an_aim {
        found
    } else {
        found.or_else(|| draw_in(scenario, GLANCES.into(), trial))
    }
}

/// The smallest schedule that shows the signature among so many executions of the scenario with random switches.
pub(super) fn draw_in(scenario: &Scenario, attempts: u64, trial: &mut Trial<'_>) -> Option<Schedule> {
    let seed = seed_of(scenario);
    let mut wakeful = Wakeful::new(Rng::new(seed, 0));
    let profile = Profile::of(&trial.touches_of(scenario, &mut wakeful));
    let mut aimed = aim_of(trial.signature()).map_or_else(HoldAtPoints::default, HoldAtPoints::aimed);
    let (mut hold, mut delay, mut urw) = (HoldAtPoints::default(), Delay::default(), Urw::default());
    let mut best: Option<Schedule> = None;
    for attempt in 1..=attempts {
        if trial.is_over() {
            break;
        }
        // Most executions go for the steal; the others find what happens without one.
        let strategy: &mut dyn Strategy = match attempt % 8 {
            0 => &mut delay,
            1 => &mut urw,
            2 => &mut hold,
            _ => &mut aimed,
        };
        let mut input = Input { scenario: scenario.clone(), profile: &profile, rng: Rng::new(seed, attempt) };
        strategy.begin(&mut input);
        if let Some(schedule) = trial.run(input.scenario, strategy) {
            keep_smaller(&mut best, schedule);
        }
    }
    best
}

/// A number that the scenario decides, the same in every run of the program.
fn seed_of(scenario: &Scenario) -> u64 {
    xxh3_64(Schedule { scenario: scenario.clone(), switches: Vec::new() }.to_string().as_bytes())
}
