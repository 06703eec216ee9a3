//! The programs of `bench/peers` that run the race.

use crate::bench::tools::build_peer;
use crate::bench::{BenchError, Peer};
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

/// Executions after which loom's exhaustive check gives up: more than it takes.
const LOOM_LIMIT: u64 = 2_000_000;

/// The same for the step machine.
const STEP_LIMIT: u64 = 100_000_000;

/// The same for shuttle's depth-first search: the tracer's waiting makes its executions ever longer.
const DFS_LIMIT: u64 = 20_000;

/// One of the programs, as it is started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Racer<'a> {
    package: &'static str,
    about: &'static str,
    kind: &'static str,
    size: Option<&'a str>,
}

const fn shuttle<'a>(about: &'static str, kind: &'static str, size: &'a str) -> Racer<'a> {
    Racer { package: "race-shuttle", about, kind, size: Some(size) }
}

const fn step<'a>(about: &'static str, kind: &'static str, size: &'a str) -> Racer<'a> {
    Racer { package: "race-step", about, kind, size: Some(size) }
}

/// loom has the small race alone.
const fn loom(about: &'static str, bound: &'static str) -> Racer<'static> {
    Racer { package: "race-loom", about, kind: bound, size: None }
}

impl Racer<'_> {
    /// Its name in the table.
    pub(super) fn name(&self) -> String {
        self.about.to_owned()
    }

    /// Whether it searches differently with another seed.
    pub(super) fn is_random(&self) -> bool {
        !matches!(self.kind, "every" | "states" | "dfs") && self.package != "race-loom"
    }

    /// Builds and starts it; if it cannot be built, says why. What it tells of panics goes to a file beside it.
    pub(super) fn start(&self) -> Result<Result<Peer, String>, BenchError> {
        let program: PathBuf = match build_peer(self.package) {
            Ok(program) => program,
            Err(reason) => return Ok(Err(reason)),
        };
        let log = program.with_extension("log");
        let log = File::create(&log).map_err(BenchError::file("write", &log))?;
        let mut command = Command::new(program);
        command.arg(self.kind).args(self.size).stderr(log);
        Peer::start(self.about, &mut command).map(Ok)
    }
}

/// Those whose executions are counted; the first is the peer.
pub(super) fn executing(size: &str) -> Vec<Racer<'_>> {
    let mut racers = vec![
        shuttle("shuttle, random", "random", size),
        shuttle("shuttle, URW", "urw", size),
        shuttle("shuttle, PCT of depth 3", "pct3", size),
    ];
    racers.extend((size == "small").then_some(loom("loom", "all")));
    racers.push(step("step machine, random", "random", size));
    racers
}

/// Those that search for the first finding; the first is the peer.
pub(super) fn finding(size: &str) -> Vec<Racer<'_>> {
    let mut racers = vec![
        shuttle("shuttle, random", "random", size),
        shuttle("shuttle, URW", "urw", size),
        shuttle("shuttle, PCT of depth 3", "pct3", size),
        shuttle("shuttle, PCT of depth 4", "pct4", size),
        shuttle("shuttle, PCT of depth 5", "pct5", size),
        shuttle("shuttle, PCT of depth 8", "pct8", size),
    ];
    if size == "small" {
        racers.push(loom("loom, no bound", "all"));
        racers.push(loom("loom, at most 3 preemptions", "3"));
    }
    racers.push(step("step machine, random", "random", size));
    racers
}

/// Those that try everything, and with how many executions at most; the first is the peer.
pub(super) fn exhausting() -> Vec<(Racer<'static>, u64)> {
    vec![
        (loom("loom, no bound", "all"), LOOM_LIMIT),
        (loom("loom, at most 3 preemptions", "3"), LOOM_LIMIT),
        (shuttle("shuttle, DFS", "dfs", "small"), DFS_LIMIT),
        (step("step machine, every interleaving", "every", "small"), STEP_LIMIT),
        (step("step machine, every state once", "states", "small"), STEP_LIMIT),
    ]
}
