//! The schedules of default size that executions are measured on: always the same.

use crate::execution::{Bench, Verdict};
use crate::explore::{Rng, generate, walk};
use procsteal_reference::{Schedule, Variant};

/// How many there are: so many that no run is like the one before, so few that a turn is short.
const SCHEDULES: usize = 256;

/// Switches of each at most: a finding before it is minimized has about as many.
const MAX_SWITCHES: usize = 20;

/// Scenarios as the hunt makes them, with the first switches of a random walk.
pub(super) fn default_schedules(scheduler: &Variant) -> Vec<Schedule> {
    let mut bench = Bench::new();
    let mut numbers = Rng::new(1, 0);
    let mut schedules = Vec::with_capacity(SCHEDULES);
    while schedules.len() < SCHEDULES {
        let rng = Rng::new(numbers.number(), 0);
        let scenario = generate(&mut numbers);
        let (mut schedule, execution) = walk(&mut bench, scheduler, scenario, rng);
        if !matches!(execution.verdict, Verdict::Fault(_)) {
            schedule.switches.truncate(MAX_SWITCHES);
            schedules.push(schedule);
        }
    }
    schedules
}
