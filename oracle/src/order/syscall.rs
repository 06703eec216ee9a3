//! Events of goroutines that enter, leave, appear in or vanish from system calls.

use super::goroutine::{add, running};
use super::{Attempt, Attempted, Effect, Need, Outcome, Record, Wait, fail, waits};
use crate::error::ErrorKind;
use crate::id_table::SlotIndex;
use crate::ids::{Generation, GoId, ProcId, Seq};
use crate::state::{GoState, GoStatus, NONE, ProcState, ProcStatus, State};

#[inline(always)]
pub(super) fn begin(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let goroutine_slot = running(state, attempt)?;
    let proc_slot = proc_of_thread(state, attempt)?;
    let proc = state.procs.at_mut(proc_slot);
    let counter = attempt.counter(0);
    if !counter.succeeds(proc.counter) {
        return fail(ErrorKind::ProcOutOfSequence {
            proc: ProcId(attempt.context.proc),
            known: Seq(proc.counter.number),
            known_generation: Generation(proc.counter.generation),
            said: Seq(counter.number),
        });
    }
    proc.status = ProcStatus::Syscall;
    proc.counter = counter;
    state.goroutines.at_mut(goroutine_slot).status = GoStatus::Syscall;
    emit(attempt, record, GoState::Running, GoState::Syscall)
}

#[inline(always)]
pub(super) fn end(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    attempt.needs_user()?;
    let goroutine_slot = in_syscall(state, attempt)?;
    let proc_slot = proc_of_thread(state, attempt)?;
    let proc = state.procs.at_mut(proc_slot);
    if proc.status != ProcStatus::Syscall {
        let (id, status) = (ProcId(attempt.context.proc), proc.status.name());
        return fail(ErrorKind::ProcNotInSyscall { proc: id, status });
    }
    proc.status = ProcStatus::Running;
    state.goroutines.at_mut(goroutine_slot).status = GoStatus::Running;
    emit(attempt, record, GoState::Syscall, GoState::Running)
}

/// The event says that the P was lost during the system call, so it waits until it is (format 4.6).
#[inline(always)]
pub(super) fn end_blocked(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    if attempt.context.proc != NONE {
        let slot = proc_of_thread(state, attempt)?;
        if state.procs.at(slot).status == ProcStatus::Syscall {
            return waits(Wait::ProcInSyscall);
        }
    }
    attempt.needs(Need::May, Need::Must)?;
    let slot = in_syscall(state, attempt)?;
    state.goroutines.at_mut(slot).status = GoStatus::Runnable;
    state.set_goroutine(attempt.slot, NONE);
    emit(attempt, record, GoState::Syscall, GoState::Runnable)
}

pub(super) fn create(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    attempt.needs(Need::May, Need::MustNot)?;
    let goroutine = attempt.id(0);
    if state.find_goroutine(goroutine).is_some() {
        return fail(ErrorKind::SyscallGoroutineExists { goroutine: GoId(goroutine) });
    }
    add(state, attempt, goroutine, GoStatus::Syscall);
    state.set_goroutine(attempt.slot, goroutine);
    record.record(|| {
        attempt.draft(Effect::Goroutine { goroutine, from: GoState::NotExist, to: GoState::Syscall })
    });
    Ok(Outcome::Advanced)
}

pub(super) fn destroy(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    attempt.needs(Need::May, Need::Must)?;
    let goroutine = GoId(attempt.context.goroutine);
    let Some(slot) = state.find_goroutine(goroutine.0) else {
        return fail(ErrorKind::UnknownGoroutine { event: attempt.name(), goroutine });
    };
    let status = state.goroutines.at(slot).status;
    if status != GoStatus::Syscall {
        return fail(ErrorKind::GoroutineNotInSyscall { goroutine, status: status.name() });
    }
    state.goroutines.remove(slot);
    state.set_goroutine(attempt.slot, NONE);
    let id = attempt.context.proc;
    if id != NONE {
        let Some(slot) = state.find_proc(id) else {
            return fail(ErrorKind::InvalidProc { proc: ProcId(id) });
        };
        let proc = state.procs.at_mut(slot);
        if proc.status != ProcStatus::Syscall {
            return fail(ErrorKind::UnexpectedProcState { proc: ProcId(id), status: proc.status.name() });
        }
        proc.status = ProcStatus::Abandoned;
        state.set_proc(attempt.slot, NONE);
        record.record(|| {
            attempt.draft(Effect::Proc { proc: id, from: ProcState::Running, to: ProcState::Idle })
        });
    }
    emit(attempt, record, GoState::Syscall, GoState::NotExist)
}

/// A change of the thread's own goroutine.
#[inline(always)]
fn emit(attempt: &Attempt<'_>, record: &mut impl Record, from: GoState, to: GoState) -> Attempted {
    let goroutine = attempt.context.goroutine;
    record.record(|| attempt.draft(Effect::Goroutine { goroutine, from, to }));
    Ok(Outcome::Advanced)
}

/// The thread's own goroutine, which must be in a system call.
#[inline(always)]
fn in_syscall(state: &State, attempt: &Attempt<'_>) -> Result<SlotIndex, Box<ErrorKind>> {
    let goroutine = GoId(attempt.context.goroutine);
    let Some(slot) = state.find_goroutine(goroutine.0) else {
        return fail(ErrorKind::UnknownGoroutine { event: attempt.name(), goroutine });
    };
    let status = state.goroutines.at(slot).status;
    if status != GoStatus::Syscall {
        let (event, status) = (attempt.name(), status.name());
        return fail(ErrorKind::SyscallEndOutsideSyscall { event, goroutine, status });
    }
    Ok(slot)
}

/// The thread's own P.
#[inline(always)]
fn proc_of_thread(state: &State, attempt: &Attempt<'_>) -> Result<SlotIndex, Box<ErrorKind>> {
    let id = attempt.context.proc;
    match state.find_proc(id) {
        Some(slot) => Ok(slot),
        None => fail(ErrorKind::UninitializedProc { proc: ProcId(id), event: attempt.name() }),
    }
}
