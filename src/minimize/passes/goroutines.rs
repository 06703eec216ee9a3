//! Leaves goroutines out, with everything that names them.

use procsteal_reference::{GoId, Op, Schedule};

/// Without each goroutine but main, the last first.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    (1..schedule.scenario.goroutines.len()).rev().map(|slot| without(schedule, slot)).collect()
}

/// Without that goroutine.
pub(in crate::minimize) fn without(schedule: &Schedule, slot: usize) -> Schedule {
    let mut shorter = schedule.clone();
    let goroutines = &mut shorter.scenario.goroutines;
    goroutines.remove(slot);
    for script in goroutines {
        script.retain(|op| !matches!(op, Op::Go(GoId(target)) | Op::Ready(GoId(target)) if usize::from(*target) == slot));
        for op in script {
            if let Op::Go(target) | Op::Ready(target) = op
                && usize::from(target.0) > slot
            {
                target.0 -= 1;
            }
        }
    }
    shorter
}
