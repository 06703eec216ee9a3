//! Events of goroutines that enter, leave, appear in or vanish from system calls.

use super::goroutine::{add, running};
use super::{Attempt, Attempted, Effect, Need, Record, Refusal, Shown, Wait, fail, waits};
use crate::error::ErrorKind;
use crate::id_table::IdTable;
use crate::ids::{Generation, GoId, ProcId, Seq};
use crate::state::{GoRecord, GoState, GoStatus, Held, NONE, ProcRecord, ProcState, ProcStatus, State};

#[inline(always)]
pub(super) fn begin<R: Refusal>(state: &mut State, attempt: &Attempt<'_, R>) -> Attempted<R> {
    let goroutine = running(&mut state.goroutines, attempt)?;
    let proc = proc_of_thread(&mut state.procs, attempt)?;
    let counter = attempt.counter(0);
    if !counter.succeeds(proc.counter) {
        return fail(|| ErrorKind::ProcOutOfSequence {
            proc: ProcId(attempt.context.proc),
            known: Seq(proc.counter.number),
            known_generation: Generation(proc.counter.generation),
            said: Seq(counter.number),
        });
    }
    proc.status = ProcStatus::Syscall;
    proc.counter.number = counter.number;
    goroutine.status = GoStatus::Syscall;
    attempt.shows(Effect::Plain)
}

#[inline(always)]
pub(super) fn end<R: Refusal>(state: &mut State, attempt: &Attempt<'_, R>) -> Attempted<R> {
    attempt.needs_user()?;
    let goroutine = in_syscall(&mut state.goroutines, attempt)?;
    let proc = proc_of_thread(&mut state.procs, attempt)?;
    if proc.status != ProcStatus::Syscall {
        let (id, status) = (ProcId(attempt.context.proc), proc.status.name());
        return fail(|| ErrorKind::ProcNotInSyscall { proc: id, status });
    }
    proc.status = ProcStatus::Running;
    goroutine.status = GoStatus::Running;
    attempt.shows(Effect::Plain)
}

/// The event says that the P was lost during the system call, so it waits until it is (format 4.6).
// Long traces have few of these, so they are kept out of the way of the others.
#[cold]
#[inline(never)]
pub(super) fn end_blocked<R: Refusal>(
    state: &mut State,
    held: &mut Held,
    attempt: &Attempt<'_, R>,
) -> Attempted<R> {
    if attempt.context.proc != NONE
        && proc_of_thread(&mut state.procs, attempt)?.status == ProcStatus::Syscall
    {
        return waits(Wait::ProcInSyscall);
    }
    attempt.needs(Need::May, Need::Must)?;
    in_syscall(&mut state.goroutines, attempt)?.status = GoStatus::Runnable;
    held.goroutine = NONE;
    changes(attempt, GoState::Syscall, GoState::Runnable)
}

pub(super) fn create(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    attempt.needs(Need::May, Need::MustNot)?;
    let goroutine = attempt.id(0);
    if state.goroutine(goroutine).is_some() {
        return fail(|| ErrorKind::SyscallGoroutineExists { goroutine: GoId(goroutine) });
    }
    add(state, attempt, goroutine, GoStatus::Syscall);
    state.set_goroutine(goroutine);
    attempt.shows(Effect::Goroutine { goroutine, from: GoState::NotExist, to: GoState::Syscall })
}

pub(super) fn destroy(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    attempt.needs(Need::May, Need::Must)?;
    let goroutine = GoId(attempt.context.goroutine);
    let Some(known) = state.goroutine(goroutine.0) else {
        return fail(|| ErrorKind::UnknownGoroutine { event: attempt.name(), goroutine });
    };
    if known.status != GoStatus::Syscall {
        return fail(|| ErrorKind::GoroutineNotInSyscall { goroutine, status: known.status.name() });
    }
    state.remove_goroutine(goroutine.0);
    state.set_goroutine(NONE);
    let id = attempt.context.proc;
    if id != NONE {
        let Some(proc) = state.proc(id) else {
            return fail(|| ErrorKind::InvalidProc { proc: ProcId(id) });
        };
        if proc.status != ProcStatus::Syscall {
            return fail(|| ErrorKind::UnexpectedProcState { proc: ProcId(id), status: proc.status.name() });
        }
        proc.status = ProcStatus::Abandoned;
        state.lose_proc();
        let effect = Effect::Proc { proc: id, from: ProcState::Running, to: ProcState::Idle };
        record.record(attempt, Shown { context: attempt.context, effect });
    }
    changes(attempt, GoState::Syscall, GoState::NotExist)
}

/// A change of the thread's own goroutine.
#[inline(always)]
fn changes<R: Refusal>(attempt: &Attempt<'_, R>, from: GoState, to: GoState) -> Attempted<R> {
    attempt.shows(Effect::Goroutine { goroutine: attempt.context.goroutine, from, to })
}

/// The thread's own goroutine, which must be in a system call.
#[inline(always)]
fn in_syscall<'s, R: Refusal>(
    goroutines: &'s mut IdTable<GoRecord>,
    attempt: &Attempt<'_, R>,
) -> Result<&'s mut GoRecord, R> {
    let goroutine = GoId(attempt.context.goroutine);
    match goroutines.get_mut(goroutine.0.cast_unsigned()) {
        Some(known) if known.status == GoStatus::Syscall => Ok(known),
        Some(known) => {
            let (event, status) = (attempt.name(), known.status.name());
            fail(|| ErrorKind::SyscallEndOutsideSyscall { event, goroutine, status })
        }
        None => fail(|| ErrorKind::UnknownGoroutine { event: attempt.name(), goroutine }),
    }
}

/// The thread's own P.
#[inline(always)]
fn proc_of_thread<'s, R: Refusal>(
    procs: &'s mut IdTable<ProcRecord>,
    attempt: &Attempt<'_, R>,
) -> Result<&'s mut ProcRecord, R> {
    let id = attempt.context.proc;
    match procs.get_mut(id.cast_unsigned()) {
        Some(proc) => Ok(proc),
        None => fail(|| ErrorKind::UninitializedProc { proc: ProcId(id), event: attempt.name() }),
    }
}
