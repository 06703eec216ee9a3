//! `procsteal events`: the ordered events of a trace.

use super::{BadInput, Context, Outcome, input};
use procsteal_oracle::{Judge, gtl1};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  procsteal events trace.out | head
  procsteal events trace.out | grep ProcSteal")]
pub(super) struct Arguments {
    /// A Go execution trace; `-` is standard input
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let bytes = input::trace(&arguments.trace)?;
    let verdict = Judge::new().judge(&bytes);
    if context.output.is_json() {
        let mut lines = Vec::new();
        gtl1::write(&bytes, &mut lines)?;
        let text = String::from_utf8(lines).map_err(|_| BadInput("the events are no text".to_owned()))?;
        let lines: Vec<&str> = text.lines().collect();
        context.output.json("events", &serde_json::json!({ "events": lines }))?;
    } else {
        gtl1::write(&bytes, &mut context.output)?;
    }
    Ok(Outcome::finding_if(verdict.is_err()))
}
