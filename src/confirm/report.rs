//! What was confirmed, as data and as a Markdown table.

use std::fmt::Write;

use serde::Serialize;

use super::experiment::Experiment;
use super::run::Tally;
use super::scheduler::Scheduler;

/// The version of the report's JSON form.
pub(super) const FORMAT_VERSION: u32 = 1;

/// Everything that was tried on one Go release.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmReport {
    /// The version of this form.
    pub format_version: u32,
    /// The release whose runtime was edited.
    pub go_version: String,
    /// The release whose reader judged beside the oracle.
    pub go_reader: Option<String>,
    /// The experiments with delays.
    pub experiments: Vec<ExperimentResult>,
    /// The experiments without.
    pub plain: Vec<ExperimentResult>,
}

/// What came of one experiment.
#[derive(Clone, Debug, Serialize)]
pub struct ExperimentResult {
    /// The experiment.
    pub experiment: &'static Experiment,
    /// Whether the claim held.
    pub outcome: Outcome,
    /// The counts, runtime by runtime.
    pub runtimes: Vec<RuntimeResult>,
}

/// What came of one experiment on one runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuntimeResult {
    /// The runtime.
    pub scheduler: Scheduler,
    /// What the model expects.
    pub expected: Expected,
    /// What is different from the experiment, if this is its [`Control`](super::Control).
    pub difference: Option<&'static str>,
    /// The counts.
    pub tally: Tally,
}

/// What the model expects of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// The failure.
    Breaks,
    /// No such failure.
    Holds,
}

/// Whether the real runtime did as the model says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Seen in each runtime in which it is expected, and in no other.
    Confirmed,
    /// Seen in some of the runtimes in which it is expected, and in no other.
    ConfirmedInPart,
    /// Seen in none of the runtimes in which it is expected.
    NotSeen,
    /// Expected in no runtime, and seen in none.
    Absent,
    /// Seen in a runtime in which it is not expected.
    InControl,
    /// There is no expectation: the counts are the result.
    Counted,
    /// It needs a C compiler, and there is none.
    NoCompiler,
}

impl Outcome {
    /// The words for a report.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::ConfirmedInPart => "confirmed in part",
            Self::NotSeen => "not seen",
            Self::Absent => "absent, as expected",
            Self::InControl => "seen in the control",
            Self::Counted => "counted",
            Self::NoCompiler => "not tried: there is no C compiler",
        }
    }
}

impl RuntimeResult {
    /// The runtime as a report names it.
    pub(super) fn name(&self) -> String {
        match self.difference {
            Some(difference) => format!("{}, {difference}", self.scheduler),
            None => self.scheduler.to_string(),
        }
    }

    /// The runs whose failure is the experiment's.
    pub(super) fn seen(&self, experiment: &Experiment) -> u32 {
        self.tally.failures.get(experiment.failure()).map_or(0, |failure| failure.runs)
    }
}

impl ExperimentResult {
    pub(super) fn new(experiment: &'static Experiment, runtimes: Vec<RuntimeResult>) -> Self {
        let outcome = judge_outcome(experiment, &runtimes);
        Self { experiment, outcome, runtimes }
    }

    pub(super) fn without_compiler(experiment: &'static Experiment) -> Self {
        Self { experiment, outcome: Outcome::NoCompiler, runtimes: Vec::new() }
    }
}

fn judge_outcome(experiment: &Experiment, runtimes: &[RuntimeResult]) -> Outcome {
    if experiment.signature.starts_with("any/") {
        return Outcome::Counted;
    }
    let seen_in = |expected: Expected| {
        let these = runtimes.iter().filter(move |runtime| runtime.expected == expected);
        (these.clone().filter(|runtime| runtime.seen(experiment) > 0).count(), these.count())
    };
    let (control_seen, _) = seen_in(Expected::Holds);
    match seen_in(Expected::Breaks) {
        _ if control_seen > 0 => Outcome::InControl,
        (0, 0) => Outcome::Absent,
        (0, _) => Outcome::NotSeen,
        (seen, all) if seen == all => Outcome::Confirmed,
        _ => Outcome::ConfirmedInPart,
    }
}

impl ConfirmReport {
    /// Whether a failure was seen in a runtime in which it is not expected, or the two readers disagreed.
    #[must_use]
    pub fn has_surprise(&self) -> bool {
        let results = self.experiments.iter().chain(&self.plain);
        results.flat_map(|result| &result.runtimes).any(|runtime| !runtime.tally.disagreements.is_empty())
            || self.experiments.iter().any(|result| result.outcome == Outcome::InControl)
    }

    /// The report as Markdown: one table of the experiments with delays, one of those without.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = writeln!(text, "Go {}", self.go_version);
        let _ = writeln!(text);
        text.push_str(
            "| experiment | signature | result | runtime | runs | with this failure | other failures |\n",
        );
        text.push_str("| --- | --- | --- | --- | ---: | ---: | --- |\n");
        for result in &self.experiments {
            write_rows(&mut text, result);
        }
        if !self.plain.is_empty() {
            text.push_str("\nWithout delays:\n\n");
            text.push_str("| experiment | runtime | traces | unreadable | failures |\n");
            text.push_str("| --- | --- | ---: | ---: | --- |\n");
        }
        for result in &self.plain {
            for runtime in &result.runtimes {
                let (name, tally) = (result.experiment.name, &runtime.tally);
                let _ = writeln!(
                    text,
                    "| {name} | {} | {} | {} | {} |",
                    runtime.scheduler,
                    tally.traces,
                    tally.unreadable_traces,
                    other_failures(tally, "")
                );
            }
        }
        text
    }
}

fn write_rows(text: &mut String, result: &ExperimentResult) {
    let experiment = result.experiment;
    if result.runtimes.is_empty() {
        let (name, signature, outcome) = (experiment.name, experiment.signature, result.outcome.words());
        let _ = writeln!(text, "| {name} | {signature} | {outcome} | | 0 | | |");
    }
    for (index, runtime) in result.runtimes.iter().enumerate() {
        let (name, signature, outcome) = match index {
            0 => (experiment.name, experiment.signature, result.outcome.words()),
            _ => ("", "", ""),
        };
        let control = if runtime.expected == Expected::Holds { " (control)" } else { "" };
        let tally = &runtime.tally;
        let seen = runtime.seen(experiment);
        let _ = writeln!(
            text,
            "| {name} | {signature} | {outcome} | {}{control} | {} | {seen} ({}) | {} |",
            runtime.name(),
            tally.runs,
            percent(seen, tally.runs),
            other_failures(tally, experiment.failure())
        );
    }
}

fn percent(part: u32, whole: u32) -> String {
    // Tenths of a per cent, rounded down, without floating point.
    let tenths = u64::from(part) * 1_000 / u64::from(whole.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Every failure but the one called `but`, with its count, and the crashes.
fn other_failures(tally: &Tally, but: &str) -> String {
    let mut parts: Vec<String> = tally
        .failures
        .iter()
        .filter(|(kind, _)| *kind != but)
        .map(|(kind, failure)| format!("{kind}: {}", failure.runs))
        .collect();
    if !tally.crashes.is_empty() {
        parts.push(format!("crashes: {}", tally.crashes.len()));
    }
    if !tally.disagreements.is_empty() {
        parts.push(format!("readers disagree: {}", tally.disagreements.len()));
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confirm::experiments;
    use crate::confirm::run::Failure;

    fn tally(runs: u32, failures: &[(&str, u32)]) -> Tally {
        let failures = failures
            .iter()
            .map(|&(kind, runs)| (kind.to_owned(), Failure { runs, ..Failure::default() }))
            .collect();
        Tally { runs, traces: runs, failures, ..Tally::default() }
    }

    fn result(name: &str, seen: &[&[(&str, u32)]]) -> ExperimentResult {
        let experiment = experiments::all().find(|experiment| experiment.name == name).unwrap();
        let breaks = experiment.breaks.iter().map(|&scheduler| (scheduler, Expected::Breaks));
        let holds = experiment.holds.iter().map(|&scheduler| (scheduler, Expected::Holds));
        let runtimes = breaks
            .chain(holds)
            .zip(seen)
            .map(|((scheduler, expected), failures)| RuntimeResult {
                scheduler,
                expected,
                difference: None,
                tally: tally(30, failures),
            })
            .collect();
        ExperimentResult::new(experiment, runtimes)
    }

    const STUCK: &[(&str, u32)] = &[("stuck/GoSyscallEndBlocked", 7)];

    #[test]
    fn the_outcome_depends_on_where_the_failure_was_seen() {
        let outcome = |seen: &[&[(&str, u32)]]| result("retake-stop", seen).outcome;
        assert_eq!(outcome(&[STUCK, STUCK, &[], &[]]), Outcome::Confirmed);
        assert_eq!(outcome(&[STUCK, &[], &[], &[]]), Outcome::ConfirmedInPart);
        assert_eq!(outcome(&[&[], &[], &[], &[]]), Outcome::NotSeen);
        assert_eq!(outcome(&[STUCK, STUCK, STUCK, &[]]), Outcome::InControl);
        assert_eq!(outcome(&[&[("stuck/ProcSteal", 1)], &[], &[], &[]]), Outcome::NotSeen);
        assert_eq!(result("gcwait-stop", &[&[], &[], &[]]).outcome, Outcome::Absent);
        assert_eq!(result("gcwait-stop", &[&[], STUCK, &[]]).outcome, Outcome::InControl);
    }

    #[test]
    fn markdown_has_a_row_for_each_runtime() {
        let report = ConfirmReport {
            format_version: FORMAT_VERSION,
            go_version: "1.22.10".to_owned(),
            go_reader: None,
            experiments: vec![result("retake-stop", &[STUCK, STUCK, &[], &[("stuck/ProcSteal", 1)]])],
            plain: Vec::new(),
        };
        assert_eq!(
            report.to_markdown(),
            "Go 1.22.10\n\n\
             | experiment | signature | result | runtime | runs | with this failure | other failures |\n\
             | --- | --- | --- | --- | ---: | ---: | --- |\n\
             | retake-stop | stuck/GoSyscallEndBlocked/retake/stop | confirmed | prefix | 30 | 7 (23.3 %) | none |\n\
             |  |  |  | fixed-retake | 30 | 7 (23.3 %) | none |\n\
             |  |  |  | fixed (control) | 30 | 0 (0.0 %) | none |\n\
             |  |  |  | prefix+retake (control) | 30 | 0 (0.0 %) | stuck/ProcSteal: 1 |\n"
        );
        assert!(!report.has_surprise());
    }

    #[test]
    fn json_is_what_its_schema_says() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.schema.json");
        let schema: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let own = serde_json::json!({ "$ref": "#/$defs/experiment", "$defs": schema["$defs"] });
        let validator = jsonschema::validator_for(&own).unwrap();
        let needs_c = experiments::all().find(|experiment| experiment.name == "needm-start").unwrap();
        let mut with_control = result("inject-advance", &[&[], STUCK]);
        with_control.runtimes[0].difference = Some("delay after the transition");
        for result in
            [result("retake-stop", &[STUCK]), with_control, ExperimentResult::without_compiler(needs_c)]
        {
            let document = serde_json::to_value(result).unwrap();
            let faults: Vec<String> =
                validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
            assert_eq!(faults, [""; 0]);
        }
    }

    #[test]
    fn json_names_schedulers_as_the_command_line_does() {
        let json = serde_json::to_value(result("retake-stop", &[STUCK, STUCK, &[], &[]])).unwrap();
        assert_eq!(json["runtimes"][1]["scheduler"], "fixed-retake");
        assert_eq!(json["runtimes"][2]["expected"], "holds");
        assert_eq!(json["outcome"], "confirmed");
        assert_eq!(json["experiment"]["pauses"][0]["site"], "retake-after-swap");
    }
}
