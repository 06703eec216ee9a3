//! Cuts off what happens after the failure: keeps the first few switches only.

use procsteal_reference::Schedule;

/// From no switch at all upwards.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let keep = |count: usize| {
        let mut shorter = schedule.clone();
        shorter.switches.truncate(count);
        shorter
    };
    (0..schedule.switches.len()).map(keep).collect()
}
