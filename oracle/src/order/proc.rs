//! Events of Ps.

use super::{Attempt, Attempted, Context, Effect, Need, Refusal, Shown, Wait, fail, waits};
use crate::error::ErrorKind;
use crate::ids::{ProcId, ThreadId};
use crate::state::{Held, NONE, ProcRecord, ProcState, ProcStatus, State};

// Long traces have few of these, so they are kept out of the way of the others.
#[cold]
#[inline(never)]
pub(super) fn status<R: Refusal>(
    state: &mut State,
    held: &mut Held,
    attempt: &Attempt<'_, R>,
) -> Attempted<R> {
    let (id, wire_status) = (attempt.id(0), attempt.argument(1));
    let proc = ProcId(id);
    let Some(status) = ProcStatus::from_wire(wire_status) else {
        return fail(|| ErrorKind::InvalidProcStatus { proc, status: wire_status.to_le_bytes()[0] });
    };
    let initial = attempt.is_initial(state);
    let old = if let Some(known) = state.proc(id) {
        if status == ProcStatus::Abandoned && known.status == ProcStatus::Syscall {
            return abandoned(state, attempt);
        }
        if known.status != status {
            let (known, said) = (known.status.name(), status.name());
            return fail(|| ErrorKind::InconsistentProcStatus { proc, known, said });
        }
        known.counter = attempt.first_counter();
        status.shown()
    } else {
        let new = ProcRecord { counter: attempt.first_counter(), status, ..ProcRecord::default() };
        state.procs.insert(id.cast_unsigned(), new);
        if initial { ProcState::Undetermined } else { ProcState::NotExist }
    };
    if matches!(status, ProcStatus::Running | ProcStatus::Syscall) && attempt.context.thread != NONE {
        state.set_proc(held, id);
    }
    // Go's accessor fails on a status with more than eight bits, but for a P known to be abandoned (format 7.1).
    let known_abandoned = status == ProcStatus::Abandoned && old == ProcState::Idle;
    if wire_status > u64::from(u8::MAX) && !known_abandoned {
        return attempt.shows(Effect::Unreadable);
    }
    attempt.shows(Effect::Proc { proc: id, from: old, to: status.shown() })
}

/// A P that some thread took into a system call is about to be stolen: shown as an event of that thread.
fn abandoned<R: Refusal>(state: &mut State, attempt: &Attempt<'_, R>) -> Attempted<R> {
    let id = attempt.id(0);
    let Some(holder) = state.holder(id) else {
        return fail(|| ErrorKind::ProcWithoutOwner { proc: ProcId(id) });
    };
    if let Some(known) = state.proc(id) {
        known.counter = attempt.first_counter();
    }
    let context = Context { thread: holder.id, proc: id, goroutine: holder.goroutine };
    let effect = Effect::Proc { proc: id, from: ProcState::Running, to: ProcState::Running };
    Ok(Shown { context, effect })
}

#[inline(always)]
pub(super) fn start<R: Refusal>(
    state: &mut State,
    held: &mut Held,
    attempt: &Attempt<'_, R>,
) -> Attempted<R> {
    let id = attempt.id(0);
    let Some(proc) = state.proc(id) else { return waits(Wait::ProcUnknown) };
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
    proc.counter.number = attempt.argument(1);
    state.set_proc(held, id);
    attempt.shows(Effect::Plain)
}

#[inline(always)]
pub(super) fn stop<R: Refusal>(state: &mut State, held: &mut Held, attempt: &Attempt<'_, R>) -> Attempted<R> {
    let id = attempt.context.proc;
    let Some(proc) = state.proc(id) else {
        return fail(|| ErrorKind::UnknownProcStop { proc: ProcId(id) });
    };
    if !matches!(proc.status, ProcStatus::Running | ProcStatus::Syscall) {
        return fail(|| ErrorKind::ProcNotRunning { proc: ProcId(id), status: proc.status.name() });
    }
    attempt.needs(Need::Must, Need::May)?;
    proc.status = ProcStatus::Idle;
    state.set_proc(held, NONE);
    attempt.shows(Effect::Plain)
}

// Long traces have few of these too.
#[cold]
#[inline(never)]
pub(super) fn steal<R: Refusal>(
    state: &mut State,
    [held, other_held]: [&mut Held; 2],
    attempt: &Attempt<'_, R>,
) -> Attempted<R> {
    let id = attempt.id(0);
    let Some(proc) = state.proc(id) else { return waits(Wait::ProcUnknown) };
    let known = proc.status;
    if !matches!(known, ProcStatus::Syscall | ProcStatus::Abandoned) {
        return waits(Wait::ProcNotInSyscall);
    }
    if !attempt.counter(1).succeeds(proc.counter) {
        return waits(Wait::ProcSequence);
    }
    attempt.needs(Need::May, Need::May)?;
    if known == ProcStatus::Syscall {
        take_from_victim(state, [held, other_held], attempt)?;
    }
    if let Some(proc) = state.proc(id) {
        proc.status = ProcStatus::Idle;
        proc.counter = attempt.counter(1);
    }
    attempt.shows(Effect::Proc { proc: id, from: known.shown(), to: ProcState::Idle })
}

/// Takes the P from the thread that the event names, which may be the stealing thread itself.
fn take_from_victim<R: Refusal>(
    state: &mut State,
    [own_held, other_held]: [&mut Held; 2],
    attempt: &Attempt<'_, R>,
) -> super::Checked<R> {
    let (proc, thread) = (ProcId(attempt.id(0)), ThreadId(attempt.id(2)));
    let is_self = thread.0 == attempt.context.thread;
    let Some(slot) = state.find_thread(thread.0) else {
        return fail(|| ErrorKind::StealFromUnknownThread { proc, thread });
    };
    let at_hand = [own_held, other_held].into_iter().find(|held| held.is_of(slot));
    let held = ProcId(at_hand.as_ref().map_or_else(|| state.held_by(slot).proc, |held| held.proc));
    if held != proc {
        return fail(|| {
            if is_self {
                ErrorKind::SelfSteal { proc, thread, held }
            } else {
                ErrorKind::StealWrongProc { proc, thread, held }
            }
        });
    }
    match at_hand {
        Some(held) => state.set_proc(held, NONE),
        None => state.take_proc(slot),
    }
    Ok(())
}
