//! What a report says, whatever the form it is written in.

use super::compare::Comparison;
use super::diff::DiffRow;
use super::states::States;
use super::timeline::Timeline;
use crate::confirm::Sighting;
use crate::story::Story;
use procsteal_oracle::Explanation;
use serde::Serialize;

/// The version of the report's JSON form; a change that breaks its readers raises it.
pub const FORMAT_VERSION: u32 = 1;

/// A differential report.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// [`FORMAT_VERSION`]
    pub format: u32,
    /// The version of the program that made it.
    pub program_version: &'static str,
    /// One entry per case, by signature and id.
    pub findings: Vec<Finding>,
    /// How it compares with an older one, if it was compared.
    pub comparison: Option<Comparison>,
}

/// A schedule, and what two schedulers make of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    /// Names the schedule among those of its signature.
    pub id: String,
    /// The name of the bug; `none` if nothing is wrong on the scheduler it is about.
    pub signature: String,
    /// The signature that the case is known by, if it is.
    pub expected: Option<String>,
    /// One line for people.
    pub title: String,
    /// The schedule, as text.
    pub schedule: String,
    /// How long the schedule is, in words.
    pub size: String,
    /// The scheduler that the finding is about.
    pub guilty: Side,
    /// The scheduler that it is compared with.
    pub other: Side,
    /// The event streams side by side: `guilty` to the left.
    pub event_diff: Vec<DiffRow>,
    /// The first row of it that differs.
    pub first_difference: Option<usize>,
    /// What the real runtime did with this bug, if it was tried.
    pub sightings: Vec<Sighting>,
    /// What to run to see it again; `FILE` stands for the schedule's file.
    pub replay: Vec<String>,
}

impl Finding {
    /// Whether the case came out as it should: as its known signature says, or without one as a readable trace.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        match &self.expected {
            Some(expected) => *expected == self.signature,
            None => matches!(self.guilty.outcome, Outcome::Parseable { .. }),
        }
    }

    /// The two sides.
    pub fn sides(&self) -> impl Iterator<Item = &Side> {
        [&self.guilty, &self.other].into_iter()
    }
}

/// One scheduler's run of the schedule.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Side {
    /// The scheduler's name.
    pub scheduler: &'static str,
    /// What the scheduler is.
    pub about: &'static str,
    /// What the run came to.
    pub outcome: Outcome,
    /// The run, told.
    pub story: Story,
    /// How many steps it took.
    pub steps: u32,
    /// Who held which P when.
    #[serde(skip)]
    pub timeline: Timeline,
    /// The state after each step.
    #[serde(skip)]
    pub states: States,
}

/// What a run came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Outcome {
    /// Every trace can be parsed.
    Parseable {
        /// The events of all traces.
        events: u64,
    },
    /// A trace cannot be parsed.
    Unparseable {
        /// Which of the run's traces, from 0.
        trace: usize,
        /// Why.
        explanation: Box<Explanation>,
        /// The step that wrote the event at fault.
        place: Option<Place>,
    },
    /// The run itself went wrong.
    Fault {
        /// What was wrong, in a sentence.
        message: String,
    },
}

impl Outcome {
    /// The code of the error; `fault` for a run that went wrong; none if nothing is wrong.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Parseable { .. } => None,
            Self::Unparseable { explanation, .. } => Some(explanation.error.code()),
            Self::Fault { .. } => Some("fault"),
        }
    }

    /// The outcome in one line.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Parseable { events } => format!("parseable, {events} events"),
            Self::Unparseable { explanation, .. } => {
                let error = &explanation.error;
                match error.stuck() {
                    Some(stuck) => format!("unparseable ({}): {stuck}", error.code()),
                    None => format!("unparseable ({}): {error}", error.code()),
                }
            }
            Self::Fault { message } => format!("no trace: {message}"),
        }
    }
}

/// A step of the model, and where it stands in the model's source and in the runtime.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Place {
    /// The step: an index into the run's steps.
    pub step: usize,
    /// The function of Go's runtime, as far as Rust's spelling allows.
    pub function: String,
    /// Section and step of `docs/spec/scheduler-model.md`, as `3.9/7`.
    pub spec: String,
    /// The model's source file, from the root of the project.
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
}
