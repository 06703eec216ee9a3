//! What an exploration is asked for, and what it tells as it goes.

use super::counts::Counts;
use super::shown::Shown;
use procsteal_reference::{Run, ThreadId};
use std::ops::ControlFlow;

/// Which orders of steps are tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Every thread that can take a step in a state takes it; only states are not explored twice.
    StatesOnly,
    /// Of steps that commute, one order.
    PartialOrder,
}

/// What an exploration tells as it goes.
pub(super) trait Visitor {
    /// Whether the traces can be parsed. Asked once for all runs whose traces differ only in times.
    fn judge(&mut self, run: &Run<'_>) -> Judged;

    /// An execution has shown something wrong, in a way that has not been seen before: none is the same in its trace
    /// and in where the tracer acted. `choices` are the threads of its steps. Says what it shows.
    fn wrong(&mut self, choices: &[ThreadId]) -> Shown;

    /// Asked after each execution; breaks to stop.
    fn progress(&mut self, counts: &Counts) -> ControlFlow<()>;
}

/// What is known of an execution's traces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Judged {
    /// All can be parsed.
    Fine,
    /// One cannot.
    Wrong,
}

/// Why an exploration is not complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Incomplete {
    /// The visitor stopped it.
    Stopped,
    /// The states go in circles, which the reduction does not allow for.
    Circle,
    /// A step has touched what it is held not to touch without a lock.
    Unguarded,
}
