//! The names of things: Ps, threads, goroutines, generations, sequence numbers.

use std::fmt;

/// A P, by its id, as the trace prints it: 0 to GOMAXPROCS - 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ProcId(pub u8);

/// An operating-system thread, by its slot in the model, from 0. The trace prints its [`procid`](Self::procid).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ThreadId(pub u8);

/// A goroutine, by its slot in the model, from 0. The trace prints its [`goid`](Self::goid).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct GoId(pub u8);

/// A generation of the trace, from 1. 0 means that tracing is off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Generation(pub u64);

impl ThreadId {
    /// The thread id that events carry (spec 1.2: the internal id and the procid differ).
    #[must_use]
    pub const fn procid(self) -> u64 {
        self.0 as u64 + 1
    }
}

impl GoId {
    /// The goroutine id that events carry.
    #[must_use]
    pub const fn goid(self) -> u64 {
        self.0 as u64 + 1
    }
}

impl Generation {
    /// Tracing is off.
    pub const OFF: Self = Self(0);

    /// Which of two slots belongs to this generation (`gen%2`).
    #[must_use]
    pub const fn slot2(self) -> usize {
        (self.0 % 2) as usize
    }

    /// Which of three slots belongs to this generation (`gen%3`).
    #[must_use]
    pub const fn slot3(self) -> usize {
        (self.0 % 3) as usize
    }

    /// The generation after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for ProcId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}", self.0)
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "M{}", self.procid())
    }
}

impl fmt::Display for GoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "G{}", self.goid())
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
