//! `procsteal coverage`: how often a hunt takes each numbered step of the specification.

use super::{Context, Outcome, hunt, input, output::Document};
use crate::explore::{CoverageOptions, StrategyKind, coverage};
use procsteal_reference::Variant;
use procsteal_reference::sites::{Site, SiteKind};
use std::collections::BTreeSet;
use std::io::Write;

#[derive(clap::Args)]
#[command(after_help = "\
A step that is never taken is not tested. docs/steps.md says which function of the model has which step.

Examples:
  procsteal coverage
  procsteal coverage --scheduler fixed --strategy pct --executions 20000")]
pub(super) struct Arguments {
    /// The scheduler whose steps are counted
    #[arg(long, default_value = "fixed", value_parser = input::scheduler, value_name = "S")]
    scheduler: &'static Variant,
    /// How to search
    #[arg(long, default_value = "portfolio", value_parser = hunt::strategy)]
    strategy: StrategyKind,
    /// How many executions
    #[arg(long, default_value_t = 5_000, value_name = "N")]
    executions: u64,
    /// Decides what is searched
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let Arguments { scheduler, strategy, executions, seed } = *arguments;
    let counts = coverage(&CoverageOptions { scheduler, strategy, executions, seed });
    let mut counts: Vec<(Site, u64)> = counts.counts().collect();
    // A call counts what its function did for anybody: only own steps tell.
    let taken: BTreeSet<(&str, &str)> = counts
        .iter()
        .filter(|(site, count)| *count > 0 && site.kind == SiteKind::Step)
        .map(|(site, _)| (site.file, site.function))
        .collect();
    // Another version of a function that this scheduler has is nothing that it could take.
    let is_anothers = |site: &Site| {
        let here = (site.file, site.function);
        !taken.contains(&here) && taken.iter().any(|(_, function)| *function == site.function)
    };
    counts.retain(|(site, _)| !is_anothers(site));
    if context.output.is_json() {
        let steps: Vec<_> = counts
            .iter()
            .map(|(site, count)| {
                serde_json::json!({
                    "section": site.section, "step": site.step, "function": site.function,
                    "file": site.file, "line": site.line, "count": count,
                })
            })
            .collect();
        let body = serde_json::json!({
            "scheduler": scheduler.name, "strategy": strategy.name(), "executions": executions,
            "seed": seed, "steps": steps,
        });
        context.output.json(Document::Coverage, &body)?;
        return Ok(Outcome::Clean);
    }
    let output = &mut context.output;
    writeln!(
        output,
        "{:>10}  {:<6} {:<5} {:<28} line of reference/src",
        "count", "spec", "step", "function"
    )?;
    for (site, count) in &counts {
        let place = format!("{}:{}", site.file, site.line);
        writeln!(output, "{count:>10}  {:<6} {:<5} {:<28} {place}", site.section, site.step, site.function)?;
    }
    let never = counts.iter().filter(|(_, count)| *count == 0).count();
    writeln!(
        output,
        "{} numbered lines, {never} never taken in {executions} executions of {strategy} on {}",
        counts.len(),
        scheduler.name
    )?;
    Ok(Outcome::Clean)
}
