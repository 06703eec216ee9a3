//! Makes numbers smaller: of Ps, of threads, those that operations carry.

use procsteal_reference::{Op, Procs, Schedule, Threads};

/// With fewer Ps, with threads not held back, with smaller arguments.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let mut candidates = Vec::new();
    for procs in 1..schedule.scenario.procs.0 {
        let mut other = schedule.clone();
        other.scenario.procs = Procs(procs);
        candidates.push(other);
    }
    for threads in (schedule.scenario.threads.0 + 1..=Threads::default().0).rev() {
        let mut other = schedule.clone();
        other.scenario.threads = Threads(threads);
        candidates.push(other);
    }
    for (slot, script) in schedule.scenario.goroutines.iter().enumerate() {
        for (at, op) in script.iter().enumerate() {
            for smaller in smaller_arguments(*op) {
                let mut other = schedule.clone();
                other.scenario.goroutines[slot][at] = smaller;
                candidates.push(other);
            }
        }
    }
    candidates
}

fn smaller_arguments(op: Op) -> Vec<Op> {
    use procsteal_reference::GoId;
    match op {
        Op::Go(target) => (1..target.0).map(|slot| Op::Go(GoId(slot))).collect(),
        Op::Ready(target) => (0..target.0).map(|slot| Op::Ready(GoId(slot))).collect(),
        Op::Gomaxprocs(procs) => (1..procs.0).map(|procs| Op::Gomaxprocs(Procs(procs))).collect(),
        _ => Vec::new(),
    }
}
