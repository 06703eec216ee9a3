//! `procsteal survey`: how small minimizing makes what is found.

use super::hunt::cancel_on_ctrl_c;
use super::progress::Line;
use super::{Context, Outcome, input, minimize::MinimizeArguments, output::Document};
use crate::explore::{Minima, SurveyOptions, survey_minima};
use crate::minimize::{KnownSmallest, Size};
use crate::signature::Signature;
use procsteal_reference::{Schedule, Variant};
use std::collections::BTreeMap;
use std::io::Write;

#[derive(clap::Args)]
#[command(after_help = "\
A table in Markdown: of so many findings of each signature, how many are minimized to as few parts as the smallest schedule
that is known, how many to as few as the smallest of all, how many to the very same schedule, to how many different ones, and
how long a core works on one. --json has the schedules.

Examples:
  procsteal survey --scheduler prefix --findings 1000
  procsteal survey --scheduler prefix --known-smallest ignore   how good passes and search are by themselves")]
pub(super) struct Arguments {
    /// The scheduler
    #[arg(long, default_value = "prefix", value_parser = input::scheduler)]
    scheduler: &'static Variant,
    /// Findings of each signature, at most
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    findings: u64,
    /// Executions of the hunt that finds them, at most
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    executions: u64,
    /// Seed of that hunt
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    #[command(flatten)]
    minimizing: MinimizeArguments,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let Arguments { scheduler, findings, executions, seed, ref minimizing } = *arguments;
    let minimizing = minimizing.options();
    let options = SurveyOptions { scheduler, findings, executions, seed, minimizing };
    let cancel = cancel_on_ctrl_c()?;
    let mut line = Line::new();
    let minima = survey_minima(&options, &cancel, |done| {
        line.show(&format!("{done} of {executions} executions"));
    })?;
    line.clear();
    if context.output.is_json() {
        let rows: Vec<_> =
            minima.iter().map(|(signature, minima)| document(scheduler, signature, minima)).collect();
        context.output.json(Document::Survey, &serde_json::json!({ "signatures": rows }))?;
    } else {
        print(scheduler, &minima, context)?;
    }
    Ok(Outcome::Clean)
}

fn document(scheduler: &Variant, signature: &Signature, minima: &Minima) -> serde_json::Value {
    let results: Vec<_> = minima
        .results
        .values()
        .map(|(schedule, count)| serde_json::json!({ "schedule": schedule.to_string(), "findings": count }))
        .collect();
    let known = KnownSmallest::committed().find(scheduler, signature);
    serde_json::json!({
        "signature": signature.to_string(),
        "results": results,
        "known": known.map(Schedule::to_string),
        "limits_reached": minima.limits_reached,
    })
}

const HEADINGS: &str = "\
| signature | findings | known | as known | fewest parts | as few | the same | results | median core ms | longest core ms |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

fn print(
    scheduler: &Variant,
    minima: &BTreeMap<Signature, Minima>,
    context: &mut Context,
) -> anyhow::Result<()> {
    let output = &mut context.output;
    writeln!(output, "{HEADINGS}")?;
    for (signature, minima) in minima {
        let Some(smallest) = minima.smallest() else { continue };
        let parts = Size::of(smallest).parts();
        let (found, few, same) = (minima.findings(), minima.with_fewest_parts(), minima.equal_to_smallest());
        let known = KnownSmallest::committed().find(scheduler, signature);
        let (known, as_known) = known.map_or(("-".to_owned(), "-".to_owned()), |known| {
            (Size::of(known).parts().to_string(), minima.no_larger_than(known).to_string())
        });
        let milliseconds = |at: usize| minima.times.get(at).map_or(0, std::time::Duration::as_millis);
        let (median, longest) =
            (milliseconds(minima.times.len() / 2), milliseconds(minima.times.len().saturating_sub(1)));
        let results = minima.results.len();
        writeln!(
            output,
            "| {signature} | {found} | {known} | {as_known} | {parts} | {few} | {same} | {results} | {median} | {longest} |"
        )?;
    }
    for (signature, minima) in minima.iter().filter(|(_, minima)| minima.limits_reached > 0) {
        let (reached, found) = (minima.limits_reached, minima.findings());
        writeln!(output, "\nminimize-limit: {reached} of the {found} findings of {signature} reached it")?;
    }
    Ok(())
}
