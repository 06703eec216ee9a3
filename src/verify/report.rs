//! What a verification came to, as data.

use super::{Bounds, Counts, Options};
use crate::signature::Signature;
use procsteal_reference::{Op, Scenario, Schedule, Variant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a verification came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The scheduler, by name.
    pub scheduler: String,
    /// How large the scenarios were.
    pub bounds: Bounds,
    /// How they were explored.
    pub options: Options,
    /// What is known now.
    pub outcome: Outcome,
    /// The scenarios that were explored, in order.
    pub scenarios: Vec<ScenarioReport>,
    /// How many there are within the bounds.
    pub scenarios_in_all: usize,
    /// Every signature that was found, in alphabetical order.
    pub findings: Vec<Finding>,
}

/// What is known at the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every trace that a scenario within the bounds can write can be parsed.
    Proved,
    /// Some trace cannot be parsed; the findings are all there are within the bounds.
    Refuted,
    /// Some trace cannot be parsed; there may be more findings than those that were met before a limit.
    RefutedAndLimited,
    /// A limit was reached before anything was found.
    Limited,
}

/// One scenario of a verification.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// The scenario, as a schedule without switches.
    pub scenario: String,
    /// What was explored of it.
    pub counts: Counts,
    /// Whether that is everything.
    pub complete: bool,
}

/// A signature that exists within the bounds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// Its name.
    pub signature: String,
    /// A schedule that shows it, for `replay`.
    pub schedule: String,
    /// Goroutines of the schedule, main not counted.
    pub goroutines: usize,
    /// The syscalls of all, main included.
    pub syscalls: usize,
    /// Its switches.
    pub switches: usize,
    /// The steps of its run.
    pub steps: u32,
    /// Whether no schedule of a scenario within the bounds that is as small shows it with fewer switches, or as many and
    /// fewer steps, and no smaller scenario shows it.
    pub proved_smallest: bool,
}

impl Report {
    pub(super) fn new(scheduler: &Variant, bounds: &Bounds, options: &Options) -> Self {
        Self {
            scheduler: scheduler.name.to_owned(),
            bounds: bounds.clone(),
            options: options.clone(),
            outcome: Outcome::Limited,
            scenarios: Vec::new(),
            scenarios_in_all: 0,
            findings: Vec::new(),
        }
    }

    pub(super) fn conclude(&mut self, scenarios: &[Scenario], findings: BTreeMap<Signature, Finding>) {
        let complete = self.scenarios.len() >= scenarios.len()
            && self.scenarios.iter().all(|scenario| scenario.complete);
        self.scenarios_in_all = scenarios.len();
        self.findings = findings.into_values().collect();
        for finding in &mut self.findings {
            // A scenario that is as small, and was not explored to its end, could show it with less.
            let mut rivals = scenarios.iter().zip(&self.scenarios);
            finding.proved_smallest &=
                rivals.all(|(rival, known)| known.complete || scenario_size(rival) > finding.scenario_size());
        }
        self.outcome = match (complete, self.findings.is_empty()) {
            (true, true) => Outcome::Proved,
            (true, false) => Outcome::Refuted,
            (false, true) => Outcome::Limited,
            (false, false) => Outcome::RefutedAndLimited,
        };
    }

    /// Whether a verification like this one can go on from this report.
    #[must_use]
    pub fn is_like(&self, scheduler: &Variant, bounds: &Bounds, options: &Options) -> bool {
        let kind = |options: &Options| (options.reduction, options.switches, options.smallest_switches);
        self.scheduler == scheduler.name && self.bounds == *bounds && kind(&self.options) == kind(options)
    }

    pub(super) fn by_signature(&self) -> BTreeMap<Signature, Finding> {
        let named = |finding: &Finding| Some((finding.signature.parse().ok()?, finding.clone()));
        self.findings.iter().filter_map(named).collect()
    }

    /// The sums over all scenarios; the longest execution is the longest of all.
    #[must_use]
    pub fn totals(&self) -> Counts {
        self.scenarios.iter().fold(Counts::default(), |sum, scenario| sum.and(&scenario.counts))
    }
}

/// Goroutines, main not counted, and the syscalls of all.
pub(super) fn scenario_size(scenario: &Scenario) -> (usize, usize) {
    let scripts = &scenario.goroutines;
    let is_syscall = |op: &&Op| matches!(op, Op::Syscall | Op::SyscallBlock);
    (scripts.len().saturating_sub(1), scripts.iter().flatten().filter(is_syscall).count())
}

impl ScenarioReport {
    pub(super) fn new(scenario: &Scenario, counts: Counts, complete: bool) -> Self {
        let schedule = Schedule { scenario: scenario.clone(), switches: Vec::new() };
        Self { scenario: schedule.to_string(), counts, complete }
    }
}

impl Finding {
    pub(super) fn new(signature: &Signature, schedule: &Schedule, steps: u32) -> Self {
        let (goroutines, syscalls) = scenario_size(&schedule.scenario);
        Self {
            signature: signature.to_string(),
            schedule: schedule.to_string(),
            goroutines,
            syscalls,
            switches: schedule.switches.len(),
            steps,
            proved_smallest: false,
        }
    }

    /// The part of its size that is its scenario's.
    pub(super) const fn scenario_size(&self) -> (usize, usize) {
        (self.goroutines, self.syscalls)
    }

    /// What makes one finding smaller than another, the most important first.
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize, u32) {
        (self.goroutines, self.syscalls, self.switches, self.steps)
    }
}
