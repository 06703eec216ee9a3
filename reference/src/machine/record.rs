//! What is kept of the steps of a run, for those who want to know.

use super::object::Object;
use super::step::Verb;
use crate::ids::ThreadId;
use crate::model::Record;
use crate::runtime::Snapshot;
use std::cell::{Cell, Ref, RefCell};
use std::panic::Location;

/// One step that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StepRecord {
    /// The thread that took it.
    pub thread: ThreadId,
    /// How many steps this thread had taken before: the `step` at which a switch can stand.
    pub index: u32,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub object: Object,
    /// What the step gave its thread: the value loaded, 1 for a CAS that won; for an event a digest of what it found.
    pub value: u64,
    /// The line of the model that asked for the step.
    pub site: &'static Location<'static>,
    /// The state that the step led to.
    pub after: Snapshot,
}

/// Who touched what in a step, and where: all of a [`StepRecord`] that costs next to nothing to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Touch {
    /// The thread that took the step.
    pub thread: ThreadId,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub object: Object,
    /// The line of the model that asked for the step.
    pub site: &'static Location<'static>,
}

impl From<&StepRecord> for Touch {
    fn from(step: &StepRecord) -> Self {
        let StepRecord { thread, verb, object, site, .. } = *step;
        Self { thread, verb, object, site }
    }
}

/// The record of a run. It keeps its memory between runs.
#[derive(Debug)]
pub(crate) struct Records {
    kept: Cell<Record>,
    steps: RefCell<Vec<StepRecord>>,
    touches: RefCell<Vec<Touch>>,
}

impl Default for Records {
    fn default() -> Self {
        Self { kept: Cell::new(Record::Nothing), steps: RefCell::default(), touches: RefCell::default() }
    }
}

impl Records {
    pub(super) fn reset(&self) {
        self.steps.borrow_mut().clear();
        self.touches.borrow_mut().clear();
    }

    /// What is kept of each step.
    pub(super) fn kept(&self) -> Record {
        self.kept.get()
    }

    /// From now on this is kept of each step.
    pub(crate) fn keep(&self, kept: Record) {
        self.kept.set(kept);
    }

    pub(super) fn keep_touch(&self, touch: Touch) {
        self.touches.borrow_mut().push(touch);
    }

    pub(super) fn keep_step(&self, touch: Touch, index: u32, value: u64, after: Snapshot) {
        let Touch { thread, verb, object, site } = touch;
        self.steps.borrow_mut().push(StepRecord { thread, index, verb, object, value, site, after });
    }

    pub(crate) fn touches(&self) -> Ref<'_, [Touch]> {
        Ref::map(self.touches.borrow(), Vec::as_slice)
    }

    pub(crate) fn take_steps(&self) -> Vec<StepRecord> {
        self.steps.take()
    }
}
