//! The engines' side of the benchmark: the targets of `bench/peers/engines`, and libFuzzer as a contestant.

use super::children::run;
use super::tools::{cargo, make, tool};
use super::{BenchError, Contestant, Sample};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the targets are, and where they are built.
const ENGINES: &str = "bench/peers/engines";
const TARGET: &str = "target/engines";

/// Any schedule fits in this, in bytes: the same for all, so that none gets longer inputs.
const MAX_INPUT_BYTES: &str = "1024";

/// Builds libFuzzer's targets, as `fuzz/` builds them; gives the folder with the programs, or why there is none.
pub(super) fn build_libfuzzer() -> Result<Result<PathBuf, String>, BenchError> {
    let mut command = cargo()?;
    command.args(["fuzz", "build", "-s", "none", "--fuzz-dir", ENGINES, "--target-dir", TARGET]);
    let made = tool("cargo-fuzz").and_then(|()| make("libFuzzer's targets", &mut command));
    Ok(made.and_then(|()| host()).map(|host| Path::new(TARGET).join(host).join("release")))
}

/// Builds the target of AFL++'s minimizer; gives the program, or why there is none.
pub(super) fn build_afl() -> Result<Result<PathBuf, String>, BenchError> {
    let target = format!("{TARGET}/afl");
    let manifest = format!("{ENGINES}/afl/Cargo.toml");
    let mut command = cargo()?;
    command.args([
        "afl",
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        &manifest,
        "--target-dir",
        &target,
    ]);
    let made = tool("cargo-afl").and_then(|()| make("AFL++'s target", &mut command));
    Ok(made.map(|()| Path::new(&target).join("release/keeps")))
}

/// The kind of machine, as cargo-fuzz names a folder by it.
fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("no rustc: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say for which machine it builds".to_owned())
}

/// libFuzzer on one of the targets: always from the same seeds, for a fixed number of executions.
pub(super) struct LibFuzzer {
    pub(super) name: String,
    pub(super) program: PathBuf,
    pub(super) seeds: PathBuf,
    /// What it finds goes here, and is thrown away before each turn.
    pub(super) found: PathBuf,
    pub(super) executions: u64,
}

impl LibFuzzer {
    fn fail(&self, problem: impl Into<String>) -> BenchError {
        BenchError::Contestant { name: self.name.clone(), problem: problem.into() }
    }
}

impl Contestant for LibFuzzer {
    fn name(&self) -> &str {
        &self.name
    }

    fn turn(&mut self) -> Result<Sample, BenchError> {
        if self.found.exists() {
            std::fs::remove_dir_all(&self.found).map_err(BenchError::file("clear", &self.found))?;
        }
        std::fs::create_dir_all(&self.found).map_err(BenchError::file("make", &self.found))?;
        let mut command = Command::new(&self.program);
        // The entropic power schedule costs more than the executions, and finds no more: docs/campaigns.md.
        command.args(["-seed=1", "-len_control=0", "-entropic=0", "-print_final_stats=1"]);
        command.arg(format!("-max_len={MAX_INPUT_BYTES}")).arg(format!("-runs={}", self.executions));
        // Findings are counted instead of ending the run.
        command.arg(&self.found).arg(&self.seeds).env("PROCSTEAL_SURVEY", "1");
        let ran = run(&mut command)?;
        let said = String::from_utf8_lossy(&ran.output.stderr).into_owned();
        let statistic = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').trim().parse::<u64>().ok()
        };
        const BYTES_PER_MEBIBYTE: u64 = 1 << 20;
        let peak_memory_bytes = statistic("stat::peak_rss_mb").map(|size| size * BYTES_PER_MEBIBYTE);
        match statistic("stat::number_of_executed_units") {
            Some(units) if ran.output.status.success() => {
                Ok(Sample { units, wall: ran.wall, cpu: ran.cpu, peak_memory_bytes })
            }
            _ => Err(self.fail(said.lines().rev().take(5).collect::<Vec<_>>().join(" / "))),
        }
    }
}
