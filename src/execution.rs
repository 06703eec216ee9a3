//! One execution: a schedule on a scheduler, the trace it writes, and the oracle's verdict on that trace.

use procsteal_oracle::{Error, Judge};
use procsteal_reference::{
    Chooser, Fault, Model, Record, Run, Scenario, Schedule, StepRecord, Touch, Variant,
};

/// A model and an oracle, kept between executions with all their memory.
#[derive(Default)]
pub struct Bench {
    model: Model,
    judge: Judge,
}

/// What an execution came to.
#[derive(Clone, Debug)]
pub struct Execution {
    /// What the oracle says of the traces.
    pub verdict: Verdict,
    /// How many steps the threads took.
    pub steps: u32,
}

/// What the oracle says of an execution's traces, or the model of the execution.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Every trace can be parsed.
    Parseable {
        /// The events of all traces.
        events: u64,
    },
    /// A trace cannot be parsed.
    Unparseable(Box<Unparseable>),
    /// The run itself went wrong: a deadlock, a violated invariant, a run without end.
    Fault(Fault),
}

/// A trace that cannot be parsed, and why.
#[derive(Clone, Debug)]
pub struct Unparseable {
    /// Which of the execution's traces, from 0: the first one that cannot be parsed.
    pub trace_index: usize,
    /// Why.
    pub error: Error,
}

impl Verdict {
    /// Whether there is anything wrong: an unparseable trace or a fault of the run.
    #[must_use]
    pub fn is_finding(&self) -> bool {
        !matches!(self, Self::Parseable { .. })
    }
}

/// Everything that one execution left behind, for explanations and reports.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What it came to.
    pub execution: Execution,
    /// Its traces, as Go's reader would be given them.
    pub traces: Vec<Vec<u8>>,
    /// Its steps, in order.
    pub steps: Vec<StepRecord>,
}

impl Recording {
    /// Who touched what in each step.
    #[must_use]
    pub fn touches(&self) -> Vec<Touch> {
        self.steps.iter().map(Touch::from).collect()
    }
}

impl Bench {
    /// A bench that has not run anything yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a schedule and judges its traces.
    pub fn execute(&mut self, scheduler: &Variant, schedule: &Schedule) -> Execution {
        match self.model.run(scheduler, schedule) {
            Ok(run) => judge(&mut self.judge, &run),
            Err(fault) => faulty(fault),
        }
    }

    /// Runs a scenario with a chooser in place of switches, and judges its traces.
    pub fn execute_with(
        &mut self,
        scheduler: &Variant,
        scenario: &Scenario,
        chooser: &mut dyn Chooser,
    ) -> Execution {
        match self.model.run_with(scheduler, scenario, chooser) {
            Ok(run) => judge(&mut self.judge, &run),
            Err(fault) => faulty(fault),
        }
    }

    /// As [`execute_with`](Self::execute_with), and keeps every step.
    pub fn execute_logged(
        &mut self,
        scheduler: &Variant,
        scenario: &Scenario,
        chooser: &mut dyn Chooser,
    ) -> (Execution, Vec<StepRecord>) {
        let execution = self.keeping(Record::Steps, |bench| bench.execute_with(scheduler, scenario, chooser));
        (execution, self.model.take_steps())
    }

    /// As [`execute_with`](Self::execute_with), and keeps who touched what in each step: far cheaper than every step.
    pub fn execute_tracked(
        &mut self,
        scheduler: &Variant,
        scenario: &Scenario,
        chooser: &mut dyn Chooser,
    ) -> (Execution, Vec<Touch>) {
        let execution =
            self.keeping(Record::Touches, |bench| bench.execute_with(scheduler, scenario, chooser));
        let touches = self.model.touches().to_vec();
        (execution, touches)
    }

    /// As [`execute`](Self::execute), and tells `with` who touched what in each step.
    pub fn execute_touching(
        &mut self,
        scheduler: &Variant,
        schedule: &Schedule,
        with: impl FnOnce(&[Touch]),
    ) -> Execution {
        let execution = self.keeping(Record::Touches, |bench| bench.execute(scheduler, schedule));
        with(&self.model.touches());
        execution
    }

    /// Has the model keep a record of what `execute` runs, and of nothing after it.
    fn keeping(&mut self, record: Record, execute: impl FnOnce(&mut Self) -> Execution) -> Execution {
        self.model.record_steps(record);
        let execution = execute(self);
        self.model.record_steps(Record::Nothing);
        execution
    }

    /// Runs a schedule, judges its traces, and keeps these and every step.
    pub fn record(&mut self, scheduler: &Variant, schedule: &Schedule) -> Recording {
        self.model.record_steps(Record::Steps);
        let (execution, traces) = match self.model.run(scheduler, schedule) {
            Ok(run) => (judge(&mut self.judge, &run), run.traces().map(|trace| trace.to_vec()).collect()),
            Err(fault) => (faulty(fault), Vec::new()),
        };
        self.model.record_steps(Record::Nothing);
        Recording { execution, traces, steps: self.model.take_steps() }
    }
}

fn judge(judge: &mut Judge, run: &Run<'_>) -> Execution {
    let steps = run.steps();
    let mut events = 0;
    for (trace_index, trace) in run.traces().enumerate() {
        match judge.judge(&trace) {
            Ok(accepted) => events += accepted.events,
            Err(error) => {
                let verdict = Verdict::Unparseable(Box::new(Unparseable { trace_index, error }));
                return Execution { verdict, steps };
            }
        }
    }
    Execution { verdict: Verdict::Parseable { events }, steps }
}

fn faulty(fault: Fault) -> Execution {
    Execution { verdict: Verdict::Fault(fault), steps: fault.steps }
}
