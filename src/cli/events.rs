//! `procsteal events`: the ordered events of a trace.

use super::{Context, Outcome, input, output::Document};
use procsteal_oracle::{Judge, chrome, gtl1, jsonl};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  procsteal events trace.out | grep ProcSteal
  procsteal events trace.out --format json | jq .kind
  procsteal events trace.out --format chrome > trace.json   for ui.perfetto.dev")]
pub(super) struct Arguments {
    /// A Go execution trace; `-` is standard input
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
    /// What to print; --json puts the lines of gtl1 into one document
    #[arg(long, value_enum, default_value_t = EventFormat::Gtl1)]
    format: EventFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum EventFormat {
    /// One line an event, made to compare readers; the last line is the verdict
    Gtl1,
    /// One JSON object a line
    Json,
    /// The Chrome JSON trace format, which Perfetto shows
    Chrome,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let bytes = input::trace(&arguments.trace)?;
    let output = &mut context.output;
    if output.is_json() {
        let mut lines = Vec::new();
        gtl1::write(&bytes, &mut lines)?;
        let text = String::from_utf8_lossy(&lines);
        let lines: Vec<&str> = text.lines().collect();
        output.json(Document::Events, &serde_json::json!({ "events": lines }))?;
        return Ok(input::outcome_of(&Judge::new().judge(&bytes)));
    }
    let verdict = match arguments.format {
        EventFormat::Gtl1 => {
            gtl1::write(&bytes, output)?;
            Judge::new().judge(&bytes).map(|accepted| accepted.events)
        }
        EventFormat::Json => jsonl::write(&bytes, output)?,
        EventFormat::Chrome => chrome::write(&bytes, output)?,
    };
    if let (Err(error), EventFormat::Json | EventFormat::Chrome) = (&verdict, arguments.format) {
        output.flush()?;
        // The events are on standard output; why there are no more of them is not one.
        let _ = writeln!(std::io::stderr(), "{}: unparseable: {error}", arguments.trace.display());
    }
    Ok(input::outcome_of(&verdict))
}
