//! What a scheduler costs: a program that makes system calls, in alternating rounds on it and on the runtime as released.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use super::error::ConfirmError;
use super::runtime::{Delays, Runtime, file_error, write, write_runtime};
use super::scheduler::Scheduler;
use crate::go::Toolchain;

const PROGRAM_PACKAGE: &str = "procstealcost";
const PROGRAM_SOURCE: &str = include_str!("program/cost.go");

/// The share of repetitions of the whole measurement in which the interval holds the true median, at least.
const COVERAGE: f64 = 0.95;

/// Which time of a pattern says what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// The time of day: the system calls of one goroutine wait for Ps.
    Wall,
    /// The processor time of the whole process, which other work on the machine disturbs less.
    Processor,
}

/// A way of making system calls.
struct Pattern {
    name: &'static str,
    clock: Clock,
    arguments: &'static [&'static str],
}

const PATTERNS: [Pattern; 5] = [
    Pattern {
        name: "one goroutine, calls that return at once",
        clock: Clock::Processor,
        arguments: &["-calls=1000000"],
    },
    Pattern {
        name: "8 goroutines on 2 Ps, calls that return at once",
        clock: Clock::Processor,
        arguments: &["-procs=2", "-goroutines=8", "-calls=125000"],
    },
    Pattern {
        name: "the same, traced",
        clock: Clock::Processor,
        arguments: &["-procs=2", "-goroutines=8", "-calls=60000", "-traced"],
    },
    Pattern {
        name: "8 goroutines on 2 Ps, calls of 20 µs",
        clock: Clock::Wall,
        arguments: &["-procs=2", "-goroutines=8", "-calls=1000", "-sleep=20us"],
    },
    Pattern {
        name: "8 goroutines on 2 Ps, calls of 20 µs",
        clock: Clock::Processor,
        arguments: &["-procs=2", "-goroutines=8", "-calls=1000", "-sleep=20us"],
    },
];

/// A median, and between which values it lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The median of the samples.
    pub median: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What one pattern of system calls costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// The pattern.
    pub pattern: &'static str,
    /// The time that is measured.
    pub clock: Clock,
    /// Nanoseconds of one system call on the runtime as released.
    pub released_nanos: Interval,
    /// Nanoseconds of one system call on the scheduler that is measured.
    pub measured_nanos: Interval,
    /// The second by the first, round by round.
    pub ratio: Interval,
}

/// What a scheduler costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CostReport {
    /// The release.
    pub go_version: String,
    /// The scheduler that is compared with the runtime as released.
    pub scheduler: Scheduler,
    /// The rounds; in each, every pattern ran once on each runtime.
    pub rounds: u32,
    /// Pattern by pattern.
    pub costs: Vec<Cost>,
}

impl CostReport {
    /// The report as a Markdown table.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = writeln!(text, "Go {}, {} rounds\n", self.go_version, self.rounds);
        let _ = writeln!(
            text,
            "| pattern | time of one call | fixed, ns | {0}, ns | {0} / fixed |\n| --- | --- | ---: | ---: | ---: |",
            self.scheduler
        );
        for cost in &self.costs {
            let clock = match cost.clock {
                Clock::Wall => "wall",
                Clock::Processor => "processor",
            };
            let (ratio, nanos) = (cost.ratio, |time: Interval| format!("{:.0}", time.median));
            let _ = writeln!(
                text,
                "| {} | {clock} | {} | {} | {:.3} ({:.3} to {:.3}) |",
                cost.pattern,
                nanos(cost.released_nanos),
                nanos(cost.measured_nanos),
                ratio.median,
                ratio.low,
                ratio.high
            );
        }
        text
    }
}

/// Measures `scheduler` beside the runtime as released, in `rounds` rounds; the programs are built under `target`.
///
/// Rounds alternate which runtime comes first, so that neither has the warmer or the quieter machine.
///
/// # Errors
///
/// As [`confirm`](super::confirm()); [`ConfirmError::Program`] when the program fails or prints no times.
pub fn measure_cost(
    go_version: &str,
    target: &Path,
    scheduler: Scheduler,
    rounds: u32,
    progress: &mut dyn FnMut(&str),
) -> Result<CostReport, ConfirmError> {
    let toolchain = Toolchain::ensure(go_version, &target.join("toolchains"))?;
    let runtime = Runtime::read(&toolchain)?;
    let folder = target.join("confirm").join(go_version).join("cost");
    let mut programs = Vec::new();
    for scheduler in [Scheduler::Fixed, scheduler] {
        progress(&format!("building the runtime {scheduler}"));
        programs.push(build(&toolchain, &runtime, scheduler, &folder.join(scheduler.name()))?);
    }
    let mut samples: Vec<Vec<[f64; 2]>> = vec![Vec::new(); PATTERNS.len()];
    for round in 0..rounds {
        for (pattern, samples) in PATTERNS.iter().zip(&mut samples) {
            progress(&format!("round {} of {rounds}: {}", round + 1, pattern.name));
            let mut nanos = [0.0; 2];
            for turn in 0..2 {
                let which = ((round + turn) % 2) as usize;
                nanos[which] = run(&programs[which], pattern)?;
            }
            samples.push(nanos);
        }
    }
    let costs = PATTERNS.iter().zip(&samples).map(|(pattern, samples)| compare(pattern, samples)).collect();
    Ok(CostReport { go_version: go_version.to_owned(), scheduler, rounds, costs })
}

fn build(
    toolchain: &Toolchain,
    runtime: &Runtime,
    scheduler: Scheduler,
    folder: &Path,
) -> Result<PathBuf, ConfirmError> {
    let mut overlay = write_runtime(runtime, scheduler, Delays::None, folder)?;
    let source = write(&folder.join("program-cost.go"), PROGRAM_SOURCE)?;
    overlay.push((Path::new(PROGRAM_PACKAGE).join("cost.go"), source));
    let program = folder.join("program");
    toolchain.build(&overlay, &[&format!("./{PROGRAM_PACKAGE}")], &program)?;
    Ok(program)
}

/// Runs the program once: the nanoseconds of one system call.
fn run(program: &Path, pattern: &Pattern) -> Result<f64, ConfirmError> {
    let output = Command::new(program)
        .args(pattern.arguments)
        .env_remove("GODEBUG")
        .output()
        .map_err(file_error("run", program))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let problem = |problem: &str| ConfirmError::Program {
        problem: problem.to_owned(),
        output: format!("{printed}{}", String::from_utf8_lossy(&output.stderr)),
    };
    if !output.status.success() {
        return Err(problem("failed"));
    }
    let times: Vec<f64> = printed.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match (times.as_slice(), pattern.clock) {
        (&[nanos, _], Clock::Wall) | (&[_, nanos], Clock::Processor) if nanos > 0.0 => Ok(nanos),
        _ => Err(problem("printed no times")),
    }
}

fn compare(pattern: &Pattern, samples: &[[f64; 2]]) -> Cost {
    let summary = |of: fn(&[f64; 2]) -> f64| median_interval(samples.iter().map(of).collect());
    Cost {
        pattern: pattern.name,
        clock: pattern.clock,
        released_nanos: summary(|nanos| nanos[0]),
        measured_nanos: summary(|nanos| nanos[1]),
        ratio: summary(|nanos| nanos[1] / nanos[0]),
    }
}

/// The median of the samples and its interval, from order statistics: nothing is assumed of their distribution.
fn median_interval(mut samples: Vec<f64>) -> Interval {
    samples.sort_by(f64::total_cmp);
    let count = samples.len();
    let (Some(&first), Some(&last)) = (samples.first(), samples.last()) else {
        return Interval { median: f64::NAN, low: f64::NAN, high: f64::NAN };
    };
    let median = f64::midpoint(samples[(count - 1) / 2], samples[count / 2]);
    // The median is below the sample of rank k (from 0) when at most k of `count` fair coins show heads.
    let mut below = 0.0;
    let mut exactly = 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let (mut low, mut high) = (first, last);
    for rank in 0..count / 2 {
        below += exactly;
        if 1.0 - 2.0 * below < COVERAGE {
            break;
        }
        (low, high) = (samples[rank], samples[count - 1 - rank]);
        exactly *= (count - rank) as f64 / (rank + 1) as f64;
    }
    Interval { median, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_median_is_the_tabulated_one() {
        // Of 20 samples the 6th and the 15th (95.9 %), of 9 the 2nd and the 8th (96.1 %).
        let interval = median_interval((1..=20).map(f64::from).collect());
        assert_eq!(interval, Interval { median: 10.5, low: 6.0, high: 15.0 });
        let interval = median_interval((1..=9).rev().map(f64::from).collect());
        assert_eq!(interval, Interval { median: 5.0, low: 2.0, high: 8.0 });
    }

    #[test]
    fn few_samples_have_their_range_as_interval() {
        assert_eq!(median_interval(vec![3.0, 1.0]), Interval { median: 2.0, low: 1.0, high: 3.0 });
        assert!(median_interval(Vec::new()).median.is_nan());
    }

    #[test]
    fn the_table_has_a_row_for_each_pattern() {
        let samples = [[100.0, 102.0], [100.0, 104.0], [100.0, 103.0]];
        let costs = PATTERNS.iter().map(|pattern| compare(pattern, &samples)).collect();
        let scheduler = Scheduler::Repaired;
        let report = CostReport { go_version: "1.22.10".to_owned(), scheduler, rounds: 3, costs };
        let text = report.to_markdown();
        assert_eq!(text.lines().count(), 4 + PATTERNS.len());
        assert!(text.ends_with("| processor | 100 | 103 | 1.030 (1.020 to 1.040) |\n"), "{text}");
    }
}
