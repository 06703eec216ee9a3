//! How findings and executions are shown on a terminal or in a pipe: the schedule, the story, the steps, the oracle.

use crate::execution::{Bench, Recording, Verdict};
use crate::explore::Kind;
use crate::story::Story;
use std::io::Write;

/// The narrowest and the widest that text is wrapped to.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=120;

/// The width of standard output, or what fits everywhere in a pipe.
pub(super) fn width() -> usize {
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    width.clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// A verdict in one line.
pub(super) fn describe(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Parseable { events } => format!("parseable, {events} events"),
        Verdict::Unparseable(unparseable) => format!("unparseable: {}", unparseable.error.phrase()),
        Verdict::Fault(fault) => format!("fault of the run: {fault}"),
    }
}

/// A new kind of finding, as the hunt finds it.
pub(super) fn kind(output: &mut impl Write, kind: &Kind) -> anyhow::Result<()> {
    writeln!(output, "found {} on {}", kind.signature, kind.scheduler.name)?;
    if let Some(finding) = &kind.finding {
        writeln!(output)?;
        write!(output, "{}", finding.schedule)?;
        writeln!(output)?;
        let recording = Bench::new().record(kind.scheduler, &finding.schedule);
        story(output, &recording)?;
    }
    if let Some(path) = &kind.path {
        writeln!(output, "stored as {}", path.display())?;
    }
    writeln!(output)?;
    Ok(())
}

/// What happened, step by step and in words, and why the trace cannot be read.
pub(super) fn story(output: &mut impl Write, recording: &Recording) -> anyhow::Result<()> {
    let story = Story::of(recording, None);
    for line in &story.lines {
        writeln!(output, "{line}")?;
    }
    writeln!(output)?;
    for line in textwrap::wrap(&story.paragraph, width()) {
        writeln!(output, "{line}")?;
    }
    writeln!(output)?;
    explanation(output, recording)
}

/// The oracle's explanation of a trace that cannot be read.
pub(super) fn explanation(output: &mut impl Write, recording: &Recording) -> anyhow::Result<()> {
    let Verdict::Unparseable(unparseable) = &recording.execution.verdict else { return Ok(()) };
    let error = &unparseable.error;
    writeln!(output, "the oracle: {} ({})", error.phrase(), error.code())?;
    for waiting in error.stuck().map(procsteal_oracle::Stuck::waiting).unwrap_or_default() {
        let text = format!("{waiting}");
        for line in textwrap::wrap(
            &text,
            textwrap::Options::new(width()).initial_indent("  ").subsequent_indent("    "),
        ) {
            writeln!(output, "{line}")?;
        }
    }
    Ok(())
}
