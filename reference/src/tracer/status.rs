//! Which statuses a generation has already (spec 2.2): the slots that P and G share.

use super::TraceLocker;
use super::event::write_proc_status;
use crate::ids::Generation;
use crate::machine::{Access, Object, Request, Steps, Verb, step};
use crate::runtime::{GoStatus, M, P, ProcStatus};
use procsteal_wire::{EventType, proc_status};
use std::cell::Cell;

/// `traceSchedResourceState`: for each generation whether the status was traced, and the last sequence number.
#[derive(Debug, Default)]
pub(crate) struct ResourceState {
    status_traced: [Cell<bool>; 3],
    seq: [Cell<u64>; 2],
}

impl ResourceState {
    pub(crate) fn reset(&self) {
        self.status_traced.iter().for_each(|slot| slot.set(false));
        self.reset_seqs();
    }

    /// What a goroutine's `reset` does: both sequence numbers, not the statuses (spec 1.3).
    pub(crate) fn reset_seqs(&self) {
        self.seq.iter().for_each(|slot| slot.set(0));
    }

    pub(crate) fn status_was_traced(&self, generation: Generation) -> bool {
        self.status_traced[generation.slot3()].get()
    }

    /// `setStatusTraced`: marks without competing for it, and without readying the next generation.
    pub(crate) fn set_status_traced(&self, generation: Generation) {
        self.status_traced[generation.slot3()].set(true);
    }

    /// `acquireStatus`: the right to write the status in this generation, for the first that asks.
    pub(crate) fn acquire_status(&self, generation: Generation) -> bool {
        let first = !self.status_traced[generation.slot3()].replace(true);
        if first {
            self.ready_next_gen(generation);
        }
        first
    }

    /// `readyNextGen`: the next generation begins with no status and sequence number 0. The slot of its sequence
    /// number is also that of the generation before this one.
    pub(crate) fn ready_next_gen(&self, generation: Generation) {
        let next = generation.next();
        self.seq[next.slot2()].set(0);
        self.status_traced[next.slot3()].set(false);
    }

    /// `nextSeq`
    pub(crate) fn next_seq(&self, generation: Generation) -> u64 {
        let slot = &self.seq[generation.slot2()];
        slot.set(slot.get() + 1);
        slot.get()
    }

    /// In which generations the status was traced, by slot.
    pub(crate) fn traced(&self) -> u8 {
        self.status_traced.iter().fold(0, |bits, slot| bits << 1 | u8::from(slot.get()))
    }

    /// A digest of the slots, for state fingerprints.
    pub(crate) fn digest(&self) -> u64 {
        self.seq.iter().fold(u64::from(self.traced()), |digest, slot| digest << 16 | slot.get())
    }
}

/// `writeProcStatusForP` (spec 3.12): the status of any P, in the token's generation, unless it is there already.
pub(crate) fn write_proc_status_for_p<'r>(trace: &TraceLocker<'r>, pp: P<'r>, own: OwnInStw) -> Steps<()> {
    let m = trace.m();
    let object = Object::ProcTrace(pp.id);
    let access =
        || Access::NONE.write(object).read(Object::ProcStatus(pp.id)).write(Object::ThreadBuffer(m.id));
    step(m, Request::new(Verb::Event(EventType::PROC_STATUS), object), access, || {
        if pp.trace.acquire_status(trace.generation()) {
            let status = proc_status_for_p(m, pp, own);
            write_proc_status(m, trace.generation(), pp, status);
        }
    })?;
    Ok(())
}

/// Whether the caller has stopped the world, so that its own P, though `Pgcstop`, is really running.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OwnInStw {
    /// It has.
    Running,
    /// It has not.
    No,
}

fn proc_status_for_p(m: M<'_>, pp: P<'_>, own: OwnInStw) -> u8 {
    let is_own = m.p.get() == Some(pp.id);
    match pp.status.get() {
        ProcStatus::Pgcstop if is_own && own == OwnInStw::Running => proc_status::RUNNING,
        ProcStatus::Pidle | ProcStatus::Pgcstop | ProcStatus::Pdead => proc_status::IDLE,
        // Between GoSyscallBegin and the store of Psyscall the P still runs, but the trace has it in a syscall.
        ProcStatus::Prunning
            if is_own && m.curg().is_some_and(|gp| gp.status.get() == GoStatus::Gsyscall) =>
        {
            proc_status::SYSCALL
        }
        ProcStatus::Prunning => proc_status::RUNNING,
        ProcStatus::Psyscall => proc_status::SYSCALL,
    }
}
