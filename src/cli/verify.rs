//! `procsteal verify`: every interleaving within bounds.

use super::bounds::{BoundsArguments, Watch};
use super::input::scheduler;
use super::{BadInput, Context, Outcome, output::Document};
use crate::verify::{Options, Outcome as Verified, Report, TracerScript, verify_on};
use anyhow::Context as _;
use procsteal_reference::Variant;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "\
Exit code 0 is a proof within the bounds, 1 a counterexample, 4 that a limit or Ctrl-C came first.

Examples:
  procsteal verify --scheduler fixed
  procsteal verify --scheduler prefix --preset small --tracer advance
  procsteal verify --preset one-syscall --smallest-switches 0     refuted or proved, as soon as may be
  procsteal verify --scheduler repaired --preset two-syscalls --continue repaired.json")]
pub(super) struct Arguments {
    /// The scheduler
    #[arg(long, default_value = "fixed", value_parser = scheduler)]
    scheduler: &'static Variant,
    /// What main does to the tracer: stop, advance, start, or several as in advance-stop
    #[arg(long, default_value = "stop", value_name = "SCRIPT")]
    tracer: TracerScript,
    #[command(flatten)]
    bounds: BoundsArguments,
    /// Looks for the smallest schedules among those of at most so many switches; without it until they are found, which
    /// can take longer than all else
    #[arg(long, value_name = "SWITCHES", conflicts_with = "switches")]
    smallest_switches: Option<u32>,
    /// Keeps what was explored in FILE, and takes from it what was explored before
    #[arg(long = "continue", value_name = "FILE")]
    state: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let bounds = arguments.bounds.bounds(arguments.tracer.clone())?;
    let options = Options { smallest_switches: arguments.smallest_switches, ..arguments.bounds.options() };
    let earlier = arguments.state.as_deref().map(read_state).transpose()?.flatten();
    if let Some(earlier) = &earlier
        && !earlier.is_like(arguments.scheduler, &bounds, &options)
    {
        let text = "the file given with --continue is of another scheduler, other bounds or another search";
        return Err(BadInput(text.to_owned()).into());
    }
    let watch = Watch::new()?;
    let report = verify_on(arguments.scheduler, &bounds, &options, earlier.as_ref(), &watch)
        .map_err(|error| BadInput(error.to_string()))?;
    watch.clear();
    if let Some(path) = &arguments.state {
        write_state(path, &report)?;
    }
    if context.output.is_json() {
        context.output.json(Document::Verify, &report)?;
    } else {
        print(&report, context)?;
    }
    Ok(match report.outcome {
        Verified::Proved => Outcome::Clean,
        Verified::Refuted | Verified::RefutedAndLimited => Outcome::Finding,
        Verified::Limited => Outcome::Limit,
    })
}

fn print(report: &Report, context: &mut Context) -> anyhow::Result<()> {
    let output = &mut context.output;
    for finding in &report.findings {
        let smallest = if finding.proved_smallest { "smallest" } else { "the smallest found" };
        writeln!(output, "{} on {}, {smallest}:", finding.signature, report.scheduler)?;
        writeln!(output, "{}", finding.schedule)?;
    }
    for (index, scenario) in report.scenarios.iter().enumerate().filter(|(_, scenario)| !scenario.complete) {
        let counts = &scenario.counts;
        let number = index + 1;
        writeln!(
            output,
            "scenario {number} was left after {} states, about {} % of it:",
            counts.states,
            counts.percent()
        )?;
        writeln!(output, "{}", scenario.scenario)?;
    }
    let word = match report.outcome {
        Verified::Proved => "proved: every trace can be parsed",
        Verified::Refuted => "refuted; these are all the signatures",
        Verified::RefutedAndLimited => "refuted; a limit was reached before all was seen",
        Verified::Limited => "no counterexample, but a limit was reached before all was seen",
    };
    writeln!(output, "{}: {word}", report.scheduler)?;
    let whole = report.scenarios.iter().filter(|scenario| scenario.complete).count();
    let totals = report.totals();
    writeln!(
        output,
        "{whole} of {} scenarios, {} states, {} executions, {} traces that differ",
        report.scenarios_in_all, totals.states, totals.executions, totals.distinct_traces,
    )?;
    Ok(())
}

/// The state file: a report, and the program that wrote it. Its steps may differ from those of another version.
#[derive(serde::Serialize, serde::Deserialize)]
struct State {
    program: String,
    report: Report,
}

fn program() -> String {
    format!("procsteal {}", env!("CARGO_PKG_VERSION"))
}

/// What an earlier run left in the file; nothing if there is none.
fn read_state(path: &Path) -> anyhow::Result<Option<Report>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BadInput(format!("{}: {error}", path.display())).into()),
    };
    let state: State = serde_json::from_str(&text)
        .map_err(|error| BadInput(format!("{}: no state of verify: {error}", path.display())))?;
    if state.program != program() {
        return Err(BadInput(format!("{}: written by {}", path.display(), state.program)).into());
    }
    Ok(Some(state.report))
}

fn write_state(path: &Path, report: &Report) -> anyhow::Result<()> {
    let state = State { program: program(), report: report.clone() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).context("the state cannot be kept")?;
    serde_json::to_writer_pretty(&mut file, &state)?;
    file.persist(path).context("the state cannot be kept")?;
    Ok(())
}
