//! The passes of minimization, each a list of schedules that might do in place of the present one.

mod cut;
mod foreign;
mod goroutines;
mod numbers;
mod operations;
mod order;
mod places;
mod rounds;
mod switches;

pub(super) use goroutines::without as without_goroutine;

use procsteal_reference::Schedule;

/// Candidates for a schedule, those that save most first. They need not be smaller, nor show anything.
pub(super) type Pass = fn(&Schedule) -> Vec<Schedule>;

/// All passes, in the order in which they run.
pub(super) const ALL: &[Pass] = &[
    cut::candidates,
    switches::candidates,
    goroutines::candidates,
    operations::candidates,
    rounds::candidates,
    foreign::candidates,
    numbers::candidates,
    places::candidates,
    order::candidates,
];

/// The schedule without each part of its scenario.
pub(super) fn removals(schedule: &Schedule) -> Vec<Schedule> {
    let mut shorter = goroutines::candidates(schedule);
    for (slot, script) in schedule.scenario.goroutines.iter().enumerate() {
        for at in 0..script.len() {
            let mut other = schedule.clone();
            other.scenario.goroutines[slot].remove(at);
            shorter.push(other);
        }
    }
    for at in 0..schedule.scenario.sysmon.len() {
        let mut other = schedule.clone();
        other.scenario.sysmon.remove(at);
        shorter.push(other);
    }
    shorter.extend(foreign::candidates(schedule));
    shorter
}

/// The passes that change the scenario.
pub(super) const SCENARIO_PASSES: &[Pass] = &[
    goroutines::candidates,
    operations::candidates,
    rounds::candidates,
    foreign::candidates,
    numbers::candidates,
    order::candidates,
];
