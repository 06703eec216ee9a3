//! The findings that are minimized: as a search comes upon them.

use crate::execution::Bench;
use crate::explore::{Input, Profile, Recorder, Rng, StrategyKind, generate};
use crate::signature::signature;
use procsteal_reference::{Follow, Schedule, Variant};

/// Findings are of these schedulers in turn.
const SCHEDULERS: [&str; 2] = ["prefix", "fixed"];

/// Executions of one scenario before another is generated.
const EXECUTIONS_PER_SCENARIO: u32 = 20;

/// Executions after which a seed is given up.
const MAX_EXECUTIONS: u64 = 100_000;

/// A schedule that fails, as a search came upon it.
#[derive(Clone, Debug)]
pub(super) struct RawFinding {
    pub(super) scheduler: &'static Variant,
    pub(super) schedule: Schedule,
    pub(super) signature: String,
}

/// The first finding of each of so many seeds: always the same ones.
pub(super) fn find(seeds: u64) -> Vec<RawFinding> {
    let mut bench = Bench::new();
    let schedulers = SCHEDULERS.iter().filter_map(|name| Variant::named(name)).cycle();
    (0..seeds).zip(schedulers).filter_map(|(seed, scheduler)| first(&mut bench, scheduler, seed)).collect()
}

fn first(bench: &mut Bench, scheduler: &'static Variant, seed: u64) -> Option<RawFinding> {
    let mut numbers = Rng::new(seed, 0);
    let mut strategy = StrategyKind::Portfolio.build_unlearned();
    let mut executions = 0;
    while executions < MAX_EXECUTIONS {
        let scenario = generate(&mut numbers);
        let (_, touches) = bench.execute_tracked(scheduler, &scenario, &mut Follow::default());
        let profile = Profile::of(&touches);
        for _ in 0..EXECUTIONS_PER_SCENARIO {
            executions += 1;
            let rng = Rng::new(numbers.number(), 0);
            let mut input = Input { scenario: scenario.clone(), profile: &profile, rng };
            strategy.begin(&mut input);
            let mut switches = Vec::new();
            let mut recorder = Recorder::new(strategy.as_mut(), &mut switches);
            let execution = bench.execute_with(scheduler, &input.scenario, &mut recorder);
            if execution.verdict.is_finding() {
                // As an engine would have it: what its bytes say.
                let recorded = Schedule { scenario: input.scenario, switches };
                let schedule = Schedule::from_bytes(&recorded.to_byte_vec());
                let signature = signature(&bench.record(scheduler, &schedule))?.to_string();
                return Some(RawFinding { scheduler, schedule, signature });
            }
        }
    }
    None
}
