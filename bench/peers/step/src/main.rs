//! The race on a machine written by hand: what executions cost when nothing is in their way.
//!
//!     race-step random|every|states small|large

mod machine;

use machine::{MAX_THREADS, Machine};
use std::collections::HashSet;
use std::io::{Error, Result};
use turns::{Outcome, Protocol, Racer, Size, serve};

/// Executions of a turn: some tenths of a second.
const TURN_EXECUTIONS: u64 = 200_000;

/// A thread, drawn anew before each step, takes it.
struct Random(Size);

/// Small and good enough: xorshift.
struct Rng(u64);

impl Rng {
    fn new(seed: u64) -> Self {
        let mut rng = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03);
        for _ in 0..4 {
            rng.next();
        }
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// One execution to the end of all threads; says whether its trace is broken.
fn is_broken(protocol: Protocol, size: Size, rng: &mut Rng) -> bool {
    let mut machine = Machine::new(protocol, size);
    loop {
        let mut runnable = [0; MAX_THREADS];
        let mut count = 0;
        for thread in machine.runnable() {
            runnable[count] = thread;
            count += 1;
        }
        if count == 0 {
            return machine.is_broken();
        }
        machine.step(runnable[(rng.next() % count as u64) as usize]);
    }
}

impl Racer for Random {
    fn turn(&mut self, seed: u64) -> u64 {
        let mut rng = Rng::new(seed);
        let broken = (0..TURN_EXECUTIONS).filter(|_| is_broken(Protocol::Mended, self.0, &mut rng)).count();
        assert_eq!(broken, 0, "the mended race fails");
        TURN_EXECUTIONS
    }

    fn first(&mut self, seed: u64, limit: u64) -> Outcome {
        let mut rng = Rng::new(seed);
        let found = (0..limit).position(|_| is_broken(Protocol::Broken, self.0, &mut rng));
        Outcome { executions: found.map_or(limit, |at| at as u64 + 1), ended: found.is_some() }
    }

    fn all(&mut self, _limit: u64) -> Option<Outcome> {
        None
    }
}

/// Every interleaving, one after the other, or every state once.
struct Exhaustive {
    size: Size,
    visited: Option<HashSet<Machine>>,
    executions: u64,
    limit: u64,
    protocol: Protocol,
    found: bool,
}

impl Exhaustive {
    fn search(&mut self, protocol: Protocol, limit: u64) -> Outcome {
        (self.executions, self.limit, self.protocol, self.found) = (0, limit, protocol, false);
        if let Some(visited) = &mut self.visited {
            visited.clear();
        }
        let is_whole = self.from(&Machine::new(protocol, self.size));
        Outcome { executions: self.executions, ended: is_whole || self.found }
    }

    /// Explores all that follows; says whether the search is to go on.
    fn from(&mut self, machine: &Machine) -> bool {
        if let Some(visited) = &mut self.visited
            && !visited.insert(machine.clone())
        {
            return true;
        }
        let mut is_end = true;
        for thread in machine.runnable() {
            is_end = false;
            let mut next = machine.clone();
            next.step(thread);
            if !self.from(&next) {
                return false;
            }
        }
        if is_end {
            self.executions += 1;
            self.found = machine.is_broken();
            assert!(!self.found || self.protocol == Protocol::Broken, "the mended race fails");
            return !self.found && self.executions < self.limit;
        }
        true
    }
}

impl Racer for Exhaustive {
    fn turn(&mut self, _seed: u64) -> u64 {
        self.search(Protocol::Mended, TURN_EXECUTIONS).executions
    }

    fn first(&mut self, _seed: u64, limit: u64) -> Outcome {
        self.search(Protocol::Broken, limit)
    }

    fn all(&mut self, limit: u64) -> Option<Outcome> {
        Some(self.search(Protocol::Mended, limit))
    }
}

fn racer(kind: &str, size: Size) -> Option<Box<dyn Racer>> {
    let exhaustive = |visited| Exhaustive {
        size,
        visited,
        executions: 0,
        limit: 0,
        protocol: Protocol::Mended,
        found: false,
    };
    match kind {
        "random" => Some(Box::new(Random(size))),
        "every" => Some(Box::new(exhaustive(None))),
        "states" => Some(Box::new(exhaustive(Some(HashSet::new())))),
        _ => None,
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let racer = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [kind, size] => Size::named(size).and_then(|size| racer(kind, size)),
        _ => None,
    };
    let mut racer =
        racer.ok_or_else(|| Error::other("expected random, every or states, and small or large"))?;
    serve(racer.as_mut())
}
