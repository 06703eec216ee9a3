//! The table that all groups write into.

use super::machine::Machine;
use super::measure::{Interval, Series};
use serde::Serialize;

/// One contestant on one workload.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Row {
    /// The group that it belongs to.
    pub group: &'static str,
    /// What was worked on.
    pub workload: String,
    /// Who did the work.
    pub contestant: String,
    /// What is counted.
    pub unit: &'static str,
    /// How many of them each turn did.
    pub units: u64,
    /// How many a second of wall time.
    pub per_wall_second: Interval,
    /// How many a second of CPU time.
    pub per_cpu_second: Interval,
    /// How many bytes of input a second of CPU time, if there is an input.
    pub bytes_per_cpu_second: Option<Interval>,
    /// The most memory that its process had.
    pub peak_memory_bytes: Option<u64>,
    /// How many times as fast as the workload's peer, by CPU time; `None` for the peer itself.
    pub times_as_fast: Option<Interval>,
}

/// Rows that are missing, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Left {
    /// The group that they belong to.
    pub group: &'static str,
    /// What is missing.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// A group, as the table tells of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Heading {
    /// Its name.
    pub group: &'static str,
    /// What it measures.
    pub about: &'static str,
}

/// The workload of some rows.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'w> {
    /// Its name.
    pub name: &'w str,
    /// What is counted.
    pub unit: &'static str,
    /// The size of its input, if it has one.
    pub input_bytes: Option<u64>,
}

/// What was measured.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Table {
    /// Where.
    pub machine: Machine,
    /// How many turns of each contestant counted.
    pub turns: usize,
    /// The groups, in order.
    pub groups: Vec<Heading>,
    /// The rows, group by group.
    pub rows: Vec<Row>,
    /// What could not be measured.
    pub left_out: Vec<Left>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(machine: Machine, turns: usize) -> Self {
        Self { machine, turns, groups: Vec::new(), rows: Vec::new(), left_out: Vec::new() }
    }

    /// Rows from here on belong to this group.
    pub fn begin(&mut self, group: &'static str, about: &'static str) {
        self.groups.push(Heading { group, about });
    }

    fn group(&self) -> &'static str {
        self.groups.last().map_or("", |heading| heading.group)
    }

    /// Adds a row for each of the series; the ratios are against the series number `base`.
    pub fn add(&mut self, workload: Workload<'_>, series: &[Series], base: Option<usize>) {
        let base = base.and_then(|base| series.get(base).map(|series| (base, series)));
        for (number, contestant) in series.iter().enumerate() {
            let (Some(per_wall_second), Some(per_cpu_second), Some(sample)) =
                (contestant.per_wall_second(), contestant.per_cpu_second(), contestant.samples.first())
            else {
                continue;
            };
            let bytes_per_unit = workload.input_bytes.map(|bytes| bytes as f64 / sample.units.max(1) as f64);
            self.rows.push(Row {
                group: self.group(),
                workload: workload.name.to_owned(),
                contestant: contestant.name.clone(),
                unit: workload.unit,
                units: sample.units,
                per_wall_second,
                per_cpu_second,
                bytes_per_cpu_second: bytes_per_unit.map(|bytes| scaled(per_cpu_second, bytes)),
                peak_memory_bytes: contestant.peak_memory_bytes(),
                times_as_fast: base
                    .filter(|(base, _)| *base != number)
                    .and_then(|(_, base)| contestant.times_as_fast_as(base)),
            });
        }
    }

    /// Says that rows are missing.
    pub fn leave_out(&mut self, what: impl Into<String>, reason: impl ToString) {
        let (what, reason) = (what.into(), reason.to_string());
        self.left_out.push(Left { group: self.group(), what, reason });
    }
}

fn scaled(interval: Interval, factor: f64) -> Interval {
    let Interval { low, median, high } = interval;
    Interval { low: low * factor, median: median * factor, high: high * factor }
}
