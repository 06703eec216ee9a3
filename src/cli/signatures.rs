//! `procsteal signatures`: how well signatures name bugs.

use super::hunt::{cancel_on_ctrl_c, schedulers};
use super::progress::Line;
use super::{Context, Outcome, output::Document};
use crate::explore::{PurityOptions, SignatureTable, measure_signatures};
use std::io::Write;

#[derive(clap::Args)]
#[command(after_help = "\
The cause of a failure is taken from the run alone: the one steal between whose compare-and-swap and whose event the
tracer came. Purity: of the executions with a signature, how many have its most frequent cause. Recall: of those with
a cause, how many have its most frequent signature.

Example:
  procsteal signatures --executions 100000 --seed 1")]
pub(super) struct Arguments {
    /// Schedulers, separated by commas
    #[arg(
        long,
        default_value = "prefix,fixed,fixed-gcwait,fixed-exitsyscallfast,fixed-retake,prefix+gcwait,\
                         prefix+exitsyscallfast,prefix+retake",
        value_delimiter = ',',
        value_name = "S"
    )]
    scheduler: Vec<String>,
    /// Executions on each scheduler
    #[arg(long, default_value_t = 50_000, value_name = "N")]
    executions: u64,
    /// Decides what is searched
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let schedulers = schedulers(&arguments.scheduler)?;
    let total = arguments.executions * schedulers.len() as u64;
    let options = PurityOptions { schedulers, executions: arguments.executions, seed: arguments.seed };
    let cancel = cancel_on_ctrl_c()?;
    let mut line = Line::new();
    let table = measure_signatures(&options, &cancel, |done| {
        line.show(&format!("{done} of {total} executions"));
    })?;
    line.clear();
    if context.output.is_json() {
        context.output.json(Document::Signatures, &document(&table))?;
    } else {
        print(&table, context)?;
    }
    Ok(Outcome::Clean)
}

fn document(table: &SignatureTable) -> serde_json::Value {
    let counts: Vec<_> = table
        .counts
        .iter()
        .map(|((cause, signature), count)| {
            serde_json::json!({
                "cause": cause.to_string(), "signature": signature.to_string(), "executions": count,
            })
        })
        .collect();
    serde_json::json!({
        "executions": table.executions, "impossible": table.impossible, "counts": counts,
    })
}

fn print(table: &SignatureTable, context: &mut Context) -> anyhow::Result<()> {
    let output = &mut context.output;
    writeln!(
        output,
        "| cause | recall | signature | purity | executions |\n| --- | ---: | --- | ---: | ---: |"
    )?;
    for ((cause, signature), count) in &table.counts {
        let (recall, purity) = (table.recall(cause), table.purity(signature));
        writeln!(output, "| {cause} | {recall:.3} | {signature} | {purity:.3} | {count} |")?;
    }
    let failing: u64 = table.counts.values().sum();
    let (executions, impossible) = (table.executions, table.impossible);
    writeln!(
        output,
        "\n{failing} of {executions} executions failed; {impossible} signatures blame a window that"
    )?;
    writeln!(output, "the scheduler does not have.")?;
    Ok(())
}
