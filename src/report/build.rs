//! Builds a report: runs each case on both its schedulers and puts together what there is to say.

use super::diff;
use super::model::{FORMAT_VERSION, Finding, Outcome, Place, Report, Side};
use super::states::States;
use super::timeline::Timeline;
use crate::confirm::Sighting;
use crate::execution::{Bench, Recording, Verdict};
use crate::signature::{Signature, guilty_window, signature};
use crate::story::{Focus, Story, failing_step};
use procsteal_oracle::Explanation;
use procsteal_reference::sites::site;
use procsteal_reference::{Schedule, StepRecord, Variant};

/// A schedule to report on.
#[derive(Clone, Debug)]
pub struct Case {
    /// Names the schedule among others: the name of its file, without the ending.
    pub id: String,
    /// What is run.
    pub schedule: Schedule,
    /// The scheduler that it is about.
    pub scheduler: &'static Variant,
    /// The scheduler that this one is compared with.
    pub other: &'static Variant,
    /// The signature that it is known by, if it is: then the case is as it should be when it still has it.
    pub expected: Option<Signature>,
}

impl Report {
    /// Runs every case on both its schedulers.
    #[must_use]
    pub fn of(cases: &[Case]) -> Self {
        let mut bench = Bench::new();
        let mut findings: Vec<Finding> = cases.iter().map(|case| finding(&mut bench, case)).collect();
        findings.sort_by(|a, b| (&a.signature, &a.id).cmp(&(&b.signature, &b.id)));
        let program_version = env!("CARGO_PKG_VERSION");
        Self { format: FORMAT_VERSION, program_version, findings, comparison: None }
    }

    /// This report, with what the real runtime did beside each finding whose bug was tried there.
    #[must_use]
    pub fn beside(mut self, sightings: &[Sighting]) -> Self {
        for finding in &mut self.findings {
            let of_bug = sightings.iter().filter(|sighting| sighting.signature == finding.signature);
            finding.sightings.extend(of_bug.cloned());
        }
        self
    }

    /// The findings that are not as they should be.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.is_as_expected())
    }
}

fn finding(bench: &mut Bench, case: &Case) -> Finding {
    let guilty = bench.record(case.scheduler, &case.schedule);
    let other = bench.record(case.other, &case.schedule);
    let focus = guilty_window(&guilty).as_ref().map(Focus::from);
    let name = signature(&guilty);
    let event_diff = diff::rows(&guilty, &other);
    Finding {
        id: case.id.clone(),
        title: title(name.as_ref(), case),
        signature: name.as_ref().map_or_else(|| "none".to_owned(), Signature::to_string),
        expected: case.expected.as_ref().map(Signature::to_string),
        schedule: case.schedule.to_string(),
        size: size(&case.schedule),
        first_difference: diff::first_difference(&event_diff),
        event_diff,
        guilty: side(case.scheduler, &guilty, None),
        other: side(case.other, &other, focus),
        sightings: Vec::new(),
        replay: replay(case),
    }
}

fn side(scheduler: &'static Variant, recording: &Recording, focus: Option<Focus>) -> Side {
    let story = Story::of(recording, focus);
    Side {
        scheduler: scheduler.name,
        about: scheduler.about,
        outcome: outcome(recording),
        steps: recording.execution.steps,
        timeline: Timeline::of(recording, &story),
        states: States::of(recording),
        story,
    }
}

fn outcome(recording: &Recording) -> Outcome {
    match &recording.execution.verdict {
        Verdict::Parseable { events } => Outcome::Parseable { events: *events },
        Verdict::Unparseable(unparseable) => {
            let trace = recording.traces.get(unparseable.trace_index).map_or(&[][..], Vec::as_slice);
            Outcome::Unparseable {
                trace: unparseable.trace_index,
                explanation: Box::new(Explanation::new(trace, &unparseable.error)),
                place: failing_step(recording).and_then(|step| place(&recording.steps, step)),
            }
        }
        Verdict::Fault(fault) => Outcome::Fault { message: fault.to_string() },
    }
}

fn place(steps: &[StepRecord], step: usize) -> Option<Place> {
    let site = site(steps.get(step)?.site)?;
    let spec = if site.step.is_empty() {
        site.section.to_owned()
    } else {
        format!("{}/{}", site.section, site.step)
    };
    let file = format!("reference/src/{}", site.file);
    Some(Place { step, function: site.function.to_owned(), spec, file, line: site.line })
}

/// One line from the parts of the signature.
fn title(signature: Option<&Signature>, case: &Case) -> String {
    let scheduler = case.scheduler.name;
    let Some(Signature { code, event, site, tracer }) = signature else {
        return format!("Nothing is wrong on {scheduler}");
    };
    if code == "fault" {
        return format!("The model's run on {scheduler} goes wrong: {event}");
    }
    let what = match code.as_str() {
        "stuck" => format!("{event} waits for what never comes"),
        _ => format!("{event} cannot be read ({code})"),
    };
    let during = match tracer.as_str() {
        "stop" => "tracing stops",
        "advance" => "the generation ends",
        "start" => "tracing starts",
        _ => "the tracer does nothing",
    };
    match site.as_str() {
        "none" => format!("{what}, and no steal of a P explains it"),
        _ => format!("{what}: {during} while {} takes a P", place_of_site(site)),
    }
}

fn place_of_site(site: &str) -> &str {
    match site {
        "retake" => "sysmon (retake)",
        "reacquired" => "a thread back from its syscall (exitsyscallfast)",
        "gcwait" => "a thread on its way into a syscall (entersyscall_gcwait)",
        "stw" => "a stop of the world",
        "foreachp" => "forEachP",
        other => other,
    }
}

fn size(schedule: &Schedule) -> String {
    let scenario = &schedule.scenario;
    let operations: usize = scenario.goroutines.iter().map(Vec::len).sum();
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    [
        count(usize::from(scenario.procs.0), "P"),
        count(scenario.goroutines.len(), "goroutine"),
        count(operations, "operation"),
        count(scenario.sysmon.len(), "round") + " of sysmon",
        count(schedule.switches.len(), "switch").replace("switchs", "switches"),
    ]
    .join(", ")
}

fn replay(case: &Case) -> Vec<String> {
    let (scheduler, other) = (case.scheduler.name, case.other.name);
    vec![
        format!("procsteal replay FILE --scheduler {scheduler} --steps"),
        format!("procsteal diff FILE --left {scheduler} --right {other}"),
        format!("procsteal replay FILE --scheduler {scheduler} --trace trace.out && go tool trace trace.out"),
    ]
}
