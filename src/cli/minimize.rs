//! `procsteal minimize`: the smallest schedule with the same signature.

use super::input::{self, ScheduleArgument};
use super::{BadInput, Context, Outcome, output::Document};
use crate::execution::Bench;
use crate::findings::write_atomically;
use crate::minimize::{Known, MAX_TRIALS, MinimizeError, MinimizeOptions, TrialLimit, minimize_with};
use procsteal_reference::Variant;
use std::io::Write;
use std::path::PathBuf;

/// How to minimize, for every command that does.
#[derive(clap::Args)]
pub(super) struct MinimizeArguments {
    /// Executions that minimizing one schedule may take; what it has by then is kept
    #[arg(long, default_value_t = MAX_TRIALS, value_name = "N")]
    minimize_limit: u32,
    /// Whether the smallest schedule that is known for scheduler and signature is the result, if it still shows that
    #[arg(long, default_value = "use", value_name = "WHETHER")]
    known_smallest: KnownArgument,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum KnownArgument {
    Use,
    Ignore,
}

impl KnownArgument {
    pub(super) const fn get(self) -> Known {
        match self {
            Self::Use => Known::Use,
            Self::Ignore => Known::Ignore,
        }
    }
}

impl MinimizeArguments {
    pub(super) fn options(&self) -> MinimizeOptions {
        MinimizeOptions { limit: TrialLimit(self.minimize_limit), known: self.known_smallest.get() }
    }
}

#[derive(clap::Args)]
#[command(after_help = "\
Exit code 4 means that the limit was reached: the schedule is the smallest until then.

Example:
  procsteal minimize crash-1234.bin --scheduler prefix --out small.sched")]
pub(super) struct Arguments {
    #[command(flatten)]
    schedule: ScheduleArgument,
    /// The scheduler on which it fails
    #[arg(long, default_value = "prefix", value_parser = input::scheduler)]
    scheduler: &'static Variant,
    /// Where to write it, as text, or as bytes to a .bin file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    minimizing: MinimizeArguments,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let schedule = arguments.schedule.read()?;
    let options = arguments.minimizing.options();
    let minimized = minimize_with(&mut Bench::new(), arguments.scheduler, &schedule, options)
        .map_err(|error @ MinimizeError::NothingWrong { .. }| anyhow::Error::from(BadInput::of(error)))?;
    let text = minimized.schedule.to_string();
    if let Some(path) = &arguments.out {
        let is_bin = path.extension().is_some_and(|extension| extension == "bin");
        let bytes = if is_bin { minimized.schedule.to_byte_vec() } else { text.clone().into_bytes() };
        write_atomically(path, &bytes).map_err(BadInput::of)?;
    }
    if context.output.is_json() {
        let body = serde_json::json!({
            "scheduler": arguments.scheduler.name,
            "signature": minimized.signature.to_string(),
            "schedule": text,
            "size_before": minimized.before,
            "size": minimized.after,
            "executions": minimized.trials,
            "extent": minimized.extent,
        });
        context.output.json(Document::Minimize, &body)?;
    } else {
        if arguments.out.is_none() {
            write!(context.output, "{text}")?;
        }
        writeln!(
            context.output,
            "# {} on {}, {} executions",
            minimized.signature, arguments.scheduler.name, minimized.trials
        )?;
        if !minimized.extent.is_minimal() {
            writeln!(context.output, "# {}", minimized.extent)?;
        }
    }
    Ok(if minimized.extent.is_minimal() { Outcome::Finding } else { Outcome::Limit })
}
