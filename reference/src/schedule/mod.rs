//! Schedules: a scenario, and the switches between its threads.

mod bytes;
mod scenario;
mod text;

pub use bytes::ToBytes;
pub(crate) use scenario::foreign_thread;
pub use scenario::{ForeignThread, Op, ProcSet, Procs, Scenario, SysmonRound, Threads};
pub use text::{ScheduleError, ScheduleErrorKind};

use crate::ids::{GoId, ThreadId};
use crate::limits::{
    MAX_FOREIGN_THREADS, MAX_GOROUTINES, MAX_OPS, MAX_SWITCHES, MAX_SYSMON_ROUNDS, MAX_THREADS,
};
use arbitrary::{Arbitrary, Unstructured};
use bytes::{read_byte, read_len, read_list};
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

impl Switch {
    fn of_bytes([threads, low, high]: [u8; 3]) -> Self {
        let thread = |nibble: u8| ThreadId(nibble % MAX_THREADS as u8);
        Self { thread: thread(threads & 15), step: u16::from_le_bytes([low, high]), to: thread(threads >> 4) }
    }
}

/// Fuzzing engines see the bytes of a schedule in this order.
impl<'a> Arbitrary<'a> for Schedule {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let procs = Procs::of_byte(read_byte(u));
        let threads = Threads::of_byte(read_byte(u));
        let sysmon = read_list(u, MAX_SYSMON_ROUNDS, SysmonRound::of_bytes);
        let count = read_len(u, MAX_GOROUTINES);
        let mut goroutines = Vec::with_capacity(count);
        while goroutines.len() < count && !u.is_empty() {
            let ops = Op::of_each_byte(GoId(goroutines.len() as u8));
            goroutines.push(read_list(u, MAX_OPS, |[byte]| ops[usize::from(byte)]));
        }
        let switches = read_list(u, MAX_SWITCHES, Switch::of_bytes);
        let foreign = read_list(u, MAX_FOREIGN_THREADS, ForeignThread::of_bytes);
        let mut scenario = Scenario { procs, threads, sysmon, goroutines, foreign };
        // Each item is legal; only of goroutines there may be too many, or too few.
        scenario.limit_goroutines();
        Ok(Self { scenario, switches })
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
