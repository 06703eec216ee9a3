//! Leaves switches out: in halves, quarters and so on down to single ones and pairs (delta debugging).

use procsteal_reference::Schedule;

/// Schedules with more switches than this are not tried without each pair.
const MAX_FOR_PAIRS: usize = 12;

/// Without each run of neighbours, long ones first, then without each pair.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let count = schedule.switches.len();
    let mut candidates = Vec::new();
    let mut length = count / 2;
    while length > 0 {
        candidates.extend((0..count).step_by(length).map(|start| {
            let mut shorter = schedule.clone();
            shorter.switches.drain(start..count.min(start + length));
            shorter
        }));
        length /= 2;
    }
    if count <= MAX_FOR_PAIRS {
        for first in 0..count {
            for second in first + 1..count {
                let mut shorter = schedule.clone();
                shorter.switches.remove(second);
                shorter.switches.remove(first);
                candidates.push(shorter);
            }
        }
    }
    if count == 1 {
        candidates.push(Schedule { switches: Vec::new(), ..schedule.clone() });
    }
    candidates
}
