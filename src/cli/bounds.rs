//! Bounds and limits of `verify` and `ablate`, as flags, and how both are watched.

use super::progress::Line;
use super::{BadInput, hunt};
use crate::verify::{Bounds, Observer, Options, PRESETS, Progress, Stage, TracerScript};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Bounds and limits, as flags.
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
    /// Memory for states, in MiB, after which scenarios are left incomplete [default: 4096]
    #[arg(long, value_name = "MIB")]
    max_memory: Option<u64>,
    /// Threads to search with; what is found does not depend on it [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

const MIB: u64 = 1 << 20;

impl BoundsArguments {
    pub(super) fn bounds(&self, tracer: TracerScript) -> anyhow::Result<Bounds> {
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

    pub(super) fn options(&self) -> Options {
        let default = Options::default();
        Options {
            switches: self.switches,
            max_states: self.max_states.unwrap_or(default.max_states),
            max_bytes: self.max_memory.map_or(default.max_bytes, |mib| mib.saturating_mul(MIB)),
            jobs: self.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(default.jobs),
            ..default
        }
    }
}

/// Shows how far the exploration is, and stops it on Ctrl-C.
pub(super) struct Watch {
    line: Mutex<Line>,
    cancel: Arc<AtomicBool>,
}

impl Watch {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self { line: Mutex::new(Line::new()), cancel: hunt::cancel_on_ctrl_c()? })
    }

    pub(super) fn clear(self) {
        if let Ok(mut line) = self.line.into_inner() {
            line.clear();
        }
    }
}

impl Observer for Watch {
    fn progress(&self, progress: &Progress) -> ControlFlow<()> {
        let Progress { scenario, scenarios, stage, counts } = progress;
        let (number, states) = (scenario + 1, counts.states);
        let what = match stage {
            Stage::Exploring => format!("{states} states, about {} % done", counts.percent()),
            Stage::Smallest { switches } => {
                format!("smallest schedules, up to {switches} switches: {states} states")
            }
        };
        let text = format!("scenario {number} of {scenarios}: {what}");
        if let Ok(mut line) = self.line.lock() {
            line.show(&text);
        }
        if self.cancel.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
