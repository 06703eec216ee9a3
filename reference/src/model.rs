//! The model as its users see it: schedules in, traces out.

use crate::machine::{Chooser, Fault, Follow, Stacks, StepRecord, Touch, run_threads};
use crate::runtime::Rt;
use crate::schedule::{Scenario, Schedule};
use crate::scheduler::Variant;
use std::cell::Ref;
use std::fmt;
use std::rc::Rc;

/// A runtime to run schedules on, one after the other. It keeps its memory between runs, and stays on the thread that made
/// it: the stacks of its own threads cannot be moved to another.
pub struct Model {
    rt: Rc<Rt>,
    stacks: Stacks,
    follow: Follow,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("rt", &self.rt).field("follow", &self.follow).finish_non_exhaustive()
    }
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

impl Model {
    /// A model that has not run anything yet.
    #[must_use]
    pub fn new() -> Self {
        let rt = Rc::new(Rt::new());
        let stacks = Stacks::new(Rc::clone(&rt));
        Self { rt, stacks, follow: Follow::default() }
    }

    /// From now on every run keeps, or does not keep, a record of each of its steps.
    pub fn record_steps(&mut self, record: Record) {
        self.rt.executor.records.keep(record);
    }

    /// Runs a schedule on a scheduler to its end.
    ///
    /// # Errors
    /// A [`Fault`] of the model: a deadlock, a violated invariant, a run without end. No schedule should cause one.
    pub fn run(&mut self, scheduler: &Variant, schedule: &Schedule) -> Result<Run<'_>, Fault> {
        self.follow.load(schedule);
        self.boot(&schedule.scenario);
        run_threads(&self.rt, &mut self.stacks, scheduler.mains, &mut self.follow)?;
        Ok(Run { rt: &self.rt })
    }

    /// Runs a scenario, with a chooser in place of a schedule's switches.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_with(
        &mut self,
        scheduler: &Variant,
        scenario: &Scenario,
        chooser: &mut dyn Chooser,
    ) -> Result<Run<'_>, Fault> {
        self.boot(scenario);
        run_threads(&self.rt, &mut self.stacks, scheduler.mains, chooser)?;
        Ok(Run { rt: &self.rt })
    }

    /// Nothing of the last run is left, and the scenario is about to begin.
    fn boot(&mut self, scenario: &Scenario) {
        self.stacks.end_run();
        self.rt.boot(scenario);
    }

    /// The steps of the last run, also of one that ended in a fault, if they were recorded.
    pub fn take_steps(&mut self) -> Vec<StepRecord> {
        self.rt.executor.records.take_steps()
    }

    /// The touches of the last run, also of one that ended in a fault, if they were recorded.
    #[must_use]
    pub fn touches(&self) -> Ref<'_, [Touch]> {
        self.rt.executor.records.touches()
    }
}

/// Whether runs keep a record of their steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Record {
    /// They do, with the state that each step leads to, and check the invariants after each.
    Steps,
    /// They keep who touched what where, and no more.
    Touches,
    /// They do not.
    Nothing,
}

/// A run that has come to its end.
#[derive(Debug)]
pub struct Run<'a> {
    rt: &'a Rt,
}

impl<'a> Run<'a> {
    /// How many steps all threads took.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.rt.executor.steps()
    }

    /// Whether the program came to its end, or the chooser cut the run before.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.rt.program_ended.get()
    }

    /// A digest of the traces without their times, and without the order of batches of different threads. Only of runs
    /// whose chooser [reads states](Chooser::reads_states): what it would take to keep it is saved in others.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.rt.trace.carried.get()
    }

    /// The traces, one for each time that tracing was on, each with its header: what Go's reader would be given.
    pub fn traces(&self) -> impl Iterator<Item = Ref<'a, [u8]>> + use<'a> {
        let trace = &self.rt.trace;
        let traces = trace.trace_starts.borrow().len();
        (0..traces).map(|number| {
            let starts = trace.trace_starts.borrow();
            let (start, end) = (starts[number], starts.get(number + 1).copied());
            Ref::map(trace.output.borrow(), |bytes| &bytes[start..end.unwrap_or(bytes.len())])
        })
    }
}
