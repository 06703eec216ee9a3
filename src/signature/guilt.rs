//! Which steal a failure comes from.

use super::windows::{StealWindow, Tear, steal_windows};
use crate::execution::{Recording, Verdict};
use procsteal_oracle::{Error, ErrorKind, WaitsFor};
use procsteal_reference::{StepRecord, Verb};

/// The window that a failure belongs to: one in which the tracer came between the taking of a P and its event. Of
/// several, first one of the P that the failure is about whose tracer left or entered the generation that fails; then one
/// of that P; then, if a thread has no P, one by that thread that the failing event comes after, or else any by it; then,
/// if nobody can go on for want of something else than a P, one of that generation. Of equals, the last.
#[must_use]
pub fn guilty_window(recording: &Recording) -> Option<StealWindow> {
    let Verdict::Unparseable(unparseable) = &recording.execution.verdict else { return None };
    let error = &unparseable.error;
    let mut windows = steal_windows(&recording.steps);
    windows.retain(|window| window.tear != Tear::None);
    let lacks_proc = matches!(error.kind(), ErrorKind::NeedsProc {});
    let thread = error.place().thread.filter(|_| lacks_proc).map(|thread| thread.0);
    let proc = failing_proc(error);
    let generation = |window: &StealWindow| touches_generation(&recording.steps, window, error);
    let of_proc = |window: &StealWindow| proc == Some(i64::from(window.proc.0));
    let by_thread = |window: &StealWindow| thread == Some(window.thief.procid().cast_signed());
    let comes_before = |window: &StealWindow| by_thread(window) && leads_to(&recording.steps, window, error);
    let ranks: [&dyn Fn(&StealWindow) -> bool; 5] =
        [&|window| of_proc(window) && generation(window), &of_proc, &comes_before, &by_thread, &|window| {
            error.stuck().is_some() && proc.is_none() && generation(window)
        }];
    let found = ranks.iter().find_map(|fits| windows.iter().rposition(fits))?;
    Some(windows.swap_remove(found))
}

/// Whether the tracer left the generation that fails in this window, or entered it.
fn touches_generation(steps: &[StepRecord], window: &StealWindow, error: &Error) -> bool {
    let (Some((_, acts)), Some(fails)) = (window.tracer, error.place().generation) else { return false };
    let left = acts.checked_sub(1).map(|before| steps[before].after.generation.0);
    left == Some(fails.0) || steps[acts].after.generation.0 == fails.0
}

/// Whether the thief writes an event like the failing one after the window, in the generation that fails.
fn leads_to(steps: &[StepRecord], window: &StealWindow, error: &Error) -> bool {
    let (Some(event), Some(fails)) = (error.failing_event(), error.place().generation) else { return false };
    let is_it = |step: &StepRecord| {
        step.thread == window.thief && step.verb == Verb::Event(event) && step.after.generation.0 == fails.0
    };
    steps[window.cas..].iter().any(is_it)
}

/// The P that an error is about, as the trace numbers it.
fn failing_proc(error: &Error) -> Option<i64> {
    let proc = match error.kind() {
        ErrorKind::Stuck { stuck } => return stuck.root().and_then(|root| awaited_proc(&root.waits_for)),
        ErrorKind::InconsistentProcStatus { proc, .. }
        | ErrorKind::ProcWithoutOwner { proc }
        | ErrorKind::UnknownProcStop { proc }
        | ErrorKind::ProcNotRunning { proc, .. }
        | ErrorKind::SelfSteal { proc, .. }
        | ErrorKind::StealFromUnknownThread { proc, .. }
        | ErrorKind::StealWrongProc { proc, .. }
        | ErrorKind::UninitializedProc { proc, .. }
        | ErrorKind::ProcOutOfSequence { proc, .. }
        | ErrorKind::ProcNotInSyscall { proc, .. }
        | ErrorKind::UnexpectedProcState { proc, .. } => proc,
        ErrorKind::ForbidsProc { held } => held,
        _ => return None,
    };
    Some(proc.0)
}

fn awaited_proc(waits_for: &WaitsFor) -> Option<i64> {
    match waits_for {
        WaitsFor::ProcDeclared { proc, .. }
        | WaitsFor::ProcIdle { proc, .. }
        | WaitsFor::ProcInSyscall { proc, .. }
        | WaitsFor::ProcSequence { proc, .. }
        | WaitsFor::ThreadWithoutProc { proc, .. }
        | WaitsFor::ProcLeavesSyscall { proc, .. } => Some(proc.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::execution::Bench;
    use crate::signature::signature;
    use procsteal_reference::{Schedule, Variant};

    /// The thread tears a steal while tracing starts, which its next event stumbles over, and another one later.
    const TWO_TORN_STEALS_OF_ONE_THREAD: &str = "procsteal schedule v1
procs 2
G1: trace-start, go G2, trace-advance, trace-stop
G2: syscall
foreign 1
foreign 2
switch M1@0 -> M12
switch M1@1 -> M11
switch M11@5 -> M1
switch M3@49 -> M11
switch M11@60 -> M1
switch M1@188 -> M11
";

    #[test]
    fn what_comes_after_the_failing_event_is_not_to_blame() {
        let schedule: Schedule = TWO_TORN_STEALS_OF_ONE_THREAD.parse().unwrap();
        let recording = Bench::new().record(Variant::named("fixed").unwrap(), &schedule);
        let found = signature(&recording).map(|signature| signature.to_string());
        assert_eq!(found.as_deref(), Some("needs-proc/GoStart/reacquired/start"));
    }
}
