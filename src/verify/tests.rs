//! Holds the reduction to the exploration without it, its dependence relation to the model, and both to chance.

use super::explore::Explorer;
use super::runnable::First;
use super::visitor::Reduction;
use super::*;
use procsteal_reference::{Access, Chooser, Enabled};
use std::collections::BTreeSet;

pub(super) fn scheduler(name: &str) -> &'static Variant {
    Variant::named(name).expect("a scheduler of that name")
}

pub(super) fn scenario(text: &str) -> Scenario {
    let schedule: Schedule = format!("procsteal schedule v1\n{text}").parse().expect("a schedule");
    schedule.scenario
}

/// Main is its own victim: it leaves its P behind in a syscall, and sysmon takes it.
const ALONE: &str = "procs 2\nthreads 2\nG1: gosched, trace-start, syscall, trace-stop\nsysmon retake P0\n";

/// The same while the generation ends, and not tracing.
const ADVANCED: &str =
    "procs 2\nthreads 2\nG1: gosched, trace-start, syscall, trace-advance\nsysmon retake P0\n";

/// The generation ends, and then tracing stops.
const TWO_ACTS: &str =
    "procs 2\nthreads 2\nG1: gosched, trace-start, syscall, trace-advance, trace-stop\nsysmon retake P0\n";

/// The world is stopped while tracing is.
const WORLD_STOPPED: &str =
    "procs 2\nthreads 2\nG1: trace-start, go G2, trace-stop\nG2: stop-the-world\nsysmon retake P0\n";

/// A goroutine makes a syscall while tracing stops, and nobody takes its P.
const UNDISTURBED: &str = "procs 2\nthreads 3\nG1: trace-start, go G2, trace-stop\nG2: syscall\n";

/// Tracing starts behind a syscall that main has made, and a steal may still be under way.
const STARTED: &str = "procs 2\nthreads 2\nG1: syscall, trace-start, syscall\nsysmon retake P0\n";

/// Four threads and two goroutines: Ps pass from one syscall to another.
const CROWDED: &str =
    "procs 2\nthreads 4\nG1: trace-start, go G2, go G3, trace-stop\nG2: syscall\nG3: gosched\n";

/// Everything that steals Ps, while the generation ends.
const BUSY: &str = "procs 2\nthreads 5\nG1: trace-start, go G2, go G3, go G4, trace-advance, trace-stop\n\
    G2: syscall, syscall\nG3: syscall\nG4: stop-the-world\nsysmon retake P0,P1 preempt P1\nsysmon retake P0,P1\n";

pub(super) fn watching(options: &Options) -> Watch<'_> {
    Watch { index: 0, scenarios: 1, stage: Stage::Exploring, options, observer: &Quiet }
}

fn explore<'a>(scheduler: &'a Variant, scenario: &'a Scenario, reduction: Reduction) -> Explored<'a> {
    let options = Options { reduction, ..Options::default() };
    let mut watch = watching(&options);
    let explored = explore_scenario(scheduler, scenario, &options, &mut watch);
    assert!(explored.complete);
    explored
}

#[test]
fn the_reduction_loses_no_trace_and_no_signature() {
    let alone = ["prefix", "fixed", "repaired"].map(|name| (name, ALONE));
    let advanced = ["prefix", "fixed", "repaired"].map(|name| (name, ADVANCED));
    let others = [
        ("prefix", STARTED),
        ("prefix", UNDISTURBED),
        ("prefix", TWO_ACTS),
        ("fixed", TWO_ACTS),
        ("fixed", WORLD_STOPPED),
    ];
    for (name, text) in alone.into_iter().chain(advanced).chain(others) {
        let scenario = scenario(text);
        let all = explore(scheduler(name), &scenario, Reduction::StatesOnly);
        let some = explore(scheduler(name), &scenario, Reduction::PartialOrder);
        assert_eq!(some.counts.distinct_traces, all.counts.distinct_traces, "{name}: {text}");
        let signatures = |explored: &Explored| explored.findings.keys().cloned().collect::<Vec<_>>();
        assert_eq!(signatures(&some), signatures(&all), "{name}: {text}");
        assert!(some.counts.executions < all.counts.executions);
    }
}

#[test]
fn prefix_is_refuted_where_fixed_is_proved() {
    let scenario = scenario(ALONE);
    let findings = explore(scheduler("prefix"), &scenario, Reduction::PartialOrder).findings;
    let names: Vec<String> = findings.keys().map(ToString::to_string).collect();
    assert!(names.contains(&"stuck/GoSyscallEndBlocked/retake/stop".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("fault/")), "{names:?}");
    for name in ["fixed", "repaired"] {
        assert!(explore(scheduler(name), &scenario, Reduction::PartialOrder).findings.is_empty());
    }
}

/// The steal is written under a token of the generation that was stopped; what the victim does meanwhile is traced
/// nowhere, but decides whether the steal succeeds.
#[test]
fn what_is_not_traced_can_matter_to_who_still_has_a_token() {
    let twice = scenario(
        "procs 2\nthreads 3\nG1: trace-start, go G2, trace-stop\nG2: syscall, syscall\nsysmon retake P0,P1\n",
    );
    let findings = explore(scheduler("fixed"), &twice, Reduction::PartialOrder).findings;
    let names: Vec<String> = findings.keys().map(ToString::to_string).collect();
    assert!(names.contains(&"stuck/ProcSteal/retake/stop".to_owned()), "{names:?}");
    assert!(explore(scheduler("repaired"), &twice, Reduction::PartialOrder).findings.is_empty());
}

#[test]
fn a_smallest_schedule_is_replayed_to_its_signature() {
    let options = Options { switches: Some(3), ..Options::default() };
    let report = verify(scheduler("prefix"), &Bounds::default(), &options, &Quiet).expect("bounds in range");
    assert_eq!(report.outcome, Outcome::Refuted);
    for finding in &report.findings {
        let schedule: Schedule = finding.schedule.parse().expect("a schedule");
        let recording = Bench::new().record(scheduler("prefix"), &schedule);
        assert_eq!(signature(&recording).map(|name| name.to_string()), Some(finding.signature.clone()));
        assert_eq!(schedule.switches.len(), finding.switches);
        assert_eq!(recording.execution.steps, finding.steps);
    }
}

#[test]
fn neither_the_number_of_jobs_nor_an_earlier_run_changes_what_is_found() {
    let bounds = Bounds { syscalls: 2, threads: 2, ..Bounds::default() };
    let prefix = scheduler("prefix");
    let two = Options { jobs: NonZeroUsize::MIN.saturating_add(1), ..Options::default() };
    let alone = verify(prefix, &bounds, &Options::default(), &Quiet).expect("bounds in range");
    let together = verify(prefix, &bounds, &two, &Quiet).expect("bounds in range");
    assert_eq!(alone.scenarios.len(), 4);
    assert_eq!((&alone.scenarios, &alone.findings), (&together.scenarios, &together.findings));
    let again =
        verify_on(prefix, &bounds, &Options::default(), Some(&alone), &Quiet).expect("bounds in range");
    assert_eq!(again, alone);
    let cut = Options { max_executions: 1, ..Options::default() };
    let part = verify(prefix, &bounds, &cut, &Quiet).expect("bounds in range");
    assert!(
        part.is_like(prefix, &bounds, &Options::default())
            && !part.is_like(scheduler("fixed"), &bounds, &cut)
    );
    assert_eq!(part.outcome, Outcome::Limited);
}

#[test]
fn a_limit_is_not_a_proof() {
    let options = Options { max_executions: 10, ..Options::default() };
    let report = verify(scheduler("fixed"), &Bounds::default(), &options, &Quiet).expect("bounds in range");
    assert_eq!(report.outcome, Outcome::Limited);
    assert!(!report.scenarios[0].complete);
}

#[test]
fn an_ablation_that_was_cut_short_concludes_nothing() {
    let options = Options { max_executions: 10, switches: Some(3), ..Options::default() };
    let stop: TracerScript = "stop".parse().expect("a script");
    let ablation = ablate(&Bounds::default(), &[stop], &options, &Quiet).expect("bounds in range");
    assert_eq!(ablation.cells.len(), 8);
    for judgement in &ablation.judgements {
        assert!(!judgement.complete);
        assert_eq!(judgement.changes_nothing(), None);
    }
    assert!(ablation.to_markdown().contains("in part: a limit was reached"));
}

/// One of these threads, by chance.
pub(super) fn any_of(threads: u16, state: u64, seed: u64) -> ThreadId {
    let all: Vec<u8> = (0..u16::BITS as u8).filter(|slot| threads & 1 << slot != 0).collect();
    ThreadId(all[fastrand::Rng::with_seed(state ^ seed).usize(..all.len())])
}

/// Which thread is tried first in a state decides which executions stand for the others, and nothing else. What is cut
/// off at the end of an execution must not be missed, whichever way it came there.
#[test]
fn what_is_found_does_not_depend_on_which_thread_is_tried_first() {
    for (name, text) in [
        ("prefix", UNDISTURBED),
        ("fixed", UNDISTURBED),
        ("fixed", TWO_ACTS),
        ("fixed", STARTED),
        ("fixed", CROWDED),
    ] {
        let scenario = scenario(text);
        let found = |first| {
            let options = Options::default();
            let mut watch = watching(&options);
            let mut namer = Namer::new(scheduler(name), &scenario, &mut watch);
            let explorer = Explorer::new(scheduler(name), &scenario, Reduction::PartialOrder);
            let (counts, outcome) = explorer.trying_first(first).run(&mut Model::new(), &mut namer);
            assert_eq!(outcome, Ok(()));
            (counts.distinct_traces, namer.collector.findings.into_keys().collect::<Vec<_>>())
        };
        let usual = found(First::Usual);
        for seed in 0..3 {
            assert_eq!(found(First::ByChance(seed)), usual, "{name}, seed {seed}: {text}");
        }
    }
}

/// Chooses by chance, and cuts the run as an exploration does.
struct Chance {
    random: fastrand::Rng,
    choices: Vec<ThreadId>,
    cut: bool,
}

impl Chooser for Chance {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.cut = enabled.traces_are_whole(1);
        let early = !enabled.goroutines_were_made();
        let awake: Vec<ThreadId> =
            enabled.runnable().filter(|m| !(early && *m == runnable::SYSMON)).collect();
        // Now and then the thread goes on, so that runs differ in more than their first steps.
        let goes_on = awake.contains(&enabled.current) && self.random.u8(..) < 160;
        let by_chance = awake.get(self.random.usize(..awake.len().max(1))).copied();
        let thread = if goes_on { enabled.current } else { by_chance.unwrap_or(enabled.current) };
        self.choices.push(thread);
        (thread, 0)
    }

    fn cuts(&self) -> bool {
        self.cut
    }
}

fn by_chance(scheduler: &Variant, scenario: &Scenario, seed: u64) -> (u64, Vec<ThreadId>) {
    let mut chance = Chance { random: fastrand::Rng::with_seed(seed), choices: Vec::new(), cut: false };
    let mut model = Model::new();
    let digest = model.run_with(scheduler, scenario, &mut chance).expect("no fault").digest();
    (digest, chance.choices)
}

#[test]
fn no_random_execution_writes_a_trace_that_the_exploration_has_not_seen() {
    for (name, text, least) in [("prefix", UNDISTURBED, 4), ("fixed", CROWDED, 20)] {
        let scenario = scenario(text);
        let variant = scheduler(name);
        let options = Options::default();
        let mut watch = watching(&options);
        let mut namer = Namer::new(variant, &scenario, &mut watch);
        let mut explorer = Explorer::new(variant, &scenario, Reduction::PartialOrder);
        let (counts, outcome) = explorer.run(&mut Model::new(), &mut namer);
        assert_eq!(outcome, Ok(()));
        let mut seen = BTreeSet::new();
        for seed in 0..1000 {
            let (digest, _) = by_chance(variant, &scenario, seed);
            assert!(explorer.has_seen(digest), "{name}, seed {seed}: a trace that was not explored: {text}");
            seen.insert(digest);
        }
        assert!(seen.len() >= least && seen.len() as u64 <= counts.distinct_traces, "{}: {text}", seen.len());
    }
}

/// Follows choices, and remembers what its last two steps touched and the state after them.
struct Follower<'a> {
    choices: &'a [ThreadId],
    touched: Vec<Access>,
    runnable: Vec<ThreadId>,
    state: Vec<u8>,
    done: bool,
    astray: bool,
}

impl<'a> Follower<'a> {
    fn run(scheduler: &Variant, scenario: &Scenario, choices: &'a [ThreadId]) -> Self {
        let (touched, runnable, state) = (Vec::new(), Vec::new(), Vec::new());
        let mut follower = Self { choices, touched, runnable, state, done: false, astray: false };
        let _fault = Model::new().run_with(scheduler, scenario, &mut follower).err();
        follower
    }
}

impl Chooser for Follower<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let step = enabled.steps() as usize;
        if let Some(last) = self.touched.last_mut() {
            if enabled.only_read() {
                *last = Access { reads: last.reads.union(last.writes), ..Access::NONE };
            }
            *last = last.and(enabled.touched());
        }
        let Some(choice) = self.choices.get(step) else {
            self.runnable = enabled.runnable().collect();
            enabled.write_state(&mut self.state);
            self.done = true;
            return (enabled.current, 0);
        };
        self.astray = !enabled.is_runnable(*choice);
        self.touched.push(enabled.next_access(*choice));
        (*choice, 0)
    }

    fn cuts(&self) -> bool {
        self.done || self.astray
    }
}

/// If two steps say that they touch nothing in common, their order must not matter: this finds steps that touch more
/// than they say, and states that leave out what matters.
#[test]
fn steps_that_touch_nothing_in_common_commute() {
    let scenario = scenario(BUSY);
    let mut pairs = 0;
    for (seed, name) in (0..24).zip(["prefix", "fixed", "repaired"].into_iter().cycle()) {
        let variant = scheduler(name);
        let (_, choices) = by_chance(variant, &scenario, seed);
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..40 {
            let path = choices[..random.usize(..choices.len())].to_vec();
            let runnable = Follower::run(variant, &scenario, &path).runnable;
            for (first, second) in
                runnable.iter().flat_map(|p| runnable.iter().map(move |q| (*p, *q))).filter(|(p, q)| p < q)
            {
                let depth = path.len();
                let in_order: Vec<ThreadId> = path.iter().copied().chain([first, second]).collect();
                let swapped: Vec<ThreadId> = path.iter().copied().chain([second, first]).collect();
                let one = Follower::run(variant, &scenario, &in_order);
                let other = Follower::run(variant, &scenario, &swapped);
                if !one.done || !other.done || one.touched[depth].conflicts(one.touched[depth + 1]) {
                    continue;
                }
                pairs += 1;
                assert_eq!(
                    one.state, other.state,
                    "seed {seed}, {name}: {first} and {second} after {depth} steps"
                );
            }
        }
    }
    assert!(pairs > 500, "{pairs} pairs are too few to mean anything");
}
