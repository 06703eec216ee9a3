//! Who held which P when, and which events were written: what the picture of a run shows.

use super::states::Used;
use crate::execution::Recording;
use crate::story::{Line, Story, describe, failing_step, function, place, written_event};
use procsteal_reference::{ProcId, ProcStatus, StepRecord, ThreadId};

/// A run as lanes of threads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Timeline {
    /// How many steps the run took.
    pub steps: usize,
    /// By thread.
    pub lanes: Vec<Lane>,
    /// The steps that have a line of their own in the story, in order: the picture gives them more room.
    pub wide: Vec<usize>,
    /// The first and last step of the steal that the story is about.
    pub window: Option<(usize, usize)>,
    /// The step in that window at which the tracer changes the generation.
    pub tracer: Option<usize>,
    /// The generation from each of these steps on; 0 for none.
    pub generations: Vec<(usize, u64)>,
}

/// One thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lane {
    /// The thread, as `M3`.
    pub name: String,
    /// The step at which it starts.
    pub start: usize,
    /// The Ps that it held.
    pub spans: Vec<Span>,
    /// The events that it wrote.
    pub marks: Vec<EventMark>,
}

/// A stretch in which a thread held a P, or had left it for a syscall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The P.
    pub proc: ProcId,
    /// How it was held.
    pub kind: SpanKind,
    /// The first step after which it was.
    pub from: usize,
    /// The first step after which it was no more.
    pub to: usize,
}

/// How a thread holds a P.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpanKind {
    /// It is wired to it.
    Wired,
    /// It left it for a syscall, and nobody has taken it.
    Syscall,
}

/// An event that a thread wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventMark {
    /// When.
    pub step: usize,
    /// Its name.
    pub event: String,
    /// Its step in words.
    pub about: String,
    /// Whether the trace cannot be parsed for it.
    pub failing: bool,
}

impl Timeline {
    /// The picture of a run and its story.
    #[must_use]
    pub fn of(recording: &Recording, story: &Story) -> Self {
        let steps = &recording.steps;
        let failing = failing_step(recording);
        let threads = Used::of(recording).threads;
        let mut lanes: Vec<Lane> =
            (0..threads).map(|slot| lane(steps, ThreadId(slot as u8), failing)).collect();
        add_spans(steps, &mut lanes);
        let wide = story.lines.iter().filter_map(|line| match line {
            Line::Step(step) => Some(step.number),
            Line::Stretch(_) => None,
        });
        Self {
            steps: steps.len(),
            lanes,
            wide: wide.collect(),
            window: story.window.as_ref().map(|window| (window.first, window.last)),
            tracer: story.window.as_ref().and_then(|window| window.tracer_step),
            generations: generations(steps),
        }
    }
}

fn lane(steps: &[StepRecord], thread: ThreadId, failing: Option<usize>) -> Lane {
    let marks = steps
        .iter()
        .enumerate()
        .filter(|(number, step)| step.thread == thread && written_event(steps, *number).is_some());
    Lane {
        name: thread.to_string(),
        start: steps.iter().position(|step| step.after.thread(thread).exists).unwrap_or(steps.len()),
        spans: Vec::new(),
        marks: marks
            .map(|(number, step)| EventMark {
                step: number,
                event: step.verb.to_string(),
                about: format!(
                    "step {number}: {} {} {}",
                    function(step),
                    place(step),
                    describe(steps, number)
                ),
                failing: failing == Some(number),
            })
            .collect(),
    }
}

fn generations(steps: &[StepRecord]) -> Vec<(usize, u64)> {
    let mut changes: Vec<(usize, u64)> = vec![(0, 0)];
    for (number, step) in steps.iter().enumerate() {
        if changes.last().is_some_and(|(_, generation)| *generation != step.after.generation.0) {
            changes.push((number, step.after.generation.0));
        }
    }
    changes
}

/// Follows each P from step to step. A P in a syscall belongs to the thread that left it until it is taken, even
/// after that thread has begun to come back.
fn add_spans(steps: &[StepRecord], lanes: &mut [Lane]) {
    let procs = steps.first().map_or(0, |step| step.after.procs.len());
    for p in (0..procs as u8).map(ProcId) {
        let mut open: Option<(ThreadId, Span)> = None;
        for (number, step) in steps.iter().enumerate() {
            let held = holder(step, p, open.map(|(thread, _)| thread));
            if open.map(|(thread, span)| (thread, span.kind)) == held {
                continue;
            }
            close(lanes, open.take(), number);
            open = held.map(|(thread, kind)| (thread, Span { proc: p, kind, from: number, to: number }));
        }
        close(lanes, open, steps.len());
    }
}

fn holder(step: &StepRecord, p: ProcId, before: Option<ThreadId>) -> Option<(ThreadId, SpanKind)> {
    let proc = step.after.proc(p);
    if let Some(thread) = proc.thread {
        return Some((thread, SpanKind::Wired));
    }
    if proc.status != ProcStatus::Psyscall {
        // Unwired but not yet marked: on its way into a syscall.
        let leaving = before.filter(|thread| step.after.thread(*thread).old_proc == Some(p));
        return leaving
            .filter(|_| proc.status == ProcStatus::Prunning)
            .map(|thread| (thread, SpanKind::Syscall));
    }
    before.or(Some(step.thread)).map(|thread| (thread, SpanKind::Syscall))
}

fn close(lanes: &mut [Lane], open: Option<(ThreadId, Span)>, to: usize) {
    let Some((thread, span)) = open else { return };
    if let Some(lane) = lanes.get_mut(usize::from(thread.0)) {
        lane.spans.push(Span { to, ..span });
    }
}
