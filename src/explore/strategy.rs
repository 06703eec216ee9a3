//! What a strategy is, and the list of all of them by name.

use super::mutate::{Corpus, Lesson};
use super::{Delay, HoldAtPoints, Mutate, Pct, Portfolio, Pos, Profile, RandomWalk, Rng, Urw};
use crate::execution::Execution;
use procsteal_reference::{Chooser, Scenario, Schedule, Touch};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A way to choose threads. One strategy makes many executions, one after the other.
pub trait Strategy: Chooser {
    /// Which one it is; of a portfolio, which one made the present execution.
    fn kind(&self) -> StrategyKind;

    /// Gets ready for an execution. A strategy that wants another scenario than the one offered puts it in its place.
    fn begin(&mut self, input: &mut Input<'_>);

    /// Whether [`learn`](Self::learn) is to be called after this execution: recording what its steps touch takes time.
    fn is_curious(&self) -> bool {
        false
    }

    /// Hears what the execution came to.
    fn learn(&mut self, _schedule: &Schedule, _execution: &Execution, _touches: &[Touch]) {}

    /// What it has learned since it was made: schedules that showed something new.
    fn take_lessons(&mut self) -> Vec<Lesson> {
        Vec::new()
    }
}

/// What an execution starts from.
#[derive(Debug)]
pub struct Input<'a> {
    /// What there is to run.
    pub scenario: Scenario,
    /// How the scenario runs when no thread is made to switch.
    pub profile: &'a Profile,
    /// Random numbers for this execution alone.
    pub rng: Rng,
}

/// The strategies by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum StrategyKind {
    /// [`Portfolio`]
    #[default]
    Portfolio,
    /// [`RandomWalk`]
    Random,
    /// [`Pct`]
    Pct,
    /// [`Pos`]
    Pos,
    /// [`Urw`]
    Urw,
    /// [`Delay`]
    Delay,
    /// [`HoldAtPoints`]
    Hold,
    /// [`Mutate`]
    Mutate,
}

/// Every strategy, with what it is in one line.
pub const STRATEGIES: [(StrategyKind, &str); 8] = [
    (StrategyKind::Portfolio, "all of them in turn"),
    (StrategyKind::Random, "random walk: switches at random steps"),
    (StrategyKind::Pct, "probabilistic concurrency testing: random priorities, changed at a few steps"),
    (StrategyKind::Pos, "partial order sampling: a random priority for every step, anew after a conflict"),
    (StrategyKind::Urw, "uniform random walk over interleavings of selected steps, by remaining step counts"),
    (
        StrategyKind::Delay,
        "a few delays at accesses to the objects of the protocol, each thread as often as the others",
    ),
    (StrategyKind::Hold, "holds threads at steps of the protocol until another has taken one"),
    (StrategyKind::Mutate, "mutates the schedules that showed something new"),
];

impl StrategyKind {
    /// Its name on the command line and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portfolio => "portfolio",
            Self::Random => "random",
            Self::Pct => "pct",
            Self::Pos => "pos",
            Self::Urw => "urw",
            Self::Delay => "delay",
            Self::Hold => "hold",
            Self::Mutate => "mutate",
        }
    }

    /// A new strategy of this kind, which has learned nothing.
    pub(crate) fn build_unlearned(self) -> Box<dyn Strategy> {
        self.build(&Arc::new(Corpus::default()))
    }

    /// A new strategy of this kind. Those that learn start from `corpus`.
    pub(super) fn build(self, corpus: &Arc<Corpus>) -> Box<dyn Strategy> {
        match self {
            Self::Portfolio => Box::new(Portfolio::new(corpus)),
            Self::Random => Box::new(RandomWalk::default()),
            Self::Pct => Box::new(Pct::default()),
            Self::Pos => Box::new(Pos::default()),
            Self::Urw => Box::new(Urw::default()),
            Self::Delay => Box::new(Delay::default()),
            Self::Hold => Box::new(HoldAtPoints::default()),
            Self::Mutate => Box::new(Mutate::new(corpus)),
        }
    }
}

impl fmt::Display for StrategyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no strategy of that name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no strategy: expected portfolio, random, pct, pos, urw, delay, hold or mutate")]
pub struct UnknownStrategy(String);

impl FromStr for StrategyKind {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
        let found = STRATEGIES.iter().find(|(kind, _)| kind.name() == name);
        found.map(|(kind, _)| *kind).ok_or_else(|| UnknownStrategy(name.to_owned()))
    }
}
