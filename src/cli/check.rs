//! `procsteal check`: the oracle on real traces.

use super::{BadInput, Context, Outcome, input, output::Document, present};
use crate::findings::write_atomically;
use crate::report::trace_report;
use procsteal_oracle::{Error, ErrorKind, Explanation, Judge};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  procsteal check trace.out
  procsteal check *.trace --json")]
pub(super) struct Arguments {
    /// Go execution traces; `-` is standard input
    #[arg(required = true, value_name = "TRACE")]
    traces: Vec<PathBuf>,
    /// Also writes a page about each trace into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
}

/// A page with the timeline around the failure, and what waits for what.
fn write_page(folder: &Path, path: &Path, trace: &[u8]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).map_err(BadInput::file(folder, "made"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut page = Vec::new();
    trace_report(trace, &name).write_html(&mut page)?;
    write_atomically(&folder.join(format!("{name}.html")), &page).map_err(BadInput::of)?;
    Ok(())
}

#[derive(Serialize)]
struct Checked {
    file: String,
    parseable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let mut judge = Judge::new();
    let mut documents = Vec::new();
    let (mut rejected, mut undecided) = (0, 0);
    let (mut unreadable, mut no_traces) = (0, 0);
    for path in &arguments.traces {
        let bytes = match input::trace(path) {
            Ok(bytes) => bytes,
            // One file that is not there must not hide what the others are.
            Err(error) => {
                unreadable += 1;
                context.output.flush()?;
                writeln!(std::io::stderr(), "procsteal: {error:#}")?;
                continue;
            }
        };
        if let Some(folder) = &arguments.report {
            write_page(folder, path, &bytes)?;
        }
        let file = path.display().to_string();
        let verdict = judge.judge(&bytes);
        let is_too_much = |error: &Error| matches!(error.kind(), ErrorKind::TooMuchWaiting { .. });
        undecided += usize::from(verdict.as_ref().is_err_and(is_too_much));
        let outcome = input::outcome_of(&verdict);
        no_traces += usize::from(outcome == Outcome::NoInput);
        rejected += usize::from(outcome == Outcome::Finding);
        if context.output.is_json() {
            documents.push(match &verdict {
                Ok(accepted) => {
                    Checked { file, parseable: true, events: Some(accepted.events), explanation: None }
                }
                Err(error) => Checked {
                    file,
                    parseable: false,
                    events: None,
                    explanation: Some(Explanation::new(&bytes, error)),
                },
            });
            continue;
        }
        match verdict {
            Ok(accepted) => writeln!(context.output, "{file}: parseable, {} events", accepted.events)?,
            Err(error) => {
                let explanation = Explanation::new(&bytes, &error).to_string();
                writeln!(context.output, "{}", present::fit(&format!("{file}: unparseable: {explanation}")))?;
            }
        }
    }
    if context.output.is_json() {
        context.output.json(Document::Check, &serde_json::json!({ "traces": documents }))?;
    }
    if unreadable > 0 {
        let message = format!("{unreadable} of {} traces cannot be read", arguments.traces.len());
        return Err(BadInput(message).into());
    }
    if no_traces > 0 {
        return Ok(Outcome::NoInput);
    }
    // A trace that the oracle gave up may be readable: that is no finding, and not nothing either.
    Ok(if undecided == rejected && undecided > 0 {
        Outcome::Limit
    } else {
        Outcome::finding_if(rejected > 0)
    })
}
