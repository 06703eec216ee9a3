//! What to hunt, how long, and what can go wrong.

use super::StrategyKind;
use crate::findings::FindingsError;
use crate::minimize::{MinimizeError, MinimizeOptions};
use procsteal_reference::{Schedule, VARIANTS, Variant};
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What to hunt, and how long.
#[derive(Clone, Debug)]
pub struct HuntOptions {
    /// On which schedulers; batches take turns.
    pub schedulers: Vec<&'static Variant>,
    /// How.
    pub strategy: StrategyKind,
    /// Decides, with the number of a batch, what the batch does.
    pub seed: u64,
    /// How many executions of all schedulers together; `None` for no end.
    pub executions: Option<u64>,
    /// How long; `None` for no end. What is found by then depends on the machine, and only that.
    pub time: Option<Duration>,
    /// How many threads search and minimize. What is found does not depend on it.
    pub jobs: NonZeroUsize,
    /// Which part of the work.
    pub shard: Shard,
    /// The findings directory; `None` to store nothing.
    pub out: Option<PathBuf>,
    /// What to do if a hunt with the same options was ended early.
    pub resume: Resume,
    /// How often the state is saved, from which a killed hunt goes on: what a kill costs at most.
    pub save_every: Duration,
    /// What is kept of what is found.
    pub keep: Keep,
    /// How findings are minimized.
    pub minimizing: MinimizeOptions,
}

/// What a hunt keeps of what it finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// The first of each kind, minimized.
    Minimized,
    /// How often each kind was found, and when first.
    Counts,
}

/// How often the state of a hunt is saved: seldom enough to cost nothing.
const SAVE_EVERY: Duration = Duration::from_secs(5);

impl Default for HuntOptions {
    /// The portfolio on `prefix` with all cores, without an end and without a place for findings.
    fn default() -> Self {
        Self {
            schedulers: vec![&VARIANTS[0]],
            strategy: StrategyKind::default(),
            seed: 0,
            executions: None,
            time: None,
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            shard: Shard::WHOLE,
            out: None,
            resume: Resume::Continue,
            save_every: SAVE_EVERY,
            keep: Keep::Minimized,
            minimizing: MinimizeOptions::default(),
        }
    }
}

/// What to do if a hunt of the same seed, schedulers, strategy and shard was ended early.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resume {
    /// Go on where it stopped.
    Continue,
    /// Start again.
    Afresh,
}

/// One of several equal parts of a hunt, for as many machines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// All of the hunt.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// The number, over all shards, of this shard's batch number `batch`.
    pub(super) const fn batch(self, batch: u64) -> u64 {
        batch * self.count + self.index
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

/// A text is no shard.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no shard: expected I/N with 1 <= I <= N <= 65536, as in 1/4")]
pub struct ShardError(String);

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse::<u64>().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, count)) if 1 <= index && index <= count && count <= 65_536 => {
                Ok(Self { index: index - 1, count })
            }
            _ => Err(ShardError(text.to_owned())),
        }
    }
}

/// Why a hunt could not be made, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HuntError {
    /// There is no scheduler to run on.
    #[error("hunt-no-scheduler: no scheduler to hunt on: give at least one, as in --scheduler prefix")]
    NoScheduler,
    /// A finding, or the state of the hunt, cannot be stored or read.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// A finding cannot be minimized.
    #[error("hunt-minimize: {0}")]
    Minimize(#[from] MinimizeError),
    /// A run did not replay as it was recorded: a fault of the program.
    #[error(
        "hunt-unfaithful: this schedule fails as it is searched and not as it is replayed; please report it\n{0}"
    )]
    Unfaithful(Box<Schedule>),
    /// A worker ended before its work was done: a fault of the program.
    #[error("hunt-worker: a worker of the hunt ended early; please report what it said")]
    Worker,
}
