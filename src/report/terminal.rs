//! The report in a few lines, for a terminal.

use super::ansi::Colours;
use super::text::{cut, wrap};
use super::{Finding, Format, Outcome, Report, ReportError, Side};
use crate::story::{Line, Mark};
use std::io;

/// Narrower than this nothing can be read; a smaller width counts as this.
const LEAST_WIDTH: usize = 40;

/// Where the outcomes begin.
const INDENT: usize = 11;

/// A few lines per finding.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// How many characters fit a line.
    pub width: usize,
    /// Whether there are colours.
    pub colours: Colours,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { width: 100, colours: Colours::Never }
    }
}

impl Format for Terminal {
    fn file_name(&self) -> &'static str {
        "report.txt"
    }

    fn write(&self, report: &Report, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let (colours, total) = (self.colours, report.findings.len());
        for finding in &report.findings {
            self.finding(finding, out)?;
        }
        if let Some(comparison) = &report.comparison {
            let width = self.width.max(LEAST_WIDTH);
            for (word, list) in comparison.lists() {
                for signature in list {
                    writeln!(out, "{}", cut(&format!("{word:>9}  {signature}"), width))?;
                }
            }
            writeln!(out, "{}", comparison.line())?;
        }
        let failures = report.failures().count();
        let line = format!("{total} schedules, {failures} not as they should be");
        writeln!(out, "{}", if failures == 0 { colours.good(&line) } else { colours.bold(&line) })?;
        Ok(())
    }
}

impl Terminal {
    fn finding(&self, finding: &Finding, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let (colours, width) = (self.colours, self.width.max(LEAST_WIDTH));
        let heading = cut(&format!("{} {}", finding.signature, finding.id), width);
        writeln!(out, "{}", colours.bold(&heading))?;
        for side in finding.sides() {
            let outcome = wrap(&side.outcome.line(), width - INDENT).join(&format!("\n{:INDENT$}", ""));
            let line = format!("  {:<8} {outcome}", side.scheduler);
            writeln!(out, "{}", if is_good(side) { colours.good(&line) } else { colours.bad(&line) })?;
        }
        writeln!(out)?;
        for line in wrap(&finding.guilty.story.paragraph, width - 2) {
            writeln!(out, "  {line}")?;
        }
        for sighting in &finding.sightings {
            for line in wrap(&format!("On the real runtime: {sighting}"), width - 2) {
                writeln!(out, "  {line}")?;
            }
        }
        writeln!(out)?;
        for line in &finding.guilty.story.lines {
            let Line::Step(step) = line else { continue };
            let text = cut(&step.to_string(), width);
            match step.mark {
                Mark::None => {}
                Mark::Window => writeln!(out, "{}", colours.faint(&text))?,
                Mark::Tracer | Mark::Failure => writeln!(out, "{}", colours.bad(&text))?,
            }
        }
        writeln!(out)?;
        Ok(())
    }
}

fn is_good(side: &Side) -> bool {
    matches!(side.outcome, Outcome::Parseable { .. })
}
