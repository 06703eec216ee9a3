//! Where Ps are taken out of syscalls in a run, and what the tracer did meanwhile.

use procsteal_reference::sites::site;
use procsteal_reference::{Generation, Object, ProcId, StepRecord, ThreadId, Verb};

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
    /// The word in signatures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Advance => "advance",
            Self::Stop => "stop",
        }
    }
}

/// How the event of a steal lies to its compare-and-swap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tear {
    /// Both belong to one generation, or to none.
    None,
    /// The event belongs to a later generation, or there is none because tracing had stopped: it is missing where
    /// the P was taken.
    Late,
    /// The event belongs to an earlier generation, or there is none because tracing had not started: the P was taken
    /// out of a syscall that began after the token.
    Early,
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
    /// The first step of the window, as an index into the recording's steps: the thief's first look in the call in
    /// which it takes the P, at the P or at the generation.
    pub first: usize,
    /// The compare-and-swap that took it.
    pub cas: usize,
    /// The last step of the window: the P's tick.
    pub last: usize,
    /// What the tracer did first between the token and the compare-and-swap, whichever of them came first, and at which
    /// step; if both belong to one generation, what it did first in the window.
    pub tracer: Option<(TracerAction, usize)>,
    /// Whether the tracer came between the taking and its event.
    pub tear: Tear,
}

/// Where Ps are taken out of syscalls: the function that bumps the P's tick for it, and the site's name.
pub(crate) const STEAL_SITES: [(&str, &str); 5] = [
    ("retake", "retake"),
    ("exitsyscallfast_reacquired", "reacquired"),
    ("entersyscall_gcwait", "gcwait"),
    ("stop_the_world_with_sema", "stw"),
    ("for_each_p_internal", "foreachp"),
];

/// What a thief calls between its look at a P and the compare-and-swap that takes it (spec 3.9 steps 2 to 5).
const CALLED_BEFORE_THE_CAS: [&str; 4] =
    ["time_slice_is_over", "preemptone", "in_syscall_for_long", "incidlelocked"];

/// The function that asks for the generation before it looks at the P (spec 3.6 step 2); the others look first.
pub(crate) const ASKS_BEFORE_IT_LOOKS: &str = "exitsyscallfast";

/// Every steal of a run, in the order of their ends; last those that the end of the program left unfinished.
#[must_use]
pub fn steal_windows(steps: &[StepRecord]) -> Vec<StealWindow> {
    let mut windows: Vec<_> = (0..steps.len()).filter_map(|last| steal_that_ends_at(steps, last)).collect();
    windows.extend((0..steps.len()).filter_map(|cas| unfinished_steal(steps, cas)));
    windows
}

fn steal_that_ends_at(steps: &[StepRecord], last: usize) -> Option<StealWindow> {
    let step = &steps[last];
    let Object::ProcTick(proc) = step.object else { return None };
    if step.verb != Verb::Add {
        return None;
    }
    let name = steal_site(step)?;
    let status = Object::ProcStatus(proc);
    let takes = |index: &usize| {
        let step = &steps[*index];
        step.thread == steps[last].thread && step.verb == Verb::Cas && step.object == status
    };
    let cas = (0..last).rev().find(takes)?;
    Some(window(steps, name, proc, cas, last))
}

/// A steal whose thief had no time to get to the P's tick before the program ended.
fn unfinished_steal(steps: &[StepRecord], cas: usize) -> Option<StealWindow> {
    let step = &steps[cas];
    let Object::ProcStatus(proc) = step.object else { return None };
    if step.verb != Verb::Cas || step.value == 0 {
        return None;
    }
    let name = steal_site(step).or_else(|| taken_back(steps, cas))?;
    let tick = Object::ProcTick(proc);
    let finishes =
        |later: &StepRecord| later.thread == step.thread && later.object == tick && later.verb == Verb::Add;
    let is_finished = steps[cas..].iter().any(finishes);
    (!is_finished).then(|| window(steps, name, proc, cas, steps.len() - 1))
}

/// The site of a CAS by which a thread takes its old P back, if another thread left it behind: its own is no steal.
fn taken_back(steps: &[StepRecord], cas: usize) -> Option<&'static str> {
    let step = &steps[cas];
    let leaves = |before: &&StepRecord| before.object == step.object && before.verb == Verb::Store;
    let left_by = steps[..cas].iter().rfind(leaves)?.thread;
    let is_there = site(step.site)?.function == ASKS_BEFORE_IT_LOOKS;
    (is_there && left_by != step.thread).then_some("reacquired")
}

fn steal_site(step: &StepRecord) -> Option<&'static str> {
    let function = site(step.site)?.function;
    STEAL_SITES.iter().find(|(bumps, _)| *bumps == function).map(|(_, name)| *name)
}

fn window(steps: &[StepRecord], site: &'static str, proc: ProcId, cas: usize, last: usize) -> StealWindow {
    let thief = steps[cas].thread;
    let first = start_of_call(steps, proc, cas);
    let token = (first..=last).rev().find(|index| is_token(steps, *index, thief));
    let is_torn = |token: usize| Generation(steps[token].value) != steps[cas].after.generation;
    let (tear, from, to) = match token {
        Some(token) if !is_torn(token) => (Tear::None, first, last),
        Some(token) if token < cas => (Tear::Early, token, cas),
        Some(token) => (Tear::Late, cas, token),
        None => (Tear::Late, cas, last),
    };
    let mut of_others = (from..to).filter(|index| steps[*index].thread != thief);
    let tracer = of_others.find_map(|index| tracer_action(steps, index).map(|action| (action, index)));
    let tear = if tracer.is_some() { tear } else { Tear::None };
    StealWindow { proc, thief, site, first, cas, last, tracer, tear }
}

/// The thief's first look in the call in which it takes the P.
fn start_of_call(steps: &[StepRecord], proc: ProcId, cas: usize) -> usize {
    let function = |index: usize| site(steps[index].site).map_or("", |site| site.function);
    let taking = function(cas);
    let status = Object::ProcStatus(proc);
    let mut first = cas;
    for index in (0..cas).rev().filter(|index| steps[*index].thread == steps[cas].thread) {
        let step = &steps[index];
        let of_another = matches!(step.object, Object::ProcStatus(other) if other != proc);
        let in_call = function(index) == taking || CALLED_BEFORE_THE_CAS.contains(&function(index));
        if of_another || !in_call || step.verb == Verb::Start {
            break;
        }
        first = index;
        let looks = step.verb == Verb::Load && step.object == status;
        if looks && taking != ASKS_BEFORE_IT_LOOKS {
            break;
        }
    }
    first
}

/// Whether `thread` is told in this step of which generation its token is: none, or that of the load after its
/// seqlock has become odd (spec 2.1).
fn is_token(steps: &[StepRecord], index: usize, thread: ThreadId) -> bool {
    let step = &steps[index];
    if step.thread != thread || step.verb != Verb::Load || step.object != Object::Generation {
        return false;
    }
    let before = steps[..index].iter().rfind(|step| step.thread == thread);
    let is_odd = before.is_some_and(|step| matches!(step.object, Object::ThreadSeqlock(_)));
    is_odd || step.value == Generation::OFF.0
}

/// What a step of the tracer does, if it stores the generation.
fn tracer_action(steps: &[StepRecord], index: usize) -> Option<TracerAction> {
    let step = &steps[index];
    if step.object != Object::Generation || step.verb != Verb::Store {
        return None;
    }
    let before = index.checked_sub(1).map_or(Generation::OFF, |before| steps[before].after.generation);
    Some(match (before, step.value) {
        (_, 0) => TracerAction::Stop,
        (Generation::OFF, _) => TracerAction::Start,
        _ => TracerAction::Advance,
    })
}
