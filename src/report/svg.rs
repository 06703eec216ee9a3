//! The picture of a run: threads as lanes, Ps as coloured spans, events as marks, the steal shaded. Plain SVG.

use super::text::Escaped;
use super::timeline::{EventMark, Lane, Span, SpanKind, Timeline};
use std::fmt::{self, Display};

/// Pixels of a character in the name of a lane. Names stand beside the picture and do not scroll with it.
const NAME_CHARACTER: f64 = 7.6;
/// The name of the row of generations.
const TRACE_ROW: &str = "trace";
/// Pixels to the left of the first step.
const LEFT: f64 = 6.0;
/// Pixels to the right of the last step.
const RIGHT: f64 = 14.0;
/// Pixels for the row of generations.
const TOP: f64 = 30.0;
/// Pixels from one lane to the next.
const LANE: f64 = 30.0;
/// Pixels of a span's height.
const SPAN: f64 = 16.0;
/// Pixels for the numbers of steps.
const BOTTOM: f64 = 22.0;
/// Pixels of a step of the steal.
const WINDOW_STEP: f64 = 11.0;
/// Pixels of another step that the story names.
const WIDE_STEP: f64 = 7.0;
/// Pixels of a step that it folds.
const NARROW_STEP: f64 = 0.5;
/// Pixels that the name of a P needs.
const PROC_NAME: f64 = 22.0;
/// Pixels that a number under the axis needs.
const NUMBER: f64 = 34.0;

/// The picture of one run, to be displayed.
pub(super) struct Picture<'a> {
    pub(super) timeline: &'a Timeline,
    /// What the picture shows, for those who do not see it.
    pub(super) label: &'a str,
    /// What distinguishes the ids in this picture from those of others on the page.
    pub(super) id: &'a str,
}

/// Where each step is.
struct Axis {
    left_of: Vec<f64>,
}

impl Axis {
    fn of(timeline: &Timeline) -> Self {
        let mut left_of = Vec::with_capacity(timeline.steps + 1);
        let mut wide = timeline.wide.iter().copied().peekable();
        let mut x = LEFT;
        for step in 0..timeline.steps {
            left_of.push(x);
            let in_window = timeline.window.is_some_and(|(first, last)| (first..=last).contains(&step));
            x += match wide.next_if_eq(&step) {
                Some(_) if in_window => WINDOW_STEP,
                Some(_) => WIDE_STEP,
                None => NARROW_STEP,
            };
        }
        left_of.push(x);
        Self { left_of }
    }

    /// The left edge of a step, or of the end.
    fn x(&self, step: usize) -> f64 {
        self.left_of.get(step).or(self.left_of.last()).copied().unwrap_or(LEFT)
    }

    fn middle(&self, step: usize) -> f64 {
        f64::midpoint(self.x(step), self.x(step + 1))
    }

    fn end(&self) -> f64 {
        self.x(self.left_of.len())
    }
}

impl Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timeline = self.timeline;
        let axis = Axis::of(timeline);
        let width = axis.end() + RIGHT;
        let bottom = TOP + LANE * timeline.lanes.len() as f64;
        let height = bottom + BOTTOM;
        names(f, timeline, height)?;
        writeln!(f, r#"<div class="scroll" tabindex="0">"#)?;
        let steps: Vec<String> = axis.left_of.iter().map(|x| format!("{x:.1}")).collect();
        writeln!(
            f,
            r#"<svg class="timeline" id="{}" role="img" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.1} {height:.1}" data-steps="{}">"#,
            self.id,
            steps.join(" ")
        )?;
        writeln!(f, "<title>{}</title>", Escaped(self.label))?;
        if let Some((first, last)) = timeline.window {
            let (x, end) = (axis.x(first), axis.x(last + 1));
            let (width, height) = (end - x, bottom - TOP + 6.0);
            writeln!(
                f,
                r#"<rect class="window" x="{x:.1}" y="{:.1}" width="{width:.1}" height="{height:.1}"><title>the steal: steps {first} to {last}</title></rect>"#,
                TOP - 3.0
            )?;
        }
        generations(f, timeline, &axis)?;
        for (row, lane) in timeline.lanes.iter().enumerate() {
            draw_lane(f, lane, TOP + LANE * row as f64, &axis)?;
        }
        if let Some(step) = timeline.tracer {
            let x = axis.middle(step);
            writeln!(
                f,
                r#"<line class="tracer" x1="{x:.1}" y1="22" x2="{x:.1}" y2="{bottom:.1}"><title>step {step}: the tracer changes the generation</title></line>"#
            )?;
        }
        numbers(f, timeline, &axis, bottom)?;
        writeln!(f, r#"<line class="cursor" x1="0" y1="4" x2="0" y2="{bottom:.1}" visibility="hidden"/>"#)?;
        writeln!(f, "</svg>\n</div>")
    }
}

/// The names of the lanes.
fn names(f: &mut fmt::Formatter<'_>, timeline: &Timeline, height: f64) -> fmt::Result {
    let longest = timeline.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or_default();
    let width = NAME_CHARACTER * longest.max(TRACE_ROW.len()) as f64;
    write!(f, r#"<svg class="names" aria-hidden="true" width="{width:.0}" height="{height:.0}" "#)?;
    writeln!(f, r#"viewBox="0 0 {width:.1} {height:.1}">"#)?;
    writeln!(f, r#"<text class="genname" x="0" y="17">{TRACE_ROW}</text>"#)?;
    for (row, lane) in timeline.lanes.iter().enumerate() {
        let y = TOP + LANE * row as f64 + LANE / 2.0 + 4.0;
        writeln!(f, r#"<text class="lane" x="0" y="{y:.1}">{}</text>"#, Escaped(&lane.name))?;
    }
    writeln!(f, "</svg>")
}

fn generations(f: &mut fmt::Formatter<'_>, timeline: &Timeline, axis: &Axis) -> fmt::Result {
    for (index, (from, generation)) in timeline.generations.iter().enumerate() {
        let until = timeline.generations.get(index + 1).map_or(timeline.steps, |(next, _)| *next);
        let (x, width) = (axis.x(*from), axis.x(until) - axis.x(*from));
        let (class, text) = match generation {
            0 => ("off", "off".to_owned()),
            number => ("on", format!("gen {number}")),
        };
        write!(f, r#"<rect class="gen {class}" x="{x:.1}" y="6" width="{width:.1}" height="14">"#)?;
        writeln!(f, "<title>tracing: {text}, from step {from}</title></rect>")?;
        if width > NUMBER {
            writeln!(f, r#"<text class="genname" x="{:.1}" y="17">{text}</text>"#, x + 4.0)?;
        }
    }
    Ok(())
}

fn draw_lane(f: &mut fmt::Formatter<'_>, lane: &Lane, top: f64, axis: &Axis) -> fmt::Result {
    let middle = top + LANE / 2.0;
    let (x, end) = (axis.x(lane.start), axis.end());
    writeln!(f, r#"<line class="life" x1="{x:.1}" y1="{middle:.1}" x2="{end:.1}" y2="{middle:.1}"/>"#)?;
    for span in &lane.spans {
        draw_span(f, lane, span, middle, axis)?;
    }
    lane.marks.iter().try_for_each(|mark| draw_mark(f, mark, middle, axis))
}

fn draw_span(f: &mut fmt::Formatter<'_>, lane: &Lane, span: &Span, middle: f64, axis: &Axis) -> fmt::Result {
    let Span { proc, kind, from, to } = *span;
    // A state holds from the end of the step that led to it.
    let (x, end) =
        (axis.middle(from), if to >= axis.left_of.len() - 1 { axis.end() } else { axis.middle(to) });
    let (class, word) = match kind {
        SpanKind::Wired => ("wired", "holds"),
        SpanKind::Syscall => ("syscall", "in a syscall, has left"),
    };
    let (y, width) = (middle - SPAN / 2.0, end - x);
    write!(
        f,
        r#"<rect class="span p{} {class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{SPAN}">"#,
        proc.0 % 4
    )?;
    writeln!(f, "<title>{} {word} {proc}: steps {from} to {to}</title></rect>", Escaped(&lane.name))?;
    let has_event = lane.marks.iter().any(|mark| (x..x + PROC_NAME).contains(&axis.middle(mark.step)));
    if width > PROC_NAME && !has_event {
        writeln!(f, r#"<text class="proc" x="{:.1}" y="{:.1}">{proc}</text>"#, x + 4.0, middle + 4.0)?;
    }
    Ok(())
}

fn draw_mark(f: &mut fmt::Formatter<'_>, mark: &EventMark, middle: f64, axis: &Axis) -> fmt::Result {
    let x = axis.middle(mark.step);
    let title = Escaped(&mark.about);
    if mark.failing {
        let (left, right, above, below) = (x - 6.0, x + 6.0, middle - 6.0, middle + 6.0);
        writeln!(
            f,
            r#"<path class="failure" d="M{left:.1} {above:.1}L{right:.1} {below:.1}M{left:.1} {below:.1}L{right:.1} {above:.1}"><title>{title}: here the trace cannot be parsed</title></path>"#
        )
    } else {
        let steal = if mark.event == "ProcSteal" { " steal" } else { "" };
        writeln!(
            f,
            r#"<circle class="event{steal}" cx="{x:.1}" cy="{middle:.1}" r="3.5"><title>{title}</title></circle>"#
        )
    }
}

/// Numbers of steps under the axis, as many as there is room for.
fn numbers(f: &mut fmt::Formatter<'_>, timeline: &Timeline, axis: &Axis, bottom: f64) -> fmt::Result {
    let mut free_from = 0.0;
    for step in timeline.wide.iter().copied().chain([timeline.steps]) {
        let x = axis.x(step);
        if x >= free_from && x + NUMBER <= axis.end() + RIGHT + NUMBER / 2.0 {
            writeln!(f, r#"<text class="number" x="{x:.1}" y="{:.1}">{step}</text>"#, bottom + 15.0)?;
            free_from = x + NUMBER;
        }
    }
    Ok(())
}
