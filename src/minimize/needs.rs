//! What a signature says of the scenarios that can show it, and of where threads are to be held in them.

use crate::explore::Aim;
use crate::signature::Signature;
use procsteal_reference::{Op, Scenario};
use std::ops::RangeInclusive;

/// What the smallest scenarios that show a signature are made of; more would only be in the way.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    calls: RangeInclusive<usize>,
    advances: RangeInclusive<usize>,
    most_rounds: usize,
    may_stop: bool,
    /// What main stops by: it yields where steals are torn, and blocks where none is.
    stops_by: Op,
}

impl Needs {
    pub(super) fn of(signature: &Signature) -> Self {
        let needed = needed_calls(signature);
        let (calls, most_rounds, stops_by) = match signature.site.as_str() {
            "none" => (0..=2, 0, Op::SyscallBlock),
            "reacquired" => (2..=2, 1, Op::Gosched),
            _ => (needed..=needed, 1, Op::Gosched),
        };
        let advances = match signature.tracer.as_str() {
            "advance" => 1..=2,
            "none" => 0..=2,
            _ => 0..=0,
        };
        Self { calls, advances, most_rounds, may_stop: signature.tracer == "stop", stops_by }
    }

    /// Whether scenarios may have the operation.
    pub(super) fn allow(&self, op: Op) -> bool {
        match op {
            Op::Gosched | Op::SyscallBlock => op == self.stops_by,
            Op::TraceStop => self.may_stop,
            Op::TraceAdvance => *self.advances.end() > 0,
            _ => true,
        }
    }

    /// Whether the scenario has as much as it must have, and no more than it may.
    pub(super) fn are_met_by(&self, scenario: &Scenario) -> bool {
        let ops = || scenario.goroutines.iter().flatten();
        let count = |op: Op| ops().filter(|of| **of == op).count();
        let callbacks: usize = scenario.foreign.iter().map(|thread| usize::from(thread.callbacks)).sum();
        self.calls.contains(&(count(Op::Syscall) + callbacks))
            && self.advances.contains(&count(Op::TraceAdvance))
            && scenario.sysmon.len() <= self.most_rounds
            && ops().all(|op| self.allow(*op))
    }
}

/// Whether all that the signature names is there: a tracer that does what it did, syscalls to take a P out of, and
/// somebody to take it.
pub(super) fn can_show(scenario: &Scenario, signature: &Signature) -> bool {
    let scripts = &scenario.goroutines;
    let starts = scripts.first().is_some_and(|main| main.contains(&Op::TraceStart));
    let advances = scripts.iter().flatten().any(|op| *op == Op::TraceAdvance);
    let of_goroutines = scripts.iter().map(|script| script.iter().filter(|op| **op == Op::Syscall).count());
    let of_foreign = scenario.foreign.iter().map(|thread| usize::from(thread.callbacks));
    let calls: Vec<usize> = of_goroutines.chain(of_foreign).filter(|calls| *calls > 0).collect();
    let steals = match signature.site.as_str() {
        "none" => true,
        "retake" => !scenario.sysmon.is_empty() && calls.iter().sum::<usize>() >= needed_calls(signature),
        // The P is taken back out of the syscall of another.
        "reacquired" => calls.len() >= 2,
        _ => !calls.is_empty(),
    };
    starts && (advances || signature.tracer != "advance") && steals
}

/// A token that is too old is that of a look at the syscall before.
fn needed_calls(signature: &Signature) -> usize {
    if is_left_again(signature) { 2 } else { 1 }
}

fn is_left_again(signature: &Signature) -> bool {
    signature.event == "ProcSteal"
}

/// The steal that the signature blames; none if it blames none.
pub(super) fn aim_of(signature: &Signature) -> Option<Aim> {
    let functions: &[&str] = match signature.site.as_str() {
        "retake" => &["retake"],
        "reacquired" => &["exitsyscallfast", "exitsyscallfast_reacquired"],
        "gcwait" => &["entersyscall_gcwait"],
        _ => return None,
    };
    let left_again = is_left_again(signature);
    Some(Aim { functions, token_first: left_again || signature.tracer == "start", left_again })
}
