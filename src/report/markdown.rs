//! The report as Markdown, also for the summary of a CI job.

use super::diff::{DiffRow, RowKind};
use super::{Finding, Format, Outcome, Report, ReportError};
use crate::story::Line;
use std::fmt::Write as _;
use std::io;

/// GitHub shows at most 1 MiB of a step's summary, and nothing of a longer one.
const SUMMARY_LIMIT_BYTES: usize = 1 << 20;

/// Room for the line that says what was left out.
const LAST_LINE_BYTES: usize = 200;

/// Rows of the event streams around the first difference: before it, and from it on.
const EVENTS_BEFORE: usize = 4;
const EVENTS_FROM: usize = 16;

/// A section per finding.
#[derive(Clone, Copy, Debug)]
pub struct Markdown {
    /// How large the page may be, in bytes; findings that do not fit are counted in its last line.
    pub limit_bytes: usize,
}

impl Default for Markdown {
    fn default() -> Self {
        Self { limit_bytes: SUMMARY_LIMIT_BYTES }
    }
}

impl Format for Markdown {
    fn file_name(&self) -> &'static str {
        "report.md"
    }

    fn write(&self, report: &Report, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let mut page = String::from("# procsteal: differential report\n\n");
        overview(report, &mut page);
        let mut left_out = 0;
        for finding in &report.findings {
            let mut section = String::new();
            write_finding(finding, &mut section);
            if page.len() + section.len() + LAST_LINE_BYTES > self.limit_bytes {
                left_out += 1;
            } else {
                page.push_str(&section);
            }
        }
        if left_out > 0 {
            push(
                &mut page,
                format_args!("\n{left_out} schedules do not fit on this page; the other forms have them.\n"),
            );
        }
        out.write_all(page.as_bytes())?;
        Ok(())
    }
}

/// Appends to a string, which takes everything.
fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _: Result<(), std::fmt::Error> = page.write_fmt(text);
}

fn overview(report: &Report, page: &mut String) {
    if let Some(comparison) = &report.comparison {
        push(page, format_args!("**{}**\n\n", comparison.line()));
        for (word, list) in comparison.lists() {
            for signature in list {
                push(page, format_args!("- {word}: `{signature}`\n"));
            }
        }
        page.push('\n');
    }
    page.push_str("| signature | schedule | on | and on |\n| --- | --- | --- | --- |\n");
    // A row of the overview is short, but there is no limit on how many there are.
    const ROWS: usize = 1_000;
    for finding in report.findings.iter().take(ROWS) {
        let cells =
            finding.sides().map(|side| format!("{}: {}", side.scheduler, verdict_word(&side.outcome)));
        let cells: Vec<String> = cells.collect();
        let (signature, id) = (&finding.signature, cell(&finding.id));
        push(page, format_args!("| `{signature}` | {id} | {} |\n", cells.join(" | ")));
    }
    page.push('\n');
}

fn verdict_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Parseable { .. } => "parseable",
        Outcome::Unparseable { .. } => "unparseable",
        Outcome::Fault { .. } => "no trace",
    }
}

/// Text within a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}

fn write_finding(finding: &Finding, page: &mut String) {
    push(page, format_args!("## {}\n\n", cell(&finding.title)));
    push(
        page,
        format_args!("`{}`, schedule {} ({})\n\n", finding.signature, cell(&finding.id), finding.size),
    );
    for side in finding.sides() {
        push(page, format_args!("**{}**: {}\n\n", side.scheduler, cell(&side.story.paragraph)));
    }
    for sighting in &finding.sightings {
        push(page, format_args!("**On the real runtime**: {}\n\n", cell(&sighting.to_string())));
    }
    details(page, "The schedule", "text", &finding.schedule);
    let lines: Vec<String> =
        finding.guilty.story.lines.iter().filter(|line| matters(line)).map(Line::to_string).collect();
    details(page, &format!("The steps on {}", finding.guilty.scheduler), "text", &lines.join("\n"));
    if let Outcome::Unparseable { explanation, .. } = &finding.guilty.outcome {
        details(page, "Why the trace cannot be parsed", "text", &explanation.to_string());
    }
    if let Some(first) = finding.first_difference {
        let from = first.saturating_sub(EVENTS_BEFORE);
        let until = finding.event_diff.len().min(first + EVENTS_FROM);
        let rows: Vec<String> = finding.event_diff[from..until].iter().flat_map(diff_lines).collect();
        let title =
            format!("Events, {} (-) against {} (+)", finding.guilty.scheduler, finding.other.scheduler);
        details(page, &title, "diff", &rows.join("\n"));
    }
    details(page, "How to run it again", "sh", &finding.replay.join("\n"));
}

/// Marked steps, and those of threads that come and go; folded stretches would drown them here.
fn matters(line: &Line) -> bool {
    matches!(line, Line::Step(_))
}

fn diff_lines(row: &DiffRow) -> Vec<String> {
    let line = |sign: char, event: &Option<super::EventLine>| {
        event.as_ref().map(|event| format!("{sign}{}", event.short()))
    };
    let both = match row.kind {
        RowKind::Same => [line(' ', &row.left), None],
        _ => [line('-', &row.left), line('+', &row.right)],
    };
    both.into_iter().flatten().collect()
}

fn details(page: &mut String, title: &str, language: &str, text: &str) {
    // A fence must be longer than any within the text.
    let fence = "````";
    let (title, text) = (cell(title), text.trim_end().replace(fence, "'''"));
    push(
        page,
        format_args!(
            "<details><summary>{title}</summary>\n\n{fence}{language}\n{text}\n{fence}\n\n</details>\n\n"
        ),
    );
}
