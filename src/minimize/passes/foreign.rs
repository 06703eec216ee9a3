//! Leaves threads out that Go did not make, and has the others call less often.

use procsteal_reference::Schedule;

/// Without each foreign thread, then with fewer callbacks of one.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let foreign = &schedule.scenario.foreign;
    let mut candidates = Vec::new();
    for at in (0..foreign.len()).rev() {
        let mut shorter = schedule.clone();
        shorter.scenario.foreign.remove(at);
        candidates.push(shorter);
    }
    for (at, thread) in foreign.iter().enumerate() {
        for callbacks in 0..thread.callbacks {
            let mut shorter = schedule.clone();
            shorter.scenario.foreign[at].callbacks = callbacks;
            candidates.push(shorter);
        }
    }
    candidates
}
