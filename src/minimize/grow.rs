//! Scenarios made from nothing but what a signature needs, the smallest first.

use super::Cost;
use super::needs::Needs;
use crate::signature::Signature;
use procsteal_reference::{
    ForeignThread, GoId, Op, ProcSet, Procs, Scenario, Schedule, SysmonRound, Threads,
};
use std::collections::BTreeMap;

/// Callbacks of the threads that Go did not make.
const FOREIGN: [&[u8]; 4] = [&[], &[1], &[2], &[1, 1]];

/// What goroutines other than main do, if there are any.
const OTHERS: [&[&[Op]]; 5] =
    [&[], &[&[Op::Syscall]], &[&[Op::TraceAdvance]], &[&[Op::Syscall, Op::Syscall]], &[&[Op::SyscallBlock]]];

/// What main can do, each with how often at most. It starts tracing once.
const OF_MAIN: [(Op, usize); 8] = [
    (Op::TraceStart, 1),
    (Op::Syscall, 2),
    (Op::Gosched, 1),
    (Op::SyscallBlock, 1),
    (Op::TraceAdvance, 2),
    (Op::TraceStop, 1),
    (Op::Go(GoId(1)), 1),
    (Op::Go(GoId(2)), 1),
];

/// Parts of a scenario, at most: none of the kept failures of a steal has more without its switches.
const MAX_PARTS: usize = 10;

/// As [`OTHERS`], of two goroutines, where it is known how to search a scenario with a few executions.
const MORE_OTHERS: [&[&[Op]]; 9] = [
    &[],
    &[&[Op::Syscall]],
    &[&[Op::TraceAdvance]],
    &[&[Op::Syscall, Op::Syscall]],
    &[&[Op::SyscallBlock]],
    &[&[Op::Syscall, Op::TraceAdvance]],
    &[&[Op::Syscall], &[Op::Syscall]],
    &[&[Op::Syscall], &[Op::TraceAdvance]],
    &[&[Op::Syscall], &[Op::Syscall, Op::TraceAdvance]],
];

/// Every scenario that has what the signature needs, and little else, the simplest first.
pub(super) fn scenarios_for(signature: &Signature) -> Vec<Scenario> {
    grow(&Needs::of(signature), &OTHERS)
}

/// As [`scenarios_for`], of more kinds.
pub(super) fn more_scenarios_for(signature: &Signature) -> Vec<Scenario> {
    grow(&Needs::of(signature).stopping_anyhow(), &MORE_OTHERS)
}

fn grow(needs: &Needs, others: &[&'static [&'static [Op]]]) -> Vec<Scenario> {
    let mut by_cost = BTreeMap::new();
    for foreign in FOREIGN {
        for rounds in 0..=1 {
            for others in others.iter().copied() {
                let frame = Frame { foreign, rounds, others };
                frame.fill(&mut Vec::new(), needs, &mut |scenario| {
                    if needs.are_just_met_by(&scenario) {
                        by_cost.insert(Cost::of(&bare(&scenario)), scenario);
                    }
                });
            }
        }
    }
    by_cost.into_values().collect()
}

/// The scenario without switches.
pub(super) fn bare(scenario: &Scenario) -> Schedule {
    Schedule { scenario: scenario.clone(), switches: Vec::new() }
}

/// A scenario but for what main does.
#[derive(Clone, Copy)]
struct Frame {
    foreign: &'static [u8],
    rounds: usize,
    others: &'static [&'static [Op]],
}

impl Frame {
    fn parts(self) -> usize {
        let callbacks: usize = self.foreign.iter().map(|callbacks| usize::from(*callbacks)).sum();
        let others: usize = self.others.iter().map(|script| 1 + script.len()).sum();
        1 + self.foreign.len() + callbacks + self.rounds + others
    }

    /// Hands out the scenario with each script of main that begins so.
    fn fill(self, main: &mut Vec<Op>, needs: &Needs, to: &mut dyn FnMut(Scenario)) {
        // Who is not created is created at the end.
        if !matches!(main.last(), Some(Op::Go(_))) {
            to(self.scenario(main));
        }
        if self.parts() + main.len() == MAX_PARTS {
            return;
        }
        for (op, most) in OF_MAIN {
            let done = main.iter().filter(|done| **done == op).count();
            if done < most && needs.allow(op) && self.says_something(main, op) {
                main.push(op);
                self.fill(main, needs, to);
                main.pop();
            }
        }
    }

    /// Whether the operation can matter after these: there is somebody to create, and the trace to act on is on.
    fn says_something(self, main: &[Op], op: Op) -> bool {
        match op {
            Op::Go(target) => usize::from(target.0) <= self.others.len(),
            Op::TraceAdvance | Op::TraceStop => {
                main.contains(&Op::TraceStart) && !main.contains(&Op::TraceStop)
            }
            _ => true,
        }
    }

    fn scenario(self, main: &[Op]) -> Scenario {
        let round = SysmonRound { retake: ProcSet(3), preempt: ProcSet::default() };
        let others = self.others.iter().map(|script| script.to_vec());
        Scenario {
            procs: Procs(2),
            threads: Threads::default(),
            sysmon: vec![round; self.rounds],
            goroutines: [main.to_vec()].into_iter().chain(others).collect(),
            foreign: self.foreign.iter().map(|callbacks| ForeignThread { callbacks: *callbacks }).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bare, scenarios_for};
    use crate::minimize::Size;
    use crate::signature::Signature;

    #[test]
    fn scenarios_are_legal_and_the_small_ones_come_first() {
        for name in ["stuck/ProcSteal/retake/advance", "late-go-status/GoStatus/none/none"] {
            let signature: Signature = name.parse().unwrap();
            let scenarios = scenarios_for(&signature);
            assert!(scenarios.iter().all(|scenario| bare(scenario).into_legal() == bare(scenario)), "{name}");
            let parts: Vec<_> = scenarios.iter().map(|scenario| Size::of(&bare(scenario)).parts()).collect();
            assert!(parts.is_sorted() && parts.len() > 100, "{name}: {parts:?}");
        }
    }
}
