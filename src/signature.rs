//! Signatures: the name of a bug, the same for every input that shows it (design: code/event/site/tracer).

use crate::execution::{Recording, Verdict};
use procsteal_oracle::{Error, WaitsFor};
use procsteal_reference::sites::site;
use procsteal_reference::{Fault, FaultKind, Object, ProcId, StepRecord, ThreadId, Verb};
use procsteal_wire::row;
use std::fmt;
use std::str::FromStr;

/// The name of a bug: `stuck/GoSyscallEndBlocked/retake/stop`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signature {
    /// The oracle's error code, or `fault` for a run that went wrong.
    pub code: String,
    /// The event that fails or, of a stuck trace, that waits for what never comes; the kind of a fault.
    pub event: String,
    /// Where the P was taken whose taking the tracer came in between: `retake`, `reacquired`, `gcwait`, `stw`,
    /// `foreachp`, or `none`.
    pub site: String,
    /// What the tracer did in that window: `stop`, `advance`, `start`, or `none`.
    pub tracer: String,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.code, self.event, self.site, self.tracer)
    }
}

/// A text is no signature: it has not four parts.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no signature: expected code/event/site/tracer, as in stuck/GoSyscallEndBlocked/retake/stop"
)]
pub struct SignatureError(String);

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let parts: Vec<&str> = text.split('/').collect();
        let [code, event, site, tracer] = parts[..] else { return Err(SignatureError(text.to_owned())) };
        let word =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if ![code, event, site, tracer].into_iter().all(word) {
            return Err(SignatureError(text.to_owned()));
        }
        let [code, event, site, tracer] = [code, event, site, tracer].map(str::to_owned);
        Ok(Self { code, event, site, tracer })
    }
}

/// What the tracer did to the generation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TracerAction {
    /// From none to the first.
    Start,
    /// From one to the next.
    Advance,
    /// To none.
    Stop,
}

impl TracerAction {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Advance => "advance",
            Self::Stop => "stop",
        }
    }
}

/// A taking of a P out of a syscall, from the taker's first look to the end of its bookkeeping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StealWindow {
    /// The P that was taken.
    pub proc: ProcId,
    /// Who took it.
    pub thief: ThreadId,
    /// Where: the `site` of signatures.
    pub site: &'static str,
    /// The first step of the window, as an index into the recording's steps.
    pub first: usize,
    /// The compare-and-swap that took it.
    pub cas: usize,
    /// The last step of the window: the P's tick.
    pub last: usize,
    /// What the tracer did in between, and at which step.
    pub tracer: Option<(TracerAction, usize)>,
}

/// Where Ps are taken out of syscalls: the function that bumps the P's tick for it, and the site's name.
pub(crate) const STEAL_SITES: [(&str, &str); 5] = [
    ("retake", "retake"),
    ("exitsyscallfast_reacquired", "reacquired"),
    ("entersyscall_gcwait", "gcwait"),
    ("stop_the_world_with_sema", "stw"),
    ("for_each_p_internal", "foreachp"),
];

/// Every steal of a run, in the order of their ends; last those that the end of the program left unfinished.
#[must_use]
pub fn steal_windows(steps: &[StepRecord]) -> Vec<StealWindow> {
    let mut windows: Vec<_> = (0..steps.len()).filter_map(|last| steal_that_ends_at(steps, last)).collect();
    windows.extend((0..steps.len()).filter_map(|cas| unfinished_steal(steps, cas)));
    windows
}

/// A steal whose thief had no time to get to the P's tick before the program ended. The CAS by which a thread gets
/// its own P back looks the same whether it was taken in between or not, so that one is not told.
fn unfinished_steal(steps: &[StepRecord], cas: usize) -> Option<StealWindow> {
    let step = &steps[cas];
    let Object::ProcStatus(proc) = step.object else { return None };
    if step.verb != Verb::Cas || step.value == 0 {
        return None;
    }
    let function = site(step.site)?.function;
    let (_, name) = *STEAL_SITES.iter().find(|(bumps, _)| *bumps == function)?;
    let thief = step.thread;
    let tick = Object::ProcTick(proc);
    let finishes =
        |later: &StepRecord| later.thread == thief && later.object == tick && later.verb == Verb::Add;
    if steps[cas..].iter().any(finishes) {
        return None;
    }
    let first = first_of_window(steps, cas, step.object);
    let last = steps.len() - 1;
    let tracer = tracer_in(steps, thief, first, last);
    Some(StealWindow { proc, thief, site: name, first, cas, last, tracer })
}

/// What the tracer did between two steps of a thief.
fn tracer_in(
    steps: &[StepRecord],
    thief: ThreadId,
    first: usize,
    last: usize,
) -> Option<(TracerAction, usize)> {
    let mut of_others = (first..last).filter(|index| steps[*index].thread != thief);
    of_others.find_map(|index| tracer_action(steps, index).map(|action| (action, index)))
}

fn steal_that_ends_at(steps: &[StepRecord], last: usize) -> Option<StealWindow> {
    let step = &steps[last];
    let Object::ProcTick(proc) = step.object else { return None };
    if step.verb != Verb::Add {
        return None;
    }
    let function = site(step.site)?.function;
    let (_, name) = *STEAL_SITES.iter().find(|(bumps, _)| *bumps == function)?;
    let thief = step.thread;
    let of_thief = |index: &usize| steps[*index].thread == thief;
    let status = Object::ProcStatus(proc);
    let cas = (0..last)
        .rev()
        .filter(of_thief)
        .find(|index| steps[*index].verb == Verb::Cas && steps[*index].object == status)?;
    let first = first_of_window(steps, cas, status);
    let tracer = tracer_in(steps, thief, first, last);
    Some(StealWindow { proc, thief, site: name, first, cas, last, tracer })
}

/// The thief's first step towards the CAS in the same function: its load of the status, or of the generation.
fn first_of_window(steps: &[StepRecord], cas: usize, status: Object) -> usize {
    let thief = steps[cas].thread;
    let function = site(steps[cas].site).map(|site| site.function);
    let mut first = cas;
    let mut seen_status = false;
    for index in (0..cas).rev().filter(|index| steps[*index].thread == thief) {
        let step = &steps[index];
        let here = site(step.site).map(|site| site.function);
        let looks = here == function && step.verb == Verb::Load;
        // An earlier attempt, or what the thread did before it wanted to steal.
        let before = matches!(step.verb, Verb::Load | Verb::Store | Verb::Cas)
            && matches!(step.object, Object::ProcStatus(_));
        if looks && step.object == status && !seen_status {
            first = index;
            seen_status = true;
        } else if looks && step.object == Object::Generation {
            first = index;
        } else if before || here == function && step.verb == Verb::Unlock {
            break;
        }
    }
    first
}

/// What a step of the tracer does, if it stores the generation.
fn tracer_action(steps: &[StepRecord], index: usize) -> Option<TracerAction> {
    let step = &steps[index];
    if step.object != Object::Generation || step.verb != Verb::Store {
        return None;
    }
    let before = steps[..index]
        .iter()
        .rev()
        .find(|step| step.object == Object::Generation && step.verb == Verb::Store)
        .map_or(0, |step| step.value);
    Some(match (before, step.value) {
        (_, 0) => TracerAction::Stop,
        (0, _) => TracerAction::Start,
        _ => TracerAction::Advance,
    })
}

/// The window that a failure belongs to: the last one in which the tracer acted, of the P that the failing event is
/// about if it is about one.
#[must_use]
pub fn guilty_window(recording: &Recording) -> Option<StealWindow> {
    let windows = steal_windows(&recording.steps);
    let proc = match &recording.execution.verdict {
        Verdict::Unparseable(unparseable) => failing_proc(&unparseable.error),
        _ => None,
    };
    let acted = |window: &&StealWindow| window.tracer.is_some();
    let of_proc = windows.iter().rev().filter(acted).find(|window| Some(u64::from(window.proc.0)) == proc);
    of_proc.or_else(|| windows.iter().rev().find(acted)).cloned()
}

fn failing_proc(error: &Error) -> Option<u64> {
    let proc = match &error.stuck()?.root()?.waits_for {
        WaitsFor::ProcDeclared { proc, .. }
        | WaitsFor::ProcIdle { proc, .. }
        | WaitsFor::ProcInSyscall { proc, .. }
        | WaitsFor::ProcSequence { proc, .. }
        | WaitsFor::ThreadWithoutProc { proc, .. }
        | WaitsFor::ProcLeavesSyscall { proc, .. } => *proc,
        _ => return None,
    };
    u64::try_from(proc.0).ok()
}

/// The signature of a recorded execution; none if there is nothing wrong with it.
#[must_use]
pub fn signature(recording: &Recording) -> Option<Signature> {
    let (code, event) = match &recording.execution.verdict {
        Verdict::Parseable { .. } => return None,
        Verdict::Unparseable(unparseable) => {
            let event = unparseable.error.failing_event().and_then(row).map_or("none", |row| row.name);
            (unparseable.error.code().to_owned(), event.to_owned())
        }
        Verdict::Fault(fault) => return Some(of_fault(fault)),
    };
    let window = guilty_window(recording);
    let site = window.as_ref().map_or("none", |window| window.site).to_owned();
    let tracer =
        window.and_then(|window| window.tracer).map_or("none", |(action, _)| action.name()).to_owned();
    Some(Signature { code, event, site, tracer })
}

fn of_fault(fault: &Fault) -> Signature {
    let event = match fault.kind {
        FaultKind::Deadlock => "deadlock",
        FaultKind::Invariant => "invariant",
        FaultKind::StepLimit => "step-limit",
    };
    let [code, event, site, tracer] = ["fault", event, "none", "none"].map(str::to_owned);
    Signature { code, event, site, tracer }
}
