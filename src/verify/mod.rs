//! Every interleaving of a scheduler's threads within bounds: a proof that each trace can be parsed, or every way in
//! which one cannot, with a smallest schedule for each.
//!
//! ```
//! use procsteal::verify::{Bounds, Options, Outcome, Quiet, verify};
//! use procsteal_reference::Variant;
//!
//! let prefix = Variant::named("prefix").expect("prefix is a scheduler");
//! let options = Options { switches: Some(1), ..Options::default() };
//! let report = verify(prefix, &Bounds::default(), &options, &Quiet)?;
//! assert_ne!(report.outcome, Outcome::Limited);
//! # Ok::<(), procsteal::verify::BoundsError>(())
//! ```

mod ablate;
mod bounds;
mod cache;
mod counts;
mod explore;
mod frame;
mod futures;
mod lists;
mod monitor;
mod parallel;
mod pasts;
mod report;
mod runnable;
mod shown;
mod smallest;
mod step;
mod store;
mod switches;
#[cfg(test)]
mod tests;
mod touch;
mod visitor;
mod words;

pub use ablate::{Ablation, Hunk, Judgement, ablate};
pub use bounds::{Bounds, BoundsError, PRESETS, TracerAct, TracerScript, TracerScriptError};
pub use counts::Counts;
pub use report::{Finding, Outcome, Report, ScenarioReport};
pub use visitor::Reduction;

use crate::execution::Bench;
use crate::signature::{Signature, signature};
use explore::Explorer;
use procsteal_oracle::Judge;
use procsteal_reference::{Model, Run, Scenario, Schedule, ThreadId, Variant};
use shown::Shown;
use smallest::{Hindsight, smallest};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use switches::Search;
use visitor::{Judged, Visitor};

/// How a verification goes about it, and how far it may go.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Options {
    /// Which orders of steps are tried.
    pub reduction: Reduction,
    /// Only executions with at most so many switches. None: all.
    pub switches: Option<u32>,
    /// The search for a smallest schedule looks at schedules of at most so many switches. None: until it has found one.
    pub smallest_switches: Option<u32>,
    /// Executions after which a scenario is left incomplete.
    pub max_executions: u64,
    /// States after which it is.
    pub max_states: u64,
    /// Bytes of memory after which it is, of those that grow with the search; all jobs share them.
    pub max_bytes: u64,
    /// How many scenarios are explored at a time. Nothing that is found depends on it, but where the limit of memory is.
    pub jobs: NonZeroUsize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reduction: Reduction::PartialOrder,
            switches: None,
            smallest_switches: None,
            max_executions: u64::MAX,
            max_states: u64::MAX,
            // What the machine of a continuous integration can spare.
            max_bytes: 4 << 30,
            jobs: NonZeroUsize::MIN,
        }
    }
}

/// Watches a verification, and can stop it.
pub trait Observer: Sync {
    /// Called now and then, by any of its threads; breaks to stop.
    fn progress(&self, progress: &Progress) -> ControlFlow<()>;
}

/// How far a verification is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Which scenario is explored, from 0.
    pub scenario: usize,
    /// How many there are.
    pub scenarios: usize,
    /// What is done with it.
    pub stage: Stage,
    /// How much of that.
    pub counts: Counts,
}

/// What is done with a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Everything is explored.
    Exploring,
    /// Smallest schedules are looked for, among those of at most so many switches.
    Smallest {
        /// So many.
        switches: u32,
    },
}

/// An observer that neither looks nor stops.
pub struct Quiet;

impl Observer for Quiet {
    fn progress(&self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Explores every scenario within the bounds on a scheduler.
///
/// # Errors
/// Bounds for which the model has no room.
pub fn verify(
    scheduler: &Variant,
    bounds: &Bounds,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Report, BoundsError> {
    verify_on(scheduler, bounds, options, None, observer)
}

/// Goes on from an earlier report on the same scheduler, bounds and kind of search: scenarios that were explored to
/// their end are taken from it.
///
/// # Errors
/// Bounds for which the model has no room.
pub fn verify_on(
    scheduler: &Variant,
    bounds: &Bounds,
    options: &Options,
    earlier: Option<&Report>,
    observer: &dyn Observer,
) -> Result<Report, BoundsError> {
    bounds.check()?;
    let scenarios = bounds.scenarios();
    let (scenarios_in_all, stage) = (scenarios.len(), Stage::Exploring);
    let watch = |index| Watch { index, scenarios: scenarios_in_all, options, observer, stage };
    let sizes = Sizes::default();
    let explored = parallel::map(options.jobs, scenarios.len(), |index| {
        let known = earlier.and_then(|report| report.scenarios.get(index)).filter(|known| known.complete);
        let mut explored = known
            .map(Explored::before)
            .unwrap_or_else(|| explore_scenario(scheduler, &scenarios[index], options, &mut watch(index)));
        if !sizes.are_smallest(&explored.findings) {
            explored.hindsight = None;
        }
        explored
    });
    let mut report = Report::new(scheduler, bounds, options);
    let mut findings = earlier.map(Report::by_signature).unwrap_or_default();
    for (index, (scenario, explored)) in scenarios.iter().zip(explored).enumerate() {
        let is_small = |(signature, found): &(Signature, Finding)| {
            findings.get(signature).is_none_or(|known| found.scenario_size() <= known.scenario_size())
        };
        let small: BTreeMap<_, _> = explored.findings.into_iter().filter(is_small).collect();
        let hindsight = explored.hindsight;
        for (signature, found) in smallest(scheduler, scenario, hindsight, small, &mut watch(index)) {
            let known = findings.entry(signature).or_insert_with(|| found.clone());
            if found.size() < known.size() {
                *known = found;
            }
        }
        report.scenarios.push(ScenarioReport::new(scenario, explored.counts, explored.complete));
    }
    report.conclude(&scenarios, findings);
    Ok(report)
}

/// How large the smallest scenario is that showed a signature so far. What was learnt of a scenario is a lot of memory,
/// and of no use where smaller ones show the same.
#[derive(Default)]
struct Sizes(Mutex<BTreeMap<Signature, (usize, usize)>>);

impl Sizes {
    /// Whether there is a finding that no smaller scenario has shown.
    fn are_smallest(&self, findings: &BTreeMap<Signature, Finding>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (signature, finding) in findings {
            let size = finding.scenario_size();
            let smallest = known.entry(signature.clone()).or_insert(size);
            *smallest = size.min(*smallest);
        }
        findings.iter().any(|(signature, finding)| known.get(signature) == Some(&finding.scenario_size()))
    }
}

/// What one scenario came to.
struct Explored<'a> {
    counts: Counts,
    complete: bool,
    findings: BTreeMap<Signature, Finding>,
    /// For the search for smallest schedules, if there is anything to look for.
    hindsight: Option<Hindsight<'a>>,
}

impl Explored<'_> {
    /// What an earlier run has explored; its findings are known.
    fn before(report: &ScenarioReport) -> Self {
        let (counts, complete) = (report.counts, report.complete);
        Self { counts, complete, findings: BTreeMap::new(), hindsight: None }
    }
}

fn explore_scenario<'a>(
    scheduler: &'a Variant,
    scenario: &'a Scenario,
    options: &Options,
    watch: &mut Watch<'_>,
) -> Explored<'a> {
    let mut model = Model::new();
    if let Some(most) = options.switches {
        let mut collector = Collector::new(scheduler, watch);
        // Scenarios are tried at the same time.
        let mut search = Search::new(scheduler, scenario, NonZeroUsize::MIN);
        let complete = search.run(most, &mut model, &mut collector).is_ok();
        let findings = collector.findings;
        return Explored { counts: search.counts(), complete, findings, hindsight: None };
    }
    let mut explorer = Explorer::new(scheduler, scenario, options.reduction);
    let mut namer = Namer::new(scheduler, scenario, watch);
    let (counts, outcome) = explorer.run(&mut model, &mut namer);
    let (findings, names) = (namer.collector.findings, namer.names);
    let complete = outcome.is_ok();
    let hindsight = (complete && !findings.is_empty()).then(|| Hindsight::new(explorer, names));
    Explored { counts, complete, findings, hindsight }
}

/// Passes progress on, and keeps to the limits.
#[derive(Clone, Copy)]
struct Watch<'a> {
    index: usize,
    scenarios: usize,
    stage: Stage,
    options: &'a Options,
    observer: &'a dyn Observer,
}

/// After so many executions the observer is asked.
const EXECUTIONS_BETWEEN_LOOKS: u64 = 1024;

impl Watch<'_> {
    fn progress(&mut self, counts: &Counts) -> ControlFlow<()> {
        let Options { max_executions, max_states, max_bytes, .. } = *self.options;
        let max_bytes = max_bytes / self.options.jobs.get() as u64;
        if counts.executions >= max_executions || counts.states >= max_states || counts.bytes >= max_bytes {
            return ControlFlow::Break(());
        }
        if !counts.executions.is_multiple_of(EXECUTIONS_BETWEEN_LOOKS) {
            return ControlFlow::Continue(());
        }
        let (scenario, scenarios, stage) = (self.index, self.scenarios, self.stage);
        let progress = Progress { scenario, scenarios, stage, counts: *counts };
        self.observer.progress(&progress)
    }
}

/// Runs schedules again that showed something, and keeps the smallest of each signature.
struct Collector<'a, 'w> {
    scheduler: &'a Variant,
    bench: Bench,
    findings: BTreeMap<Signature, Finding>,
    watch: &'a mut Watch<'w>,
}

impl<'a, 'w> Collector<'a, 'w> {
    fn new(scheduler: &'a Variant, watch: &'a mut Watch<'w>) -> Self {
        Self { scheduler, bench: Bench::new(), findings: BTreeMap::new(), watch }
    }

    /// Runs the schedule; if it shows something, that is kept, and its name returned. `known` is what the caller knows
    /// of it.
    fn look_at(&mut self, schedule: &Schedule, known: Known) -> Option<Signature> {
        let verdict = self.bench.execute(self.scheduler, schedule).verdict;
        if !verdict.is_finding() && known == Known::Nothing {
            return None;
        }
        let recording = self.bench.record(self.scheduler, schedule);
        let signature = signature(&recording).unwrap_or_else(not_replayed);
        let finding = Finding::new(&signature, schedule, recording.execution.steps);
        let known = self.findings.entry(signature.clone()).or_insert_with(|| finding.clone());
        if finding.size() < known.size() {
            *known = finding;
        }
        Some(signature)
    }
}

/// What is known of an execution before it is run again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// A trace of it cannot be parsed, or the model failed.
    Wrong,
    /// Nothing.
    Nothing,
}

/// The name of a finding whose schedule does not show it again: a fault of this module, which must not go unseen.
fn not_replayed() -> Signature {
    let [code, event, site, tracer] = ["fault", "not-replayed", "none", "none"].map(str::to_owned);
    Signature { code, event, site, tracer }
}

impl switches::Visitor for Collector<'_, '_> {
    fn end(&mut self, schedule: Schedule) {
        self.look_at(&schedule, Known::Nothing);
    }

    fn progress(&mut self, counts: &Counts) -> ControlFlow<()> {
        self.watch.progress(counts)
    }
}

/// Judges the traces of an exploration, and turns the choices of those that cannot be parsed into schedules.
struct Namer<'a, 'w> {
    collector: Collector<'a, 'w>,
    judge: Judge,
    scenario: &'a Scenario,
    /// The signatures that were met, each by its number.
    names: Vec<Signature>,
}

impl<'a, 'w> Namer<'a, 'w> {
    fn new(scheduler: &'a Variant, scenario: &'a Scenario, watch: &'a mut Watch<'w>) -> Self {
        let collector = Collector::new(scheduler, watch);
        Self { collector, judge: Judge::default(), scenario, names: Vec::new() }
    }
}

impl Visitor for Namer<'_, '_> {
    fn judge(&mut self, run: &Run<'_>) -> Judged {
        let wrong = run.traces().any(|trace| self.judge.judge(&trace).is_err());
        if wrong { Judged::Wrong } else { Judged::Fine }
    }

    fn wrong(&mut self, choices: &[ThreadId]) -> Shown {
        let schedule = switches::schedule_of(self.collector.scheduler, self.scenario, choices);
        let name = self.collector.look_at(&schedule, Known::Wrong);
        name.map_or(Shown::NOTHING, |name| smallest::number(&mut self.names, name))
    }

    fn progress(&mut self, counts: &Counts) -> ControlFlow<()> {
        self.collector.watch.progress(counts)
    }
}
