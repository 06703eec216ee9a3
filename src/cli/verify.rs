//! `procsteal verify` and `procsteal ablate`: every interleaving within bounds.

use super::input::scheduler;
use super::progress::Line;
use super::{BadInput, Context, Outcome, hunt};
use crate::verify::{
    Bounds, Observer, Options, Outcome as Verified, PRESETS, Progress, TracerScript, ablate, verify,
};
use procsteal_reference::Variant;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bounds, as flags.
#[derive(clap::Args)]
pub(super) struct BoundsArguments {
    /// Bounds to begin from: tiny, small, one-syscall, two-syscalls
    #[arg(long, default_value = "small", value_name = "NAME")]
    preset: String,
    /// GOMAXPROCS
    #[arg(long, value_name = "N")]
    procs: Option<u8>,
    /// Threads, sysmon's included
    #[arg(long, value_name = "N")]
    threads: Option<u8>,
    /// Goroutines that make syscalls; main comes on top
    #[arg(long, value_name = "N")]
    goroutines: Option<u8>,
    /// Syscalls of each goroutine
    #[arg(long, value_name = "N")]
    syscalls: Option<u8>,
    /// Rounds of sysmon
    #[arg(long, value_name = "N")]
    retakes: Option<u8>,
    /// Stops of the world
    #[arg(long, value_name = "N")]
    stop_the_worlds: Option<u8>,
    /// Only executions with at most so many switches
    #[arg(long, value_name = "N")]
    switches: Option<u32>,
    /// States after which a scenario is left incomplete
    #[arg(long, value_name = "N")]
    max_states: Option<u64>,
}

impl BoundsArguments {
    fn bounds(&self, tracer: TracerScript) -> anyhow::Result<Bounds> {
        let preset = PRESETS.iter().find(|(name, _)| *name == self.preset).map(|(_, bounds)| bounds.clone());
        let preset = preset.ok_or_else(|| {
            let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
            BadInput(format!("no preset is called {:?}; there are {}", self.preset, names.join(", ")))
        })?;
        Ok(Bounds {
            procs: self.procs.unwrap_or(preset.procs),
            threads: self.threads.unwrap_or(preset.threads),
            goroutines: self.goroutines.unwrap_or(preset.goroutines),
            syscalls: self.syscalls.unwrap_or(preset.syscalls),
            sysmon_rounds: self.retakes.unwrap_or(preset.sysmon_rounds),
            stop_the_worlds: self.stop_the_worlds.unwrap_or(preset.stop_the_worlds),
            tracer,
        })
    }

    fn options(&self) -> Options {
        let default = Options::default();
        Options {
            switches: self.switches,
            max_states: self.max_states.unwrap_or(default.max_states),
            ..default
        }
    }
}

#[derive(clap::Args)]
#[command(after_help = "\
Exit code 0 is a proof within the bounds, 1 a counterexample, 4 that a limit or Ctrl-C came first.

Examples:
  procsteal verify --scheduler fixed
  procsteal verify --scheduler prefix --preset small --tracer advance
  procsteal verify --scheduler repaired --preset small --switches 4")]
pub(super) struct Arguments {
    /// The scheduler
    #[arg(long, default_value = "fixed", value_parser = scheduler)]
    scheduler: &'static Variant,
    /// What main does to the tracer: stop, advance, start, or several as in advance-stop
    #[arg(long, default_value = "stop", value_name = "SCRIPT")]
    tracer: TracerScript,
    #[command(flatten)]
    bounds: BoundsArguments,
}

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  procsteal ablate --preset tiny")]
pub(super) struct AblateArguments {
    /// What main does to the tracer, script after script
    #[arg(long, default_value = "stop,advance", value_delimiter = ',', value_name = "SCRIPTS")]
    tracer: Vec<TracerScript>,
    #[command(flatten)]
    bounds: BoundsArguments,
}

/// Shows how far the exploration is, and stops it on Ctrl-C.
struct Watch {
    line: Line,
    cancel: Arc<AtomicBool>,
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        let Progress { scenario, scenarios, counts } = progress;
        self.line.show(&format!("scenario {} of {scenarios}: {} states", scenario + 1, counts.states));
        if self.cancel.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn watch() -> anyhow::Result<Watch> {
    Ok(Watch { line: Line::new(), cancel: hunt::cancel_on_ctrl_c()? })
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let bounds = arguments.bounds.bounds(arguments.tracer.clone())?;
    let mut watch = watch()?;
    let report = verify(arguments.scheduler, &bounds, &arguments.bounds.options(), &mut watch)
        .map_err(|error| BadInput(error.to_string()))?;
    watch.line.clear();
    let outcome = match report.outcome {
        Verified::Proved => Outcome::Clean,
        Verified::Refuted | Verified::RefutedAndLimited => Outcome::Finding,
        Verified::Limited => Outcome::Limit,
    };
    if context.output.is_json() {
        context.output.json("verify", &report)?;
        return Ok(outcome);
    }
    let output = &mut context.output;
    for finding in &report.findings {
        let smallest = if finding.proved_smallest { "smallest" } else { "the smallest found" };
        writeln!(output, "{} on {}, {smallest}:", finding.signature, report.scheduler)?;
        writeln!(output, "{}", finding.schedule)?;
    }
    let totals = report.totals();
    let word = match report.outcome {
        Verified::Proved => "proved: every trace can be parsed",
        Verified::Refuted => "refuted; these are all the signatures",
        Verified::RefutedAndLimited => "refuted; a limit was reached before all was seen",
        Verified::Limited => "no counterexample, but a limit was reached before all was seen",
    };
    writeln!(output, "{}: {word}", report.scheduler)?;
    writeln!(
        output,
        "{} of {} scenarios, {} states, {} executions",
        report.scenarios.len(),
        report.scenarios_in_all,
        totals.states,
        totals.executions,
    )?;
    Ok(outcome)
}

pub(super) fn run_ablate(arguments: &AblateArguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let bounds = arguments.bounds.bounds(TracerScript(Vec::new()))?;
    let mut watch = watch()?;
    let ablation = ablate(&bounds, &arguments.tracer, &arguments.bounds.options(), &mut watch)
        .map_err(|error| BadInput(error.to_string()))?;
    watch.line.clear();
    if context.output.is_json() {
        context.output.json("ablate", &ablation)?;
    } else {
        write!(context.output, "{}", ablation.to_markdown())?;
    }
    Ok(Outcome::Clean)
}
