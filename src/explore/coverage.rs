//! Which steps of the specification a hunt takes, and how often: a step that is never taken is not tested.

use super::alarms::Wakeful;
use super::batch::GROUP_EXECUTIONS;
use super::mutate::Corpus;
use super::{Input, Profile, Recorder, Rng, StrategyKind, generate};
use crate::execution::Bench;
use procsteal_reference::sites::Coverage;
use procsteal_reference::{Schedule, StepRecord, Touch, Variant};
use std::sync::Arc;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct CoverageOptions {
    /// The scheduler whose steps are counted.
    pub scheduler: &'static Variant,
    /// How threads are chosen.
    pub strategy: StrategyKind,
    /// How many executions.
    pub executions: u64,
    /// Decides the executions.
    pub seed: u64,
}

/// Counts the steps of executions such as a hunt makes, with the strategy's own learning but without minimization.
#[must_use]
pub fn coverage(options: &CoverageOptions) -> Coverage {
    let mut bench = Bench::new();
    let mut strategy = options.strategy.build(&Arc::new(Corpus::default()));
    let mut coverage = Coverage::default();
    let mut done = 0;
    while done < options.executions {
        let mut rng = Rng::new(options.seed, done);
        let scenario = generate(&mut rng);
        let mut wakeful = Wakeful::new(Rng::new(rng.number(), 0));
        let (_, steps) = bench.execute_logged(options.scheduler, &scenario, &mut wakeful);
        coverage.add(&steps);
        done += 1;
        let profile = Profile::of(&touches_of(&steps));
        for _ in 1..GROUP_EXECUTIONS.min(options.executions - done + 1) {
            let rng = Rng::new(rng.number(), 0);
            let mut input = Input { scenario: scenario.clone(), profile: &profile, rng };
            strategy.begin(&mut input);
            let mut switches = Vec::new();
            let mut recorder = Recorder::new(&mut *strategy, &mut switches);
            let (execution, steps) = bench.execute_logged(options.scheduler, &input.scenario, &mut recorder);
            coverage.add(&steps);
            if strategy.is_curious() {
                let schedule = Schedule { scenario: input.scenario, switches };
                strategy.learn(&schedule, &execution, &touches_of(&steps));
            }
            done += 1;
        }
    }
    coverage
}

fn touches_of(steps: &[StepRecord]) -> Vec<Touch> {
    steps.iter().map(Touch::from).collect()
}
