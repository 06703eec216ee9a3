//! `procsteal diff`: one schedule, two schedulers.

use super::input::{self, ScheduleArgument};
use super::present::describe;
use super::replay::VerdictDocument;
use super::{Context, Outcome, output::Document};
use crate::execution::{Bench, Recording};
use procsteal_oracle::gtl1;
use procsteal_reference::Variant;
use similar::{ChangeTag, TextDiff};
use std::io::Write;

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  procsteal diff finding.sched --left prefix --right fixed")]
pub(super) struct Arguments {
    #[command(flatten)]
    schedule: ScheduleArgument,
    /// One scheduler
    #[arg(long, default_value = "prefix", value_parser = input::scheduler)]
    left: &'static Variant,
    /// The other
    #[arg(long, default_value = "fixed", value_parser = input::scheduler)]
    right: &'static Variant,
}

/// The events of all traces without their times, which two schedulers never share.
fn events(recording: &Recording) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for trace in &recording.traces {
        gtl1::write(trace, &mut lines)?;
    }
    let untimed = |line: &str| {
        let rest = line.split_once(' ').filter(|(time, _)| time.parse::<i64>().is_ok()).map(|(_, rest)| rest);
        format!("{}\n", rest.unwrap_or(line))
    };
    Ok(String::from_utf8_lossy(&lines).lines().map(untimed).collect())
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let schedule = arguments.schedule.read()?;
    let mut bench = Bench::new();
    let left = bench.record(arguments.left, &schedule);
    let right = bench.record(arguments.right, &schedule);
    let (left_events, right_events) = (events(&left)?, events(&right)?);
    let differs = left.execution.verdict.is_finding() != right.execution.verdict.is_finding();
    if context.output.is_json() {
        let body = serde_json::json!({
            "left": { "scheduler": arguments.left.name, "verdict": VerdictDocument::of(&left) },
            "right": { "scheduler": arguments.right.name, "verdict": VerdictDocument::of(&right) },
            "verdicts_differ": differs,
            "events_differ": left_events != right_events,
        });
        context.output.json(Document::Diff, &body)?;
        return Ok(Outcome::finding_if(differs));
    }
    let output = &mut context.output;
    writeln!(output, "--- {}: {}", arguments.left.name, describe(&left.execution.verdict))?;
    writeln!(output, "+++ {}: {}", arguments.right.name, describe(&right.execution.verdict))?;
    let diff = TextDiff::from_lines(&left_events, &right_events);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        writeln!(output, "{}", hunk.header())?;
        for change in hunk.iter_changes() {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            write!(output, "{sign}{}", change.value())?;
        }
    }
    Ok(Outcome::finding_if(differs))
}
