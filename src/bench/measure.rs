//! Turns, medians and their intervals.

use super::BenchError;
use crate::explore::Rng;
use cpu_time::ProcessTime;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::{Duration, Instant};

/// What one turn of a contestant came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// How much was done: events, runs, executions.
    pub units: u64,
    /// By the clock on the wall.
    pub wall: Duration,
    /// Of all threads of the process.
    pub cpu: Duration,
    /// The most memory the process has had so far; `None` if the machine does not say, or if the process does more
    /// than this.
    pub peak_memory_bytes: Option<u64>,
}

/// Something whose speed is measured.
pub trait Contestant {
    /// Its name, for the table.
    fn name(&self) -> &str;

    /// Does the work once.
    ///
    /// # Errors
    ///
    /// [`BenchError::Contestant`] if it cannot.
    fn turn(&mut self) -> Result<Sample, BenchError>;
}

/// A closure that does the work in this process and says how many units it did.
pub struct InProcess<F> {
    name: String,
    work: F,
}

impl<F: FnMut() -> u64> InProcess<F> {
    /// A contestant of this name.
    pub fn new(name: &str, work: F) -> Self {
        Self { name: name.to_owned(), work }
    }
}

impl<F: FnMut() -> u64> Contestant for InProcess<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn turn(&mut self) -> Result<Sample, BenchError> {
        Ok(time(&mut self.work))
    }
}

/// Times `work`, which says how many units it did.
pub(super) fn time(work: impl FnOnce() -> u64) -> Sample {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let units = std::hint::black_box(work());
    Sample { units, wall: wall.elapsed(), cpu: cpu.elapsed(), peak_memory_bytes: None }
}

/// The turns of one contestant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    /// The contestant.
    pub name: String,
    /// Its turns, without the first one.
    pub samples: Vec<Sample>,
}

/// Lets contestants take turns: one that does not count, then `turns` that do.
///
/// # Errors
///
/// What the contestants say.
pub fn contest(
    contestants: &mut [Box<dyn Contestant + '_>],
    turns: usize,
) -> Result<Vec<Series>, BenchError> {
    let mut series: Vec<Series> = contestants
        .iter()
        .map(|contestant| Series { name: contestant.name().to_owned(), samples: Vec::new() })
        .collect();
    for turn in 0..=turns {
        for (contestant, series) in contestants.iter_mut().zip(&mut series) {
            let sample = contestant.turn()?;
            if turn > 0 {
                series.samples.push(sample);
            }
        }
    }
    Ok(series)
}

/// A median, and the interval that holds the true one with a confidence of at least 95 % (or all that was seen, if it
/// was too little for that).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    #[serde(deserialize_with = "number_or_never")]
    pub low: f64,
    /// The median.
    #[serde(deserialize_with = "number_or_never")]
    pub median: f64,
    /// The upper end.
    #[serde(deserialize_with = "number_or_never")]
    pub high: f64,
}

/// JSON has no infinity: what was never reached is null there.
fn number_or_never<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}

impl Interval {
    /// Of values in any order; `None` if there are none.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let last = count.checked_sub(1)?;
        let excluded = excluded(count);
        let median = (values[last / 2] + values[count / 2]) / 2.0;
        Some(Self { low: values[excluded], median, high: values[last - excluded] })
    }

    /// The same in another unit.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let Self { low, median, high } = self;
        Self { low: low * factor, median: median * factor, high: high * factor }
    }

    /// The median of `above` over that of `below`, two samples that have nothing to do with each other: the bootstrap's
    /// percentiles, the same for the same samples. `None` if one of them is empty.
    #[must_use]
    pub fn of_ratio(above: &[f64], below: &[f64]) -> Option<Self> {
        const RESAMPLES: usize = 2_000;
        const OUTSIDE_AT_EACH_END: usize = RESAMPLES / 40;
        let mut rng = Rng::new(0, 0);
        let mut resampled = |values: &[f64]| {
            let drawn = (0..values.len()).filter_map(|_| rng.pick(values).copied()).collect();
            Self::of(drawn).map(|interval| interval.median)
        };
        let mut ratios = Vec::with_capacity(RESAMPLES);
        for _ in 0..RESAMPLES {
            ratios.push(resampled(above)? / resampled(below)?);
        }
        ratios.sort_by(f64::total_cmp);
        let median = Self::of(above.to_vec())?.median / Self::of(below.to_vec())?.median;
        let (low, high) = (ratios[OUTSIDE_AT_EACH_END], ratios[RESAMPLES - 1 - OUTSIDE_AT_EACH_END]);
        Some(Self { low, median, high })
    }
}

/// How many values lie outside of the interval at each end. The true median is below the value of rank `excluded + 1`
/// only if at most `excluded` of `count` throws of a coin show heads, and that may happen once in forty times.
fn excluded(count: usize) -> usize {
    const CHANCE_AT_EACH_END: f64 = 0.025;
    let mut exactly = 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let mut at_most = 0.0;
    for heads in 0..count / 2 {
        at_most += exactly;
        if at_most > CHANCE_AT_EACH_END {
            return heads.saturating_sub(1);
        }
        exactly *= (count - heads) as f64 / (heads + 1) as f64;
    }
    0
}

impl Series {
    /// Units a second of wall time.
    #[must_use]
    pub fn per_wall_second(&self) -> Option<Interval> {
        Interval::of(self.samples.iter().map(|sample| rate(sample.units, sample.wall)).collect())
    }

    /// Units a second of CPU time.
    #[must_use]
    pub fn per_cpu_second(&self) -> Option<Interval> {
        Interval::of(self.samples.iter().map(|sample| rate(sample.units, sample.cpu)).collect())
    }

    /// How many times as fast as `base` this is, by CPU time, each turn against the turn of `base` beside it.
    #[must_use]
    pub fn times_as_fast_as(&self, base: &Self) -> Option<Interval> {
        let pairs = self.samples.iter().zip(&base.samples);
        let ratio =
            |(ours, theirs): (&Sample, &Sample)| rate(ours.units, ours.cpu) / rate(theirs.units, theirs.cpu);
        Interval::of(pairs.map(ratio).collect())
    }

    /// The most memory of any turn.
    #[must_use]
    pub fn peak_memory_bytes(&self) -> Option<u64> {
        self.samples.iter().filter_map(|sample| sample.peak_memory_bytes).max()
    }
}

/// Units a second; a time too short for the clock counts as its smallest step.
fn rate(units: u64, time: Duration) -> f64 {
    units as f64 / time.max(Duration::from_nanos(1)).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(count: u32) -> Interval {
        Interval::of((1..=count).rev().map(f64::from).collect()).unwrap()
    }

    #[test]
    fn intervals_are_those_of_the_binomial_table() {
        assert_eq!(Interval::of(Vec::new()), None);
        assert_eq!(interval(1), Interval { low: 1.0, median: 1.0, high: 1.0 });
        assert_eq!(interval(5), Interval { low: 1.0, median: 3.0, high: 5.0 });
        assert_eq!(interval(9), Interval { low: 2.0, median: 5.0, high: 8.0 });
        assert_eq!(interval(20), Interval { low: 6.0, median: 10.5, high: 15.0 });
    }

    #[test]
    fn a_ratio_of_medians_has_an_interval_that_holds_it() {
        let hundred: Vec<f64> = (1..=99).map(f64::from).collect();
        let ten: Vec<f64> = hundred.iter().map(|value| value / 10.0).collect();
        let ratio = Interval::of_ratio(&hundred, &ten).unwrap();
        assert!((ratio.median - 10.0).abs() < 1e-9 && ratio.low < 10.0 && ratio.high > 10.0, "{ratio:?}");
        assert!(ratio.low > 6.0 && ratio.high < 16.0, "{ratio:?}");
        assert_eq!(Interval::of_ratio(&[], &ten), None);
    }

    #[test]
    fn turns_alternate_and_the_first_does_not_count() {
        let order = std::cell::RefCell::new(String::new());
        let contestant = |name: &str| {
            let (order, letter) = (&order, name.to_owned());
            let work = move || {
                order.borrow_mut().push_str(&letter);
                1
            };
            Box::new(InProcess::new(name, work)) as Box<dyn Contestant>
        };
        let series = contest(&mut [contestant("a"), contestant("b")], 2).unwrap();
        assert_eq!(*order.borrow(), "ababab");
        assert_eq!(series.iter().map(|series| series.samples.len()).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn ratios_are_those_of_neighbours() {
        let series = |milliseconds: [u64; 3]| Series {
            name: String::new(),
            samples: milliseconds
                .map(|time| {
                    let cpu = Duration::from_millis(time);
                    Sample { units: 10, wall: cpu, cpu, peak_memory_bytes: None }
                })
                .to_vec(),
        };
        let ratio = series([1, 2, 3]).times_as_fast_as(&series([10, 20, 30])).unwrap();
        assert!((ratio.low - 10.0).abs() < 1e-9 && (ratio.high - 10.0).abs() < 1e-9, "{ratio:?}");
    }
}
