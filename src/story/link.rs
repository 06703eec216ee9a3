//! From a place in the trace back to the step of the run that wrote it.

use crate::execution::{Recording, Verdict};
use procsteal_oracle::{Error, Timestamp};
use procsteal_reference::{Object, StepRecord, Verb};
use procsteal_wire::{EventType, FREQUENCY_HZ};

/// Nanoseconds of one unit of the model's clock, which counts steps.
const NANOSECONDS_PER_STEP: i64 = 1_000_000_000 / FREQUENCY_HZ.cast_signed();

/// The step (an index into the recording's steps) at which an event of the model's trace was written. The reader
/// moves a time by less than a unit when two are equal, so the whole units still name the step.
#[must_use]
pub fn step_of_time(time: Timestamp) -> Option<usize> {
    usize::try_from(time.0 / NANOSECONDS_PER_STEP).ok()
}

/// The event that step number `index` wrote. Writing one takes a step for each status that its generation lacks, and
/// then one for the event (spec 2.3): it is the last of a thread's steps in a row at one line of the model.
#[must_use]
pub fn written_event(steps: &[StepRecord], index: usize) -> Option<EventType> {
    let step = steps.get(index)?;
    let Verb::Event(event) = step.verb else { return None };
    // These are written only if they are missing, or not by a thread.
    if event == EventType::PROC_STATUS || step.object == Object::TraceLock {
        return None;
    }
    let next = steps[index + 1..].iter().find(|next| next.thread == step.thread);
    let goes_on = next.is_some_and(|next| next.verb == step.verb && next.site == step.site);
    (!goes_on).then_some(event)
}

/// The step that wrote the event at which the trace cannot be parsed, if a step of a thread did.
#[must_use]
pub fn failing_step(recording: &Recording) -> Option<usize> {
    match &recording.execution.verdict {
        Verdict::Unparseable(unparseable) => step_of_error(&recording.steps, &unparseable.error),
        Verdict::Fault(_) => recording.steps.len().checked_sub(1),
        Verdict::Parseable { .. } => None,
    }
}

fn step_of_error(steps: &[StepRecord], error: &Error) -> Option<usize> {
    if let Some(root) = error.stuck().and_then(|stuck| stuck.root()) {
        return step_of_time(root.time).filter(|step| *step < steps.len());
    }
    let (thread, event) = (error.place().thread?, error.place().event?);
    let of_thread = |index: &usize| steps[*index].thread.procid().cast_signed() == thread.0;
    (0..steps.len()).rev().filter(of_thread).find(|index| written_event(steps, *index) == Some(event))
}
