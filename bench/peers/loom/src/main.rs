//! The small race under loom, which tries every execution that its reduction tells apart.
//!
//!     race-loom BOUND       preemptions at most; `all` for no bound

mod race;

use loom::model::Builder;
use std::io::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use turns::{Outcome, Protocol, Racer, serve};

/// Executions of a turn: some tenths of a second.
const TURN_EXECUTIONS: u64 = 5_000;

/// More decisions than an execution has.
const MAX_BRANCHES: usize = 100_000;

struct Loom {
    preemption_bound: Option<usize>,
}

/// What a panic carries when there were as many executions as may be; loom has no such limit that holds exactly.
struct Enough;

impl Loom {
    fn run(&self, protocol: Protocol, limit: u64) -> Outcome {
        let mut builder = Builder::new();
        builder.max_branches = MAX_BRANCHES;
        builder.preemption_bound = self.preemption_bound;
        let executions = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&executions);
        let check = move || {
            if counter.load(Relaxed) == limit {
                resume_unwind(Box::new(Enough));
            }
            counter.fetch_add(1, Relaxed);
            race::execute(protocol);
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| builder.check(check)));
        let executions = executions.load(Relaxed);
        match (outcome, protocol) {
            (Err(payload), _) if payload.is::<Enough>() => Outcome { executions, ended: false },
            (Err(_), Protocol::Broken) => Outcome { executions, ended: true },
            (Err(payload), Protocol::Mended) => resume_unwind(payload),
            (Ok(()), protocol) => Outcome { executions, ended: protocol == Protocol::Mended },
        }
    }
}

impl Racer for Loom {
    fn turn(&mut self, _seed: u64) -> u64 {
        self.run(Protocol::Mended, TURN_EXECUTIONS).executions
    }

    fn first(&mut self, _seed: u64, limit: u64) -> Outcome {
        self.run(Protocol::Broken, limit)
    }

    fn all(&mut self, limit: u64) -> Option<Outcome> {
        Some(self.run(Protocol::Mended, limit))
    }
}

fn main() -> Result<()> {
    let bound = std::env::args().nth(1).unwrap_or_default();
    let preemption_bound = match bound.as_str() {
        "all" => None,
        number => {
            Some(number.parse().map_err(|_| Error::other("expected `all` or a number of preemptions"))?)
        }
    };
    // Failures are counted, not told.
    std::panic::set_hook(Box::new(|_| ()));
    serve(&mut Loom { preemption_bound })
}
