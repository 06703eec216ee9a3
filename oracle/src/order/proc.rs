//! Events of Ps.

use super::{Attempt, Attempted, Context, Draft, Effect, Need, Outcome, Record, Wait, fail, waits};
use crate::error::ErrorKind;
use crate::ids::{ProcId, ThreadId};
use crate::state::{Counter, NONE, ProcState, ProcStatus, State};

pub(super) fn status(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let (id, wire_status) = (attempt.id(0), attempt.argument(1));
    let proc = ProcId(id);
    let Some(status) = ProcStatus::from_wire(wire_status) else {
        return fail(ErrorKind::InvalidProcStatus { proc, status: wire_status.to_le_bytes()[0] });
    };
    let old = if let Some(slot) = state.find_proc(id) {
        let known = state.procs.at(slot).status;
        if status == ProcStatus::Abandoned && known == ProcStatus::Syscall {
            return abandoned(state, attempt, record);
        }
        if known != status {
            let (known, said) = (known.name(), status.name());
            return fail(ErrorKind::InconsistentProcStatus { proc, known, said });
        }
        state.procs.at_mut(slot).counter = Counter::start(attempt.generation);
        status.shown()
    } else {
        let slot = state.procs.insert(id.cast_unsigned());
        let record = state.procs.at_mut(slot);
        record.status = status;
        record.counter = Counter::start(attempt.generation);
        if attempt.generation == state.initial_generation {
            ProcState::Undetermined
        } else {
            ProcState::NotExist
        }
    };
    if matches!(status, ProcStatus::Running | ProcStatus::Syscall) {
        state.set_proc(attempt.slot, id);
    }
    // Go's accessor fails on a status with more than eight bits, but for a P known to be abandoned (format 7.1).
    let known_abandoned = status == ProcStatus::Abandoned && old == ProcState::Idle;
    record.record(|| {
        attempt.draft(if wire_status > u64::from(u8::MAX) && !known_abandoned {
            Effect::Unreadable
        } else {
            Effect::Proc { proc: id, from: old, to: status.shown() }
        })
    });
    Ok(Outcome::Advanced)
}

/// A P that some thread took into a system call is about to be stolen: shown as an event of that thread.
fn abandoned(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let id = attempt.id(0);
    let Some((thread, held)) = state.holder(id) else {
        return fail(ErrorKind::ProcWithoutOwner { proc: ProcId(id) });
    };
    if let Some(slot) = state.find_proc(id) {
        state.procs.at_mut(slot).counter = Counter::start(attempt.generation);
    }
    record.record(|| Draft {
        context: Context { thread, proc: id, goroutine: held.goroutine },
        effect: Effect::Proc { proc: id, from: ProcState::Running, to: ProcState::Running },
    });
    Ok(Outcome::Advanced)
}

#[inline(always)]
pub(super) fn start(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let id = attempt.id(0);
    let Some(slot) = state.find_proc(id) else { return waits(Wait::ProcUnknown) };
    let proc = state.procs.at_mut(slot);
    if proc.status != ProcStatus::Idle {
        return waits(Wait::ProcNotIdle);
    }
    if !attempt.counter(1).succeeds(proc.counter) {
        return waits(Wait::ProcSequence);
    }
    if attempt.context.proc != NONE {
        return waits(Wait::HoldsProc);
    }
    attempt.needs(Need::MustNot, Need::May)?;
    proc.status = ProcStatus::Running;
    proc.counter = attempt.counter(1);
    state.set_proc(attempt.slot, id);
    record.record(|| attempt.draft(Effect::Proc { proc: id, from: ProcState::Idle, to: ProcState::Running }));
    Ok(Outcome::Advanced)
}

#[inline(always)]
pub(super) fn stop(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let id = attempt.context.proc;
    let Some(slot) = state.find_proc(id) else {
        return fail(ErrorKind::UnknownProcStop { proc: ProcId(id) });
    };
    let proc = state.procs.at_mut(slot);
    if !matches!(proc.status, ProcStatus::Running | ProcStatus::Syscall) {
        return fail(ErrorKind::ProcNotRunning { proc: ProcId(id), status: proc.status.name() });
    }
    attempt.needs(Need::Must, Need::May)?;
    proc.status = ProcStatus::Idle;
    state.set_proc(attempt.slot, NONE);
    record.record(|| attempt.draft(Effect::Proc { proc: id, from: ProcState::Running, to: ProcState::Idle }));
    Ok(Outcome::Advanced)
}

#[inline(always)]
pub(super) fn steal(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let id = attempt.id(0);
    let Some(slot) = state.find_proc(id) else { return waits(Wait::ProcUnknown) };
    let proc = state.procs.at_mut(slot);
    let known = proc.status;
    if !matches!(known, ProcStatus::Syscall | ProcStatus::Abandoned) {
        return waits(Wait::ProcNotInSyscall);
    }
    if !attempt.counter(1).succeeds(proc.counter) {
        return waits(Wait::ProcSequence);
    }
    attempt.needs(Need::May, Need::May)?;
    proc.status = ProcStatus::Idle;
    proc.counter = attempt.counter(1);
    if known == ProcStatus::Syscall {
        take_from_victim(state, attempt)?;
    }
    let from = known.shown();
    record.record(|| attempt.draft(Effect::Proc { proc: id, from, to: ProcState::Idle }));
    Ok(Outcome::Advanced)
}

/// Takes the P from the thread that the event names, which may be the stealing thread itself.
fn take_from_victim(state: &mut State, attempt: &Attempt<'_>) -> super::Checked {
    let (proc, thread) = (ProcId(attempt.id(0)), ThreadId(attempt.id(2)));
    let victim = if thread.0 == attempt.context.thread {
        attempt.slot
    } else {
        state.threads.find(thread.0.cast_unsigned())
    };
    let Some(slot) = victim else {
        return fail(ErrorKind::StealFromUnknownThread { proc, thread });
    };
    let held = ProcId(state.threads.at(slot).proc);
    if held != proc {
        return fail(if thread.0 == attempt.context.thread {
            ErrorKind::SelfSteal { proc, thread, held }
        } else {
            ErrorKind::StealWrongProc { proc, thread, held }
        });
    }
    state.set_proc(Some(slot), NONE);
    Ok(())
}
