//! What searching promises: runs that replay, hunts that repeat whatever the jobs, hunts that go on where they stopped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test is told by its panic")]

mod support;

use procsteal::explore::{
    CompareOptions, Delay, Ended, HoldAtPoints, HuntOptions, HuntSummary, Input, Median, Mutate, Observer,
    Pct, Pos, Profile, Progress, RandomWalk, Recorder, Resume, Rng, Strategy, StrategyKind, Urw,
    compare_strategies, generate, hunt,
};
use procsteal::findings::FindingsDir;
use procsteal::minimize::{Extent, Known, MinimizeOptions, TrialLimit};
use procsteal::signature::signature;
use procsteal::{Bench, Verdict};
use procsteal_reference::{Schedule, VARIANTS, Variant};
use proptest::prelude::*;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use support::files;

fn strategy(number: usize) -> Box<dyn Strategy> {
    match number {
        0 => Box::new(RandomWalk::default()),
        1 => Box::new(Pct::default()),
        2 => Box::new(Pct::with_depth(3)),
        3 => Box::new(Pos::default()),
        4 => Box::new(Urw::default()),
        5 => Box::new(Delay::default()),
        6 => Box::new(HoldAtPoints::default()),
        _ => Box::new(Mutate::default()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// A recorded run, replayed from its switches, takes the same steps and writes the same bytes.
    #[test]
    fn a_recorded_run_replays(seed: u64, number in 0..8_usize, variant in 0..VARIANTS.len()) {
        let mut bench = Bench::new();
        let mut rng = Rng::new(seed, 0);
        let scheduler = &VARIANTS[variant];
        let scenario = generate(&mut rng);
        let undisturbed = Schedule { scenario: scenario.clone(), switches: Vec::new() };
        let profile = Profile::of(&bench.record(scheduler, &undisturbed).touches());
        let mut strategy = strategy(number);
        let mut input = Input { scenario, profile: &profile, rng };
        strategy.begin(&mut input);
        let mut switches = Vec::new();
        let mut recorder = Recorder::new(&mut *strategy, &mut switches);
        let (execution, steps) = bench.execute_logged(scheduler, &input.scenario, &mut recorder);
        let schedule = Schedule { scenario: input.scenario, switches };
        prop_assert_eq!(&schedule.clone().into_legal(), &schedule);
        let text: Schedule = schedule.to_string().parse().unwrap();
        let replayed = bench.record(scheduler, &text);
        prop_assert_eq!(steps, replayed.steps);
        prop_assert_eq!(execution.steps, replayed.execution.steps);
        prop_assert_eq!(format!("{:?}", execution.verdict), format!("{:?}", replayed.execution.verdict));
    }
}

#[test]
fn generated_scenarios_are_legal_and_run_without_faults() {
    let mut bench = Bench::new();
    for seed in 0..500 {
        let schedule = Schedule { scenario: generate(&mut Rng::new(seed, 1)), switches: Vec::new() };
        assert_eq!(schedule.clone().into_legal(), schedule);
        for name in ["prefix", "fixed"] {
            let execution = bench.execute(Variant::named(name).unwrap(), &schedule);
            assert!(!matches!(execution.verdict, Verdict::Fault(_)), "{name}: {execution:?}\n{schedule}");
        }
    }
}

fn options(executions: u64, out: &Path) -> HuntOptions {
    HuntOptions { executions: Some(executions), seed: 1, out: Some(out.to_owned()), ..HuntOptions::default() }
}

fn tell(summary: &HuntSummary) -> String {
    let kinds: Vec<String> = summary
        .kinds
        .iter()
        .map(|kind| {
            format!("{} {:?} {} {}", kind.signature, kind.scheduler, kind.count, kind.first_execution)
        })
        .collect();
    let HuntSummary { executions, steps, corpus_schedules, corpus_features, .. } = summary;
    format!("{executions} {steps} {corpus_schedules} {corpus_features}\n{}", kinds.join("\n"))
}

#[test]
fn a_hunt_finds_the_same_with_one_job_and_with_three() {
    let run = |jobs: usize| {
        let folder = tempfile::tempdir().unwrap();
        let jobs = NonZeroUsize::new(jobs).unwrap();
        let schedulers = vec![&VARIANTS[0], &VARIANTS[1]];
        let options = HuntOptions { jobs, schedulers, ..options(3_100, folder.path()) };
        let summary = hunt(&options, &AtomicBool::new(false), &mut ()).unwrap();
        assert!(matches!(summary.ended, Ended::Done), "{:?}", summary.ended);
        (tell(&summary), files(folder.path()))
    };
    let (one, three) = (run(1), run(3));
    assert!(!one.1.is_empty(), "the hunt found nothing:\n{}", one.0);
    assert_eq!(one.0, three.0);
    assert_eq!(one.1, three.1);
}

/// Cancels a hunt some time after its first round.
struct Impatient<'a>(&'a AtomicBool);

impl Observer for Impatient<'_> {
    fn progress(&mut self, progress: &Progress) {
        if progress.executions > 7_000 {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_hunt_goes_on_where_it_was_stopped() {
    let executions = 9_000;
    let whole = tempfile::tempdir().unwrap();
    let expected = hunt(&options(executions, whole.path()), &AtomicBool::new(false), &mut ()).unwrap();
    let parts = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let first = hunt(&options(executions, parts.path()), &stop, &mut Impatient(&stop)).unwrap();
    assert!(matches!(first.ended, Ended::Cancelled), "{:?}", first.ended);
    assert!(first.executions < executions);
    let second = hunt(&options(executions, parts.path()), &AtomicBool::new(false), &mut ()).unwrap();
    assert_eq!(tell(&second), tell(&expected));
    assert_eq!(files(parts.path()), files(whole.path()));
}

#[test]
fn a_hunt_that_cannot_store_tells_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    // A file stands where the folders of signatures would be made: no finding can be stored.
    for code in ["stuck", "inconsistent-proc-status", "fault"] {
        std::fs::write(folder.path().join(code), b"in the way").unwrap();
    }
    let options = HuntOptions { resume: Resume::Afresh, ..options(50_000, folder.path()) };
    let summary = hunt(&options, &AtomicBool::new(false), &mut ()).unwrap();
    let Ended::Failed(error) = &summary.ended else { panic!("{:?}", summary.ended) };
    let error = error.to_string();
    assert!(error.contains("findings-io") && error.contains("Give a directory, not a file"), "{error}");
    assert_eq!(summary.kinds.len(), 1);
    assert!(summary.kinds[0].finding.is_some());
}

#[test]
fn a_hunt_keeps_what_it_cannot_minimize_to_the_end_and_goes_on() {
    let run = |limit| {
        let folder = tempfile::tempdir().unwrap();
        let minimizing = MinimizeOptions { limit: TrialLimit(limit), known: Known::Ignore };
        let options = HuntOptions { minimizing, ..options(1_600, folder.path()) };
        let summary = hunt(&options, &AtomicBool::new(false), &mut ()).unwrap();
        assert!(matches!(summary.ended, Ended::Done), "{:?}", summary.ended);
        (summary, FindingsDir::open(folder.path()).unwrap().load_all().unwrap())
    };
    let (limited, stored) = run(1);
    assert!(limited.kinds.len() > 1, "{}", tell(&limited));
    assert_eq!(stored.len(), limited.kinds.len());
    for finding in &stored {
        assert_eq!(finding.metadata.extent, Extent::LimitReached);
        assert_eq!(finding.metadata.size, finding.metadata.size_found);
        let shown = signature(&Bench::new().record(&VARIANTS[0], &finding.schedule));
        assert_eq!(shown.as_ref(), Some(&finding.signature));
    }
    assert!(limited.kinds.iter().all(|kind| kind.extent == Some(Extent::LimitReached)));
    // But for how small they are, all is as it is without a limit.
    let (whole, _) = run(TrialLimit::default().0);
    assert_eq!(tell(&limited), tell(&whole));
    assert!(whole.kinds.iter().all(|kind| kind.extent == Some(Extent::Minimal)));
}

#[test]
fn shards_share_no_batch() {
    let run = |shard: &str| {
        let options = HuntOptions {
            executions: Some(400),
            shard: shard.parse().unwrap(),
            strategy: "random".parse().unwrap(),
            ..HuntOptions::default()
        };
        hunt(&options, &AtomicBool::new(false), &mut ()).unwrap().steps
    };
    let whole: Vec<u64> = (1..=3).map(|index| run(&format!("{index}/3"))).collect();
    assert!(whole[0] != whole[1] && whole[1] != whole[2] && whole[0] != whole[2], "{whole:?}");
    assert!("0/3".parse::<procsteal::explore::Shard>().is_err());
    assert!("4/3".parse::<procsteal::explore::Shard>().is_err());
}

#[test]
fn medians_count_what_was_not_found() {
    let median = Median::of((1..=60).collect(), 100);
    assert_eq!(median, Median { low: Some(40), median: Some(51), high: None });
    assert_eq!(Median::of(Vec::new(), 10), Median { low: None, median: None, high: None });
}

#[test]
fn strategies_are_compared_seed_by_seed() {
    let options = CompareOptions {
        strategies: vec![StrategyKind::Random, StrategyKind::Delay],
        scheduler: &VARIANTS[0],
        seeds: 3,
        executions: 400,
        jobs: NonZeroUsize::MIN,
    };
    let mut done = Vec::new();
    let rows = compare_strategies(&options, &AtomicBool::new(false), |count| done.push(count)).unwrap();
    assert_eq!(done, [1, 2, 3, 4, 5, 6]);
    let any: Vec<StrategyKind> =
        rows.iter().filter(|row| row.signature.is_none()).map(|row| row.strategy).collect();
    assert_eq!(any, options.strategies);
    assert!(rows.iter().all(|row| row.found <= row.seeds && row.seeds == 3));
}
