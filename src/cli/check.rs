//! `procsteal check`: the oracle on real traces.

use super::{Context, Outcome, input};
use procsteal_oracle::{Error, Judge};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  procsteal check trace.out
  procsteal check *.trace --json")]
pub(super) struct Arguments {
    /// Go execution traces; `-` is standard input
    #[arg(required = true, value_name = "TRACE")]
    traces: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Checked {
    file: String,
    parseable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Rejection>,
}

#[derive(Serialize)]
struct Rejection {
    code: &'static str,
    message: String,
    generation: Option<u64>,
    offset: u64,
    expected: String,
    found: String,
    advice: &'static str,
    waiting: Vec<procsteal_oracle::Waiting>,
}

impl Rejection {
    fn of(error: &Error) -> Self {
        let place = error.place();
        Self {
            code: error.code(),
            message: error.phrase(),
            generation: place.generation.map(|generation| generation.0),
            offset: place.offset,
            expected: error.expected(),
            found: error.found(),
            advice: error.advice(),
            waiting: error.stuck().map(|stuck| stuck.waiting().to_vec()).unwrap_or_default(),
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let mut judge = Judge::new();
    let mut documents = Vec::new();
    let mut rejected = false;
    for path in &arguments.traces {
        let bytes = input::trace(path)?;
        let file = path.display().to_string();
        let verdict = judge.judge(&bytes);
        rejected |= verdict.is_err();
        if context.output.is_json() {
            documents.push(match &verdict {
                Ok(accepted) => Checked { file, parseable: true, events: Some(accepted.events), error: None },
                Err(error) => {
                    Checked { file, parseable: false, events: None, error: Some(Rejection::of(error)) }
                }
            });
            continue;
        }
        match verdict {
            Ok(accepted) => writeln!(context.output, "{file}: parseable, {} events", accepted.events)?,
            Err(error) => {
                writeln!(context.output, "{file}: unparseable: {error}")?;
                explain(&mut context.output, &error)?;
            }
        }
    }
    if context.output.is_json() {
        context.output.json("check", &serde_json::json!({ "traces": documents }))?;
    }
    Ok(Outcome::finding_if(rejected))
}

fn explain(output: &mut impl Write, error: &Error) -> std::io::Result<()> {
    writeln!(output, "  code      {}", error.code())?;
    writeln!(output, "  expected  {}", error.expected())?;
    writeln!(output, "  found     {}", error.found())?;
    for waiting in error.stuck().map(procsteal_oracle::Stuck::waiting).unwrap_or_default() {
        writeln!(output, "  {}", waiting)?;
    }
    writeln!(output, "  {}", error.advice())
}
