//! The state of Ps, Ms and Gs after each step, as texts, each different one once.

use crate::execution::Recording;
use crate::story::{describe, function, place};
use procsteal_reference::{GoId, GoStatus, ProcId, ProcStatus, Snapshot, ThreadId};
use serde::Serialize;

/// The states of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct States {
    /// What each step did, in words.
    pub steps: Vec<String>,
    /// For each step the number of the state it led to.
    pub at: Vec<usize>,
    /// The states, by number: `P0 Prunning, on M1` and so on, one text per P, M and G, and one for the tracer.
    pub distinct: Vec<Vec<String>>,
}

impl States {
    /// The states of a recorded run.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let steps = &recording.steps;
        let used = Used::of(recording);
        let mut states = Self::default();
        for (index, step) in steps.iter().enumerate() {
            let texts = texts(&step.after, &used);
            // States seldom come back, so only the last one is looked at.
            if states.distinct.last() != Some(&texts) {
                states.distinct.push(texts);
            }
            states.at.push(states.distinct.len() - 1);
            let (function, place) = (function(step), place(step));
            let words = ["", function, &place, &describe(steps, index)].join(" ");
            states.steps.push(format!("{}{}", step.thread, words.replace("  ", " ")));
        }
        states
    }
}

/// How many Ps, threads and goroutines a run ever has; the model's slots beyond are left out.
pub(super) struct Used {
    pub(super) procs: usize,
    pub(super) threads: usize,
    pub(super) goroutines: usize,
}

impl Used {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut used = Self { procs: 0, threads: 0, goroutines: 0 };
        for step in &recording.steps {
            let after = &step.after;
            let last = |found: Option<usize>| found.map_or(0, |slot| slot + 1);
            used.procs =
                used.procs.max(last(after.procs.iter().rposition(|p| p.status != ProcStatus::Pdead)));
            used.threads = used.threads.max(last(after.threads.iter().rposition(|thread| thread.exists)));
            used.goroutines =
                used.goroutines.max(last(after.goroutines.iter().rposition(|g| *g != GoStatus::Gidle)));
        }
        used
    }
}

fn texts(state: &Snapshot, used: &Used) -> Vec<String> {
    let mut texts = Vec::new();
    texts.push(match state.generation.0 {
        0 => "tracing is off".to_owned(),
        generation => format!("tracing, generation {generation}"),
    });
    for slot in 0..used.procs {
        let p = ProcId(slot as u8);
        let is = state.proc(p);
        let holder = is.thread.map_or(String::new(), |thread| format!(", on {thread}"));
        texts.push(format!("{p} {}{holder}", is.status));
    }
    for slot in 0..used.threads {
        texts.push(thread_text(state, ThreadId(slot as u8)));
    }
    for slot in 0..used.goroutines {
        let g = GoId(slot as u8);
        texts.push(format!("{g} {}", state.goroutine(g)));
    }
    texts
}

fn thread_text(state: &Snapshot, thread: ThreadId) -> String {
    let is = state.thread(thread);
    if !is.exists {
        return format!("{thread} not started");
    }
    let mut parts = Vec::new();
    parts.extend(is.proc.map(|p| p.to_string()));
    parts.extend(is.goroutine.map(|g| g.to_string()));
    parts.extend(is.old_proc.map(|p| format!("left {p} for a syscall")));
    if is.holds_trace_token {
        parts.push("trace token".to_owned());
    }
    if parts.is_empty() { format!("{thread} -") } else { format!("{thread} {}", parts.join(", ")) }
}
