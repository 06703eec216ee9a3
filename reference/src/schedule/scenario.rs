//! What a schedule runs: Ps, threads, goroutines and what each does, and sysmon's rounds.

use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::{
    MAX_CALLBACKS, MAX_FOREIGN_THREADS, MAX_GOROUTINES, MAX_OPS, MAX_PROCS, MAX_SYSMON_ROUNDS, MAX_THREADS,
};

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
        self.procs = self.procs.legal();
        self.threads.0 = self.threads.0.clamp(2, MAX_THREADS as u8);
        self.sysmon.truncate(MAX_SYSMON_ROUNDS);
        self.limit_goroutines();
        for (goroutine, script) in (0..).map(GoId).zip(&mut self.goroutines) {
            script.truncate(MAX_OPS);
            script.iter_mut().for_each(|op| *op = op.legal(goroutine));
        }
    }

    /// There is main, and no more than there can be beside the foreign threads.
    pub(super) fn limit_goroutines(&mut self) {
        self.goroutines.truncate(MAX_GOROUTINES - self.extra_threads());
        if self.goroutines.is_empty() {
            self.goroutines.push(Vec::new());
        }
    }
}

/// What each byte stands for in main's script, and in any other's.
static OPS: [[Op; 256]; 2] = {
    let mut ops = [[Op::Syscall; 256]; 2];
    let mut byte = 0;
    while byte < 256 {
        let op = Op::of_byte(byte as u8);
        ops[0][byte] = op.legal(GoId(0));
        ops[1][byte] = op.legal(GoId(1));
        byte += 1;
    }
    ops
};

impl Op {
    /// What stands for this operation in the script of this goroutine.
    const fn legal(self, goroutine: GoId) -> Self {
        match self {
            // runtime/trace lets one goroutine at a time start and stop; here it is always main.
            Self::TraceStart | Self::TraceStop if goroutine.0 > 0 => Self::TraceAdvance,
            Self::Ready(target) => Self::Ready(GoId(target.0 % MAX_GOROUTINES as u8)),
            Self::Go(target) => Self::Go(GoId(target.0 % MAX_GOROUTINES as u8)),
            Self::Gomaxprocs(procs) => Self::Gomaxprocs(procs.legal()),
            op => op,
        }
    }

    /// By byte, the operation that it stands for in the script of this goroutine.
    pub(super) fn of_each_byte(goroutine: GoId) -> &'static [Self; 256] {
        &OPS[usize::from(goroutine.0 > 0)]
    }

    const fn of_byte(byte: u8) -> Self {
        let argument = byte >> 4;
        match byte & 15 {
            1 => Self::SyscallBlock,
            2 => Self::Gosched,
            3 => Self::Park,
            4 => Self::NetworkWait,
            5 => Self::Ready(GoId(argument)),
            6 => Self::Go(GoId(argument)),
            7 => Self::StopTheWorld,
            8 => Self::Gomaxprocs(Procs(argument % MAX_PROCS as u8 + 1)),
            9 => Self::TraceStart,
            10 => Self::TraceAdvance,
            11 => Self::TraceStop,
            _ => Self::Syscall,
        }
    }
}

impl Procs {
    const fn legal(self) -> Self {
        match self.0 {
            0 => Self(1),
            procs if procs > MAX_PROCS as u8 => Self(MAX_PROCS as u8),
            _ => self,
        }
    }

    pub(super) fn of_byte(byte: u8) -> Self {
        Self(byte % MAX_PROCS as u8 + 1)
    }
}

impl Threads {
    pub(super) fn of_byte(byte: u8) -> Self {
        // Zero stands for the most: an input that says nothing does not hold threads back.
        Self(MAX_THREADS as u8 - byte % (MAX_THREADS as u8 - 1))
    }
}

impl SysmonRound {
    pub(super) fn of_bytes([byte]: [u8; 1]) -> Self {
        Self { retake: ProcSet(byte & 15), preempt: ProcSet(byte >> 4) }
    }
}

impl ForeignThread {
    pub(super) fn of_bytes([byte]: [u8; 1]) -> Self {
        Self { callbacks: byte % (MAX_CALLBACKS + 1) }
    }
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
