//! Moves switches: to earlier steps, and to threads with lower numbers.

use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Schedule, Switch, ThreadId};

/// Each switch at each earlier step of its thread, at any step as near the start of another thread, and to each other
/// thread.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let mut candidates = Vec::new();
    for (at, switch) in schedule.switches.iter().enumerate() {
        let earlier = (0..switch.step).map(|step| Switch { step, ..*switch });
        let targets = (0..MAX_THREADS as u8).map(ThreadId).filter(|to| *to != switch.to);
        let retargeted = targets.map(|to| Switch { to, ..*switch });
        candidates.extend(earlier.chain(retargeted).map(|moved| {
            let mut other = schedule.clone();
            other.switches[at] = moved;
            other
        }));
    }
    candidates
}
