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

/// Text in lines that a terminal shows whole. In a pipe they stay as they are, for programs that search them.
pub(super) fn fit(text: &str) -> String {
    if terminal_size::terminal_size().is_none() {
        return text.to_owned();
    }
    fit_to(text, width())
}

fn fit_to(text: &str, width: usize) -> String {
    let options = textwrap::Options::new(width).subsequent_indent("    ");
    let lines = text.split('\n').map(|line| {
        // A line of prose goes on at the margin, one of a list under itself.
        let is_prose = !line.starts_with([' ', '>']);
        let options = if is_prose { options.clone().subsequent_indent("") } else { options.clone() };
        textwrap::wrap(line, options).join("\n")
    });
    lines.collect::<Vec<_>>().join("\n")
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
        if let Some(extent) = kind.extent.filter(|extent| !extent.is_minimal()) {
            writeln!(output, "# {extent}")?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_goes_on_at_the_margin_and_lists_under_themselves() {
        let text = "one two three four\n\n> one two three four\n  short";
        assert_eq!(fit_to(text, 10), "one two\nthree four\n\n> one two\n    three\n    four\n  short");
        assert_eq!(fit_to(text, 40), text);
    }
}
