//! What people want to see of the runtime's state after a step: statuses, and who holds what.

use super::{GoStatus, ProcStatus, Rt};
use crate::ids::{Generation, GoId, ProcId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_PROCS, MAX_THREADS};

/// The state of Ps, Ms and Gs right after a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// `trace.gen`
    pub generation: Generation,
    /// By P.
    pub procs: [ProcSnapshot; MAX_PROCS],
    /// By thread slot.
    pub threads: [ThreadSnapshot; MAX_THREADS],
    /// By goroutine slot.
    pub goroutines: [GoStatus; MAX_GOROUTINES],
}

/// One P.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProcSnapshot {
    /// `p.status`
    pub status: ProcStatus,
    /// `p.m`: who holds it.
    pub thread: Option<ThreadId>,
}

/// One thread and the M it runs; a foreign thread has one only during a callback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadSnapshot {
    /// Whether it has been started.
    pub exists: bool,
    /// `m.p`: the P it holds.
    pub proc: Option<ProcId>,
    /// `m.oldp`: the P it left behind when it entered the syscall it is in.
    pub old_proc: Option<ProcId>,
    /// `m.curg`: the goroutine it runs, or that is in a syscall on it.
    pub goroutine: Option<GoId>,
    /// Whether it is between `traceAcquire` and `traceRelease`: its seqlock is odd.
    pub holds_trace_token: bool,
}

impl Snapshot {
    /// The state of a P.
    #[must_use]
    pub fn proc(&self, p: ProcId) -> &ProcSnapshot {
        &self.procs[p.0 as usize % MAX_PROCS]
    }

    /// The state of a thread.
    #[must_use]
    pub fn thread(&self, thread: ThreadId) -> &ThreadSnapshot {
        &self.threads[thread.0 as usize % MAX_THREADS]
    }

    /// The status of a goroutine.
    #[must_use]
    pub fn goroutine(&self, g: GoId) -> GoStatus {
        self.goroutines[g.0 as usize % MAX_GOROUTINES]
    }
}

impl Rt {
    /// The state as it is now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let thread = |slot: usize| {
            let id = ThreadId(slot as u8);
            let m = self.threads.iter().find(|m| m.thread.get() == Some(id));
            ThreadSnapshot {
                exists: self.executor.has_started(id),
                proc: m.and_then(|m| m.p.get()),
                old_proc: m.and_then(|m| m.oldp.get()),
                goroutine: m.and_then(|m| m.curg.get()),
                holds_trace_token: m.is_some_and(|m| !m.seqlock.get().is_multiple_of(2)),
            }
        };
        Snapshot {
            generation: self.trace.gen_.get(),
            procs: std::array::from_fn(|slot| ProcSnapshot {
                status: self.procs[slot].status.get(),
                thread: self.procs[slot].m.get(),
            }),
            threads: std::array::from_fn(thread),
            goroutines: std::array::from_fn(|slot| self.goroutines[slot].status.get()),
        }
    }
}
