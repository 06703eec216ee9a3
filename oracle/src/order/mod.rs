//! Whether an event can happen now, and what it changes (format 4.4, 4.5).

mod gc;
mod goroutine;
mod proc;
mod syscall;
mod user;

pub(crate) use user::shown_parent;

use crate::error::ErrorKind;
use crate::ids::{GoId, ProcId};
use crate::state::{Counter, GoState, NONE, ProcState, State, ThreadSlot};
use crate::tables::{Span, Tables};
use crate::wire_event::{self, WireEvent};
use procsteal_wire::EventType;

/// Thread, P and goroutine of an event; -1 for none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) thread: i64,
    pub(crate) proc: i64,
    pub(crate) goroutine: i64,
}

/// What an event shows besides what the wire has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    /// The wire event and its context say all.
    Plain,
    /// A P changes state.
    Proc { proc: i64, from: ProcState, to: ProcState },
    /// A goroutine changes state.
    Goroutine { goroutine: i64, from: GoState, to: GoState },
    /// Accepted, but its details cannot be had (format 7.1, getter panics).
    Unreadable,
    /// The world starts, which was stopped for this reason; `None` if the reason is a string id that is not there.
    WorldStarts { reason: Option<Span> },
    /// A task ends that began with this parent and name.
    TaskEnds { parent: u64, name: Span },
}

/// One emitted event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) context: Context,
    pub(crate) effect: Effect,
}

/// Takes the events that the state machine emits: in full, or only their number.
pub(crate) trait Record {
    fn record(&mut self, draft: impl FnOnce() -> Draft);
}

/// What an event that cannot happen yet waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wait {
    ProcUnknown,
    ProcNotIdle,
    ProcNotInSyscall,
    ProcSequence,
    /// The thread still has a P.
    HoldsProc,
    /// The thread's P is still in the system call that the event says it lost it in.
    ProcInSyscall,
    GoroutineUnknown,
    GoroutineNotRunnable,
    GoroutineNotWaiting,
    GoroutineSequence,
    GcSequence,
}

/// The outcome of an attempt that is not an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Advanced,
    Waits(Wait),
}

pub(crate) type Attempted = Result<Outcome, Box<ErrorKind>>;
type Checked = Result<(), Box<ErrorKind>>;

/// An event to attempt, and where.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) event: &'a WireEvent,
    pub(crate) context: Context,
    pub(crate) slot: Option<ThreadSlot>,
    pub(crate) generation: u64,
    pub(crate) tables: &'a Tables,
    pub(crate) trace: &'a [u8],
}

impl Attempt<'_> {
    #[inline(always)]
    fn argument(&self, index: usize) -> u64 {
        self.event.arguments[index]
    }

    #[inline(always)]
    fn id(&self, index: usize) -> i64 {
        self.event.arguments[index].cast_signed()
    }

    fn name(&self) -> &'static str {
        wire_event::name(self.event.event)
    }

    #[inline(always)]
    fn counter(&self, index: usize) -> Counter {
        Counter { generation: self.generation, number: self.event.arguments[index] }
    }

    #[inline(always)]
    fn draft(&self, effect: Effect) -> Draft {
        Draft { context: self.context, effect }
    }

    #[inline(always)]
    fn needs(&self, proc: Need, goroutine: Need) -> Checked {
        let Context { thread, proc: held_proc, goroutine: held_goroutine } = self.context;
        let fits = |need, held| match need {
            Need::Must => held != NONE,
            Need::MustNot => held == NONE,
            Need::May => true,
        };
        if thread != NONE && fits(proc, held_proc) && fits(goroutine, held_goroutine) {
            return Ok(());
        }
        fail(if thread == NONE {
            ErrorKind::NeedsThread {}
        } else if fits(proc, held_proc) {
            match goroutine {
                Need::MustNot => ErrorKind::ForbidsGoroutine { held: GoId(held_goroutine) },
                _ => ErrorKind::NeedsGoroutine {},
            }
        } else if proc == Need::MustNot {
            ErrorKind::ForbidsProc { held: ProcId(held_proc) }
        } else {
            ErrorKind::NeedsProc {}
        })
    }

    /// Thread, P and goroutine must all be there.
    #[inline(always)]
    fn needs_user(&self) -> Checked {
        self.needs(Need::Must, Need::Must)
    }
}

/// Whether an event's thread must have a P, or a goroutine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    MustNot,
    May,
}

#[cold]
#[inline(never)]
fn fail<T>(kind: ErrorKind) -> Result<T, Box<ErrorKind>> {
    Err(Box::new(kind))
}

fn waits(wait: Wait) -> Attempted {
    Ok(Outcome::Waits(wait))
}

/// Attempts an event: it happens, it has to wait, or it can never happen.
///
/// The kinds that most events are of become part of the engine's loop; the others are called with a copy of the
/// attempt, so that the loop can keep its own in registers.
#[inline(always)]
pub(crate) fn attempt(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    match attempt.event.event {
        EventType::GO_DESTROY | EventType::GO_STOP | EventType::GO_BLOCK => {
            goroutine::stop(state, attempt, record)
        }
        EventType::GO_START => goroutine::start(state, attempt, record),
        EventType::GO_UNBLOCK => goroutine::unblock(state, attempt, record),
        EventType::GO_SYSCALL_BEGIN => syscall::begin(state, attempt, record),
        EventType::GO_SYSCALL_END => syscall::end(state, attempt, record),
        EventType::PROC_START => proc::start(state, attempt, record),
        EventType::PROC_STOP => proc::stop(state, attempt, record),
        _ => attempt_other(state, *attempt, record),
    }
}

#[inline(never)]
fn attempt_other(state: &mut State, attempt: Attempt<'_>, record: &mut impl Record) -> Attempted {
    let attempt = &attempt;
    match attempt.event.event {
        EventType::PROC_STATUS => proc::status(state, attempt, record),
        EventType::PROC_STEAL => proc::steal(state, attempt, record),
        EventType::GO_STATUS | EventType::GO_STATUS_STACK => goroutine::status(state, attempt, record),
        EventType::GO_CREATE | EventType::GO_CREATE_BLOCKED => goroutine::create(state, attempt, record),
        EventType::GO_SWITCH | EventType::GO_SWITCH_DESTROY => goroutine::switch(state, attempt, record),
        EventType::GO_SYSCALL_END_BLOCKED => syscall::end_blocked(state, attempt, record),
        EventType::GO_CREATE_SYSCALL => syscall::create(state, attempt, record),
        EventType::GO_DESTROY_SYSCALL => syscall::destroy(state, attempt, record),
        EventType::USER_TASK_BEGIN => user::task_begin(state, attempt, record),
        EventType::USER_TASK_END => user::task_end(state, attempt, record),
        EventType::USER_REGION_BEGIN => user::region_begin(state, attempt, record),
        EventType::USER_REGION_END => user::region_end(state, attempt, record),
        EventType::GC_ACTIVE => gc::active(state, attempt, record),
        EventType::GC_BEGIN => gc::begin(state, attempt, record),
        EventType::GC_END => gc::end(state, attempt, record),
        EventType::GC_SWEEP_BEGIN | EventType::GC_SWEEP_END | EventType::GC_SWEEP_ACTIVE => {
            gc::sweep(state, attempt, record)
        }
        EventType::GC_MARK_ASSIST_BEGIN
        | EventType::GC_MARK_ASSIST_END
        | EventType::GC_MARK_ASSIST_ACTIVE => gc::mark_assist(state, attempt, record),
        EventType::STW_BEGIN | EventType::STW_END => gc::stop_the_world(state, attempt, record),
        _ => plain(attempt, record),
    }
}

/// Events that change nothing.
#[inline]
fn plain(attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    match attempt.event.event {
        EventType::USER_LOG | EventType::GO_LABEL | EventType::PROCS_CHANGE => attempt.needs_user()?,
        EventType::HEAP_ALLOC | EventType::HEAP_GOAL => attempt.needs(Need::Must, Need::May)?,
        EventType::CLOCK_SNAPSHOT => {
            return fail(ErrorKind::UnorderableEvent { byte: attempt.event.event.0 });
        }
        // All others that decode are of the experiment AllocFree.
        _ => attempt.needs(Need::May, Need::May)?,
    }
    record.record(|| attempt.draft(Effect::Plain));
    Ok(Outcome::Advanced)
}
