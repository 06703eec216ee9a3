//! Signatures: the name of a bug, the same for every input that shows it (design: code/event/site/tracer).

mod guilt;
mod windows;

pub use guilt::guilty_window;
pub(crate) use windows::{ASKS_BEFORE_IT_LOOKS, STEAL_SITES};
pub use windows::{StealWindow, Tear, TracerAction, steal_windows};

use crate::execution::{Recording, Verdict};
use procsteal_oracle::Error;
use procsteal_reference::{Fault, FaultKind};
use procsteal_wire::{EventType, row};
use std::fmt;
use std::str::FromStr;

/// The name of a bug: `stuck/GoSyscallEndBlocked/retake/stop`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signature {
    /// The oracle's error code, or `fault` for a run that went wrong.
    pub code: String,
    /// The event that fails; the kind of a fault. Of a trace that is stuck on a steal, whichever event waits first:
    /// `GoSyscallEndBlocked`, which can never be without the steal, if the steal came too late, and `ProcSteal` if it
    /// came where it cannot be.
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

/// The signature of a recorded execution; none if there is nothing wrong with it.
#[must_use]
pub fn signature(recording: &Recording) -> Option<Signature> {
    let error = match &recording.execution.verdict {
        Verdict::Parseable { .. } => return None,
        Verdict::Unparseable(unparseable) => &unparseable.error,
        Verdict::Fault(fault) => return Some(of_fault(fault)),
    };
    let window = guilty_window(recording);
    let event = event_to_name(error, window.as_ref()).and_then(row).map_or("none", |row| row.name);
    let site = window.as_ref().map_or("none", |window| window.site);
    let tracer = window.and_then(|window| window.tracer).map_or("none", |(action, _)| action.name());
    let [code, event, site, tracer] = [error.code(), event, site, tracer].map(str::to_owned);
    Some(Signature { code, event, site, tracer })
}

/// The event that fails. Who waits for a missing steal first is chance: its victim at the end of the syscall, the
/// victim's next P, the next holder of its P. One name stands for them all. Who asked before tracing started writes no
/// steal, so that one is missing, too.
fn event_to_name(error: &Error, window: Option<&StealWindow>) -> Option<EventType> {
    let torn = window.filter(|_| error.stuck().is_some());
    match torn.map(|window| (window.tear, window.tracer)) {
        Some((Tear::Late, _) | (Tear::Early, Some((TracerAction::Start, _)))) => {
            Some(EventType::GO_SYSCALL_END_BLOCKED)
        }
        Some((Tear::Early, _)) => Some(EventType::PROC_STEAL),
        _ => error.failing_event(),
    }
}

fn of_fault(fault: &Fault) -> Signature {
    let event = match fault.kind {
        FaultKind::Deadlock => "deadlock",
        FaultKind::Invariant => "invariant",
        FaultKind::StepLimit => "step-limit",
        FaultKind::NoMemory => "no-memory",
    };
    let [code, event, site, tracer] = ["fault", event, "none", "none"].map(str::to_owned);
    Signature { code, event, site, tracer }
}
