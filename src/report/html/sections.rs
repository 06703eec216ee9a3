//! The parts of a finding's section: verdict, player, steps, events.

use crate::report::diff::{EventLine, RowKind};
use crate::report::svg::Picture;
use crate::report::text::Escaped;
use crate::report::{Finding, Outcome, ReportError, Side};
use crate::story::{Line, Mark, Story};
use std::fmt::{self, Display};
use std::io::Write;

/// A story's paragraph; its step numbers stand back a little.
pub(super) struct Paragraph<'a>(pub(super) &'a str);

impl Display for Paragraph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.split(" [step ");
        write!(f, "{}", Escaped(parts.next().unwrap_or_default()))?;
        for part in parts {
            match part.split_once(']') {
                Some((number, rest)) => {
                    write!(f, r#" <span class="step">[step {}]</span>{}"#, Escaped(number), Escaped(rest))?;
                }
                None => write!(f, " [step {}", Escaped(part))?,
            }
        }
        Ok(())
    }
}

/// What a run came to, in one line.
pub(super) struct Verdict<'a>(pub(super) &'a Outcome);

impl Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = if matches!(self.0, Outcome::Parseable { .. }) { "good" } else { "bad" };
        write!(f, r#"<p class="{class}">{}</p>"#, Escaped(self.0.line()))
    }
}

/// The picture of a run, and the slider through its steps.
pub(super) struct Player<'a> {
    pub(super) side: &'a Side,
    /// What ids of this player begin with.
    pub(super) id: &'a str,
}

impl Player<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> Result<(), ReportError> {
        let (id, side) = (self.id, self.side);
        let picture = Picture { timeline: &side.timeline, label: &side.story.paragraph, id };
        writeln!(out, r#"<div class="picture">{picture}</div>"#)?;
        let Some(last) = side.timeline.steps.checked_sub(1) else { return Ok(()) };
        let start = side.story.window.as_ref().map_or(0, |window| window.first);
        writeln!(
            out,
            r#"<div class="player" data-states="{id}-states" data-picture="{id}"><button type="button" class="back" aria-label="one step back">&#9664;</button> <button type="button" class="on" aria-label="one step on">&#9654;</button><input type="range" min="0" max="{last}" value="{start}" aria-label="step of the run on {}"><div class="at mono"></div><div class="cells mono"></div></div>"#,
            side.scheduler
        )?;
        // Within a script element only `<` could end it.
        let states = serde_json::to_string(&side.states)?.replace('<', "\\u003c");
        writeln!(out, r#"<script type="application/json" id="{id}-states">{states}</script>"#)?;
        Ok(())
    }
}

/// The list of steps.
pub(super) struct Steps<'a>(pub(super) &'a Story);

impl Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, r#"<ul class="steps mono">"#)?;
        for line in &self.0.lines {
            let class = match line {
                Line::Stretch(_) => "stretch",
                Line::Step(step) => match step.mark {
                    Mark::None => "",
                    Mark::Window => "window",
                    Mark::Tracer => "tracer",
                    Mark::Failure => "failure",
                },
            };
            writeln!(f, r#"<li class="{class}">{}</li>"#, Escaped(line))?;
        }
        writeln!(f, "</ul>")
    }
}

/// Both event streams, row by row.
pub(super) struct EventDiff<'a>(pub(super) &'a Finding);

impl Display for EventDiff<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finding = self.0;
        let (left, right) = (finding.guilty.scheduler, finding.other.scheduler);
        write!(
            f,
            r#"<p class="soft">In form GTL1, with the step that wrote each event in place of its time; the numbers are M, P and G. "#
        )?;
        match finding.first_difference {
            Some(_) => writeln!(f, "The line marks the first difference.</p>")?,
            None => writeln!(f, "There is no difference.</p>")?,
        }
        write!(
            f,
            r#"<div class="scroll" tabindex="0"><table class="diff mono"><colgroup><col class="n"><col><col class="n"><col></colgroup>"#
        )?;
        writeln!(
            f,
            r#"<tr><th class="n">step</th><th>{left}</th><th class="n">step</th><th>{right}</th></tr>"#
        )?;
        for (number, row) in finding.event_diff.iter().enumerate() {
            let first = if finding.first_difference == Some(number) { r#" class="first""# } else { "" };
            let differs = row.kind != RowKind::Same;
            let (del, ins) = if differs { ("del", "ins") } else { ("", "") };
            writeln!(f, "<tr{first}>{}{}</tr>", Cell(row.left.as_ref(), del), Cell(row.right.as_ref(), ins))?;
        }
        writeln!(f, "</table></div>")
    }
}

/// An event of one side, or an empty place; and its class.
struct Cell<'a>(Option<&'a EventLine>, &'static str);

impl Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(event) = self.0 else { return write!(f, "<td></td><td></td>") };
        let step = event.step.map_or(String::new(), |step| step.to_string());
        write!(f, r#"<td class="n">{step}</td><td class="{}">{}</td>"#, self.1, Escaped(event.short()))
    }
}
