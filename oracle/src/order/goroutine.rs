//! Events of goroutines, but for system calls.

use super::{Attempt, Attempted, Context, Draft, Effect, Need, Outcome, Record, Wait, fail, waits};
use crate::error::ErrorKind;
use crate::id_table::SlotIndex;
use crate::ids::{GoId, ThreadId};
use crate::state::{Counter, GoState, GoStatus, NONE, State};
use procsteal_wire::EventType;

pub(super) fn status(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let (id, thread, wire_status) = (attempt.id(0), attempt.id(1), attempt.argument(2));
    let goroutine = GoId(id);
    let Some(status) = GoStatus::from_wire(wire_status) else {
        return fail(ErrorKind::InvalidGoStatus { goroutine, status: wire_status.to_le_bytes()[0] });
    };
    let initial = attempt.generation == state.initial_generation;
    let old = if let Some(slot) = state.find_goroutine(id) {
        let known = state.goroutines.at_mut(slot);
        if known.status != status {
            let (known, said) = (known.status.name(), status.name());
            return fail(ErrorKind::InconsistentGoStatus { goroutine, known, said });
        }
        known.counter = Counter::start(attempt.generation);
        status.shown()
    } else if initial {
        add(state, attempt, id, status);
        GoState::Undetermined
    } else {
        return fail(ErrorKind::LateGoStatus { goroutine });
    };
    let context = match status {
        GoStatus::Running => {
            state.set_goroutine(attempt.slot, id);
            attempt.context
        }
        GoStatus::Syscall => bind_syscall(state, attempt, goroutine, ThreadId(thread))?,
        _ => attempt.context,
    };
    record.record(|| Draft {
        context,
        effect: Effect::Goroutine { goroutine: id, from: old, to: status.shown() },
    });
    Ok(Outcome::Advanced)
}

/// Binds a goroutine in a system call to its thread; the context in which that is shown.
fn bind_syscall(
    state: &mut State,
    attempt: &Attempt<'_>,
    goroutine: GoId,
    thread: ThreadId,
) -> Result<Context, Box<ErrorKind>> {
    let current = attempt.context;
    if thread == ThreadId::NONE {
        return fail(ErrorKind::SyscallWithoutThread { goroutine });
    }
    if thread.0 == current.thread {
        if attempt.generation != state.initial_generation && current.goroutine != goroutine.0 {
            let held = GoId(current.goroutine);
            return fail(ErrorKind::InconsistentSyscallThread { goroutine, thread, held });
        }
        state.set_goroutine(attempt.slot, goroutine.0);
        return Ok(current);
    }
    let there = Context { thread: thread.0, ..current };
    if let Some(slot) = state.threads.find(thread.0.cast_unsigned()) {
        let held = GoId(state.threads.at(slot).goroutine);
        if held != goroutine {
            return fail(ErrorKind::InconsistentSyscallThread { goroutine, thread, held });
        }
        return Ok(Context { goroutine: goroutine.0, ..there });
    }
    let slot = state.add_thread(thread.0.cast_unsigned());
    state.threads.at_mut(slot).goroutine = goroutine.0;
    Ok(there)
}

/// Adds a goroutine.
pub(super) fn add(state: &mut State, attempt: &Attempt<'_>, id: i64, status: GoStatus) {
    let slot = state.goroutines.insert(id.cast_unsigned());
    let record = state.goroutines.at_mut(slot);
    record.status = status;
    record.counter = Counter::start(attempt.generation);
}

pub(super) fn create(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    attempt.needs(Need::Must, Need::May)?;
    let creator = GoId(attempt.context.goroutine);
    if let Some(slot) = state.find_goroutine(creator.0) {
        let status = state.goroutines.at(slot).status;
        if status != GoStatus::Running {
            return fail(ErrorKind::CreatorNotRunning { goroutine: creator, status: status.name() });
        }
    }
    let id = attempt.id(0);
    if state.find_goroutine(id).is_some() {
        return fail(ErrorKind::GoroutineExists { goroutine: GoId(id) });
    }
    let blocked = attempt.event.event == EventType::GO_CREATE_BLOCKED;
    let status = if blocked { GoStatus::Waiting } else { GoStatus::Runnable };
    add(state, attempt, id, status);
    record.record(|| {
        attempt.draft(Effect::Goroutine { goroutine: id, from: GoState::NotExist, to: status.shown() })
    });
    Ok(Outcome::Advanced)
}

/// The thread's own goroutine, which must run.
#[inline(always)]
pub(super) fn running(state: &State, attempt: &Attempt<'_>) -> Result<SlotIndex, Box<ErrorKind>> {
    attempt.needs_user()?;
    let goroutine = GoId(attempt.context.goroutine);
    let Some(slot) = state.find_goroutine(goroutine.0) else {
        return fail(ErrorKind::UnknownGoroutine { event: attempt.name(), goroutine });
    };
    let status = state.goroutines.at(slot).status;
    if status != GoStatus::Running {
        let (event, status) = (attempt.name(), status.name());
        return fail(ErrorKind::GoroutineNotRunning { event, goroutine, status });
    }
    Ok(slot)
}

#[inline(always)]
pub(super) fn stop(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let slot = running(state, attempt)?;
    let to = match attempt.event.event {
        EventType::GO_DESTROY => {
            state.goroutines.remove(slot);
            GoState::NotExist
        }
        EventType::GO_STOP => {
            state.goroutines.at_mut(slot).status = GoStatus::Runnable;
            GoState::Runnable
        }
        _ => {
            state.goroutines.at_mut(slot).status = GoStatus::Waiting;
            GoState::Waiting
        }
    };
    state.set_goroutine(attempt.slot, NONE);
    let goroutine = attempt.context.goroutine;
    record.record(|| attempt.draft(Effect::Goroutine { goroutine, from: GoState::Running, to }));
    Ok(Outcome::Advanced)
}

/// The goroutine that the event is about, or why it has to wait for it.
#[inline(always)]
fn expect(state: &State, attempt: &Attempt<'_>, status: GoStatus) -> Result<SlotIndex, Wait> {
    let slot = state.find_goroutine(attempt.id(0)).ok_or(Wait::GoroutineUnknown)?;
    let known = state.goroutines.at(slot);
    if known.status != status {
        return Err(if status == GoStatus::Runnable {
            Wait::GoroutineNotRunnable
        } else {
            Wait::GoroutineNotWaiting
        });
    }
    if attempt.counter(1).succeeds(known.counter) { Ok(slot) } else { Err(Wait::GoroutineSequence) }
}

#[inline(always)]
pub(super) fn start(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let slot = match expect(state, attempt, GoStatus::Runnable) {
        Ok(slot) => slot,
        Err(wait) => return waits(wait),
    };
    attempt.needs(Need::Must, Need::MustNot)?;
    let started = state.goroutines.at_mut(slot);
    started.status = GoStatus::Running;
    started.counter = attempt.counter(1);
    let goroutine = attempt.id(0);
    state.set_goroutine(attempt.slot, goroutine);
    record.record(|| {
        attempt.draft(Effect::Goroutine { goroutine, from: GoState::Runnable, to: GoState::Running })
    });
    Ok(Outcome::Advanced)
}

#[inline(always)]
pub(super) fn unblock(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let slot = match expect(state, attempt, GoStatus::Waiting) {
        Ok(slot) => slot,
        Err(wait) => return waits(wait),
    };
    let unblocked = state.goroutines.at_mut(slot);
    unblocked.status = GoStatus::Runnable;
    unblocked.counter = attempt.counter(1);
    let goroutine = attempt.id(0);
    record.record(|| {
        attempt.draft(Effect::Goroutine { goroutine, from: GoState::Waiting, to: GoState::Runnable })
    });
    Ok(Outcome::Advanced)
}

/// A coroutine switch is three events: the target is readied, the current goroutine leaves, the target runs.
pub(super) fn switch(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let current = running(state, attempt)?;
    let target = match expect(state, attempt, GoStatus::Waiting) {
        Ok(slot) => slot,
        Err(wait) => return waits(wait),
    };
    let to = if attempt.event.event == EventType::GO_SWITCH_DESTROY {
        state.goroutines.remove(current);
        GoState::NotExist
    } else {
        state.goroutines.at_mut(current).status = GoStatus::Waiting;
        GoState::Waiting
    };
    let started = state.goroutines.at_mut(target);
    started.status = GoStatus::Running;
    started.counter = attempt.counter(1);
    let id = attempt.id(0);
    state.set_goroutine(attempt.slot, id);
    let effect = |goroutine, from, to| Effect::Goroutine { goroutine, from, to };
    record.record(|| attempt.draft(effect(id, GoState::Waiting, GoState::Runnable)));
    record.record(|| attempt.draft(effect(attempt.context.goroutine, GoState::Running, to)));
    record.record(|| Draft {
        context: Context { goroutine: NONE, ..attempt.context },
        effect: effect(id, GoState::Runnable, GoState::Running),
    });
    Ok(Outcome::Advanced)
}
