//! Leaves operations out, and puts simpler ones in their place.

use crate::minimize::cost::op_cost;
use procsteal_reference::{Op, Schedule};

/// Operations that may stand in place of others.
const SIMPLE: [Op; 6] =
    [Op::Syscall, Op::Gosched, Op::SyscallBlock, Op::TraceAdvance, Op::TraceStop, Op::StopTheWorld];

/// Without the end of each script, without each operation, without each two neighbours, and with a simpler one in
/// its place.
pub(super) fn candidates(schedule: &Schedule) -> Vec<Schedule> {
    let mut candidates = Vec::new();
    let scripts = || schedule.scenario.goroutines.iter().enumerate();
    let edited = |slot: usize, edit: &dyn Fn(&mut Vec<Op>)| {
        let mut other = schedule.clone();
        edit(&mut other.scenario.goroutines[slot]);
        other
    };
    for (slot, script) in scripts() {
        candidates.extend((0..script.len()).map(|length| edited(slot, &|script| script.truncate(length))));
        for length in 1..=2 {
            let starts = 0..(script.len() + 1).saturating_sub(length);
            candidates.extend(starts.map(|at| edited(slot, &|script| drop(script.drain(at..at + length)))));
        }
    }
    for (slot, script) in scripts() {
        for (at, op) in script.iter().enumerate() {
            let simpler = SIMPLE.iter().filter(|simple| op_cost(simple) < op_cost(op));
            let legal = simpler.filter(|simple| slot == 0 || **simple != Op::TraceStop);
            candidates.extend(legal.map(|simple| edited(slot, &|script| script[at] = *simple)));
        }
    }
    candidates
}
