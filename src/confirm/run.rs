//! One experiment on one runtime: the Go program is run a number of times, and each trace it writes is judged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::error::ConfirmError;
use super::experiment::{Load, Pause};
use super::judge::{Judge, Verdict};
use super::runtime::{create_folder, file_error};

/// The longest that one process may take: a hundred times what the longest experiment takes on a busy machine.
const PROCESS_LIMIT: Duration = Duration::from_secs(60);
/// How often a running process is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(1);
/// The broken traces of one kind that are kept of one experiment on one runtime.
const KEPT_TRACES_PER_KIND: usize = 3;
/// The most bytes of a program's output that is kept.
const MAX_OUTPUT_BYTES: usize = 4_096;

/// What came of running one experiment on one runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Processes that were run, each of which wrote the traces of its load.
    pub runs: u32,
    /// Runs in which at least one trace could not be read, or the program did not end well.
    pub broken_runs: u32,
    /// Traces that were judged.
    pub traces: u32,
    /// Traces that the oracle cannot read.
    pub unreadable_traces: u32,
    /// Threads that were delayed, by the number of the place ([`Site::number`](super::edits::Site::number)).
    pub delays: BTreeMap<u8, u64>,
    /// The failures of the oracle, as `<error code>/<failing event>`, with what is known of each.
    pub failures: BTreeMap<String, Failure>,
    /// Runs whose program crashed or was ended for taking too long, with the end of what it printed.
    pub crashes: Vec<String>,
    /// Traces about which the oracle and Go's own reader do not agree; kept.
    pub disagreements: Vec<PathBuf>,
}

/// One kind of failure in one experiment on one runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Runs whose first unreadable trace fails so.
    pub runs: u32,
    /// What the oracle says of the first of them.
    pub message: String,
    /// What Go's own reader says of it.
    pub go_message: String,
    /// The first few of the traces.
    pub kept: Vec<PathBuf>,
}

/// The program and its folders.
#[derive(Clone, Debug)]
pub(super) struct Bench<'a> {
    pub(super) program: &'a Path,
    /// Where the traces are written; emptied after each run.
    pub(super) scratch: PathBuf,
    /// Where unreadable traces are kept.
    pub(super) kept: PathBuf,
}

impl Bench<'_> {
    /// Runs the program `runs` times and judges its traces; `progress` hears the tally after each run.
    pub(super) fn tally(
        &self,
        runs: u32,
        load: &Load,
        pauses: &[Pause],
        judge: &mut Judge,
        progress: &mut dyn FnMut(&Tally),
    ) -> Result<Tally, ConfirmError> {
        let mut tally = Tally::default();
        for _ in 0..runs {
            self.one_run(load, pauses, judge, &mut tally)?;
            progress(&tally);
        }
        Ok(tally)
    }

    fn one_run(
        &self,
        load: &Load,
        pauses: &[Pause],
        judge: &mut Judge,
        tally: &mut Tally,
    ) -> Result<(), ConfirmError> {
        remove_folder(&self.scratch)?;
        create_folder(&self.scratch)?;
        let run_number = tally.runs;
        tally.runs += 1;
        let end = self.run_program(load, pauses)?;
        if end.succeeded() {
            count_delays(&end.output, &mut tally.delays);
        } else {
            let how = end.status.map_or_else(|| "took too long".to_owned(), |status| status.to_string());
            tally.crashes.push(format!("run {run_number}: {how}: {}", end.errors.trim()));
        }
        let mut first_failure = None;
        for trace in traces_in(&self.scratch)? {
            let bytes = std::fs::read(&trace).map_err(file_error("read", &trace))?;
            let verdict = judge.verdict(&bytes)?;
            tally.traces += 1;
            tally.unreadable_traces += u32::from(verdict.failure.is_some());
            if !verdict.agrees() {
                tally.disagreements.push(self.keep(&trace, "disagreement", run_number)?);
            }
            if first_failure.is_none() && verdict.failure.is_some() {
                first_failure = Some((trace, verdict));
            }
        }
        if let Some((trace, verdict)) = &first_failure {
            self.record(trace, verdict, run_number, tally)?;
        }
        if first_failure.is_some() || !end.succeeded() {
            tally.broken_runs += 1;
        }
        Ok(())
    }

    fn record(
        &self,
        trace: &Path,
        verdict: &Verdict,
        run_number: u32,
        tally: &mut Tally,
    ) -> Result<(), ConfirmError> {
        let Some(kind) = &verdict.failure else { return Ok(()) };
        let failure = tally.failures.entry(kind.clone()).or_insert_with(|| Failure {
            message: verdict.message.clone(),
            go_message: verdict.go_message.clone().unwrap_or_default(),
            ..Failure::default()
        });
        failure.runs += 1;
        if failure.kept.len() < KEPT_TRACES_PER_KIND {
            failure.kept.push(self.keep(trace, &kind.replace('/', "-"), run_number)?);
        }
        Ok(())
    }

    fn keep(&self, trace: &Path, kind: &str, run_number: u32) -> Result<PathBuf, ConfirmError> {
        create_folder(&self.kept)?;
        let number = trace.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let kept = self.kept.join(format!("{kind}-{run_number:05}-{number}.trace"));
        std::fs::copy(trace, &kept).map_err(file_error("write", &kept))?;
        Ok(kept)
    }

    fn run_program(&self, load: &Load, pauses: &[Pause]) -> Result<End, ConfirmError> {
        let output_path = self.scratch.join("output.txt");
        let errors_path = self.scratch.join("errors.txt");
        let create = |path: &Path| File::create(path).map_err(file_error("write", path));
        let pauses: Vec<String> = pauses.iter().map(Pause::argument).collect();
        let mut child = Command::new(self.program)
            .arg("-out")
            .arg(&self.scratch)
            .args(load.arguments())
            .args(["-pauses", &pauses.join(",")])
            .env("GODEBUG", load.debug_settings())
            .stdin(Stdio::null())
            .stdout(create(&output_path)?)
            .stderr(create(&errors_path)?)
            .spawn()
            .map_err(file_error("run", self.program))?;
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(file_error("wait for", self.program))? {
                break Some(status);
            }
            if started.elapsed() > PROCESS_LIMIT {
                child.kill().map_err(file_error("end", self.program))?;
                child.wait().map_err(file_error("wait for", self.program))?;
                break None;
            }
            std::thread::sleep(POLL_INTERVAL);
        };
        Ok(End { status, output: read_start(&output_path)?, errors: read_start(&errors_path)? })
    }
}

/// How a process ended; no status when it was ended for taking too long.
struct End {
    status: Option<ExitStatus>,
    output: String,
    errors: String,
}

impl End {
    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Adds up the program's output: a line `PLACE COUNT` for each place with a delay.
fn count_delays(output: &str, delays: &mut BTreeMap<u8, u64>) {
    for line in output.lines() {
        if let Some((place, count)) = line.split_once(' ')
            && let (Ok(place), Ok(count)) = (place.parse(), count.parse::<u64>())
        {
            *delays.entry(place).or_default() += count;
        }
    }
}

/// The first bytes of a text file, at most [`MAX_OUTPUT_BYTES`]: a crash of Go says what it is first.
fn read_start(path: &Path) -> Result<String, ConfirmError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(file_error("read", path))?;
    file.take(MAX_OUTPUT_BYTES as u64).read_to_end(&mut bytes).map_err(file_error("read", path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The traces in a folder, in the order in which they were written.
fn traces_in(folder: &Path) -> Result<Vec<PathBuf>, ConfirmError> {
    let entries = std::fs::read_dir(folder).map_err(file_error("read", folder))?;
    let mut traces = Vec::new();
    for entry in entries {
        let path = entry.map_err(file_error("read", folder))?.path();
        if path.extension().is_some_and(|extension| extension == "trace") {
            traces.push(path);
        }
    }
    traces.sort();
    Ok(traces)
}

pub(super) fn remove_folder(folder: &Path) -> Result<(), ConfirmError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(file_error("remove", folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_added_up_by_place() {
        let mut delays = BTreeMap::new();
        count_delays("2 10\n14 1\n", &mut delays);
        count_delays("2 5\nnonsense\n", &mut delays);
        assert_eq!(delays.into_iter().collect::<Vec<_>>(), [(2, 15), (14, 1)]);
    }

    #[test]
    fn traces_are_judged_in_the_order_in_which_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["00010.trace", "output.txt", "00002.trace"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let traces = traces_in(folder.path()).unwrap();
        let names: Vec<_> = traces.iter().map(|trace| trace.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["00002.trace", "00010.trace"]);
    }
}
