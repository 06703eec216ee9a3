//! `procsteal replay`: one schedule, one scheduler.

use super::input::{self, ScheduleArgument};
use super::present::{describe, explanation, story};
use super::{BadInput, Context, Outcome, output::Document};
use crate::execution::{Bench, Recording, Verdict};
use crate::signature::signature;
use procsteal_oracle::gtl1;
use procsteal_reference::sites::site;
use procsteal_reference::{StepRecord, Variant};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  procsteal replay finding.sched
  procsteal replay finding.sched --scheduler fixed --steps
  procsteal replay finding.sched --trace trace.out && go tool trace trace.out")]
pub(super) struct Arguments {
    #[command(flatten)]
    schedule: ScheduleArgument,
    /// The scheduler to run it on
    #[arg(long, default_value = "prefix", value_parser = input::scheduler)]
    scheduler: &'static Variant,
    /// Prints every step
    #[arg(long)]
    steps: bool,
    /// Tells what happened: the steps that matter, and one paragraph
    #[arg(long)]
    story: bool,
    /// Prints the events of the traces, in the form GTL1
    #[arg(long)]
    events: bool,
    /// Writes the Go trace here; of several traces the one that cannot be parsed, or else the first
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// A verdict as data.
#[derive(Serialize)]
pub(super) struct VerdictDocument {
    pub(super) parseable: bool,
    pub(super) signature: Option<String>,
    pub(super) code: Option<String>,
    pub(super) message: String,
}

impl VerdictDocument {
    pub(super) fn of(recording: &Recording) -> Self {
        let verdict = &recording.execution.verdict;
        Self {
            parseable: !verdict.is_finding(),
            signature: signature(recording).map(|signature| signature.to_string()),
            code: match verdict {
                Verdict::Unparseable(unparseable) => Some(unparseable.error.code().to_owned()),
                Verdict::Fault(_) => Some("fault".to_owned()),
                Verdict::Parseable { .. } => None,
            },
            message: describe(verdict),
        }
    }
}

#[derive(Serialize)]
struct StepDocument {
    thread: String,
    index: u32,
    function: &'static str,
    section: &'static str,
    step: &'static str,
    action: String,
    object: String,
    value: u64,
}

impl StepDocument {
    fn of(step: &StepRecord) -> Self {
        let site = site(step.site);
        Self {
            thread: step.thread.to_string(),
            index: step.index,
            function: site.map_or("", |site| site.function),
            section: site.map_or("", |site| site.section),
            step: site.map_or("", |site| site.step),
            action: step.verb.to_string(),
            object: step.object.to_string(),
            value: step.value,
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let schedule = arguments.schedule.read()?;
    let recording = Bench::new().record(arguments.scheduler, &schedule);
    if let Some(path) = &arguments.trace {
        write_trace(path, &recording)?;
    }
    if context.output.is_json() {
        print_json(arguments, &recording, context)?;
    } else {
        print_text(arguments, &recording, context)?;
    }
    Ok(Outcome::finding_if(recording.execution.verdict.is_finding()))
}

fn write_trace(path: &std::path::Path, recording: &Recording) -> anyhow::Result<()> {
    let index = match &recording.execution.verdict {
        Verdict::Unparseable(unparseable) => unparseable.trace_index,
        _ => 0,
    };
    let trace = recording.traces.get(index).ok_or_else(|| {
        BadInput("the schedule never starts tracing, so there is no trace to write".to_owned())
    })?;
    std::fs::write(path, trace).map_err(BadInput::file(path, "written"))?;
    Ok(())
}

fn event_lines(recording: &Recording) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for trace in &recording.traces {
        gtl1::write(trace, &mut lines)?;
    }
    Ok(String::from_utf8_lossy(&lines).lines().map(str::to_owned).collect())
}

fn print_json(arguments: &Arguments, recording: &Recording, context: &mut Context) -> anyhow::Result<()> {
    let steps: Option<Vec<StepDocument>> =
        arguments.steps.then(|| recording.steps.iter().map(StepDocument::of).collect());
    let events = if arguments.events { Some(event_lines(recording)?) } else { None };
    let body = serde_json::json!({
        "scheduler": arguments.scheduler.name,
        "verdict": VerdictDocument::of(recording),
        "step_count": recording.execution.steps,
        "steps": steps,
        "events": events,
    });
    context.output.json(Document::Replay, &body)
}

fn print_text(arguments: &Arguments, recording: &Recording, context: &mut Context) -> anyhow::Result<()> {
    let output = &mut context.output;
    if arguments.steps {
        for step in recording.steps.iter().map(StepDocument::of) {
            let place = format!("{} {} {}", step.function, step.section, step.step);
            let thread = format!("{}@{}", step.thread, step.index);
            writeln!(output, "{thread:<8} {place:<42} {} {} = {}", step.action, step.object, step.value)?;
        }
    }
    if arguments.events {
        for line in event_lines(recording)? {
            writeln!(output, "{line}")?;
        }
    }
    writeln!(output, "{}: {}", arguments.scheduler.name, describe(&recording.execution.verdict))?;
    if let Some(signature) = signature(recording) {
        writeln!(output, "signature {signature}")?;
    }
    if arguments.story { story(output, recording) } else { explanation(output, recording) }
}
