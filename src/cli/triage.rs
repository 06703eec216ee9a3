//! `procsteal triage`: findings grouped by signature, new ones apart from known ones.

use super::{BadInput, Context, Outcome};
use crate::findings::FindingsDir;
use crate::triage::{Group, KnownBugs, triage};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code 1 means that a signature is there which the list of known bugs does not have.

Example:
  procsteal triage findings --known corpus/known.toml")]
pub(super) struct Arguments {
    /// A findings directory
    #[arg(value_name = "DIR")]
    findings: PathBuf,
    /// The list of known bugs [default: the one that the program was built with]
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
}

fn document(group: &Group) -> serde_json::Value {
    serde_json::json!({
        "signature": group.signature.to_string(),
        "known": group.known.as_ref().map(|bug| &bug.title),
        "findings": group.findings.len(),
        "schedulers": group.schedulers,
        "representative": group.representative().map(|finding| finding.id()),
    })
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let known = match &arguments.known {
        Some(path) => KnownBugs::load(path).map_err(BadInput::of)?,
        None => KnownBugs::committed(),
    };
    let findings =
        FindingsDir::open(&arguments.findings).and_then(|dir| dir.load_all()).map_err(BadInput::of)?;
    let triage = triage(findings, &known);
    if context.output.is_json() {
        let groups: Vec<serde_json::Value> = triage.groups.iter().map(document).collect();
        context.output.json("triage", &serde_json::json!({ "groups": groups, "new": triage.has_news() }))?;
    } else {
        for group in &triage.groups {
            let state = if group.known.is_some() { "known" } else { "NEW  " };
            let schedulers: Vec<String> =
                group.schedulers.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(
                context.output,
                "{state}  {:<48} {}",
                group.signature.to_string(),
                schedulers.join(", ")
            )?;
            if let Some(bug) = &group.known {
                writeln!(context.output, "       {}: {}", bug.title, bug.explanation)?;
            }
            if let Some(finding) = group.representative() {
                writeln!(context.output, "       the smallest: {}", finding.id())?;
            }
        }
        if triage.groups.is_empty() {
            writeln!(context.output, "no findings in {}", arguments.findings.display())?;
        }
    }
    Ok(Outcome::finding_if(triage.has_news()))
}
