//! The schedules of default size that executions are measured on: always the same.

use crate::explore::{Input, Profile, RandomWalk, Recorder, Rng, Strategy, generate};
use procsteal_reference::{Model, Schedule, Variant};

/// How many there are: so many that no run is like the one before, so few that a turn is short.
const SCHEDULES: usize = 256;

/// Switches of each at most: a finding before it is minimized has about as many.
const MAX_SWITCHES: usize = 20;

/// Scenarios as the hunt makes them, with the first switches of a random walk.
pub(super) fn default_schedules(scheduler: &Variant) -> Vec<Schedule> {
    let mut model = Model::new();
    let mut numbers = Rng::new(1, 0);
    let mut schedules = Vec::with_capacity(SCHEDULES);
    while schedules.len() < SCHEDULES {
        let rng = Rng::new(numbers.number(), 0);
        let mut input = Input { scenario: generate(&mut numbers), profile: &Profile::default(), rng };
        let mut walk = RandomWalk::default();
        walk.begin(&mut input);
        let mut switches = Vec::new();
        let mut recorder = Recorder::new(&mut walk, &mut switches);
        if model.run_with(scheduler, &input.scenario, &mut recorder).is_ok() {
            switches.truncate(MAX_SWITCHES);
            schedules.push(Schedule { scenario: input.scenario, switches });
        }
    }
    schedules
}
