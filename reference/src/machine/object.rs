//! The shared objects that steps read and write, and sets of them: all that partial-order reduction needs to know.

use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_PROCS, MAX_THREADS};
use std::fmt;

/// A shared object of the model. Two steps that touch no common object, or only read it, commute.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Object {
    /// Nothing that another thread could see.
    Private,
    /// `p.status`.
    ProcStatus(ProcId),
    /// `p.m` and the wiring to a thread.
    ProcThread(ProcId),
    /// `p.syscalltick`.
    ProcTick(ProcId),
    /// `p.runSafePointFn`.
    ProcSafePoint(ProcId),
    /// `p.trace`: sequence numbers, traced statuses, the thread of the last syscall.
    ProcTrace(ProcId),
    /// `m.trace.seqlock`.
    ThreadSeqlock(ThreadId),
    /// `m.park` and `m.nextp`.
    ThreadPark(ThreadId),
    /// `m.trace.buf`.
    ThreadBuffer(ThreadId),
    /// `g.atomicstatus`, with its scan bit.
    GoStatus(GoId),
    /// `g.preempt` and `g.preemptStop`.
    GoPreempt(GoId),
    /// `g.trace`: sequence numbers and traced statuses.
    GoTrace(GoId),
    /// What the goroutine waits for in a `park` of its script.
    GoSema(GoId),
    /// `trace.gen`.
    Generation,
    /// Whether `trace.gen` is 0.
    TracingOff,
    /// `trace.exitingSyscall`.
    ExitingSyscall,
    /// `trace.lock` and the queues of full buffers.
    TraceLock,
    /// `trace.shutdown`, `lastNonZeroGen`, `flushedGen`.
    TraceState,
    /// `sched.lock`.
    SchedLock,
    /// `sched.pidle`, `sched.npidle`.
    IdleProcs,
    /// `sched.midle`.
    IdleThreads,
    /// The run queue.
    RunQueue,
    /// `allm`.
    AllThreads,
    /// Every goroutine ever made.
    AllGoroutines,
    /// How many goroutines have not ended.
    LiveGoroutines,
    /// `sched.nmspinning`.
    Spinning,
    /// `sched.stopwait`.
    StopWait,
    /// `sched.gcwaiting`.
    GcWaiting,
    /// `sched.stopnote`.
    StopNote,
    /// `sched.sysmonwait`.
    SysmonWait,
    /// `sched.sysmonlock`.
    SysmonLock,
    /// `sched.safePointWait`, `safePointFn` and their note.
    SafePoint,
    /// `gomaxprocs`, `allp`.
    AllProcs,
    /// Goroutines whose network wait is over.
    Netpoll,
    /// The list of extra Ms for foreign threads.
    ExtraThreads,
    /// `worldsema`.
    WorldSema,
    /// `traceAdvanceSema`.
    TraceAdvanceSema,
    /// `traceShutdownSema`.
    TraceShutdownSema,
}

const PER_PROC: u32 = 5;
const PER_THREAD: u32 = 3;
const PER_GOROUTINE: u32 = 4;
const THREADS_FROM: u32 = PER_PROC * MAX_PROCS as u32;
const GOROUTINES_FROM: u32 = THREADS_FROM + PER_THREAD * MAX_THREADS as u32;
const GLOBALS_FROM: u32 = GOROUTINES_FROM + PER_GOROUTINE * MAX_GOROUTINES as u32;

impl Object {
    /// The object's bit in an [`ObjectSet`]; none for [`Object::Private`]. Nearly always the variant is known where
    /// this is called: inlined, it is an addition.
    #[inline(always)]
    pub(crate) const fn bit(self) -> Option<u32> {
        Some(match self {
            Self::Private => return None,
            Self::ProcStatus(p) => PER_PROC * p.0 as u32,
            Self::ProcThread(p) => PER_PROC * p.0 as u32 + 1,
            Self::ProcTick(p) => PER_PROC * p.0 as u32 + 2,
            Self::ProcSafePoint(p) => PER_PROC * p.0 as u32 + 3,
            Self::ProcTrace(p) => PER_PROC * p.0 as u32 + 4,
            Self::ThreadSeqlock(m) => THREADS_FROM + PER_THREAD * m.0 as u32,
            Self::ThreadPark(m) => THREADS_FROM + PER_THREAD * m.0 as u32 + 1,
            Self::ThreadBuffer(m) => THREADS_FROM + PER_THREAD * m.0 as u32 + 2,
            Self::GoStatus(g) => GOROUTINES_FROM + PER_GOROUTINE * g.0 as u32,
            Self::GoPreempt(g) => GOROUTINES_FROM + PER_GOROUTINE * g.0 as u32 + 1,
            Self::GoTrace(g) => GOROUTINES_FROM + PER_GOROUTINE * g.0 as u32 + 2,
            Self::GoSema(g) => GOROUTINES_FROM + PER_GOROUTINE * g.0 as u32 + 3,
            Self::Generation => GLOBALS_FROM,
            Self::ExitingSyscall => GLOBALS_FROM + 1,
            Self::TraceLock => GLOBALS_FROM + 2,
            Self::TraceState => GLOBALS_FROM + 3,
            Self::SchedLock => GLOBALS_FROM + 4,
            Self::IdleProcs => GLOBALS_FROM + 5,
            Self::IdleThreads => GLOBALS_FROM + 6,
            Self::RunQueue => GLOBALS_FROM + 7,
            Self::AllThreads => GLOBALS_FROM + 8,
            Self::AllGoroutines => GLOBALS_FROM + 9,
            Self::Spinning => GLOBALS_FROM + 10,
            Self::StopWait => GLOBALS_FROM + 11,
            Self::GcWaiting => GLOBALS_FROM + 12,
            Self::StopNote => GLOBALS_FROM + 13,
            Self::SysmonWait => GLOBALS_FROM + 14,
            Self::SysmonLock => GLOBALS_FROM + 15,
            Self::SafePoint => GLOBALS_FROM + 16,
            Self::AllProcs => GLOBALS_FROM + 17,
            Self::Netpoll => GLOBALS_FROM + 18,
            Self::ExtraThreads => GLOBALS_FROM + 19,
            Self::WorldSema => GLOBALS_FROM + 20,
            Self::TraceAdvanceSema => GLOBALS_FROM + 21,
            Self::TraceShutdownSema => GLOBALS_FROM + 22,
            Self::TracingOff => GLOBALS_FROM + 23,
            Self::LiveGoroutines => GLOBALS_FROM + 24,
        })
    }
}

/// How many bits of an [`ObjectSet`] stand for no object.
pub const SPARE_BITS: u32 = 128 - (GLOBALS_FROM + 25);

const _: () = assert!(GLOBALS_FROM + 25 <= 128, "every object must have a bit of a u128");

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private => f.write_str("-"),
            Self::ProcStatus(p) => write!(f, "{p}.status"),
            Self::ProcThread(p) => write!(f, "{p}.m"),
            Self::ProcTick(p) => write!(f, "{p}.syscalltick"),
            Self::ProcSafePoint(p) => write!(f, "{p}.runSafePointFn"),
            Self::ProcTrace(p) => write!(f, "{p}.trace"),
            Self::ThreadSeqlock(m) => write!(f, "{m}.seqlock"),
            Self::ThreadPark(m) => write!(f, "{m}.park"),
            Self::ThreadBuffer(m) => write!(f, "{m}.buf"),
            Self::GoStatus(g) => write!(f, "{g}.status"),
            Self::GoPreempt(g) => write!(f, "{g}.preempt"),
            Self::GoTrace(g) => write!(f, "{g}.trace"),
            Self::GoSema(g) => write!(f, "{g}.sema"),
            Self::Generation | Self::TracingOff => f.write_str("trace.gen"),
            Self::ExitingSyscall => f.write_str("trace.exitingSyscall"),
            Self::TraceLock => f.write_str("trace.lock"),
            Self::TraceState => f.write_str("trace.shutdown"),
            Self::SchedLock => f.write_str("sched.lock"),
            Self::IdleProcs => f.write_str("sched.pidle"),
            Self::IdleThreads => f.write_str("sched.midle"),
            Self::RunQueue => f.write_str("sched.runq"),
            Self::AllThreads => f.write_str("allm"),
            Self::AllGoroutines | Self::LiveGoroutines => f.write_str("allgs"),
            Self::Spinning => f.write_str("sched.nmspinning"),
            Self::StopWait => f.write_str("sched.stopwait"),
            Self::GcWaiting => f.write_str("sched.gcwaiting"),
            Self::StopNote => f.write_str("sched.stopnote"),
            Self::SysmonWait => f.write_str("sched.sysmonwait"),
            Self::SysmonLock => f.write_str("sched.sysmonlock"),
            Self::SafePoint => f.write_str("sched.safePointWait"),
            Self::AllProcs => f.write_str("allp"),
            Self::Netpoll => f.write_str("netpoll"),
            Self::ExtraThreads => f.write_str("extraM"),
            Self::WorldSema => f.write_str("worldsema"),
            Self::TraceAdvanceSema => f.write_str("traceAdvanceSema"),
            Self::TraceShutdownSema => f.write_str("traceShutdownSema"),
        }
    }
}

/// A set of shared objects.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ObjectSet(u128);

impl ObjectSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// This set and `object`.
    #[inline(always)]
    #[must_use]
    pub const fn with(self, object: Object) -> Self {
        match object.bit() {
            Some(bit) => Self(self.0 | 1 << bit),
            None => self,
        }
    }

    /// The set as bits: one for each object, the same in every run. The highest [`SPARE_BITS`] are never set.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The objects of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two sets have an object in common.
    #[inline(always)]
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What one step touches.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Access {
    /// Objects that are read and stay as they are.
    pub reads: ObjectSet,
    /// Objects that are written.
    pub writes: ObjectSet,
}

impl Access {
    /// Touches nothing that another thread could see.
    pub const NONE: Self = Self { reads: ObjectSet::EMPTY, writes: ObjectSet::EMPTY };

    /// A read of an object that is not known where this is called.
    #[inline(never)]
    pub(crate) fn reading(object: Object) -> Self {
        Self::NONE.read(object)
    }

    /// A write of an object that is not known where this is called.
    #[inline(never)]
    pub(crate) fn writing(object: Object) -> Self {
        Self::NONE.write(object)
    }

    /// This access, and a read of `object`.
    #[inline(always)]
    #[must_use]
    pub const fn read(self, object: Object) -> Self {
        Self { reads: self.reads.with(object), writes: self.writes }
    }

    /// This access, and a write of `object`.
    #[inline(always)]
    #[must_use]
    pub const fn write(self, object: Object) -> Self {
        Self { reads: self.reads, writes: self.writes.with(object) }
    }

    /// What both touch.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { reads: self.reads.union(other.reads), writes: self.writes.union(other.writes) }
    }

    /// Whether the order of the two steps can matter: they share an object that one of them writes.
    #[inline(always)]
    #[must_use]
    pub const fn conflicts(self, other: Self) -> bool {
        self.writes.meets(other.writes) || self.writes.meets(other.reads) || self.reads.meets(other.writes)
    }
}
