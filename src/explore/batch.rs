//! One batch of executions: a fixed piece of work, decided by the seed, its number and the corpus it starts from.

use super::alarms::Wakeful;
use super::mutate::{Corpus, Lesson};
use super::{Input, Profile, Recorder, Rng, Strategy, StrategyKind, generate};
use crate::execution::{Bench, Execution, Recording};
use crate::signature::{Signature, signature};
use procsteal_reference::{Schedule, Touch, Variant};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Executions in a batch: some milliseconds of work.
pub(super) const BATCH_EXECUTIONS: u64 = 200;

/// Executions of one generated scenario, the first of them with no switches but to threads that sleep, to know it by.
pub(super) const GROUP_EXECUTIONS: u64 = 20;

/// Every so many executions, the invariants are checked after each step (spec 1.6), which takes as long as the execution.
const CHECKED_EVERY: u64 = 16;

/// Which batch to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchPlan {
    pub(super) number: u64,
    pub(super) executions: u64,
    pub(super) seed: u64,
    pub(super) scheduler: &'static Variant,
    pub(super) strategy: StrategyKind,
}

/// The first schedule of a batch that showed a signature, and how many did.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) schedule: Schedule,
    /// Which execution of the batch, from 0.
    pub(super) execution: u64,
    pub(super) strategy: StrategyKind,
    pub(super) count: u64,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(super) struct BatchReport {
    pub(super) executions: u64,
    pub(super) steps: u64,
    pub(super) found: BTreeMap<Signature, Found>,
    pub(super) lessons: Vec<Lesson>,
    /// A schedule that did not replay as it was recorded: a fault of the program.
    pub(super) unfaithful: Option<Box<Schedule>>,
}

/// Hears of every execution that came to something, as it is replayed.
pub(super) type Inspect<'a> = &'a mut dyn FnMut(&Schedule, &Recording, &Signature);

/// Runs a batch.
pub(super) fn run_batch(
    bench: &mut Bench,
    plan: BatchPlan,
    corpus: &Arc<Corpus>,
    inspect: Inspect<'_>,
) -> BatchReport {
    let mut strategy = plan.strategy.build(corpus);
    let mut report = BatchReport::default();
    let mut group = 0;
    while report.executions < plan.executions {
        let mut rng = Rng::new(plan.seed, plan.number << 8 | group);
        let executions = GROUP_EXECUTIONS.min(plan.executions - report.executions);
        let mut notes = Notes { plan, inspect: &mut *inspect, report: &mut report };
        notes.run_group(bench, strategy.as_mut(), &mut rng, executions);
        group += 1;
    }
    report.lessons = strategy.take_lessons();
    report
}

/// What a batch writes down as it goes.
struct Notes<'a> {
    plan: BatchPlan,
    inspect: Inspect<'a>,
    report: &'a mut BatchReport,
}

impl Notes<'_> {
    fn run_group(&mut self, bench: &mut Bench, strategy: &mut dyn Strategy, rng: &mut Rng, executions: u64) {
        let scheduler = self.plan.scheduler;
        let scenario = generate(rng);
        let mut wakeful = Wakeful::new(Rng::new(rng.number(), 0));
        let mut switches = Vec::new();
        let mut recorder = Recorder::new(&mut wakeful, &mut switches);
        let (execution, touches) = bench.execute_tracked(scheduler, &scenario, &mut recorder);
        let profile = Profile::of(&touches);
        let schedule = Schedule { scenario: scenario.clone(), switches };
        self.note(bench, strategy.kind(), schedule, &execution);
        for _ in 1..executions {
            let mut input =
                Input { scenario: scenario.clone(), profile: &profile, rng: Rng::new(rng.number(), 0) };
            strategy.begin(&mut input);
            let mut switches = Vec::new();
            let is_curious = strategy.is_curious();
            let mut recorder = Recorder::new(&mut *strategy, &mut switches);
            let (execution, touches) = if self.report.executions.is_multiple_of(CHECKED_EVERY) {
                let (execution, steps) = bench.execute_logged(scheduler, &input.scenario, &mut recorder);
                (execution, steps.iter().map(Touch::from).collect())
            } else if is_curious {
                bench.execute_tracked(scheduler, &input.scenario, &mut recorder)
            } else {
                (bench.execute_with(scheduler, &input.scenario, &mut recorder), Vec::new())
            };
            let schedule = Schedule { scenario: input.scenario, switches };
            if is_curious {
                strategy.learn(&schedule, &execution, &touches);
            }
            self.note(bench, strategy.kind(), schedule, &execution);
        }
    }

    fn note(&mut self, bench: &mut Bench, strategy: StrategyKind, schedule: Schedule, execution: &Execution) {
        let number = self.report.executions;
        self.report.executions += 1;
        self.report.steps += u64::from(execution.steps);
        if !execution.verdict.is_finding() {
            return;
        }
        let recording = bench.record(self.plan.scheduler, &schedule);
        let Some(signature) = signature(&recording) else {
            self.report.unfaithful = Some(Box::new(schedule));
            return;
        };
        (self.inspect)(&schedule, &recording, &signature);
        let first = || Found { schedule, execution: number, strategy, count: 0 };
        self.report.found.entry(signature).or_insert_with(first).count += 1;
    }
}
