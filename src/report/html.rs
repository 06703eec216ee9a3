//! The report as one self-contained HTML page, readable without JavaScript; with it, runs can be stepped through.

mod sections;

use super::text::Escaped;
use super::{Finding, Format, Outcome, Report, ReportError};
use sections::{EventDiff, Player, Steps, Verdict};
use std::io::{self, Write};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// One page, with everything in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Format for Html {
    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn write(&self, report: &Report, out: &mut dyn io::Write) -> Result<(), ReportError> {
        begin(out, "procsteal: differential report")?;
        writeln!(out, "<h1>procsteal: differential report</h1>")?;
        overview(report, out)?;
        for (number, finding) in report.findings.iter().enumerate() {
            write_finding(finding, number, out)?;
        }
        if report.findings.is_empty() {
            writeln!(out, "<p>There are no findings.</p>")?;
        }
        end(out)?;
        Ok(())
    }
}

/// Everything before a page's own content.
pub(super) fn begin(out: &mut dyn Write, title: &str) -> io::Result<()> {
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        Escaped(title)
    )
}

/// Everything after it.
pub(super) fn end(out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
}

/// A mark of the pictures, and what it means.
type Meaning = (&'static str, &'static str);

const WIRED: Meaning = (r#"<i style="background:var(--p0)"></i>"#, "holds P0 (each P has its colour)");
const SYSCALL: Meaning = (r#"<i style="background:var(--p0);opacity:.3"></i>"#, "has left P0 for a syscall");
const EVENT: Meaning = ("&#9675; ", "an event");
const FAILURE: Meaning = (r#"<b class="bad">&#10005;</b> "#, "the trace cannot be parsed here");

/// What there is to see in the picture of a run.
const RUN_LEGEND: [Meaning; 6] = [
    WIRED,
    SYSCALL,
    (r#"<i style="background:var(--win)"></i>"#, "the steal"),
    (r#"<b class="bad">&#9476;</b> "#, "the tracer acts"),
    EVENT,
    FAILURE,
];

/// What there is to see in the picture of a trace.
pub(super) const TRACE_LEGEND: [Meaning; 4] = [WIRED, SYSCALL, EVENT, FAILURE];

/// What the colours and marks of a picture mean.
pub(super) fn legend(out: &mut dyn Write, items: &[Meaning]) -> io::Result<()> {
    write!(out, r#"<p class="legend">"#)?;
    for (mark, text) in items {
        write!(out, "<span>{mark}{text}</span>")?;
    }
    writeln!(out, "</p>")
}

fn overview(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if let Some(comparison) = &report.comparison {
        writeln!(out, "<p><strong>{}</strong></p>\n<ul>", Escaped(comparison.line()))?;
        for (word, list) in comparison.lists() {
            for signature in list {
                writeln!(out, "<li>{word}: <code>{}</code></li>", Escaped(signature))?;
            }
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(
        out,
        r#"<table class="overview"><tr><th>finding</th><th>on one scheduler</th><th>on the other</th></tr>"#
    )?;
    for (number, finding) in report.findings.iter().enumerate() {
        let (signature, id) = (Escaped(&finding.signature), Escaped(&finding.id));
        write!(
            out,
            r##"<tr><td><a href="#finding-{number}"><code>{signature}</code></a><br><span class="soft">{id}</span></td>"##
        )?;
        for side in finding.sides() {
            let (class, word) = match side.outcome {
                Outcome::Parseable { .. } => ("good", "parseable"),
                Outcome::Unparseable { .. } => ("bad", "unparseable"),
                Outcome::Fault { .. } => ("bad", "no trace"),
            };
            write!(out, r#"<td>{} <span class="{class}">{word}</span></td>"#, side.scheduler)?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table>")
}

fn write_finding(finding: &Finding, number: usize, out: &mut dyn Write) -> Result<(), ReportError> {
    let (title, signature, id) = (Escaped(&finding.title), Escaped(&finding.signature), Escaped(&finding.id));
    writeln!(out, r#"<section id="finding-{number}">"#)?;
    writeln!(out, "<h2>{title}<br><code>{signature}</code></h2>")?;
    writeln!(out, r#"<p class="soft">Schedule {id}: {}.</p>"#, Escaped(&finding.size))?;
    let story = sections::Paragraph(&finding.guilty.story.paragraph);
    writeln!(out, r#"<p class="story">{story}</p>"#)?;
    for sighting in &finding.sightings {
        writeln!(out, r#"<p class="story"><strong>On the real runtime:</strong> {}</p>"#, Escaped(sighting))?;
    }
    legend(out, &RUN_LEGEND)?;
    writeln!(out, r#"<div class="sides">"#)?;
    for (letter, side) in ["a", "b"].into_iter().zip(finding.sides()) {
        let (name, about) = (side.scheduler, Escaped(side.about));
        writeln!(out, r#"<div><h3>{name} <span class="soft">{about}, {} steps</span></h3>"#, side.steps)?;
        writeln!(out, "{}", Verdict(&side.outcome))?;
        if letter == "b" {
            writeln!(out, r#"<p class="story">{}</p>"#, sections::Paragraph(&side.story.paragraph))?;
        }
        Player { side, id: &format!("run-{number}-{letter}") }.write(out)?;
        writeln!(out, "</div>")?;
    }
    writeln!(out, "</div>")?;
    writeln!(out, "<h3>The schedule</h3>\n<pre>{}</pre>", Escaped(&finding.schedule))?;
    writeln!(out, "<h3>How to run it again</h3>\n<p>With the schedule in <code>FILE</code>:</p>\n<pre>")?;
    for command in &finding.replay {
        writeln!(out, "{}", Escaped(command))?;
    }
    writeln!(out, "</pre>")?;
    if let Outcome::Unparseable { explanation, .. } = &finding.guilty.outcome {
        writeln!(out, "<h3>What the oracle says</h3>\n<pre class=\"prose\">{}</pre>", Escaped(explanation))?;
    }
    writeln!(out, "<h3>The events, side by side</h3>\n{}", EventDiff(finding))?;
    writeln!(
        out,
        "<details><summary>The steps on {}</summary>{}</details>",
        finding.guilty.scheduler,
        Steps(&finding.guilty.story)
    )?;
    writeln!(out, "</section>")?;
    Ok(())
}
