//! Events of goroutines, but for system calls.

use super::{Attempt, Attempted, Context, Effect, Need, Record, Refusal, Shown, Wait, fail, waits};
use crate::error::ErrorKind;
use crate::id_table::IdTable;
use crate::ids::{GoId, ThreadId};
use crate::state::{GoRecord, GoState, GoStatus, Held, NONE, State};
use procsteal_wire::EventType;

// Long traces have few of these, so they are kept out of the way of the others.
#[cold]
#[inline(never)]
pub(super) fn status<R: Refusal>(
    state: &mut State,
    held: &mut Held,
    attempt: &Attempt<'_, R>,
) -> Attempted<R> {
    let (id, thread, wire_status) = (attempt.id(0), attempt.id(1), attempt.argument(2));
    let goroutine = GoId(id);
    let Some(status) = GoStatus::from_wire(wire_status) else {
        return fail(|| ErrorKind::InvalidGoStatus { goroutine, status: wire_status.to_le_bytes()[0] });
    };
    let initial = attempt.is_initial(state);
    let old = if let Some(known) = state.goroutine(id) {
        if known.status != status {
            let (known, said) = (known.status.name(), status.name());
            return fail(|| ErrorKind::InconsistentGoStatus { goroutine, known, said });
        }
        known.counter = attempt.first_counter();
        status.shown()
    } else if initial {
        add(state, attempt, id, status);
        GoState::Undetermined
    } else {
        return fail(|| ErrorKind::LateGoStatus { goroutine });
    };
    let context = match status {
        GoStatus::Running => {
            if attempt.context.thread != NONE {
                held.goroutine = id;
            }
            attempt.context
        }
        GoStatus::Syscall => bind_syscall(state, held, attempt, goroutine, ThreadId(thread))?,
        _ => attempt.context,
    };
    Ok(Shown { context, effect: Effect::Goroutine { goroutine: id, from: old, to: status.shown() } })
}

/// Binds a goroutine in a system call to its thread; the context in which that is shown.
fn bind_syscall<R: Refusal>(
    state: &mut State,
    held: &mut Held,
    attempt: &Attempt<'_, R>,
    goroutine: GoId,
    thread: ThreadId,
) -> Result<Context, R> {
    let current = attempt.context;
    if thread == ThreadId::NONE {
        return fail(|| ErrorKind::SyscallWithoutThread { goroutine });
    }
    if thread.0 == current.thread {
        if !attempt.is_initial(state) && current.goroutine != goroutine.0 {
            let held = GoId(current.goroutine);
            return fail(|| ErrorKind::InconsistentSyscallThread { goroutine, thread, held });
        }
        held.goroutine = goroutine.0;
        return Ok(current);
    }
    let there = Context { thread: thread.0, ..current };
    if let Some(slot) = state.find_thread(thread.0) {
        let held = GoId(state.held_by(slot).goroutine);
        if held != goroutine {
            return fail(|| ErrorKind::InconsistentSyscallThread { goroutine, thread, held });
        }
        return Ok(Context { goroutine: goroutine.0, ..there });
    }
    state.add_thread(thread.0, goroutine.0);
    Ok(there)
}

/// Adds a goroutine.
pub(super) fn add<R: Refusal>(state: &mut State, attempt: &Attempt<'_, R>, id: i64, status: GoStatus) {
    let record = GoRecord { counter: attempt.first_counter(), status, ..GoRecord::default() };
    state.goroutines.insert(id.cast_unsigned(), record);
}

#[inline(always)]
pub(super) fn create<R: Refusal>(state: &mut State, attempt: &Attempt<'_, R>) -> Attempted<R> {
    attempt.needs(Need::Must, Need::May)?;
    let creator = GoId(attempt.context.goroutine);
    if let Some(known) = state.goroutine(creator.0)
        && known.status != GoStatus::Running
    {
        return fail(|| ErrorKind::CreatorNotRunning { goroutine: creator, status: known.status.name() });
    }
    let id = attempt.id(0);
    if state.goroutine(id).is_some() {
        return fail(|| ErrorKind::GoroutineExists { goroutine: GoId(id) });
    }
    let blocked = attempt.kind == EventType::GO_CREATE_BLOCKED;
    let status = if blocked { GoStatus::Waiting } else { GoStatus::Runnable };
    add(state, attempt, id, status);
    attempt.shows(Effect::Plain)
}

/// The thread's own goroutine, which must run.
#[inline(always)]
pub(super) fn running<'s, R: Refusal>(
    goroutines: &'s mut IdTable<GoRecord>,
    attempt: &Attempt<'_, R>,
) -> Result<&'s mut GoRecord, R> {
    attempt.needs_user()?;
    let goroutine = GoId(attempt.context.goroutine);
    match goroutines.get_mut(goroutine.0.cast_unsigned()) {
        Some(known) if known.status == GoStatus::Running => Ok(known),
        Some(known) => {
            let (event, status) = (attempt.name(), known.status.name());
            fail(|| ErrorKind::GoroutineNotRunning { event, goroutine, status })
        }
        None => fail(|| ErrorKind::UnknownGoroutine { event: attempt.name(), goroutine }),
    }
}

#[inline(always)]
pub(super) fn stop<R: Refusal>(state: &mut State, held: &mut Held, attempt: &Attempt<'_, R>) -> Attempted<R> {
    let stopped = running(&mut state.goroutines, attempt)?;
    match attempt.kind {
        EventType::GO_DESTROY => state.remove_goroutine(attempt.context.goroutine),
        EventType::GO_STOP => stopped.status = GoStatus::Runnable,
        _ => stopped.status = GoStatus::Waiting,
    }
    held.goroutine = NONE;
    attempt.shows(Effect::Plain)
}

/// The goroutine that the event is about, or why it has to wait for it. Its counter is of this generation then, so that only
/// the number need be set.
#[inline(always)]
fn expect<'s, R: Refusal>(
    state: &'s mut State,
    attempt: &Attempt<'_, R>,
    status: GoStatus,
) -> Result<&'s mut GoRecord, Wait> {
    let Some(known) = state.goroutine(attempt.id(0)) else { return Err(Wait::GoroutineUnknown) };
    if known.status != status {
        return Err(if status == GoStatus::Runnable {
            Wait::GoroutineNotRunnable
        } else {
            Wait::GoroutineNotWaiting
        });
    }
    if attempt.counter(1).succeeds(known.counter) { Ok(known) } else { Err(Wait::GoroutineSequence) }
}

#[inline(always)]
pub(super) fn start<R: Refusal>(
    state: &mut State,
    held: &mut Held,
    attempt: &Attempt<'_, R>,
) -> Attempted<R> {
    let started = match expect(state, attempt, GoStatus::Runnable) {
        Ok(started) => started,
        Err(wait) => return waits(wait),
    };
    attempt.needs(Need::Must, Need::MustNot)?;
    started.status = GoStatus::Running;
    started.counter.number = attempt.argument(1);
    held.goroutine = attempt.id(0);
    attempt.shows(Effect::Plain)
}

#[inline(always)]
pub(super) fn unblock<R: Refusal>(state: &mut State, attempt: &Attempt<'_, R>) -> Attempted<R> {
    let unblocked = match expect(state, attempt, GoStatus::Waiting) {
        Ok(unblocked) => unblocked,
        Err(wait) => return waits(wait),
    };
    unblocked.status = GoStatus::Runnable;
    unblocked.counter.number = attempt.argument(1);
    attempt.shows(Effect::Plain)
}

/// A coroutine switch is three events: the target is readied, the current goroutine leaves, the target runs.
pub(super) fn switch(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    running(&mut state.goroutines, attempt)?;
    let started = match expect(state, attempt, GoStatus::Waiting) {
        Ok(started) => started,
        Err(wait) => return waits(wait),
    };
    started.status = GoStatus::Running;
    started.counter = attempt.counter(1);
    let (id, current) = (attempt.id(0), attempt.context.goroutine);
    let to = if attempt.kind == EventType::GO_SWITCH_DESTROY {
        state.remove_goroutine(current);
        GoState::NotExist
    } else {
        running(&mut state.goroutines, attempt)?.status = GoStatus::Waiting;
        GoState::Waiting
    };
    state.set_goroutine(id);
    let effect = |goroutine, from, to| Effect::Goroutine { goroutine, from, to };
    let context = attempt.context;
    for effect in [effect(id, GoState::Waiting, GoState::Runnable), effect(current, GoState::Running, to)] {
        record.record(attempt, Shown { context, effect });
    }
    let context = Context { goroutine: NONE, ..context };
    Ok(Shown { context, effect: effect(id, GoState::Runnable, GoState::Running) })
}
