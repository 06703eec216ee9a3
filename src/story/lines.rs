//! The steps of a run as lines: those that matter one by one, the rest folded into one line per stretch of a thread.

use super::link::{failing_step, written_event};
use super::words::{describe, function, place};
use crate::execution::Recording;
use crate::signature::StealWindow;
use procsteal_reference::{Object, StepRecord, ThreadId, Verb};
use procsteal_wire::EventType;
use serde::Serialize;
use std::fmt;

/// How many functions a folded line names.
const FUNCTIONS_NAMED: usize = 4;

/// One line of the list of steps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// A step that matters.
    Step(MarkedStep),
    /// Steps of one thread that do not.
    Stretch(Stretch),
}

/// A step, in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MarkedStep {
    /// Its number: an index into the recording's steps.
    pub number: usize,
    /// The thread, as `M3`.
    pub thread: String,
    /// The function, by its Go name.
    pub function: &'static str,
    /// Section and step of `docs/spec/scheduler-model.md`, as `3.9/7`; empty where it has none.
    pub place: String,
    /// What was done.
    pub what: String,
    /// What makes it stand out.
    pub mark: Mark,
}

/// Steps of one thread that do not matter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stretch {
    /// The first: an index into the recording's steps.
    pub number: usize,
    /// How many.
    pub count: usize,
    /// The thread, as `M3`.
    pub thread: String,
    /// The functions that took them, in order, each once.
    pub functions: Vec<&'static str>,
}

/// What makes a step stand out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Nothing.
    None,
    /// It belongs to the steal that the story is about.
    Window,
    /// In that window the tracer changes the generation.
    Tracer,
    /// It writes the event at which the trace cannot be parsed.
    Failure,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => step.fmt(f),
            Self::Stretch(stretch) => stretch.fmt(f),
        }
    }
}

impl Mark {
    /// One column that says the same in plain text.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::None => " ",
            Self::Window => "|",
            Self::Tracer => ">",
            Self::Failure => "!",
        }
    }
}

impl fmt::Display for MarkedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, thread, function, place, what, mark } = self;
        write!(f, "{number:>5} {} {thread:<4} {function} {place}  {what}", mark.column())
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, count, thread, .. } = self;
        let word = if *count == 1 { "step" } else { "steps" };
        write!(f, "{number:>5}   {thread:<4} ({count} {word}: {})", self.function_list())
    }
}

impl Stretch {
    /// The functions, the first few of them.
    #[must_use]
    pub fn function_list(&self) -> String {
        let named: Vec<&str> = self.functions.iter().take(FUNCTIONS_NAMED).copied().collect();
        let more = if self.functions.len() > FUNCTIONS_NAMED { ", ..." } else { "" };
        format!("{}{more}", named.join(", "))
    }
}

/// The lines of a recorded run. The steps of `window` are marked.
#[must_use]
pub fn lines(recording: &Recording, window: Option<&StealWindow>) -> Vec<Line> {
    let steps = &recording.steps;
    let failing = failing_step(recording);
    let mut lines = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let mark = mark_of(step, number, window, failing);
        if mark == Mark::None && !matters(steps, number) {
            fold(&mut lines, step, number);
            continue;
        }
        lines.push(Line::Step(MarkedStep {
            number,
            thread: step.thread.to_string(),
            function: function(step),
            place: place(step),
            what: describe(steps, number),
            mark,
        }));
    }
    lines
}

fn mark_of(step: &StepRecord, number: usize, window: Option<&StealWindow>, failing: Option<usize>) -> Mark {
    if failing == Some(number) {
        return Mark::Failure;
    }
    let Some(window) = window else { return Mark::None };
    if window.tracer.is_some_and(|(_, at)| at == number) {
        return Mark::Tracer;
    }
    if number < window.first || number > window.last {
        return Mark::None;
    }
    let of_thief = step.thread == window.thief;
    let of_proc = matches!(step.object, Object::ProcStatus(p) | Object::ProcTick(p) if p == window.proc);
    if of_thief || of_proc { Mark::Window } else { Mark::None }
}

/// Whether a step is worth a line: it changes who holds a P, the generation, or the trace.
fn matters(steps: &[StepRecord], number: usize) -> bool {
    let step = &steps[number];
    match (step.verb, step.object) {
        (Verb::Start, _) | (Verb::Cas, Object::ProcStatus(_)) | (Verb::Store, Object::Generation) => true,
        (Verb::Event(_), _) => written_event(steps, number).is_some_and(event_matters),
        (Verb::Store, Object::ProcStatus(_) | Object::ProcThread(_)) => {
            let before = number.checked_sub(1).map(|before| steps[before].after.procs);
            before != Some(step.after.procs)
        }
        _ => false,
    }
}

fn event_matters(event: EventType) -> bool {
    !matches!(event, EventType::PROCS_CHANGE | EventType::HEAP_GOAL)
}

fn fold(lines: &mut Vec<Line>, step: &StepRecord, number: usize) {
    let thread: ThreadId = step.thread;
    let name = function(step);
    if let Some(Line::Stretch(stretch)) = lines.last_mut()
        && stretch.thread == thread.to_string()
    {
        stretch.count += 1;
        if !stretch.functions.contains(&name) {
            stretch.functions.push(name);
        }
        return;
    }
    let thread = thread.to_string();
    lines.push(Line::Stretch(Stretch { number, count: 1, thread, functions: vec![name] }));
}
