//! `procsteal report`: the differential report on a findings directory, in every form.

use super::input::named_scheduler;
use super::{BadInput, Context, Outcome, output::Document};
use crate::confirm::Sighting;
use crate::findings::{Finding, FindingsDir, write_atomically};
use crate::report::{Case, Colours, Format as _, Report, Terminal, formats};
use serde::Deserialize;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "\
Writes report.html, report.md, report.txt, report.json, JUnit XML and SARIF.

Examples:
  procsteal report findings --out report
  procsteal report findings --baseline last-week/findings
  procsteal --json confirm > confirmed.json && procsteal report findings --confirmed confirmed.json")]
pub(super) struct Arguments {
    /// A findings directory
    #[arg(value_name = "DIR")]
    findings: PathBuf,
    /// Where the report is written
    #[arg(long, default_value = "report", value_name = "DIR")]
    out: PathBuf,
    /// An older findings directory to compare with
    #[arg(long, value_name = "DIR")]
    baseline: Option<PathBuf>,
    /// What `confirm --json` printed: shown beside the findings whose bug was tried
    #[arg(long, value_name = "FILE")]
    confirmed: Option<PathBuf>,
}

/// The part of the document of `confirm` that reports show.
#[derive(Deserialize)]
struct Confirmed {
    sightings: Vec<Sighting>,
}

fn sightings(path: &Path) -> anyhow::Result<Vec<Sighting>> {
    let bytes = std::fs::read(path).map_err(BadInput::file(path, "read"))?;
    let document: Confirmed = serde_json::from_slice(&bytes)
        .map_err(|error| BadInput(format!("{}: not the JSON of `confirm`: {error}", path.display())))?;
    Ok(document.sightings)
}

fn report_on(path: &Path) -> anyhow::Result<Report> {
    let findings = FindingsDir::open(path).and_then(|dir| dir.load_all()).map_err(BadInput::of)?;
    let cases = findings.iter().map(case).collect::<anyhow::Result<Vec<Case>>>()?;
    Ok(Report::of(&cases))
}

/// A finding of `prefix` is compared with `fixed`, and one of any other scheduler with `prefix`.
fn case(finding: &Finding) -> anyhow::Result<Case> {
    let name = finding.metadata.scheduler.as_str();
    Ok(Case {
        id: finding.id().to_owned(),
        schedule: finding.schedule.clone(),
        scheduler: named_scheduler(name)?,
        other: named_scheduler(if name == "prefix" { "fixed" } else { "prefix" })?,
        expected: Some(finding.signature.clone()),
    })
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let mut report = report_on(&arguments.findings)?;
    if let Some(baseline) = &arguments.baseline {
        report = report.against(&report_on(baseline)?);
    }
    if let Some(path) = &arguments.confirmed {
        report = report.beside(&sightings(path)?);
    }
    let out = &arguments.out;
    std::fs::create_dir_all(out).map_err(BadInput::file(out, "made"))?;
    let mut written = Vec::new();
    for format in formats() {
        let mut bytes = Vec::new();
        format.write(&report, &mut bytes)?;
        let path = out.join(format.file_name());
        write_atomically(&path, &bytes).map_err(BadInput::of)?;
        written.push(path);
    }
    if context.output.is_json() {
        context.output.json(Document::Report, &serde_json::json!({ "files": written, "report": report }))?;
    } else {
        let colourless = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colours =
            if std::io::stdout().is_terminal() && !colourless { Colours::Always } else { Colours::Never };
        Terminal { width: super::present::width(), colours }.write(&report, &mut context.output)?;
        let page =
            written.first().map_or_else(|| out.display().to_string(), |path| path.display().to_string());
        writeln!(context.output, "the report is in {page}, and in other forms beside it")?;
    }
    let news = report.comparison.as_ref().is_some_and(|comparison| !comparison.new.is_empty());
    Ok(Outcome::finding_if(news))
}
