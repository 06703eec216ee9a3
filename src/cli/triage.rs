//! `procsteal triage`: findings grouped by signature, new ones apart from known ones.

use super::{BadInput, Context, Outcome, minimize::MinimizeArguments, output::Document};
use crate::findings::{FindingsDir, FindingsError};
use crate::minimize::MinimizeOptions;
use crate::triage::{Adopted, Gathered, Group, KnownBugs, adopt, gather, triage};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "\
Exit code 1 means that a signature is there which the list of known bugs does not have, or an input that makes the
program panic.

Examples:
  procsteal triage findings --known corpus/known.toml
  procsteal triage all --gather fuzz/artifacts --gather findings --adopt corpus/regressions")]
pub(super) struct Arguments {
    /// A findings directory
    #[arg(value_name = "DIR")]
    findings: PathBuf,
    /// The list of known bugs [default: the one that the program was built with]
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// First adds what is in this folder: findings, and artifacts of libFuzzer and AFL++, minimized; may be repeated
    #[arg(long, value_name = "DIR")]
    gather: Vec<PathBuf>,
    /// Writes the smallest schedule of each failure that this folder of schedules does not have
    #[arg(long, value_name = "DIR")]
    adopt: Option<PathBuf>,
    #[command(flatten)]
    minimizing: MinimizeArguments,
}

fn document(group: &Group) -> serde_json::Value {
    serde_json::json!({
        "signature": group.signature.to_string(),
        "known": group.known.as_ref().map(|bug| &bug.title),
        "findings": group.findings.len(),
        "schedulers": group.schedulers,
        "representative": group.representative().map(|finding| finding.id()),
        "representative_extent": group.representative().map(|finding| finding.metadata.extent),
    })
}

/// Gathers what is in the folders; opens the findings directory, which need not be there before.
fn gather_all(
    folders: &[PathBuf],
    findings: &Path,
    minimizing: MinimizeOptions,
) -> Result<(FindingsDir, Gathered), FindingsError> {
    if folders.is_empty() {
        return Ok((FindingsDir::open(findings)?, Gathered::default()));
    }
    let findings = FindingsDir::create(findings)?;
    let mut all = Gathered::default();
    for folder in folders {
        let Gathered { inputs, harmless, panics, limits_reached, troubles } =
            gather(folder, &findings, minimizing)?;
        all.inputs += inputs;
        all.harmless += harmless;
        all.panics.extend(panics);
        all.limits_reached.extend(limits_reached);
        all.troubles.extend(troubles);
    }
    Ok((findings, all))
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let known = match &arguments.known {
        Some(path) => KnownBugs::load(path).map_err(BadInput::of)?,
        None => KnownBugs::committed(),
    };
    let (findings, gathered) =
        gather_all(&arguments.gather, &arguments.findings, arguments.minimizing.options())
            .map_err(BadInput::of)?;
    let triage = triage(findings.load_all().map_err(BadInput::of)?, &known);
    let adopted = match &arguments.adopt {
        Some(corpus) => adopt(&triage, corpus).map_err(BadInput::of)?,
        None => Vec::new(),
    };
    let has_news = triage.has_news() || !gathered.panics.is_empty();
    if context.output.is_json() {
        let groups: Vec<serde_json::Value> = triage.groups.iter().map(document).collect();
        let panics: Vec<_> = gathered
            .panics
            .iter()
            .map(|panic| {
                serde_json::json!({ "file": panic.path, "target": panic.target, "message": panic.message })
            })
            .collect();
        let body = serde_json::json!({
            "groups": groups,
            "new": has_news,
            "gathered": {
                "inputs": gathered.inputs,
                "harmless": gathered.harmless,
                "panics": panics,
                "limits_reached": gathered.limits_reached,
            },
            "adopted": adopted.iter().map(|adopted| &adopted.path).collect::<Vec<_>>(),
        });
        context.output.json(Document::Triage, &body)?;
    } else {
        print_groups(&triage.groups, &mut context.output)?;
        if triage.groups.is_empty() {
            writeln!(context.output, "no findings in {}", arguments.findings.display())?;
        }
        if !arguments.gather.is_empty() {
            print_gathered(&gathered, &mut context.output)?;
        }
        print_adopted(&adopted, &mut context.output)?;
    }
    Ok(Outcome::finding_if(has_news))
}

fn print_groups(groups: &[Group], output: &mut impl Write) -> anyhow::Result<()> {
    for group in groups {
        let state = if group.known.is_some() { "known" } else { "NEW  " };
        let schedulers: Vec<String> =
            group.schedulers.iter().map(|(name, count)| format!("{name} {count}")).collect();
        writeln!(output, "{state}  {:<48} {}", group.signature.to_string(), schedulers.join(", "))?;
        if let Some(bug) = &group.known {
            writeln!(output, "       {}: {}", bug.title, bug.explanation)?;
        }
        if let Some(finding) = group.representative() {
            writeln!(output, "       the smallest: {}", finding.id())?;
            if !finding.metadata.extent.is_minimal() {
                writeln!(output, "       {}", finding.metadata.extent)?;
            }
        }
    }
    Ok(())
}

fn print_gathered(gathered: &Gathered, output: &mut impl Write) -> anyhow::Result<()> {
    writeln!(output, "{} inputs gathered, {} of them harmless", gathered.inputs, gathered.harmless)?;
    for panic in &gathered.panics {
        writeln!(output, "PANIC  {} on {}: {}", panic.target, panic.path.display(), panic.message)?;
    }
    for path in &gathered.limits_reached {
        writeln!(output, "minimize-limit: {} was minimized as far as the limit let it", path.display())?;
    }
    for (path, trouble) in &gathered.troubles {
        writeln!(output, "passed over {}: {trouble}", path.display())?;
    }
    Ok(())
}

fn print_adopted(adopted: &[Adopted], output: &mut impl Write) -> anyhow::Result<()> {
    for Adopted { path, scheduler, signature } in adopted {
        writeln!(output, "new to the corpus: {signature} on {scheduler}, {}", path.display())?;
    }
    Ok(())
}
