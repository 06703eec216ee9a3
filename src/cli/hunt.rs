//! `procsteal hunt`: searches for schedules whose trace cannot be parsed.

use super::progress::Line;
use super::{BadInput, Context, Outcome, input, minimize::MinimizeArguments, output::Document, present};
use crate::explore::{
    Ended, HuntError, HuntOptions, HuntSummary, Kind, Observer, Progress, Resume, Shard, StrategyKind, hunt,
};
use anyhow::Context as _;
use procsteal_reference::{VARIANTS, Variant};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(clap::Args)]
#[command(after_help = "\
Without --executions or --time a hunt goes on until Ctrl-C. One that was stopped or killed continues where it
stopped when it is started again with the same seed, schedulers, strategy and shard.

Examples:
  procsteal hunt
  procsteal hunt --scheduler all --time 10m --out findings
  procsteal hunt --scheduler fixed --strategy pct --executions 1000000 --seed 7
  procsteal hunt --shard 2/8 --time 8h --out findings-2   one of eight machines")]
pub(super) struct Arguments {
    /// Schedulers, separated by commas, or `all`
    #[arg(long, default_value = "prefix", value_delimiter = ',', value_name = "S")]
    scheduler: Vec<String>,
    /// How to search
    #[arg(long, default_value = "portfolio", value_parser = strategy)]
    strategy: StrategyKind,
    /// Stops after so many executions
    #[arg(long, value_name = "N")]
    executions: Option<u64>,
    /// Stops after this long, as in 90s or 2h
    #[arg(long, value_name = "T", value_parser = humantime::parse_duration)]
    time: Option<Duration>,
    /// Decides what is searched; two hunts with the same seed find the same
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Threads to search with; what is found does not depend on it [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Where findings are stored
    #[arg(long, default_value = "findings", value_name = "DIR")]
    out: PathBuf,
    /// Searches only one of N equal parts
    #[arg(long, default_value = "1/1", value_name = "I/N")]
    shard: Shard,
    /// Starts again, although a hunt like this was stopped before its end
    #[arg(long)]
    afresh: bool,
    /// How often the state is saved from which a killed hunt goes on
    #[arg(long, default_value = "5s", value_name = "T", value_parser = humantime::parse_duration)]
    save_every: Duration,
    #[command(flatten)]
    minimizing: MinimizeArguments,
}

pub(super) fn strategy(name: &str) -> Result<StrategyKind, String> {
    name.parse::<StrategyKind>().map_err(|error| error.to_string())
}

/// Schedulers by name, or all of them.
pub(super) fn schedulers(names: &[String]) -> anyhow::Result<Vec<&'static Variant>> {
    if names.iter().any(|name| name == "all") {
        return Ok(VARIANTS.iter().collect());
    }
    names.iter().map(|name| input::named_scheduler(name)).collect()
}

/// Shows on the terminal how far the hunt is, and what it finds as it finds it.
struct Watch<'a> {
    line: Line,
    context: &'a mut Context,
    failed: Option<anyhow::Error>,
}

impl Observer for Watch<'_> {
    fn progress(&mut self, progress: &Progress) {
        let of = progress.of.map_or(String::new(), |of| format!(" of {of}"));
        self.line.show(&format!(
            "{}{of} executions, {:.0} a second, {} kinds found, the last {:.0} s ago",
            progress.executions,
            progress.rate,
            progress.kinds,
            progress.since_last_kind.as_secs_f64(),
        ));
    }

    fn found(&mut self, kind: &Kind) {
        self.line.clear();
        if !self.context.output.is_json()
            && let Err(error) = present::kind(&mut self.context.output, kind)
        {
            self.failed.get_or_insert(error);
        }
    }
}

/// Set by the first Ctrl-C; a second one ends the process at once.
pub(super) fn cancel_on_ctrl_c() -> anyhow::Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(cancel)
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let default = HuntOptions::default();
    let options = HuntOptions {
        schedulers: schedulers(&arguments.scheduler)?,
        strategy: arguments.strategy,
        seed: arguments.seed,
        executions: arguments.executions,
        time: arguments.time,
        jobs: arguments.jobs.unwrap_or(default.jobs),
        shard: arguments.shard,
        out: Some(arguments.out.clone()),
        resume: if arguments.afresh { Resume::Afresh } else { Resume::Continue },
        save_every: arguments.save_every,
        minimizing: arguments.minimizing.options(),
        ..default
    };
    let cancel = cancel_on_ctrl_c()?;
    let mut watch = Watch { line: Line::new(), context, failed: None };
    let summary = hunt(&options, &cancel, &mut watch).map_err(as_bad_input)?;
    watch.line.clear();
    if let Some(error) = watch.failed {
        return Err(error);
    }
    if context.output.is_json() {
        context.output.json(Document::Hunt, &document(&summary))?;
    } else {
        print_summary(&summary, &arguments.out, context)?;
    }
    let found = !summary.kinds.is_empty();
    match summary.ended {
        Ended::Failed(error) => {
            context.output.flush()?;
            Err(as_bad_input(error))
        }
        _ => Ok(Outcome::finding_if(found)),
    }
}

fn as_bad_input(error: HuntError) -> anyhow::Error {
    match error {
        HuntError::Findings(_) | HuntError::NoScheduler => BadInput::of(error).into(),
        error => error.into(),
    }
}

fn ended(ended: &Ended) -> &'static str {
    match ended {
        Ended::Done => "done",
        Ended::Time => "time is up",
        Ended::Cancelled => "stopped",
        Ended::Failed(_) => "failed",
    }
}

fn document(summary: &HuntSummary) -> serde_json::Value {
    let kinds: Vec<serde_json::Value> = summary
        .kinds
        .iter()
        .map(|kind| {
            serde_json::json!({
                "signature": kind.signature.to_string(),
                "scheduler": kind.scheduler.name,
                "count": kind.count,
                "first_execution": kind.first_execution,
                "strategy": kind.strategy.name(),
                "extent": kind.extent,
                "path": kind.path,
            })
        })
        .collect();
    serde_json::json!({
        "ended": ended(&summary.ended),
        "executions": summary.executions,
        "steps": summary.steps,
        "kinds": kinds,
    })
}

fn print_summary(summary: &HuntSummary, out: &std::path::Path, context: &mut Context) -> anyhow::Result<()> {
    let output = &mut context.output;
    let seconds = summary.elapsed.as_secs_f64();
    writeln!(output, "{}: {} executions in {seconds:.1} s", ended(&summary.ended), summary.executions)?;
    if summary.kinds.is_empty() {
        writeln!(output, "nothing found")?;
        return Ok(());
    }
    for kind in &summary.kinds {
        writeln!(
            output,
            "{:<48} {:<24} {:>8} times, first after {}, by {}",
            kind.signature.to_string(),
            kind.scheduler.name,
            kind.count,
            kind.first_execution + 1,
            kind.strategy.name(),
        )?;
        if let Some(extent) = kind.extent.filter(|extent| !extent.is_minimal()) {
            writeln!(output, "    {extent}")?;
        }
    }
    writeln!(output, "stored in {}; `procsteal report {}` writes the report", out.display(), out.display())?;
    Ok(())
}
