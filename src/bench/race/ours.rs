//! The race on the whole model, by the strategies and the verification that the workbench has.

use crate::bench::measure::time;
use crate::bench::{BenchError, Contestant, InProcess, Sample};
use crate::execution::Bench;
use crate::explore::{Input, Pct, Profile, Recorder, Rng, Strategy, StrategyKind};
use crate::verify::{Bounds, Options, Outcome, Quiet, verify as verify_within};
use procsteal_reference::{Follow, GoId, Model, Op, Scenario, Schedule, SysmonRound, Variant};
use std::hint::black_box;

/// Executions of a turn: some tenths of a second.
const TURN_EXECUTIONS: u64 = 2_000;

/// The scenario that has the race: sysmon may take the P of one goroutine in a system call while main stops tracing.
/// The large one has four system calls, four rounds of sysmon, and two goroutines that only write events.
fn scenario(size: &str) -> Scenario {
    const ROUNDS: usize = 4;
    const EVENTS: usize = 4;
    let mut scenario = Bounds::default().scenario(0, &[1]);
    if size == "large" {
        scenario = Bounds::default().scenario(0, &[ROUNDS as u8]);
        let round: Vec<SysmonRound> = scenario.sysmon.clone();
        scenario.sysmon = round.into_iter().cycle().take(ROUNDS).collect();
        for slot in 2..=3 {
            if let Some(main) = scenario.goroutines.first_mut() {
                main.insert(usize::from(slot), Op::Go(GoId(slot)));
            }
            scenario.goroutines.push(vec![Op::Gosched; EVENTS]);
        }
    }
    scenario
}

/// Makes a strategy that has not seen anything.
type Build = fn() -> Box<dyn Strategy>;

/// A strategy on the scenario.
pub(super) struct Ours {
    name: &'static str,
    scenario: Scenario,
    strategy: Build,
    scheduler: &'static Variant,
    bench: Bench,
}

const STRATEGIES: [(&str, Build); 8] = [
    ("procsteal, random", || StrategyKind::Random.build_unlearned()),
    ("procsteal, URW", || StrategyKind::Urw.build_unlearned()),
    ("procsteal, PCT of depth 3", || Box::new(Pct::with_depth(3))),
    ("procsteal, PCT of depth 5", || Box::new(Pct::with_depth(5))),
    ("procsteal, POS", || StrategyKind::Pos.build_unlearned()),
    ("procsteal, delay", || StrategyKind::Delay.build_unlearned()),
    ("procsteal, hold", || StrategyKind::Hold.build_unlearned()),
    ("procsteal, portfolio", || StrategyKind::Portfolio.build_unlearned()),
];

/// All strategies, on the scheduler that has the race.
pub(super) fn finding(size: &str) -> Vec<Ours> {
    let scheduler = Variant::named("prefix");
    let ours = |scheduler| {
        STRATEGIES.map(|(name, strategy)| Ours {
            name,
            scenario: scenario(size),
            strategy,
            scheduler,
            bench: Bench::new(),
        })
    };
    scheduler.map(ours).into_iter().flatten().collect()
}

impl Ours {
    pub(super) fn name(&self) -> String {
        self.name.to_owned()
    }

    /// Executions until the first finding, the one from which the strategy knows the scenario included.
    pub(super) fn first(&mut self, seed: u64, limit: u64) -> (Sample, bool) {
        let mut found = false;
        let sample = time(|| {
            let executions = self.search(seed, limit);
            found = executions.is_some();
            executions.unwrap_or(limit)
        });
        (sample, found)
    }

    fn search(&mut self, seed: u64, limit: u64) -> Option<u64> {
        let Self { scenario, scheduler, bench, .. } = self;
        let (execution, touches) = bench.execute_tracked(scheduler, scenario, &mut Follow::default());
        if execution.verdict.is_finding() {
            return Some(1);
        }
        let (profile, mut strategy) = (Profile::of(&touches), (self.strategy)());
        (2..=limit).find(|number| {
            let rng = Rng::new(seed, *number);
            let mut input = Input { scenario: scenario.clone(), profile: &profile, rng };
            strategy.begin(&mut input);
            let mut switches = Vec::new();
            let is_curious = strategy.is_curious();
            let mut recorder = Recorder::new(strategy.as_mut(), &mut switches);
            let (execution, touches) = if is_curious {
                bench.execute_tracked(scheduler, &input.scenario, &mut recorder)
            } else {
                (bench.execute_with(scheduler, &input.scenario, &mut recorder), Vec::new())
            };
            if is_curious {
                let schedule = Schedule { scenario: input.scenario, switches };
                strategy.learn(&schedule, &execution, &touches);
            }
            execution.verdict.is_finding()
        })
    }
}

/// Executions of the model alone, and with a verdict, by a random walk on the scheduler that mends the race.
pub(super) fn executing(size: &str) -> Vec<Box<dyn Contestant>> {
    let Some(fixed) = Variant::named("fixed") else { return Vec::new() };
    let (mut model, mut bench) = (Model::new(), Bench::new());
    let alone = walking(scenario(size), move |scenario, walk| {
        black_box(model.run_with(fixed, scenario, walk).map_or(0, |run| run.steps()));
    });
    let judged = walking(scenario(size), move |scenario, walk| {
        black_box(bench.execute_with(fixed, scenario, walk));
    });
    vec![
        Box::new(InProcess::new("procsteal, random, model and trace", alone)),
        Box::new(InProcess::new("procsteal, random, with a verdict", judged)),
    ]
}

fn walking(
    scenario: Scenario,
    mut execute: impl FnMut(&Scenario, &mut dyn procsteal_reference::Chooser),
) -> impl FnMut() -> u64 {
    let mut numbers = Rng::new(1, 0);
    let mut strategy = StrategyKind::Random.build_unlearned();
    let profile = Profile::default();
    move || {
        for _ in 0..TURN_EXECUTIONS {
            let rng = Rng::new(numbers.number(), 0);
            let mut input = Input { scenario: scenario.clone(), profile: &profile, rng };
            strategy.begin(&mut input);
            let mut switches = Vec::new();
            execute(&input.scenario, &mut Recorder::new(strategy.as_mut(), &mut switches));
        }
        TURN_EXECUTIONS
    }
}

/// Every interleaving of the scenarios within the bounds that have the race, with one job.
pub(super) fn verify() -> Result<(String, Sample, String), BenchError> {
    let name = "procsteal verify, `fixed`, the whole model";
    let fail = |problem: String| BenchError::Contestant { name: name.to_owned(), problem };
    let fixed = Variant::named("fixed").ok_or_else(|| fail("there is no `fixed`".to_owned()))?;
    let mut report = None;
    let sample = time(|| {
        let verified = verify_within(fixed, &Bounds::default(), &Options::default(), &Quiet);
        let executions = verified.as_ref().map_or(0, |report| report.totals().executions);
        report = Some(verified);
        executions
    });
    let outcome = match report.transpose().map_err(|error| fail(error.to_string()))? {
        Some(report) if report.outcome == Outcome::Proved => "holds",
        Some(report) if report.outcome == Outcome::Limited => "no end by then",
        _ => "does not hold",
    };
    Ok((name.to_owned(), sample, outcome.to_owned()))
}
