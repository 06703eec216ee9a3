//! Memory of one long hunt: how much it has as it goes on.

use super::table::{Figure, Table, mebibytes};
use super::{BenchError, Group, Interval, Setup};
use crate::explore::{HuntOptions, Kind, Observer, Progress, hunt};
use cpu_time::ProcessTime;
use procsteal_reference::Variant;
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

/// Executions at which the memory is looked at; the hunt ends with the last.
const POINTS: [u64; 4] = [30_000, 100_000, 300_000, 1_000_000];

pub(super) struct Memory;

impl Group for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn about(&self) -> &'static str {
        "One hunt of a million executions on `prefix` and `fixed` with one job and the portfolio, minimization included, in a \
         process of its own: the memory that it has resident after so many executions. The ratio is of memory, the first \
         row's against this one's: 1 is flat."
    }

    fn measure(&self, setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let fail = |problem: String| BenchError::Contestant { name: "the long hunt".to_owned(), problem };
        let mut command = Command::new(&setup.program);
        command.args(["bench", "--long-hunt"]).stdin(Stdio::null());
        let output = command.output().map_err(BenchError::file("run", &setup.program))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(fail(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let mut first = None;
        for line in said.lines() {
            let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [executions, bytes, peak_bytes, seconds] = numbers[..] else { return Err(fail(said)) };
            let ratio = first.map(|first| first / bytes);
            first.get_or_insert(bytes);
            let figures = vec![
                Figure::number("executions", executions),
                Figure::number("resident MiB", mebibytes(bytes as u64)),
                Figure::number("peak MiB", mebibytes(peak_bytes as u64)),
                Figure::number("CPU seconds", seconds),
            ];
            let ratio = ratio.map(|ratio| Interval { low: ratio, median: ratio, high: ratio });
            table.add_row("hunt, two schedulers", "procsteal hunt", figures, ratio);
        }
        table.headline("one long hunt on two schedulers, as it goes on", &["resident MiB"], |_| true);
        Ok(())
    }
}

/// The hunt, in the process that is looked at: a line for each point, with executions, bytes resident, the most bytes
/// so far, and seconds of CPU time.
///
/// # Errors
///
/// [`BenchError::Contestant`] if the hunt cannot be made, or the system does not tell of memory.
pub fn long_hunt(tell: impl FnMut(&str)) -> Result<(), BenchError> {
    let fail = |problem: String| BenchError::Contestant { name: "the long hunt".to_owned(), problem };
    let options = HuntOptions {
        schedulers: ["prefix", "fixed"].into_iter().filter_map(Variant::named).collect(),
        executions: POINTS.last().copied(),
        seed: 1,
        jobs: NonZeroUsize::MIN,
        ..HuntOptions::default()
    };
    let mut watch = Watch { next: 0, tell, start: ProcessTime::now(), is_blind: false };
    let summary =
        hunt(&options, &AtomicBool::new(false), &mut watch).map_err(|error| fail(error.to_string()))?;
    watch.reach(summary.executions);
    if watch.is_blind {
        Err(fail("the system does not tell how much memory a process has".to_owned()))
    } else {
        Ok(())
    }
}

/// Looks at the memory when a point is reached.
struct Watch<T> {
    next: usize,
    tell: T,
    start: ProcessTime,
    is_blind: bool,
}

impl<T: FnMut(&str)> Watch<T> {
    fn reach(&mut self, executions: u64) {
        if POINTS.get(self.next).is_none_or(|point| executions < *point) {
            return;
        }
        self.next += 1;
        match (status("VmRSS:"), status("VmHWM:")) {
            (Some(now), Some(peak)) => {
                let seconds = self.start.elapsed().as_secs_f64();
                (self.tell)(&format!("{executions} {now} {peak} {seconds}"));
            }
            _ => self.is_blind = true,
        }
    }
}

impl<T: FnMut(&str)> Observer for Watch<T> {
    fn progress(&mut self, progress: &Progress) {
        self.reach(progress.executions);
    }

    fn found(&mut self, _kind: &Kind) {}
}

/// A size in the process's status, in bytes; `None` where the system has no `/proc`.
pub(super) fn status(field: &str) -> Option<u64> {
    const BYTES_PER_KIBIBYTE: u64 = 1024;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(kibibytes.split_whitespace().next()?.parse::<u64>().ok()? * BYTES_PER_KIBIBYTE)
}
