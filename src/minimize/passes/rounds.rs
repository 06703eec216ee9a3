//! Leaves rounds of sysmon out, and has the others look at fewer Ps.

use procsteal_reference::limits::MAX_PROCS;
use procsteal_reference::{ProcSet, Schedule, SysmonRound};

/// Without each round, then with one P less in one, then with one P retaken in place of all that a round does.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let rounds = &schedule.scenario.sysmon;
    let mut candidates = Vec::new();
    for at in (0..rounds.len()).rev() {
        let mut shorter = schedule.clone();
        shorter.scenario.sysmon.remove(at);
        candidates.push(shorter);
    }
    for (at, round) in rounds.iter().enumerate() {
        for round in simpler(*round) {
            let mut other = schedule.clone();
            other.scenario.sysmon[at] = round;
            candidates.push(other);
        }
    }
    candidates
}

fn simpler(round: SysmonRound) -> Vec<SysmonRound> {
    let bits = || (0..MAX_PROCS).map(|p| 1u8 << p);
    let only = |retake: u8| SysmonRound { retake: ProcSet(retake), preempt: ProcSet::default() };
    let mut simpler = vec![only(0)];
    simpler.extend(bits().map(only));
    simpler.extend(bits().map(|bit| SysmonRound { retake: ProcSet(round.retake.0 & !bit), ..round }));
    simpler.extend(bits().map(|bit| SysmonRound { preempt: ProcSet(round.preempt.0 & !bit), ..round }));
    simpler.retain(|other| *other != round);
    simpler
}
