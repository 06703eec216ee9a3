//! What a hunt tells: while it runs, and at its end.

use super::{HuntError, StrategyKind};
use crate::findings::Finding;
use crate::minimize::Extent;
use crate::signature::Signature;
use procsteal_reference::Variant;
use std::path::PathBuf;
use std::time::Duration;

/// What a hunt came to.
#[derive(Debug)]
pub struct HuntSummary {
    /// Executions made, those of an earlier hunt that this one continued included.
    pub executions: u64,
    /// Steps of these executions.
    pub steps: u64,
    /// What was found, in the order in which it was found.
    pub kinds: Vec<Kind>,
    /// Schedules in the corpus of the mutating strategy.
    pub corpus_schedules: usize,
    /// Features that they showed.
    pub corpus_features: usize,
    /// Why it ended.
    pub ended: Ended,
    /// How long it took: the only thing here that the seed does not decide.
    pub elapsed: Duration,
}

/// Why a hunt ended.
#[derive(Debug)]
pub enum Ended {
    /// All executions were made.
    Done,
    /// Its time was up.
    Time,
    /// It was told to.
    Cancelled,
    /// It could not go on. All that it had minimized by then is in the summary, and what was stored stays whole.
    Failed(HuntError),
}

/// A signature that was found on a scheduler.
#[derive(Clone, Debug)]
pub struct Kind {
    /// What it is.
    pub signature: Signature,
    /// On which scheduler.
    pub scheduler: &'static Variant,
    /// How many executions showed it.
    pub count: u64,
    /// The first execution that did, from 0.
    pub first_execution: u64,
    /// The strategy of that execution.
    pub strategy: StrategyKind,
    /// The finding that it was minimized to; none if that was in a hunt that this one continued.
    pub finding: Option<Box<Finding>>,
    /// Whether minimizing came to its end; none if nothing was minimized.
    pub extent: Option<Extent>,
    /// Where it is stored.
    pub path: Option<PathBuf>,
}

/// How far a hunt is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Progress {
    /// Executions made.
    pub executions: u64,
    /// Of how many.
    pub of: Option<u64>,
    /// Executions a second since the start of this hunt.
    pub rate: f64,
    /// Kinds found.
    pub kinds: usize,
    /// Time since the start.
    pub elapsed: Duration,
    /// Time since the last new kind, or the start.
    pub since_last_kind: Duration,
}

/// Hears of a hunt while it runs, on the thread that called [`hunt`](super::hunt).
pub trait Observer {
    /// A batch has come in: up to some hundred times a second.
    fn progress(&mut self, _progress: &Progress) {}

    /// Something new was found, minimized and, if there is a place for it, stored.
    fn found(&mut self, _kind: &Kind) {}
}

/// Nobody listens.
impl Observer for () {}
