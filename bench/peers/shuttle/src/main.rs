//! The race under shuttle's schedulers.
//!
//!     race-shuttle random|urw|pctN|dfs small|large

mod race;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler, UrwRandomScheduler};
use shuttle::{Config, FailurePersistence, Runner};
use std::io::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use turns::{Outcome, Protocol, Racer, Size, serve};

/// Executions of a turn: some tenths of a second.
const TURN_EXECUTIONS: u64 = 10_000;

#[derive(Clone, Copy)]
enum Kind {
    Random,
    Urw,
    Pct(usize),
    Dfs,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        match name {
            "random" => Some(Self::Random),
            "urw" => Some(Self::Urw),
            "dfs" => Some(Self::Dfs),
            _ => name.strip_prefix("pct")?.parse().ok().map(Self::Pct),
        }
    }

    fn scheduler(self, seed: u64, executions: usize) -> Box<dyn Scheduler + Send> {
        match self {
            Self::Random => Box::new(RandomScheduler::new_from_seed(seed, executions)),
            Self::Urw => Box::new(UrwRandomScheduler::new_from_seed(seed, executions)),
            Self::Pct(depth) => Box::new(PctScheduler::new_from_seed(seed, depth, executions)),
            Self::Dfs => Box::new(DfsScheduler::new(Some(executions), false)),
        }
    }
}

struct Shuttle {
    kind: Kind,
    size: Size,
}

impl Shuttle {
    /// At most so many executions, until one fails.
    fn run(&self, protocol: Protocol, seed: u64, limit: u64) -> Outcome {
        let mut config = Config::new();
        config.failure_persistence = FailurePersistence::None;
        let runner = Runner::new(self.kind.scheduler(seed, limit as usize), config);
        let executions = Arc::new(AtomicU64::new(0));
        let (counter, size) = (Arc::clone(&executions), self.size);
        let execute = move || {
            counter.fetch_add(1, Relaxed);
            race::execute(protocol, size);
        };
        let failed = catch_unwind(AssertUnwindSafe(|| runner.run(execute))).is_err();
        Outcome { executions: executions.load(Relaxed), ended: failed }
    }
}

impl Racer for Shuttle {
    fn turn(&mut self, seed: u64) -> u64 {
        let Outcome { executions, ended } = self.run(Protocol::Mended, seed, TURN_EXECUTIONS);
        assert!(!ended, "the mended race fails");
        executions
    }

    fn first(&mut self, seed: u64, limit: u64) -> Outcome {
        self.run(Protocol::Broken, seed, limit)
    }

    fn all(&mut self, limit: u64) -> Option<Outcome> {
        let Kind::Dfs = self.kind else { return None };
        let Outcome { executions, ended } = self.run(Protocol::Mended, 0, limit);
        assert!(!ended, "the mended race fails");
        Some(Outcome { executions, ended: executions < limit })
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let racer = match &arguments[..] {
        [kind, size] => Kind::named(kind).zip(Size::named(size)),
        _ => None,
    };
    let (kind, size) =
        racer.ok_or_else(|| Error::other("expected random, urw, pctN or dfs, and small or large"))?;
    // Failures are counted, not told.
    std::panic::set_hook(Box::new(|_| ()));
    serve(&mut Shuttle { kind, size })
}
