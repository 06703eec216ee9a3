//! Holds the search for smallest schedules to one that knows nothing, to chance, and to what hunts have found.

use super::super::explore::is_settled;
use super::super::frame::Leg;
use super::super::monitor::Monitor;
use super::super::runnable::First;
use super::super::tests::{scenario, scheduler, watching};
use super::super::{Bounds, Options, Quiet, Reduction, TracerAct, TracerScript, explore_scenario, verify};
use super::*;
use crate::execution::Bench;
use crate::minimize::{Cost, KnownSmallest, minimize};
use crate::signature::signature;
use procsteal_reference::{Chooser, Enabled, Op, Pending, Schedule, Switch, ThreadId};
use std::num::NonZeroUsize;
use xxhash_rust::xxh3::xxh3_128;

/// Scenarios that show something with few switches.
const SHOWING: [&str; 3] = [
    "procs 2\nthreads 3\nG1: trace-start, syscall, trace-stop\nsysmon retake P0,P1\n",
    "procs 2\nthreads 3\nG1: trace-start, syscall, trace-advance\nsysmon retake P0,P1\n",
    "procs 2\nthreads 2\nG1: gosched, trace-start, syscall, trace-stop\nsysmon retake P0\n",
];

/// The same findings in the same sizes as a search that gives no state up, which finds none with a switch less.
#[test]
fn what_is_smallest_is_so_for_a_search_that_knows_nothing() {
    let (options, prefix) = (Options::default(), scheduler("prefix"));
    for text in SHOWING {
        let scenario = scenario(text);
        let explored = explore_scenario(prefix, &scenario, &options, &mut watching(&options));
        let mut watch = watching(&options);
        let found = smallest(prefix, &scenario, explored.hindsight, explored.findings, &mut watch);
        assert!(!found.is_empty() && found.values().all(|finding| finding.proved_smallest), "{text}");
        for (name, finding) in &found {
            let blind = |switches| {
                let options = Options { switches: Some(switches), ..Options::default() };
                explore_scenario(prefix, &scenario, &options, &mut watching(&options)).findings
            };
            let switches = finding.switches as u32;
            assert!(switches > 0 && !blind(switches - 1).contains_key(name), "{name}: {text}");
            assert_eq!(blind(switches).get(name).map(Finding::size), Some(finding.size()), "{name}: {text}");
            let schedule: Schedule = finding.schedule.parse().expect("a schedule");
            let recording = Bench::new().record(prefix, &schedule);
            assert_eq!(signature(&recording).as_ref(), Some(name));
        }
    }
}

/// A call of a goroutine's own besides another, which the fix is refuted with.
const REFUTING: &str =
    "procs 2\nthreads 3\nG1: trace-start, go G2, trace-stop\nG2: syscall, syscall\nsysmon retake P0,P1\n";

/// Two goroutines that make a call each, with sysmon.
const TWO_GOROUTINES: &str = "procs 2\nthreads 4\nG1: trace-start, go G2, go G3, trace-stop\nG2: syscall\nG3: syscall\nsysmon retake P0,P1\n";

/// Follows choices to some step, and then asks whether there is hope, where that can be found out.
struct Asker<'h> {
    choices: Vec<ThreadId>,
    until: usize,
    hope: &'h mut dyn Hope,
    monitor: Monitor,
    last: Option<(ThreadId, Pending)>,
    legs: Vec<Leg>,
    answer: Option<bool>,
    whole: bool,
    unsettled: bool,
}

impl<'h> Asker<'h> {
    fn new(choices: Vec<ThreadId>, until: usize, hope: &'h mut dyn Hope) -> Self {
        let (monitor, last, legs) = (Monitor::default(), None, Vec::new());
        Self { choices, until, hope, monitor, last, legs, answer: None, whole: false, unsettled: false }
    }
}

impl Chooser for Asker<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        if let Some((thread, pending)) = self.last.take() {
            self.monitor.step(thread, &pending, enabled.generation(), enabled.only_read());
        }
        let step = enabled.steps() as usize;
        if enabled.traces_are_whole(1) {
            self.whole = true;
            return (enabled.current, 0);
        }
        if step == self.until && !is_settled(enabled) {
            self.unsettled = true;
            return (enabled.current, 0);
        }
        if step == self.until {
            let mut bytes = Vec::new();
            enabled.write_state(&mut bytes);
            self.monitor.write(&mut bytes);
            let (state, steps) = (xxh3_128(&bytes), enabled.steps());
            let at = Elsewhere { state, legs: &self.legs, steps, monitor: &self.monitor };
            self.answer = Some(self.hope.is_left(&at).expect("no limit"));
            return (enabled.current, 0);
        }
        let thread = self.choices[step];
        self.last = enabled.pending(thread).map(|pending| (thread, pending));
        if self.legs.last().is_none_or(|leg| leg.thread != thread) {
            self.legs.push(Leg { from: enabled.steps(), thread });
        }
        (thread, 0)
    }

    fn cuts(&self) -> bool {
        self.whole || self.unsettled || self.answer.is_some()
    }
}

/// The schedule with some switches more, by chance.
fn disturbed(schedule: &Schedule, random: &mut fastrand::Rng) -> Schedule {
    let mut disturbed = schedule.clone();
    for _ in 0..random.usize(1..4) {
        let (thread, to) = (ThreadId(random.u8(0..4)), ThreadId(random.u8(0..4)));
        disturbed.switches.push(Switch { thread, step: random.u16(0..120), to });
    }
    disturbed
}

/// Executions by chance that show something: nowhere on their way may it be given up.
#[test]
fn what_an_execution_by_chance_shows_is_given_up_nowhere_on_its_way() {
    let options = Options::default();
    let (mut bench, mut model) = (Bench::new(), Model::new());
    let on_prefix = SHOWING.map(|text| ("prefix", text));
    let mut unsettled = 0;
    for (name, text) in on_prefix.into_iter().chain([("fixed", REFUTING)]) {
        let (scheduler, scenario) = (scheduler(name), scenario(text));
        let explored = explore_scenario(scheduler, &scenario, &options, &mut watching(&options));
        let Some(Hindsight { mut explorer, names }) = explored.hindsight else { panic!("nothing: {text}") };
        let (mut showing, mut random) = (0, fastrand::Rng::with_seed(1));
        for finding in explored.findings.values().cycle().take(200) {
            let found: Schedule = finding.schedule.parse().expect("a schedule");
            let schedule = disturbed(&found, &mut random);
            let recording = bench.record(scheduler, &schedule);
            let Some(name) = signature(&recording) else { continue };
            showing += 1;
            let choices: Vec<ThreadId> = recording.steps.iter().map(|step| step.thread).collect();
            let mut watch = watching(&options);
            let mut namer = Namer::new(scheduler, &scenario, &mut watch);
            namer.names.clone_from(&names);
            let wanted = number(&mut namer.names, name);
            let mut asking = Asking { explorer: &mut explorer, namer, model: Model::new(), wanted };
            for until in 0..choices.len() {
                let mut asker = Asker::new(choices.clone(), until, &mut asking);
                model.run_with(scheduler, &scenario, &mut asker).expect("no fault");
                unsettled += u32::from(asker.unsettled);
                let given_up = asker.answer == Some(false);
                assert!(!given_up, "step {until} of {schedule}");
                assert!(
                    asker.whole || asker.unsettled || asker.answer.is_some(),
                    "step {until} of {schedule}"
                );
            }
        }
        assert!(showing >= 20, "{showing} executions are too few to mean anything: {text}");
    }
    assert!(unsettled > 0, "no execution has two tokens when tracing is stopped");
}

/// Two calls of one goroutine: the fix is refuted, with more switches than a search could try that knows nothing.
#[test]
fn the_smallest_schedule_against_the_fix_is_proved_to_be_so() {
    let bounds = Bounds { syscalls: 2, ..Bounds::default() };
    let fixed = scheduler("fixed");
    let report = verify(fixed, &bounds, &Options::default(), &Quiet).expect("bounds in range");
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!(finding.signature, "stuck/ProcSteal/retake/stop");
    assert!(finding.proved_smallest);
    assert_eq!((finding.goroutines, finding.syscalls, finding.switches), (1, 2, 6));
    // Of its equals the first to be tried, as for a search that leaves nothing out.
    assert!(finding.schedule.contains("switch M3@49 -> M1\n"), "{}", finding.schedule);
    assert_eq!(compared_with_kept(fixed, &bounds, &report.findings), 0, "what is kept has foreign threads");
    assert_eq!(known_are_no_larger(fixed, &report.findings), 1);
}

/// The search for smallest schedules after an exploration that tries threads in this order: how many states it came to from
/// which it went on, and what it found.
fn searched(text: &str, first: First) -> (usize, BTreeMap<Signature, Finding>) {
    let (options, fixed, scenario) = (Options::default(), scheduler("fixed"), scenario(text));
    let mut explorer = Explorer::new(fixed, &scenario, Reduction::PartialOrder).trying_first(first);
    let mut watch = watching(&options);
    let mut namer = Namer::new(fixed, &scenario, &mut watch);
    explorer.run(&mut Model::new(), &mut namer).1.expect("no limit");
    let findings = std::mem::take(&mut namer.collector.findings);
    let mut watch = watching(&options);
    let collector = Collector::new(fixed, &mut watch);
    let search = Search::new(fixed, &scenario, options.jobs).leaving_out(explorer.touched_by_others());
    let mut levels = Levels { search, collector, model: Model::new(), findings };
    let (explorer, wanted) = (&mut explorer, Shown::NOTHING);
    let mut asking = Asking { explorer, namer, model: Model::new(), wanted };
    levels.go_through(u32::MAX, Hopes::Of(&mut asking));
    (levels.search.reached(), levels.findings)
}

/// Whether there is hope does not depend on which threads an exploration tries first: the search goes on from the same states.
#[test]
fn the_order_in_which_threads_are_tried_gives_nothing_up() {
    let usual = searched(REFUTING, First::Usual);
    assert!(usual.0 > 10_000 && usual.1.values().all(|finding| finding.proved_smallest), "{usual:?}");
    assert_eq!(searched(REFUTING, First::ByChance(1)), usual);
}

/// What is left out comes to the same as something that is not, with no more switches and steps: every different end is
/// reached with as few as by a search that leaves nothing out.
#[test]
fn what_is_left_out_ends_as_something_that_is_not() {
    let options = Options::default();
    let on_prefix = SHOWING.map(|text| ("prefix", text, 3));
    for (name, text, switches) in
        on_prefix.into_iter().chain([("fixed", REFUTING, 3), ("prefix", TWO_GOROUTINES, 2)])
    {
        let (scheduler, scenario) = (scheduler(name), scenario(text));
        let explored = explore_scenario(scheduler, &scenario, &options, &mut watching(&options));
        let Some(Hindsight { explorer, .. }) = explored.hindsight else { panic!("nothing: {text}") };
        let walked = |search: Search<'_>| {
            let (mut search, mut watch) = (search, watching(&options));
            let mut collector = Collector::new(scheduler, &mut watch);
            search.run(switches, &mut Model::new(), &mut collector).expect("no limit");
            (search.counts().executions, search.reached(), search.ends_by_size())
        };
        let all = walked(Search::new(scheduler, &scenario, options.jobs));
        let some =
            walked(Search::new(scheduler, &scenario, options.jobs).leaving_out(explorer.touched_by_others()));
        assert!(10 * some.0 < 9 * all.0 && some.1 < all.1, "too little is left out to mean anything: {text}");
        assert_eq!(some.2, all.2, "{name}: {text}");
    }
}

/// Schedules that hunts have minimized against the smallest there are: those that are kept, and what minimizing makes of
/// the smallest.
#[test]
fn what_hunts_minimize_to_is_no_smaller() {
    let prefix = scheduler("prefix");
    for (act, scenario_text) in [(TracerAct::Stop, SHOWING[0]), (TracerAct::Advance, SHOWING[1])] {
        let bounds = Bounds { tracer: TracerScript(vec![act]), ..Bounds::default() };
        let (options, scenario) = (Options::default(), bounds.scenario(1, &[]));
        assert_eq!(scenario, self::scenario(scenario_text));
        let explored = explore_scenario(prefix, &scenario, &options, &mut watching(&options));
        let mut watch = watching(&options);
        let found = smallest(prefix, &scenario, explored.hindsight, explored.findings, &mut watch);
        let findings: Vec<Finding> = found.into_values().collect();
        assert_eq!(compared_with_kept(prefix, &bounds, &findings), 1, "{scenario_text}");
        assert_eq!(known_are_no_larger(prefix, &findings), findings.len(), "{scenario_text}");
        for finding in &findings {
            let schedule: Schedule = finding.schedule.parse().expect("a schedule");
            let minimized = minimize(&mut Bench::new(), prefix, &schedule).expect("a finding").schedule;
            assert!(is_within(&bounds, &minimized.scenario), "{minimized}");
            is_no_smaller(prefix, &minimized, finding);
        }
    }
}

/// Whether what a scenario does is done within the bounds, threads and sysmon's rounds aside.
fn is_within(bounds: &Bounds, scenario: &Scenario) -> bool {
    let Some((main, made)) = scenario.goroutines.split_first() else { return false };
    let acts: Vec<Op> = main.iter().copied().filter(|op| !matches!(op, Op::Go(_) | Op::Syscall)).collect();
    let whole = bounds.scenario(1, &[]).goroutines.remove(0);
    let whole: Vec<Op> = whole.into_iter().filter(|op| *op != Op::Syscall).collect();
    let calls =
        |script: &[Op]| script.iter().all(|op| *op == Op::Syscall) && script.len() <= bounds.syscalls.into();
    let own = main.iter().filter(|op| **op == Op::Syscall).count();
    // The end of main stops a trace, too.
    let same_acts = acts == whole || whole.strip_suffix(&[Op::TraceStop]) == Some(&acts[..]);
    let few = made.len() <= bounds.goroutines.into() && own <= bounds.syscalls.into();
    scenario.foreign.is_empty() && same_acts && few && made.iter().all(|script| calls(script))
}

fn is_no_smaller(scheduler: &Variant, schedule: &Schedule, smallest: &Finding) {
    let recording = Bench::new().record(scheduler, schedule);
    let name = signature(&recording).expect("a finding");
    assert_eq!(name.to_string(), smallest.signature);
    let other = Finding::new(&name, schedule, recording.execution.steps);
    let size = |finding: &Finding| (finding.scenario_size(), finding.switches);
    assert!(size(&other) >= size(smallest), "a hunt has found a smaller one: {schedule}");
    let scenario = |finding: &Finding| finding.schedule.parse::<Schedule>().expect("a schedule").scenario;
    // Steps can be compared where the same is done.
    assert!(scenario(&other) != scenario(smallest) || other.size() >= smallest.size(), "{schedule}");
}

/// Minimizing counts parts, of which these are some: a smallest schedule in its order is no larger than what is smallest within
/// the bounds by goroutines, syscalls, switches and steps. Says how many there were to compare.
fn known_are_no_larger(scheduler: &Variant, findings: &[Finding]) -> usize {
    let mut compared = 0;
    for finding in findings.iter().filter(|finding| finding.proved_smallest) {
        let name: Signature = finding.signature.parse().expect("a signature");
        let Some(known) = KnownSmallest::committed().find(scheduler, &name) else { continue };
        let proved: Schedule = finding.schedule.parse().expect("a schedule");
        assert!(Cost::of(known) <= Cost::of(&proved), "{name}: {known}");
        compared += 1;
    }
    compared
}

/// Compares kept schedules within the bounds with the findings there. Says how many there were to compare.
fn compared_with_kept(scheduler: &Variant, bounds: &Bounds, findings: &[Finding]) -> usize {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/regressions");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).expect("a folder of kept schedules") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("a kept schedule");
        let schedule: Schedule = text.parse().expect("a schedule");
        let Some(name) = signature(&Bench::new().record(scheduler, &schedule)) else { continue };
        let found = findings.iter().find(|found| found.signature == name.to_string());
        if let Some(found) = found.filter(|_| is_within(bounds, &schedule.scenario)) {
            is_no_smaller(scheduler, &schedule, found);
            compared += 1;
        }
    }
    compared
}

/// What came of executions is put together as if they had been walked one after the other.
#[test]
fn several_threads_walk_what_one_does() {
    let prefix = scheduler("prefix");
    for text in &SHOWING[..2] {
        let scenario = scenario(text);
        let walked = |jobs: usize| {
            let options = Options::default();
            let mut watch = watching(&options);
            let mut collector = Collector::new(prefix, &mut watch);
            let jobs = NonZeroUsize::new(jobs).expect("some");
            let mut search = Search::new(prefix, &scenario, jobs);
            search.run(3, &mut Model::new(), &mut collector).expect("no limit");
            (search.counts(), collector.findings)
        };
        let alone = walked(1);
        assert!(alone.0.executions > 1000 && !alone.1.is_empty(), "{text}");
        assert_eq!(walked(3), alone, "{text}");
    }
}
