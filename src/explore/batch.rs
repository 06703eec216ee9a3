//! One batch of executions: a fixed piece of work, decided by the seed, its number and the corpus it starts from.

use super::alarms::Wakeful;
use super::mutate::{Corpus, Lesson};
use super::{Input, Profile, Recorder, Rng, Strategy, StrategyKind, generate};
use crate::execution::{Bench, Execution};
use crate::signature::{Signature, signature};
use procsteal_reference::{Schedule, Variant};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Executions in a batch: some milliseconds of work.
pub(super) const BATCH_EXECUTIONS: u64 = 200;

/// Executions of one generated scenario, the first of them with no switches but to threads that sleep, to know it by.
pub(super) const GROUP_EXECUTIONS: u64 = 20;

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

/// Runs a batch.
pub(super) fn run_batch(bench: &mut Bench, plan: BatchPlan, corpus: &Arc<Corpus>) -> BatchReport {
    let mut strategy = plan.strategy.build(corpus);
    let mut report = BatchReport::default();
    let mut group = 0;
    while report.executions < plan.executions {
        let mut rng = Rng::new(plan.seed, plan.number << 8 | group);
        let executions = GROUP_EXECUTIONS.min(plan.executions - report.executions);
        run_group(bench, plan, strategy.as_mut(), &mut rng, executions, &mut report);
        group += 1;
    }
    report.lessons = strategy.take_lessons();
    report
}

fn run_group(
    bench: &mut Bench,
    plan: BatchPlan,
    strategy: &mut dyn Strategy,
    rng: &mut Rng,
    executions: u64,
    report: &mut BatchReport,
) {
    let scenario = generate(rng);
    let mut wakeful = Wakeful::new(Rng::new(rng.number(), 0));
    let mut switches = Vec::new();
    let mut recorder = Recorder::new(&mut wakeful, &mut switches);
    let (execution, steps) = bench.execute_logged(plan.scheduler, &scenario, &mut recorder);
    let profile = Profile::of(&steps);
    let schedule = Schedule { scenario: scenario.clone(), switches };
    note(bench, plan, strategy.kind(), schedule, &execution, report);
    for _ in 1..executions {
        let mut input =
            Input { scenario: scenario.clone(), profile: &profile, rng: Rng::new(rng.number(), 0) };
        strategy.begin(&mut input);
        let mut switches = Vec::new();
        let is_curious = strategy.is_curious();
        let mut recorder = Recorder::new(&mut *strategy, &mut switches);
        let (execution, steps) = if is_curious {
            bench.execute_logged(plan.scheduler, &input.scenario, &mut recorder)
        } else {
            (bench.execute_with(plan.scheduler, &input.scenario, &mut recorder), Vec::new())
        };
        let schedule = Schedule { scenario: input.scenario, switches };
        if is_curious {
            strategy.learn(&schedule, &execution, &steps);
        }
        note(bench, plan, strategy.kind(), schedule, &execution, report);
    }
}

fn note(
    bench: &mut Bench,
    plan: BatchPlan,
    strategy: StrategyKind,
    schedule: Schedule,
    execution: &Execution,
    report: &mut BatchReport,
) {
    let number = report.executions;
    report.executions += 1;
    report.steps += u64::from(execution.steps);
    if !execution.verdict.is_finding() {
        return;
    }
    let Some(signature) = signature(&bench.record(plan.scheduler, &schedule)) else {
        report.unfaithful = Some(Box::new(schedule));
        return;
    };
    let first = || Found { schedule, execution: number, strategy, count: 0 };
    report.found.entry(signature).or_insert_with(first).count += 1;
}
