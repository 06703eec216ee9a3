//! A run told to people: its steps as readable lines, and one paragraph that says what went wrong.
//!
//! Everything is made from a [`Recording`]: the steps, the state after each, and what the oracle says of the trace.
//!
//! ```
//! use procsteal::Bench;
//! use procsteal::story::Story;
//! use procsteal_reference::{Schedule, Variant};
//!
//! let schedule: Schedule = "procsteal schedule v1\n\
//!     procs 2\n\
//!     G1: trace-start, go G2, trace-stop\n\
//!     G2: syscall\n"
//!     .parse()?;
//! let fixed = Variant::named("fixed").expect("fixed is a scheduler");
//! let story = Story::of(&Bench::new().record(fixed, &schedule), None);
//! assert!(story.paragraph.contains("can be parsed"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod facts;
mod lines;
mod link;
mod tell;
mod words;

pub use lines::{Line, Mark, MarkedStep, Stretch, lines};
pub use link::{failing_step, step_of_time, written_event};
pub use words::{describe, function, place};

use crate::execution::Recording;
use crate::signature::{StealWindow, guilty_window, steal_windows};
use procsteal_reference::ProcId;
use serde::Serialize;

/// Which steal a story is about, when the run itself has no failure to tell: the one that failed elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Focus {
    /// The P that is taken.
    pub proc: ProcId,
    /// Where: the `site` of signatures.
    pub site: &'static str,
}

impl From<&StealWindow> for Focus {
    fn from(window: &StealWindow) -> Self {
        Self { proc: window.proc, site: window.site }
    }
}

/// A run, told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Story {
    /// What happened, in one paragraph.
    pub paragraph: String,
    /// The steps that matter, in order, with the others folded.
    pub lines: Vec<Line>,
    /// The steal that the story is about.
    pub window: Option<Window>,
}

/// The part of a run in which a P is taken, by step numbers (indices into the recording's steps).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Window {
    /// The P, as `P0`.
    pub proc: String,
    /// Who takes it, as `M2`.
    pub thief: String,
    /// Where: the `site` of signatures.
    pub site: &'static str,
    /// The thief's first look.
    pub first: usize,
    /// The compare-and-swap that takes the P.
    pub cas: usize,
    /// The end of the thief's bookkeeping.
    pub last: usize,
    /// The step in between at which the tracer changes the generation.
    pub tracer_step: Option<usize>,
    /// What it does: `start`, `advance` or `stop`.
    pub tracer_action: Option<&'static str>,
}

impl From<&StealWindow> for Window {
    fn from(window: &StealWindow) -> Self {
        Self {
            proc: window.proc.to_string(),
            thief: window.thief.to_string(),
            site: window.site,
            first: window.first,
            cas: window.cas,
            last: window.last,
            tracer_step: window.tracer.map(|(_, step)| step),
            tracer_action: window.tracer.map(|(action, _)| action.name()),
        }
    }
}

impl Story {
    /// Tells a recorded run. Without a failure it is told about the steal that `focus` names, if there is one.
    #[must_use]
    pub fn of(recording: &Recording, focus: Option<Focus>) -> Self {
        let window = told_window(recording, focus);
        Self {
            paragraph: tell::paragraph(recording, window.as_ref(), focus),
            lines: lines(recording, window.as_ref()),
            window: window.as_ref().map(Window::from),
        }
    }
}

/// The steal to tell about: the guilty one, or the one that `focus` names.
fn told_window(recording: &Recording, focus: Option<Focus>) -> Option<StealWindow> {
    if recording.execution.verdict.is_finding() {
        return guilty_window(recording);
    }
    let focus = focus?;
    let windows = steal_windows(&recording.steps);
    let of_proc = |window: &&StealWindow| window.proc == focus.proc;
    let at_site = |window: &&StealWindow| window.proc == focus.proc && window.site == focus.site;
    windows.iter().rfind(at_site).or_else(|| windows.iter().rfind(of_proc)).cloned()
}
