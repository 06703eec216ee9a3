//! The event streams of two runs, side by side.

use crate::execution::Recording;
use crate::story::step_of_time;
use procsteal_oracle::{Timestamp, gtl1};
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One event of a trace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EventLine {
    /// The step that wrote it (an index into the run's steps); none for the last line, which says how reading ended.
    pub step: Option<usize>,
    /// The line of form GTL1 (format 7.2), without its time.
    pub text: String,
}

impl EventLine {
    /// The line for people: without the fields that say nothing, such as no stack, and with spaces as spaces.
    #[must_use]
    pub fn short(&self) -> String {
        self.text
            .replace("\\x20", " ")
            .replace(" stk=-", "")
            .replace(" tstk=-", "")
            .replace(" reason=\"\"", "")
    }
}

/// One row of two event streams side by side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DiffRow {
    /// How the two sides compare.
    pub kind: RowKind,
    /// The event of the left stream.
    pub left: Option<EventLine>,
    /// The event of the right stream.
    pub right: Option<EventLine>,
}

/// How the two sides of a row compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// The same event.
    Same,
    /// Another event in its place.
    Changed,
    /// Only the left stream has it.
    LeftOnly,
    /// Only the right stream has it.
    RightOnly,
}

/// The events of all traces of a run, in form GTL1 without their times, and each trace's last line.
#[must_use]
pub fn event_lines(recording: &Recording) -> Vec<EventLine> {
    let mut bytes = Vec::new();
    for trace in &recording.traces {
        // A vector takes whatever is written to it.
        let _: Result<(), std::io::Error> = gtl1::write(trace, &mut bytes);
    }
    String::from_utf8_lossy(&bytes).lines().map(event_line).collect()
}

fn event_line(line: &str) -> EventLine {
    let timed = line.split_once(' ').and_then(|(time, rest)| Some((time.parse::<i64>().ok()?, rest)));
    match timed {
        Some((time, rest)) => EventLine { step: step_of_time(Timestamp(time)), text: rest.to_owned() },
        None => EventLine { step: None, text: line.to_owned() },
    }
}

/// The streams of two runs side by side.
pub(super) fn rows(left: &Recording, right: &Recording) -> Vec<DiffRow> {
    let (left, right) = (event_lines(left), event_lines(right));
    let texts = |lines: &[EventLine]| lines.iter().map(|line| line.text.clone()).collect::<Vec<String>>();
    let operations = capture_diff_slices(Algorithm::Myers, &texts(&left), &texts(&right));
    let mut rows = Vec::new();
    for operation in operations {
        let (old, new) = (operation.old_range(), operation.new_range());
        let same = matches!(operation, DiffOp::Equal { .. });
        for index in 0..old.len().max(new.len()) {
            let left = old.clone().nth(index).map(|at| left[at].clone());
            let right = new.clone().nth(index).map(|at| right[at].clone());
            let kind = match (&left, &right) {
                (Some(_), Some(_)) if same => RowKind::Same,
                (Some(_), None) => RowKind::LeftOnly,
                (None, Some(_)) => RowKind::RightOnly,
                _ => RowKind::Changed,
            };
            rows.push(DiffRow { kind, left, right });
        }
    }
    rows
}

/// The first row that differs.
pub(super) fn first_difference(rows: &[DiffRow]) -> Option<usize> {
    rows.iter().position(|row| row.kind != RowKind::Same)
}
