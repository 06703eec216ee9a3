//! The regression guard: how many instructions fixed pieces of work take, by valgrind, beside what they took before.

use super::BenchError;
use super::schedules::default_schedules;
use crate::execution::Bench;
use crate::minimize::{MinimizeOptions, minimize_with};
use procsteal_oracle::Judge;
use procsteal_reference::{Model, Schedule, Variant};
use std::collections::BTreeMap;
use std::fmt;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

/// How much a count may grow before it is a regression, in per cent: layout and libraries move it by less.
const MAX_GROWTH_PERCENT: u64 = 5;

/// A trace of some thousand events, and a schedule that fails.
const TRACE: &[u8] = include_bytes!("../../oracle/tests/data/traces/go1.22.10-prefix-retake-stop-1.trace");
const FAILING: &str = include_str!("../../corpus/regressions/stuck-GoSyscallEndBlocked-retake-stop.sched");

/// A piece of work. Without it, a program does nothing but start: what that takes is not counted.
struct Work {
    name: &'static str,
    run: fn(&'static Variant),
}

const NOTHING: &str = "nothing";

const WORKS: [Work; 5] = [
    Work { name: NOTHING, run: |fixed| drop(black_box(default_schedules(fixed))) },
    Work { name: "model", run: model },
    Work { name: "differential", run: differential },
    Work { name: "judge", run: judge },
    Work { name: "minimize", run: minimizing },
];

fn model(fixed: &'static Variant) {
    let mut model = Model::new();
    for schedule in default_schedules(fixed) {
        black_box(model.run(fixed, &schedule).map_or(0, |run| run.steps()));
    }
}

fn differential(fixed: &'static Variant) {
    let mut bench = Bench::new();
    for schedule in default_schedules(fixed) {
        for scheduler in Variant::named("prefix").into_iter().chain([fixed]) {
            black_box(bench.execute(scheduler, &schedule));
        }
    }
}

fn judge(fixed: &'static Variant) {
    black_box(default_schedules(fixed));
    black_box(Judge::new().judge(TRACE).is_ok());
}

fn minimizing(fixed: &'static Variant) {
    black_box(default_schedules(fixed));
    if let (Ok(schedule), Some(prefix)) = (FAILING.parse::<Schedule>(), Variant::named("prefix")) {
        let options = MinimizeOptions::by_itself();
        black_box(minimize_with(&mut Bench::new(), prefix, &schedule, options).is_ok());
    }
}

/// Does the piece of work of that name once: what valgrind is run on.
///
/// # Errors
///
/// [`BenchError::UnknownGroup`] if there is none of that name.
pub fn work(name: &str) -> Result<(), BenchError> {
    let unknown = || BenchError::UnknownGroup {
        name: name.to_owned(),
        known: WORKS.iter().map(|work| work.name).collect::<Vec<_>>().join(", "),
    };
    let found = WORKS.iter().find(|work| work.name == name).ok_or_else(unknown)?;
    (found.run)(Variant::named("fixed").ok_or_else(unknown)?);
    Ok(())
}

/// Instructions by piece of work.
pub type Instructions = BTreeMap<String, u64>;

/// Counts the instructions of every piece of work, with valgrind's callgrind.
///
/// # Errors
///
/// [`BenchError::NoValgrind`] if it is not there; [`BenchError::Contestant`] if it gives no count.
pub fn count(program: &Path) -> Result<Instructions, BenchError> {
    let nothing = count_one(program, NOTHING)?;
    let works = WORKS.iter().filter(|work| work.name != NOTHING);
    works
        .map(|work| Ok((work.name.to_owned(), count_one(program, work.name)?.saturating_sub(nothing))))
        .collect()
}

fn count_one(program: &Path, name: &str) -> Result<u64, BenchError> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["bench", "--work", name])
        .output()
        .map_err(|source| BenchError::NoValgrind { source })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    collected
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| BenchError::Contestant { name: format!("valgrind on {name}"), problem: said })
}

/// A count beside the kept one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Growth {
    /// The piece of work.
    pub work: String,
    /// What it took when the count was kept; none if it was not.
    pub kept: Option<u64>,
    /// What it takes now.
    pub now: u64,
}

impl Growth {
    /// Whether it takes more than it may.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        self.kept
            .is_none_or(|kept| self.now.saturating_mul(100) > kept.saturating_mul(100 + MAX_GROWTH_PERCENT))
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { work, kept, now } = self;
        let verdict = if self.is_regression() { "GREW" } else { "holds" };
        match kept {
            Some(kept) => {
                let change = (*now as f64 / (*kept).max(1) as f64 - 1.0) * 100.0;
                write!(f, "{verdict:<5}  {work:<14} {now:>14} instructions, {kept} kept, {change:+.1} %")
            }
            None => write!(f, "{verdict:<5}  {work:<14} {now:>14} instructions, none kept"),
        }
    }
}

/// Every count beside the kept one of its name.
#[must_use]
pub fn growth(kept: &Instructions, now: &Instructions) -> Vec<Growth> {
    now.iter()
        .map(|(work, now)| Growth { work: work.clone(), kept: kept.get(work).copied(), now: *now })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_per_cent_are_the_limit() {
        let counts = |model| Instructions::from([("model".to_owned(), model)]);
        let regressed = |kept, now| growth(&counts(kept), &counts(now))[0].is_regression();
        assert!(!regressed(1_000, 900));
        assert!(!regressed(1_000, 1_050));
        assert!(regressed(1_000, 1_051));
        assert!(growth(&Instructions::new(), &counts(1))[0].is_regression(), "what was never kept must be");
    }

    #[test]
    fn every_work_can_be_done() {
        for name in ["nothing", "model", "differential", "judge", "minimize"] {
            assert!(work(name).is_ok(), "{name}");
        }
        assert!(work("other").is_err());
    }
}
