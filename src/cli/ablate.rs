//! `procsteal ablate`: every subset of the fix's three hunks, against everything the tracer does.

use super::bounds::{BoundsArguments, Watch};
use super::{BadInput, Context, Outcome, output::Document};
use crate::verify::{TracerScript, ablate};
use anyhow::Context as _;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code 4 says that a limit or Ctrl-C came before the whole table was known.

Example:
  procsteal ablate --tracer stop,advance --out ablation.md")]
pub(super) struct Arguments {
    /// What main does to the tracer, script after script
    #[arg(
        long,
        default_value = "stop,advance,start,advance-stop",
        value_delimiter = ',',
        value_name = "SCRIPTS"
    )]
    tracer: Vec<TracerScript>,
    #[command(flatten)]
    bounds: BoundsArguments,
    /// Also writes the table, as Markdown, to FILE
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let bounds = arguments.bounds.bounds(TracerScript(Vec::new()))?;
    let watch = Watch::new()?;
    let ablation = ablate(&bounds, &arguments.tracer, &arguments.bounds.options(), &watch)
        .map_err(|error| BadInput(error.to_string()))?;
    watch.clear();
    let text = ablation.to_markdown();
    if let Some(path) = &arguments.out {
        std::fs::write(path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if context.output.is_json() {
        context.output.json(Document::Ablate, &ablation)?;
    } else {
        write!(context.output, "{text}")?;
    }
    Ok(if ablation.is_complete() { Outcome::Clean } else { Outcome::Limit })
}
