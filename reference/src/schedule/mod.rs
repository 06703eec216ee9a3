//! Schedules: a scenario, and the switches between its threads.

mod bytes;
mod scenario;
mod text;

pub use bytes::ToBytes;
pub(crate) use scenario::foreign_thread;
pub use scenario::{ForeignThread, Op, ProcSet, Procs, Scenario, SysmonRound, Threads};
pub use text::{ScheduleError, ScheduleErrorKind};

use crate::ids::ThreadId;
use crate::limits::{MAX_SWITCHES, MAX_THREADS};
use arbitrary::{Arbitrary, Unstructured};
use bytes::{List, byte};
use std::fmt;

/// A scenario and its switches: one execution of the model, on any scheduler.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Schedule {
    /// What there is to run.
    pub scenario: Scenario,
    /// Where a thread is made to stop, and for whom. In no particular order, but for those at the same step of one
    /// thread, of which the first that can be followed counts.
    pub switches: Vec<Switch>,
}

/// Before `thread` takes its step number `step`, `to` goes on in its place. A switch to a thread that cannot run then
/// says nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Switch {
    /// The thread that stops.
    pub thread: ThreadId,
    /// How many steps it has taken.
    pub step: u16,
    /// The thread that goes on.
    pub to: ThreadId,
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} -> {}", self.thread, self.step, self.to)
    }
}

impl<'a> Arbitrary<'a> for Switch {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let [threads, low, high] = [byte(u), byte(u), byte(u)];
        let thread = |nibble: u8| ThreadId(nibble % MAX_THREADS as u8);
        let step = u16::from_le_bytes([low, high]);
        Ok(Self { thread: thread(threads & 15), step, to: thread(threads >> 4) })
    }

    fn size_hint(_: usize) -> (usize, Option<usize>) {
        (3, Some(3))
    }
}

/// The raw shape from which a schedule is derived: fuzzing engines see its bytes, in this order.
#[derive(Arbitrary)]
struct Shape {
    procs: Procs,
    threads: Threads,
    sysmon: List<SysmonRound>,
    goroutines: List<List<Op>>,
    switches: List<Switch>,
    foreign: List<ForeignThread>,
}

impl<'a> Arbitrary<'a> for Schedule {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let Shape { procs, threads, sysmon, goroutines, switches, foreign } = Shape::arbitrary(u)?;
        let goroutines = goroutines.0.into_iter().map(|script| script.0).collect();
        let scenario = Scenario { procs, threads, sysmon: sysmon.0, goroutines, foreign: foreign.0 };
        Ok(Self { scenario, switches: switches.0 }.into_legal())
    }
}

impl Schedule {
    /// The schedule that these bytes stand for. Every byte string stands for one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        // Reading cannot fail: what is missing counts as zeros.
        Self::arbitrary(&mut Unstructured::new(bytes)).unwrap_or_else(|_| Self::default().into_legal())
    }

    /// This schedule within the limits: what [`from_bytes`](Self::from_bytes) and the text form give is legal.
    #[must_use]
    pub fn into_legal(mut self) -> Self {
        self.scenario.make_legal();
        self.switches.truncate(MAX_SWITCHES);
        self
    }
}
