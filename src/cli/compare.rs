//! `procsteal strategies --compare`: how soon each strategy finds each signature.

use super::hunt::{cancel_on_ctrl_c, strategy};
use super::progress::Line;
use super::{BadInput, Context, Outcome, input, lists, output::Document};
use crate::explore::{
    CompareOptions, HuntOptions, Median, Row, STRATEGIES, StrategyKind, compare_strategies,
};
use std::io::Write;
use std::num::NonZeroUsize;

#[derive(clap::Args)]
#[command(after_help = "\
With --compare every strategy hunts once with each seed, and a table in Markdown says after how many executions it
first found what, and how many seconds a core worked until then: medians with 95 % intervals by order statistics, `-` for
more than were made.

Examples:
  procsteal strategies
  procsteal strategies --compare --scheduler fixed --executions 20000")]
pub(super) struct Arguments {
    /// Compares the strategies instead of listing them
    #[arg(long)]
    compare: bool,
    /// On which scheduler
    #[arg(long, default_value = "prefix", value_name = "S", requires = "compare")]
    scheduler: String,
    /// Strategies, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_parser = strategy, value_name = "S", requires = "compare")]
    strategy: Vec<StrategyKind>,
    /// Hunts with each strategy
    #[arg(long, default_value_t = 200, value_name = "N", requires = "compare")]
    seeds: u64,
    /// Executions of each hunt
    #[arg(long, default_value_t = 10_000, value_name = "N", requires = "compare")]
    executions: u64,
    /// Threads to search with [default: one for each core]
    #[arg(long, value_name = "N", requires = "compare")]
    jobs: Option<NonZeroUsize>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    if !arguments.compare {
        return lists::strategies(context);
    }
    let scheduler = input::scheduler(&arguments.scheduler)
        .map_err(|error| BadInput(format!("{:?}: {error}", arguments.scheduler)))?;
    let mut strategies = arguments.strategy.clone();
    if strategies.is_empty() {
        strategies.extend(STRATEGIES.iter().map(|(kind, _)| *kind));
    }
    let hunts = arguments.seeds * strategies.len() as u64;
    let options = CompareOptions {
        strategies,
        scheduler,
        seeds: arguments.seeds,
        executions: arguments.executions,
        jobs: arguments.jobs.unwrap_or(HuntOptions::default().jobs),
    };
    let cancel = cancel_on_ctrl_c()?;
    let mut line = Line::new();
    let rows = compare_strategies(&options, &cancel, |done| line.show(&format!("{done} of {hunts} hunts")))?;
    line.clear();
    if context.output.is_json() {
        let rows: Vec<_> = rows.iter().map(document).collect();
        context.output.json(Document::StrategiesCompare, &serde_json::json!({ "rows": rows }))?;
    } else {
        print(&rows, context)?;
    }
    Ok(Outcome::Clean)
}

fn name(row: &Row) -> String {
    row.signature.as_ref().map_or("any".to_owned(), ToString::to_string)
}

fn document(row: &Row) -> serde_json::Value {
    let median = |median: &Median| serde_json::json!([median.low, median.median, median.high]);
    serde_json::json!({
        "strategy": row.strategy.name(),
        "signature": row.signature.as_ref().map(ToString::to_string),
        "found": row.found,
        "seeds": row.seeds,
        "executions": median(&row.executions),
        "microseconds": median(&row.microseconds),
    })
}

/// The median and its interval, or `-` where more hunts than that found nothing.
fn text(median: &Median, unit: f64, digits: usize) -> String {
    let number = |value: Option<u64>| {
        value.map_or("-".to_owned(), |value| format!("{:.digits$}", value as f64 / unit))
    };
    format!("{} ({} to {})", number(median.median), number(median.low), number(median.high))
}

fn print(rows: &[Row], context: &mut Context) -> anyhow::Result<()> {
    let output = &mut context.output;
    writeln!(
        output,
        "| signature | strategy | found | executions | core seconds |\n| --- | --- | ---: | ---: | ---: |"
    )?;
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| row.signature.clone());
    for row in sorted {
        let (name, strategy) = (name(row), row.strategy);
        let (executions, seconds) = (text(&row.executions, 1.0, 0), text(&row.microseconds, 1e6, 3));
        writeln!(
            output,
            "| {name} | {strategy} | {} of {} | {executions} | {seconds} |",
            row.found, row.seeds
        )?;
    }
    Ok(())
}
