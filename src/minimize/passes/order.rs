//! Numbers goroutines another way, so that what differs by numbering only comes out the same.

use procsteal_reference::{GoId, Op, Schedule};

/// With each two goroutines but main in each other's place, and each two rounds of sysmon, and each two operations,
/// of one script or of two.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let mut candidates = Vec::new();
    let scenario = &schedule.scenario;
    for (first, second) in pairs(1, scenario.goroutines.len()) {
        candidates.push(swapped(schedule, first, second));
    }
    for (first, second) in pairs(0, scenario.sysmon.len()) {
        let mut other = schedule.clone();
        other.scenario.sysmon.swap(first, second);
        candidates.push(other);
    }
    for (slot, script) in scenario.goroutines.iter().enumerate() {
        for (first, second) in pairs(0, script.len()) {
            let mut other = schedule.clone();
            other.scenario.goroutines[slot].swap(first, second);
            candidates.push(other);
        }
    }
    for (first, second) in pairs(0, scenario.goroutines.len()) {
        let places = |slot: usize| 0..scenario.goroutines[slot].len();
        for (at, other_at) in places(first).flat_map(|at| places(second).map(move |other_at| (at, other_at)))
        {
            let mut other = schedule.clone();
            let op = other.scenario.goroutines[first][at];
            let in_its_place = std::mem::replace(&mut other.scenario.goroutines[second][other_at], op);
            other.scenario.goroutines[first][at] = in_its_place;
            candidates.push(other);
        }
    }
    candidates
}

fn pairs(from: usize, to: usize) -> impl Iterator<Item = (usize, usize)> {
    (from..to).flat_map(move |first| (first + 1..to).map(move |second| (first, second)))
}

fn swapped(schedule: &Schedule, first: usize, second: usize) -> Schedule {
    let mut other = schedule.clone();
    other.scenario.goroutines.swap(first, second);
    for op in other.scenario.goroutines.iter_mut().flatten() {
        if let Op::Go(GoId(target)) | Op::Ready(GoId(target)) = op {
            if usize::from(*target) == first {
                *target = second as u8;
            } else if usize::from(*target) == second {
                *target = first as u8;
            }
        }
    }
    other
}
