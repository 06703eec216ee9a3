//! Minimization: ours beside those of others, on the same findings with the same predicate.

mod findings;
mod predicate;
mod reducers;

pub use predicate::keeps;

use super::children::run_within;
use super::measure::{Interval, time};
use super::table::{Figure, Table};
use super::{BenchError, Group, Setup};
use crate::execution::Bench;
use crate::minimize::{MinimizeOptions, Size, minimize_with};
use crate::signature::signature;
use findings::{RawFinding, find};
use procsteal_reference::Schedule;
use reducers::{REDUCERS, Ready};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// CPU time after which a minimizer is stopped; what it has by then counts.
const BUDGET: Duration = Duration::from_secs(10);

pub(super) struct Minimization;

impl Group for Minimization {
    fn name(&self) -> &'static str {
        "minimization"
    }

    fn about(&self) -> &'static str {
        "The first finding of each seed of the portfolio, on `prefix` and `fixed` in turn, as engine bytes before any \
         minimizing. Each minimizer keeps the signature, and is stopped after 10 seconds of CPU time; what it has by then \
         counts, and if it has nothing, the input. libFuzzer and AFL++ run the predicate in their own processes, picire and \
         shrinkray start `procsteal` for each execution. `parts` are goroutines, operations, rounds of sysmon, foreign \
         threads and switches. The last ratio is of CPU time, each finding against libFuzzer's of the same; ours never looks \
         at bytes, and an encoding that ends early is shorter than one that says all. Of ours, the first finding of a signature \
         pays for the search from nothing, which is made once in a process."
    }

    fn measure(&self, setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let folder = std::path::absolute(setup.out.join("minimization"));
        let folder = folder.map_err(BenchError::file("resolve", &setup.out))?;
        std::fs::create_dir_all(&folder).map_err(BenchError::file("make", &folder))?;
        let test = write_test(&folder, &setup.program)?;
        let findings = find(setup.findings);
        let mut all: Vec<(String, Vec<Reduced>)> = Vec::new();
        for reducer in REDUCERS {
            match reducer.prepare(&test)? {
                Ok(ready) => {
                    let reduced = findings
                        .iter()
                        .map(|finding| reduce(&ready, finding, &folder))
                        .collect::<Result<_, _>>()?;
                    all.push((reducer.name().to_owned(), reduced));
                }
                Err(reason) => table.leave_out(reducer.name(), reason),
            }
        }
        all.push(("procsteal".to_owned(), findings.iter().map(ours).collect::<Result<_, _>>()?));
        add_rows(&all, &findings, table);
        Ok(())
    }
}

/// What a minimizer made of a finding.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Reduced {
    bytes: usize,
    parts: usize,
    executions: u64,
    cpu_seconds: f64,
    /// Whether what it gave has the signature.
    is_kept: bool,
}

fn reduced(finding: &RawFinding, bytes: &[u8], executions: u64, cpu_seconds: f64) -> Reduced {
    let schedule = Schedule::from_bytes(bytes);
    let found = signature(&Bench::new().record(finding.scheduler, &schedule));
    let is_kept = found.is_some_and(|found| found.to_string() == finding.signature);
    let parts = Size::of(&schedule).parts();
    Reduced { bytes: bytes.len(), parts, executions, cpu_seconds, is_kept }
}

/// The command that picire and shrinkray call with a file.
fn write_test(folder: &Path, program: &Path) -> Result<PathBuf, BenchError> {
    const EXECUTABLE: u32 = 0o755;
    let test = folder.join("test.sh");
    let text = format!("#!/bin/sh\nexec '{}' bench --keeps \"$1\"\n", program.display());
    std::fs::write(&test, text).map_err(BenchError::file("write", &test))?;
    let permissions = std::fs::Permissions::from_mode(EXECUTABLE);
    std::fs::set_permissions(&test, permissions).map_err(BenchError::file("make executable", &test))?;
    Ok(test)
}

fn reduce(ready: &Ready, finding: &RawFinding, under: &Path) -> Result<Reduced, BenchError> {
    let folder = tempfile::tempdir_in(under).map_err(BenchError::file("make a folder in", under))?;
    let input = finding.schedule.to_byte_vec();
    let path = folder.path().join("input");
    std::fs::write(&path, &input).map_err(BenchError::file("write", &path))?;
    let count = folder.path().join("count");
    std::fs::write(&count, b"").map_err(BenchError::file("write", &count))?;
    let (mut command, output) = ready.command(folder.path())?;
    predicate::tell(&mut command, finding.scheduler, &finding.signature, &count);
    let errors = folder.path().join("errors");
    let cpu = run_within(command.current_dir(folder.path()).env("RUST_BACKTRACE", "0"), BUDGET, &errors)?;
    let executions = std::fs::metadata(&count).map_err(BenchError::file("read", &count))?.len();
    if executions == 0 {
        let said = std::fs::read(&errors).map_err(BenchError::file("read", &errors))?;
        let problem = String::from_utf8_lossy(&said).lines().rev().take(5).collect::<Vec<_>>().join(" / ");
        return Err(BenchError::Contestant { name: ready.reducer.name().to_owned(), problem });
    }
    let bytes = if output.is_file() {
        std::fs::read(&output).map_err(BenchError::file("read", &output))?
    } else {
        input
    };
    Ok(reduced(finding, &bytes, executions, cpu.as_secs_f64()))
}

fn ours(finding: &RawFinding) -> Result<Reduced, BenchError> {
    let mut minimized = None;
    let sample = time(|| {
        // What is known of these signatures would make the comparison worthless.
        let options = MinimizeOptions::by_itself();
        let result = minimize_with(&mut Bench::new(), finding.scheduler, &finding.schedule, options);
        let executions = result.as_ref().map_or(0, |minimized| u64::from(minimized.trials));
        minimized = Some(result);
        executions
    });
    let schedule = match minimized {
        Some(Ok(minimized)) => minimized.schedule,
        Some(Err(error)) => {
            return Err(BenchError::Contestant { name: "procsteal".to_owned(), problem: error.to_string() });
        }
        None => finding.schedule.clone(),
    };
    Ok(reduced(finding, &schedule.to_byte_vec(), sample.units, sample.cpu.as_secs_f64()))
}

fn add_rows(all: &[(String, Vec<Reduced>)], findings: &[RawFinding], table: &mut Table) {
    let inputs = findings.iter().map(|finding| finding.schedule.to_byte_vec().len() as f64).collect();
    let parts = findings.iter().map(|finding| Size::of(&finding.schedule).parts() as f64).collect();
    let median = |values: Vec<f64>| Interval::of(values).map_or(0.0, |interval| interval.median);
    let workload =
        format!("{} findings, {} bytes and {} parts", findings.len(), median(inputs), median(parts));
    let Some((_, base)) = all.first() else { return };
    for (number, (name, reduced)) in all.iter().enumerate() {
        let of = |value: fn(&Reduced) -> f64| Interval::of(reduced.iter().map(value).collect());
        let ratio = |value: fn(&Reduced) -> f64| {
            let pairs = base.iter().zip(reduced);
            Interval::of(
                pairs.map(|(base, reduced)| value(base) / value(reduced).max(f64::EPSILON)).collect(),
            )
        };
        let (Some(bytes), Some(parts), Some(executions), Some(seconds), Some(smaller)) = (
            of(|reduced| reduced.bytes as f64),
            of(|reduced| reduced.parts as f64),
            of(|reduced| reduced.executions as f64),
            of(|reduced| reduced.cpu_seconds),
            ratio(|reduced| reduced.parts as f64),
        ) else {
            continue;
        };
        let kept = reduced.iter().filter(|reduced| reduced.is_kept).count();
        let figures = vec![
            Figure::text("kept", format!("{kept} of {}", reduced.len())),
            Figure::median("bytes", bytes),
            Figure::median("parts", parts),
            Figure::median("times as few parts", smaller),
            Figure::median("executions", executions),
            Figure::median("CPU seconds", seconds),
        ];
        let faster = ratio(|reduced| reduced.cpu_seconds).filter(|_| number > 0);
        table.add_row(&workload, name, figures, faster);
    }
    table.headline(&workload, &["kept", "parts", "CPU seconds"], |_| true);
}
