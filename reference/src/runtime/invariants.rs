//! What must hold after every step, whatever the schedule (spec 1.6).
//!
//! Two of the invariants are narrower here than spec 1.6 words them, because its own steps break the wording. A P
//! that stops the world is `Pgcstop` while it is wired (3.10 step 6), so I1 and I3 let a wired P be that too. And
//! `exitsyscall` forgets `m.oldp` before it tries to take that P back (3.5 step 2, 3.6 step 4), so I2 also takes the
//! P that a thread has in mind there. With foreign threads the P that a callback left may be nobody's: a scheduler
//! that compares ticks before it takes a P back leaves it to sysmon, since `dropm` has trashed the tick (3.18).

use super::ProcStatus::{Pdead, Pgcstop, Pidle, Prunning, Psyscall};
use super::{P, Rt};
use crate::ids::{Generation, ProcId};

impl Rt {
    /// Ends the run with a fault if an invariant does not hold.
    pub(crate) fn check_invariants(&self) {
        if let Some(broken) = self.broken_invariant() {
            self.check(false, broken);
        }
    }

    fn broken_invariant(&self) -> Option<&'static str> {
        self.procs
            .iter()
            .find_map(|state| self.broken_by_p(self.p(state.id)))
            .or_else(|| self.broken_by_threads())
            .or_else(|| self.broken_by_buffers())
            .or_else(|| {
                let stopping = self.sched.stopwait.get() > 0;
                (stopping && self.sched.worldsema.count.get() != 0)
                    .then_some("a stop of the world waits, but worldsema is free (I6)")
            })
    }

    /// I1 to I3, of one P.
    fn broken_by_p(&self, pp: P<'_>) -> Option<&'static str> {
        let status = pp.status.get();
        let holders = self.threads.iter().filter(|m| m.p.get() == Some(pp.id)).count();
        let holder = self.threads.iter().find(|m| m.p.get() == Some(pp.id));
        if holders > 1 || holder.map(|m| m.id) != pp.m.get() {
            return Some("a P is not the one P of the one M it is wired to (I1)");
        }
        let wired = holders == 1;
        if wired && !matches!(status, Prunning | Pgcstop) {
            return Some("a P that is wired to an M does not run (I1)");
        }
        let left = self.threads.iter().any(|m| [m.oldp.get(), m.leaving.get()].contains(&Some(pp.id)));
        let may_be_orphan = self.sched.extra_threads_made.get() > 0;
        if status == Psyscall && (wired || !left && !may_be_orphan) {
            return Some("a P in a syscall is wired, or no M has left it behind (I2)");
        }
        let idle = self.sched.pidle.iter().filter(|p| *p == pp.id).count();
        let handed = self.threads.iter().filter(|m| m.nextp.get() == Some(pp.id)).count();
        let late = self.sched.late_threads.iter().filter(|p| *p == pp.id).count();
        let elsewhere = usize::from(matches!(status, Psyscall | Pdead));
        if idle + handed + late + holders + elsewhere > 1 {
            return Some("a P is in two places (I3)");
        }
        (idle + handed + late == 1 && status != Pidle).then_some("a P that is to be had is not idle (I3)")
    }

    /// I1, seen from the Ms.
    fn broken_by_threads(&self) -> Option<&'static str> {
        let wired = |m: &super::ThreadState| {
            m.p.get().is_none_or(|ProcId(p)| self.procs[p as usize].m.get() == Some(m.id))
        };
        (!self.threads.iter().all(wired)).then_some("an M has a P that does not have it (I1)")
    }

    /// I5: once a generation is flushed, nobody writes to it again, until its slot belongs to the next but one.
    fn broken_by_buffers(&self) -> Option<&'static str> {
        let (flushed, now) = (self.trace.flushed_gen.get(), self.trace.gen_.get());
        let slot_is_its_own = now == Generation::OFF || now == flushed.next();
        (flushed != Generation::OFF && slot_is_its_own && !self.buffers_are_empty(flushed))
            .then_some("a buffer of a flushed generation is not empty (I5)")
    }

    /// Whether no thread has anything of this generation in its buffer.
    #[inline(always)]
    pub(crate) fn buffers_are_empty(&self, generation: Generation) -> bool {
        self.threads.iter().all(|m| m.buf[generation.slot2()].borrow().is_empty())
    }
}
