//! Ground truth: the model's findings, tried on the real Go runtime.
//!
//! A model's finding is a claim about Go. Here the claim is tested: a Go release is installed from PyPI, its runtime
//! is edited by anchors ([`Edit`]) so that it has or lacks each hunk of the fix ([`Scheduler`]) and so that a thread
//! can be delayed between two named steps ([`edits::Site`]). A small Go program makes system calls while a tracer
//! starts, advances and stops; its traces are judged by the oracle and by a reader of Go's own. The [`Experiment`]s
//! are data; each has the runtimes in which the model expects the failure, and the control.
//!
//! ```no_run
//! use procsteal::confirm::{Options, confirm};
//!
//! # fn main() -> Result<(), procsteal::confirm::ConfirmError> {
//! let options = Options { only: Some("retake-stop".to_owned()), ..Options::new("target".as_ref()) };
//! let report = confirm(&options, &mut |progress| eprintln!("{progress}"))?;
//! println!("{}", report.to_markdown());
//! # Ok(())
//! # }
//! ```

mod cost;
mod edit;
pub mod edits;
mod error;
mod experiment;
pub mod experiments;
mod go_tests;
mod judge;
mod report;
mod run;
mod runtime;
mod scheduler;
mod sighting;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use cost::{Clock, Cost, CostReport, Interval, measure_cost};
pub use edit::{Definition, Edit, Line, Source};
pub use error::{ConfirmError, EditError};
pub use experiment::{Control, Experiment, Foreign, Length, Load, Pause, Resize, While};
pub use go_tests::{GoTestReport, GoTestResult, run_go_tests};
pub use report::{ConfirmReport, Expected, ExperimentResult, Outcome, RuntimeResult};
pub use run::{Failure, Tally};
pub use runtime::{Delays, Program, Runtime, Threads, build_program};
pub use scheduler::{Hunk, Scheduler};
pub use sighting::{Sighting, SightingCount};

use crate::go::{GoReader, GoRelease, Toolchain};
use judge::Judge;
use run::Bench;

/// The Go release whose runtime is edited unless another is asked for: the last one of the series with the fix.
pub const DEFAULT_GO_VERSION: &str = "1.22.10";
/// The runs of each experiment on each runtime: enough for a failure of one run in twenty to show up 99 times in 100.
pub const DEFAULT_RUNS: u32 = 100;
/// The processes of each experiment without delays; each writes fifty traces.
pub const DEFAULT_PLAIN_RUNS: u32 = 10;

/// What to confirm, and how hard to try.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Go release whose runtime is edited, as in `1.22.10`.
    pub go_version: String,
    /// The folder for everything that is written: toolchains, programs, traces.
    pub target: PathBuf,
    /// Runs of each experiment on each runtime; 0 leaves these experiments out.
    pub runs: u32,
    /// Runs of each experiment without delays; 0 leaves these out.
    pub plain_runs: u32,
    /// Only the experiments whose name or signature contains this.
    pub only: Option<String>,
    /// Only these of the runtimes of each experiment; empty for all of them.
    pub runtimes: Vec<Scheduler>,
    /// The release whose reader judges beside the oracle; none for the oracle alone.
    pub go_reader: Option<GoRelease>,
}

impl Options {
    /// The defaults, with everything written under `target`.
    #[must_use]
    pub fn new(target: &Path) -> Self {
        Self {
            go_version: DEFAULT_GO_VERSION.to_owned(),
            target: target.to_owned(),
            runs: DEFAULT_RUNS,
            plain_runs: DEFAULT_PLAIN_RUNS,
            only: None,
            runtimes: Vec::new(),
            go_reader: Some(GoRelease::Go1_27_3),
        }
    }

    fn has_runtime(&self, scheduler: Scheduler) -> bool {
        self.runtimes.is_empty() || self.runtimes.contains(&scheduler)
    }

    /// Why nothing is to be done.
    fn nothing_selected(&self) -> ConfirmError {
        match &self.only {
            Some(name) if !experiments::all().chain(experiments::PLAIN).any(|known| self.selects(known)) => {
                ConfirmError::UnknownExperiment { name: name.clone() }
            }
            _ => ConfirmError::NoRuns,
        }
    }

    fn selects(&self, experiment: &Experiment) -> bool {
        self.only.as_ref().is_none_or(|part| {
            experiment.name.contains(part.as_str()) || experiment.signature.contains(part.as_str())
        })
    }
}

/// How far a confirmation is.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// A runtime is being built.
    Building {
        /// Which.
        scheduler: Scheduler,
    },
    /// A run has ended.
    Running {
        /// The experiment.
        experiment: &'a Experiment,
        /// The runtime.
        scheduler: Scheduler,
        /// What came of it so far.
        tally: &'a Tally,
        /// The runs that there will be.
        runs: u32,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Building { scheduler } => write!(formatter, "building the runtime {scheduler}"),
            Self::Running { experiment, scheduler, tally, runs } => write!(
                formatter,
                "{} on {scheduler}: run {} of {runs}, {} broken",
                experiment.name, tally.runs, tally.broken_runs
            ),
        }
    }
}

/// Tries every experiment that `options` selects on the real runtime.
///
/// Everything is written under [`Options::target`]: `toolchains/` and `confirm/VERSION/`. The counts depend on the
/// machine and its load; what is expected of them is part of the report. `progress` hears of each build and run.
///
/// # Errors
///
/// [`ConfirmError`] when Go cannot be had, when its scheduler is of another design, when an edit does not fit, or when no
/// experiment is selected. A failure that is not seen is no error.
pub fn confirm(
    options: &Options,
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Result<ConfirmReport, ConfirmError> {
    let selected: Vec<&Experiment> =
        experiments::all().filter(|experiment| options.runs > 0 && options.selects(experiment)).collect();
    let plain: Vec<&Experiment> = experiments::PLAIN
        .iter()
        .filter(|experiment| options.plain_runs > 0 && options.selects(experiment))
        .collect();
    if selected.is_empty() && plain.is_empty() {
        return Err(options.nothing_selected());
    }
    let toolchains = options.target.join("toolchains");
    let toolchain = Toolchain::ensure(&options.go_version, &toolchains)?;
    let runtime = Runtime::read(&toolchain)?;
    let session = match options.go_reader {
        Some(release) => Some(GoReader::ensure(release, &toolchains)?.start()?),
        None => None,
    };
    let mut workshop = Workshop {
        folder: options.target.join("confirm").join(&options.go_version),
        toolchain,
        runtime,
        judge: Judge::new(session),
        options,
        programs: BTreeMap::new(),
    };
    let mut try_all = |experiments: Vec<&'static Experiment>, delays, runs| {
        experiments
            .into_iter()
            .map(|experiment| workshop.try_experiment(experiment, delays, runs, progress))
            .collect::<Result<Vec<ExperimentResult>, ConfirmError>>()
    };
    Ok(ConfirmReport {
        format_version: report::FORMAT_VERSION,
        go_version: options.go_version.clone(),
        go_reader: options.go_reader.map(|release| release.version().to_owned()),
        experiments: try_all(selected, Delays::Possible, options.runs)?,
        plain: try_all(plain, Delays::None, options.plain_runs)?,
    })
}

/// The edited release, and the programs that are built with it so far.
struct Workshop<'a> {
    options: &'a Options,
    folder: PathBuf,
    toolchain: Toolchain,
    runtime: Runtime,
    judge: Judge,
    programs: BTreeMap<Program, PathBuf>,
}

/// One runtime of an experiment: what is run, and what is expected of it.
struct Turn {
    scheduler: Scheduler,
    expected: Expected,
    control: Option<Control>,
}

impl Turn {
    /// All turns of an experiment: where it is expected to break, and its controls.
    fn of(experiment: &Experiment) -> Vec<Self> {
        let plain = |expected| move |&scheduler: &Scheduler| Self { scheduler, expected, control: None };
        let breaks = experiment.breaks.iter().map(plain(Expected::Breaks));
        let holds = experiment.holds.iter().map(plain(Expected::Holds));
        let scheduler = Scheduler::Fixed;
        let elsewhere = experiment.control.map(|control| Self {
            scheduler,
            expected: Expected::Holds,
            control: Some(control),
        });
        breaks.chain(holds).chain(elsewhere).collect()
    }

    /// The folder of its traces.
    fn folder_name(&self) -> String {
        let control = if self.control.is_some() { "-control" } else { "" };
        format!("{}{control}", self.scheduler)
    }
}

impl Workshop<'_> {
    fn try_experiment(
        &mut self,
        experiment: &'static Experiment,
        delays: Delays,
        runs: u32,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<ExperimentResult, ConfirmError> {
        if experiment.load.threads() == Threads::OfGoAndC && !self.toolchain.has_c_compiler()? {
            return Ok(ExperimentResult::without_compiler(experiment));
        }
        let mut runtimes = Vec::new();
        for turn in Turn::of(experiment) {
            if self.options.has_runtime(turn.scheduler) {
                runtimes.push(self.take_turn(experiment, &turn, delays, runs, progress)?);
            }
        }
        Ok(ExperimentResult::new(experiment, runtimes))
    }

    fn take_turn(
        &mut self,
        experiment: &'static Experiment,
        turn: &Turn,
        delays: Delays,
        runs: u32,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<RuntimeResult, ConfirmError> {
        let scheduler = turn.scheduler;
        let (pauses, load) = turn
            .control
            .map_or((experiment.pauses, experiment.load), |control| (control.pauses, control.load));
        let program = self.program(Program { scheduler, delays, threads: load.threads() }, progress)?;
        let bench = Bench {
            program: &program,
            // Of this process alone: two confirmations may run at once.
            scratch: self.folder.join(format!("scratch-{}", std::process::id())),
            kept: self.folder.join("traces").join(experiment.name).join(turn.folder_name()),
        };
        run::remove_folder(&bench.kept)?;
        let mut hear = |tally: &Tally| {
            progress(&Progress::Running { experiment, scheduler, tally, runs });
        };
        let tally = bench.tally(runs, &load, pauses, &mut self.judge, &mut hear)?;
        run::remove_folder(&bench.scratch)?;
        let difference = turn.control.map(|control| control.difference);
        Ok(RuntimeResult { scheduler, expected: turn.expected, difference, tally })
    }

    fn program(
        &mut self,
        program: Program,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<PathBuf, ConfirmError> {
        if let Some(built) = self.programs.get(&program) {
            return Ok(built.clone());
        }
        progress(&Progress::Building { scheduler: program.scheduler });
        let built = build_program(&self.toolchain, &self.runtime, program, &self.folder.join("programs"))?;
        self.programs.insert(program, built.clone());
        Ok(built)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_do_has_a_reason() {
        let without_runs = Options { runs: 0, plain_runs: 0, ..Options::new(Path::new("target")) };
        let code = |only: Option<&str>| {
            let options = Options { only: only.map(str::to_owned), ..without_runs.clone() };
            confirm(&options, &mut |_| ()).unwrap_err().code()
        };
        assert_eq!(code(None), "confirm-no-runs");
        assert_eq!(code(Some("retake-stop")), "confirm-no-runs");
        assert_eq!(code(Some("nonsense")), "confirm-experiment");
    }
}
