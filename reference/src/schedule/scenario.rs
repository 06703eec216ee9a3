//! What a schedule runs: Ps, threads, goroutines and what each does, and sysmon's rounds.

use super::bytes::{List, byte};
use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::{
    MAX_CALLBACKS, MAX_FOREIGN_THREADS, MAX_GOROUTINES, MAX_OPS, MAX_PROCS, MAX_SYSMON_ROUNDS, MAX_THREADS,
};
use arbitrary::{Arbitrary, Unstructured};

/// What there is to run.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Scenario {
    /// GOMAXPROCS at the start.
    pub procs: Procs,
    /// How many threads start at once when they are asked for; further ones start only when nothing else can happen.
    pub threads: Threads,
    /// What sysmon does, round by round.
    pub sysmon: Vec<SysmonRound>,
    /// The goroutines' scripts; the first is main's, and the program ends with it. Goroutines that nobody creates
    /// are created by main at its end.
    pub goroutines: Vec<Vec<Op>>,
    /// Threads that Go did not make, and that call into it. They are numbered from the last thread down.
    pub foreign: Vec<ForeignThread>,
}

/// A thread that Go did not make: C code that calls Go so many times (spec 3.18).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ForeignThread {
    /// How many calls: at most [`MAX_CALLBACKS`].
    pub callbacks: u8,
}

/// The thread that a scenario's foreign thread number `index` is.
pub(crate) fn foreign_thread(index: usize) -> ThreadId {
    ThreadId((MAX_THREADS - 1 - index) as u8)
}

/// A number of Ps: 1 to [`MAX_PROCS`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Procs(pub u8);

impl Default for Procs {
    fn default() -> Self {
        Self(2)
    }
}

/// A number of threads, sysmon's included: 2 to [`MAX_THREADS`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Threads(pub u8);

impl Default for Threads {
    fn default() -> Self {
        Self(MAX_THREADS as u8)
    }
}

/// A set of Ps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ProcSet(pub u8);

impl ProcSet {
    /// Whether the P is in the set.
    #[must_use]
    pub const fn contains(self, p: ProcId) -> bool {
        self.0 & (1 << p.0) != 0
    }

    /// The Ps in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = ProcId> {
        (0..MAX_PROCS as u8).map(ProcId).filter(move |p| self.contains(*p))
    }
}

/// One round of sysmon: which Ps it finds to have been in a syscall for long, and which goroutines to have run for
/// long. Time is left out of the model; the scenario decides (spec section 8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SysmonRound {
    /// Ps that are taken if they are in a syscall.
    pub retake: ProcSet,
    /// Ps whose goroutine is asked to make way; if it is in a syscall the P is taken.
    pub preempt: ProcSet,
}

/// One operation of a goroutine's script.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Op {
    /// A system call that may be short: `entersyscall`, `exitsyscall`.
    Syscall,
    /// A system call known to block: `entersyscallblock`, `exitsyscall`.
    SyscallBlock,
    /// `runtime.Gosched`
    Gosched,
    /// Waits for a `Ready` of this goroutine, unless one has come.
    Park,
    /// Waits for the network, which is ready at once.
    NetworkWait,
    /// Readies a goroutine, now or at its next `Park`.
    Ready(GoId),
    /// Creates the goroutine of that script, unless it is there.
    Go(GoId),
    /// Stops and starts the world, as a garbage collection does.
    StopTheWorld,
    /// `runtime.GOMAXPROCS`
    Gomaxprocs(Procs),
    /// `runtime.StartTrace`; main's only.
    TraceStart,
    /// The end of a generation.
    TraceAdvance,
    /// `runtime.StopTrace`; main's only.
    TraceStop,
}

impl Scenario {
    /// Makes this a copy of `other`. Scripts too many go to `spare`, and those too few come from there, so that in the
    /// long run nothing is allocated.
    pub(crate) fn copy_from(&mut self, other: &Self, spare: &mut Vec<Vec<Op>>) {
        let Self { procs, threads, sysmon, goroutines, foreign } = self;
        (*procs, *threads) = (other.procs, other.threads);
        sysmon.clone_from(&other.sysmon);
        foreign.clone_from(&other.foreign);
        let count = other.goroutines.len();
        spare.extend(goroutines.drain(count.min(goroutines.len())..));
        goroutines.resize_with(count, || spare.pop().unwrap_or_default());
        for (script, other) in goroutines.iter_mut().zip(&other.goroutines) {
            script.clone_from(other);
        }
    }

    /// Operation number `index` of a goroutine.
    pub(crate) fn op(&self, goroutine: GoId, index: usize) -> Option<Op> {
        self.goroutines.get(goroutine.0 as usize)?.get(index).copied()
    }

    /// How many Ms, each with a goroutine, callbacks can need. Who takes the last one makes another later, when a
    /// second one may have become the last: two for each foreign thread are the most.
    pub(crate) fn extra_threads(&self) -> usize {
        2 * self.foreign.len()
    }

    pub(super) fn make_legal(&mut self) {
        self.foreign.truncate(MAX_FOREIGN_THREADS);
        for foreign in &mut self.foreign {
            foreign.callbacks = foreign.callbacks.min(MAX_CALLBACKS);
        }
        self.procs.0 = self.procs.0.clamp(1, MAX_PROCS as u8);
        self.threads.0 = self.threads.0.clamp(2, MAX_THREADS as u8);
        self.sysmon.truncate(MAX_SYSMON_ROUNDS);
        self.goroutines.truncate(MAX_GOROUTINES - self.extra_threads());
        if self.goroutines.is_empty() {
            self.goroutines.push(Vec::new());
        }
        for (goroutine, script) in self.goroutines.iter_mut().enumerate() {
            script.truncate(MAX_OPS);
            for op in script {
                match op {
                    // runtime/trace lets one goroutine at a time start and stop; here it is always main.
                    Op::TraceStart | Op::TraceStop if goroutine > 0 => *op = Op::TraceAdvance,
                    Op::Ready(target) | Op::Go(target) => target.0 %= MAX_GOROUTINES as u8,
                    Op::Gomaxprocs(procs) => procs.0 = procs.0.clamp(1, MAX_PROCS as u8),
                    _ => {}
                }
            }
        }
    }
}

impl<'a> Arbitrary<'a> for Procs {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self(byte(u) % MAX_PROCS as u8 + 1))
    }
}

impl<'a> Arbitrary<'a> for Threads {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        // Zero stands for the most: an input that says nothing does not hold threads back.
        let byte = byte(u) % (MAX_THREADS as u8 - 1);
        Ok(Self(MAX_THREADS as u8 - byte))
    }
}

impl<'a> Arbitrary<'a> for SysmonRound {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let byte = byte(u);
        Ok(Self { retake: ProcSet(byte & 15), preempt: ProcSet(byte >> 4) })
    }
}

impl<'a> Arbitrary<'a> for ForeignThread {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self { callbacks: byte(u) % (MAX_CALLBACKS + 1) })
    }
}

impl<'a> Arbitrary<'a> for Op {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let byte = byte(u);
        let argument = byte >> 4;
        Ok(match byte & 15 {
            1 => Self::SyscallBlock,
            2 => Self::Gosched,
            3 => Self::Park,
            4 => Self::NetworkWait,
            5 => Self::Ready(GoId(argument % MAX_GOROUTINES as u8)),
            6 => Self::Go(GoId(argument % MAX_GOROUTINES as u8)),
            7 => Self::StopTheWorld,
            8 => Self::Gomaxprocs(Procs(argument % MAX_PROCS as u8 + 1)),
            9 => Self::TraceStart,
            10 => Self::TraceAdvance,
            11 => Self::TraceStop,
            _ => Self::Syscall,
        })
    }
}

impl super::bytes::Limited for SysmonRound {
    const MAX: usize = MAX_SYSMON_ROUNDS;
}

impl super::bytes::Limited for ForeignThread {
    const MAX: usize = MAX_FOREIGN_THREADS;
}

impl super::bytes::Limited for Op {
    const MAX: usize = MAX_OPS;
}

impl super::bytes::Limited for List<Op> {
    const MAX: usize = MAX_GOROUTINES;
}

impl super::bytes::ToBytes for Op {
    fn to_bytes(&self, bytes: &mut Vec<u8>) {
        bytes.push(match self {
            Self::Syscall => 0,
            Self::SyscallBlock => 1,
            Self::Gosched => 2,
            Self::Park => 3,
            Self::NetworkWait => 4,
            Self::Ready(GoId(target)) => 5 | target << 4,
            Self::Go(GoId(target)) => 6 | target << 4,
            Self::StopTheWorld => 7,
            Self::Gomaxprocs(Procs(procs)) => 8 | (procs - 1) << 4,
            Self::TraceStart => 9,
            Self::TraceAdvance => 10,
            Self::TraceStop => 11,
        });
    }
}

impl super::bytes::ToBytes for ForeignThread {
    fn to_bytes(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.callbacks);
    }
}

impl super::bytes::ToBytes for SysmonRound {
    fn to_bytes(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.retake.0 & 15 | self.preempt.0 << 4);
    }
}
