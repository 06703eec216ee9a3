//! The P (spec 1.1).

use crate::ids::{ProcId, ThreadId};
use crate::machine::{Atomic, Object, Observed};
use crate::tracer::ResourceState;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

/// The status of a P, under Go's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProcStatus {
    /// On the idle list, or in limbo between two owners.
    Pidle,
    /// Wired to a thread.
    Prunning,
    /// Left behind by a thread in a syscall: anyone may take it.
    Psyscall,
    /// Stopped for a stop-the-world.
    Pgcstop,
    /// Beyond GOMAXPROCS.
    Pdead,
}

impl fmt::Display for ProcStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Observed for ProcStatus {
    fn observed(self) -> u64 {
        self as u64
    }
}

/// What the runtime keeps of a P.
#[derive(Debug)]
pub(crate) struct ProcState {
    pub(crate) id: ProcId,
    pub(crate) status: Atomic<ProcStatus>,
    /// The thread it is wired to: none unless it is running.
    pub(crate) m: Cell<Option<ThreadId>>,
    pub(crate) syscalltick: Atomic<u32>,
    pub(crate) schedtick: Cell<u32>,
    pub(crate) run_safe_point_fn: Atomic<u32>,
    pub(crate) trace: ResourceState,
    /// `trace.mSyscallID`: the procid of the thread whose GoSyscallBegin was the last written for this P.
    pub(crate) m_syscall_id: Cell<Option<u64>>,
    /// What sysmon saw at its last look (`sysmontick.syscalltick`).
    pub(crate) sysmontick: Cell<u32>,
}

impl ProcState {
    pub(crate) fn new(id: ProcId) -> Self {
        Self {
            id,
            status: Atomic::new(Object::ProcStatus(id), ProcStatus::Pdead),
            m: Cell::new(None),
            syscalltick: Atomic::new(Object::ProcTick(id), 0),
            schedtick: Cell::new(0),
            run_safe_point_fn: Atomic::new(Object::ProcSafePoint(id), 0),
            trace: ResourceState::default(),
            m_syscall_id: Cell::new(None),
            sysmontick: Cell::new(0),
        }
    }

    pub(crate) fn reset(&self) {
        self.status.set(ProcStatus::Pdead);
        self.m.set(None);
        self.syscalltick.set(0);
        self.schedtick.set(0);
        self.run_safe_point_fn.set(0);
        self.trace.reset();
        self.m_syscall_id.set(None);
        self.sysmontick.set(0);
    }
}

/// A pointer to a P.
#[derive(Clone, Copy)]
pub(crate) struct P<'r> {
    pub(crate) state: &'r ProcState,
}

impl<'r> Deref for P<'r> {
    type Target = ProcState;

    fn deref(&self) -> &ProcState {
        self.state
    }
}

impl PartialEq for P<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
