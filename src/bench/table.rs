//! The table that all groups write into.

use super::machine::Machine;
use super::measure::{Interval, Series};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One contestant on one workload.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The group that it belongs to.
    pub group: Cow<'static, str>,
    /// What was worked on.
    pub workload: String,
    /// Who did the work.
    pub contestant: String,
    /// What it came to.
    pub figures: Vec<Figure>,
    /// How many times as good as the workload's peer; `None` for the peer itself, and where there is none. What is
    /// compared, the group says.
    pub times_as_good: Option<Interval>,
    /// Where it stands in the summary; `None` if it does not.
    pub headline: Option<Headline>,
}

/// A row's place in the summary. Those of one contestant that share a line stand there together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Headline {
    /// What was worked on, in short.
    pub line: String,
    /// The columns that are shown.
    pub columns: Vec<String>,
}

/// One cell of a row.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// The column's head: what, and in which unit.
    pub column: String,
    /// What stands in it.
    #[serde(flatten)]
    pub cell: Cell,
}

/// What stands in a cell.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// A median with its interval.
    Median(Interval),
    /// A number that is what it is: counted once, or the most that was seen.
    Number(f64),
    /// Words.
    Text(String),
}

impl Figure {
    /// A median.
    pub(super) fn median(column: impl Into<String>, interval: Interval) -> Self {
        Self { column: column.into(), cell: Cell::Median(interval) }
    }

    /// A number without an interval.
    pub(super) fn number(column: impl Into<String>, number: f64) -> Self {
        Self { column: column.into(), cell: Cell::Number(number) }
    }

    /// Words.
    pub(super) fn text(column: impl Into<String>, text: impl Into<String>) -> Self {
        Self { column: column.into(), cell: Cell::Text(text.into()) }
    }
}

/// The head of the columns for memory.
pub(super) const PEAK_COLUMN: &str = "peak MiB";

/// Bytes as that column has them.
pub(super) fn mebibytes(bytes: u64) -> f64 {
    const MEBIBYTE: f64 = 1_048_576.0;
    bytes as f64 / MEBIBYTE
}

/// Rows that are missing, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Left {
    /// The group that they belong to.
    pub group: Cow<'static, str>,
    /// What is missing.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// A group, as the table tells of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Heading {
    /// Its name.
    pub group: Cow<'static, str>,
    /// What it measures.
    pub about: Cow<'static, str>,
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
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
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
        self.groups.push(Heading { group: group.into(), about: about.into() });
    }

    fn group(&self) -> Cow<'static, str> {
        self.groups.last().map(|heading| heading.group.clone()).unwrap_or_default()
    }

    /// The rows of the group that are not in the summary yet and that `is_meant` picks stand there from now on, in this
    /// line, with these columns.
    pub fn headline(&mut self, line: &str, columns: &[&str], is_meant: impl Fn(&Row) -> bool) {
        let group = self.group();
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let rows = self.rows.iter_mut().filter(|row| row.group == group && row.headline.is_none());
        for row in rows.filter(|row| is_meant(row)) {
            row.headline = Some(Headline { line: line.to_owned(), columns: columns.clone() });
        }
    }

    /// Adds a row of any figures.
    pub fn add_row(
        &mut self,
        workload: &str,
        contestant: &str,
        figures: Vec<Figure>,
        times_as_good: Option<Interval>,
    ) {
        let (workload, contestant) = (workload.to_owned(), contestant.to_owned());
        let (group, headline) = (self.group(), None);
        self.rows.push(Row { group, workload, contestant, figures, times_as_good, headline });
    }

    /// Adds a row of rates for each of the series; the ratios are of CPU time, against the series number `base`.
    pub fn add(&mut self, workload: Workload<'_>, series: &[Series], base: Option<usize>) {
        let base = base.and_then(|base| series.get(base).map(|series| (base, series)));
        for (number, contestant) in series.iter().enumerate() {
            let ratio = base
                .filter(|(base, _)| *base != number)
                .and_then(|(_, base)| contestant.times_as_fast_as(base));
            if let Some(figures) = rates(workload, contestant) {
                self.add_row(workload.name, &contestant.name, figures, ratio);
            }
        }
    }

    /// Says that rows are missing.
    pub fn leave_out(&mut self, what: impl Into<String>, reason: impl ToString) {
        let (what, reason) = (what.into(), reason.to_string());
        let group = self.group();
        self.left_out.push(Left { group, what, reason });
    }
}

/// How much a second, by both clocks, and what else the turns say.
fn rates(workload: Workload<'_>, series: &Series) -> Option<Vec<Figure>> {
    const MEGABYTE: f64 = 1e6;
    let unit = workload.unit;
    let (wall, cpu, sample) = (series.per_wall_second()?, series.per_cpu_second()?, series.samples.first()?);
    let mut figures = vec![
        Figure::median(format!("{unit} a second, wall"), wall),
        Figure::median(format!("{unit} a second, CPU"), cpu),
    ];
    if let Some(bytes) = workload.input_bytes {
        let megabytes_per_unit = bytes as f64 / sample.units.max(1) as f64 / MEGABYTE;
        figures.push(Figure::median("MB a second, CPU", cpu.scaled(megabytes_per_unit)));
    }
    if let Some(bytes) = series.peak_memory_bytes() {
        figures.push(Figure::number(PEAK_COLUMN, mebibytes(bytes)));
    }
    Some(figures)
}
