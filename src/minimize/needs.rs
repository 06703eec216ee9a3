//! What a signature says of the scenarios that can show it, and of where threads are to be held in them.

use crate::explore::Aim;
use crate::signature::Signature;
use procsteal_reference::{Op, Scenario};

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
