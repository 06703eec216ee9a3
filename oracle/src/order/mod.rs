//! Whether an event can happen now, and what it changes (format 4.4, 4.5).

mod gc;
mod goroutine;
mod proc;
mod refusal;
mod syscall;
mod user;

pub(crate) use refusal::{Reason, Refusal, Refused};
pub(crate) use user::shown_parent;

use crate::error::ErrorKind;
use crate::ids::{GoId, ProcId};
use crate::state::{Counter, GoState, GoStatus, Held, NONE, ProcState, ProcStatus, State};
use crate::tables::{Span, Tables};
use crate::wire_event::{self, WireEvent};
use procsteal_wire::EventType;
use std::marker::PhantomData;

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
    /// The world starts, which was stopped for the reason of this string id, if there is a string of this id.
    WorldStarts { reason: u64 },
    /// A task ends that began with this parent and name.
    TaskEnds { parent: u64, name: Span },
}

/// As what an event is shown that happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    /// In whose context.
    pub(crate) context: Context,
    pub(crate) effect: Effect,
}

/// Takes the events that happened: in full, or only their number.
pub(crate) trait Record {
    fn record<R>(&mut self, attempt: &Attempt<'_, R>, shown: Shown);
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

/// An event that is shown as several has recorded the others.
type Attempted<R = Reason> = Result<Shown, R>;
type Checked<R = Reason> = Result<(), R>;

/// Whether all strings and stacks are there that an event names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ids {
    Valid,
    Missing,
}

/// An event to attempt, and where.
pub(crate) struct Attempt<'a, R = Reason> {
    /// The event's type, apart from the event so that the compiler knows it where it is the same for all attempts.
    pub(crate) kind: EventType,
    pub(crate) event: &'a WireEvent,
    /// How much of the trace is left from it on.
    pub(crate) left: usize,
    /// The thread that wrote it.
    pub(crate) writer: i64,
    pub(crate) context: Context,
    pub(crate) tables: &'a Tables,
    pub(crate) trace: &'a [u8],
    /// What is to be known if it does not happen.
    pub(crate) refusal: PhantomData<R>,
}

impl<R: Refusal> Attempt<'_, R> {
    #[inline(always)]
    fn argument(&self, index: usize) -> u64 {
        self.event.arguments[index]
    }

    #[inline(always)]
    fn id(&self, index: usize) -> i64 {
        self.event.arguments[index].cast_signed()
    }

    /// Whether all strings and stacks are there that the event names (format 4.3).
    #[inline(always)]
    pub(crate) fn ids(&self) -> Ids {
        if self.tables.has_ids_of(self.kind, &self.event.arguments) { Ids::Valid } else { Ids::Missing }
    }

    fn name(&self) -> &'static str {
        wire_event::name(self.kind)
    }

    #[inline(always)]
    fn counter(&self, index: usize) -> Counter {
        Counter { generation: self.tables.generation, number: self.event.arguments[index] }
    }

    /// The counter of what is declared now.
    #[inline(always)]
    fn first_counter(&self) -> Counter {
        Counter::start(self.tables.generation)
    }

    /// Whether the trace begins in this generation.
    fn is_initial(&self, state: &State) -> bool {
        self.tables.generation == state.initial_generation
    }

    /// The event happened in its thread's context.
    #[inline(always)]
    fn shows(&self, effect: Effect) -> Attempted<R> {
        Ok(Shown { context: self.context, effect })
    }

    #[inline(always)]
    fn needs(&self, proc: Need, goroutine: Need) -> Checked<R> {
        let Context { thread, proc: held_proc, goroutine: held_goroutine } = self.context;
        let fits = |need, held| match need {
            Need::Must => held != NONE,
            Need::MustNot => held == NONE,
            Need::May => true,
        };
        if thread != NONE && fits(proc, held_proc) && fits(goroutine, held_goroutine) {
            return Ok(());
        }
        fail(|| {
            if thread == NONE {
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
            }
        })
    }

    /// Thread, P and goroutine must all be there.
    #[inline(always)]
    fn needs_user(&self) -> Checked<R> {
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

#[inline(always)]
fn fail<T, R: Refusal>(kind: impl FnOnce() -> ErrorKind) -> Result<T, R> {
    Err(R::fails(kind))
}

#[inline(always)]
fn waits<R: Refusal>(wait: Wait) -> Attempted<R> {
    Err(R::waits(wait))
}

/// `$body` with `$kind`, if that is one of the kinds that most events are of, in long traces or in short ones; else it breaks
/// out of `$otherwise`. For each of them the compiler makes code of its own out of it, with all that follows from the kind: a
/// macro, because that must not be left to its choice.
macro_rules! if_frequent {
    ($event:expr, $otherwise:lifetime, |$kind:ident| $body:expr) => {
        $crate::order::if_frequent! {
            $event, $otherwise, $kind, $body,
            GO_START GO_UNBLOCK GO_BLOCK GO_STOP GO_CREATE GO_DESTROY GO_SYSCALL_BEGIN GO_SYSCALL_END
            PROC_START PROC_STOP PROC_STATUS GO_STATUS PROC_STEAL GO_SYSCALL_END_BLOCKED
            HEAP_ALLOC HEAP_GOAL
        }
    };
    ($event:expr, $otherwise:lifetime, $kind:ident, $body:expr, $($name:ident)*) => {
        match $event {
            $(procsteal_wire::EventType::$name => {
                let $kind = procsteal_wire::EventType::$name;
                $body
            })*
            _ => break $otherwise,
        }
    };
}
pub(crate) use if_frequent;

/// Attempts an event: it happens, or there is a reason why not.
#[inline(always)]
pub(crate) fn attempt(
    state: &mut State,
    attempt: &Attempt<'_>,
    record: &mut impl Record,
) -> Result<Ids, Reason> {
    let shown = match attempt.kind {
        EventType::GO_CREATE_BLOCKED => goroutine::create(state, attempt),
        EventType::GO_SWITCH | EventType::GO_SWITCH_DESTROY => goroutine::switch(state, attempt, record),
        EventType::GO_CREATE_SYSCALL => syscall::create(state, attempt),
        EventType::GO_DESTROY_SYSCALL => syscall::destroy(state, attempt, record),
        EventType::USER_TASK_BEGIN => user::task_begin(state, attempt),
        EventType::USER_TASK_END => user::task_end(state, attempt),
        EventType::USER_REGION_BEGIN => user::region_begin(state, attempt),
        EventType::USER_REGION_END => user::region_end(state, attempt),
        EventType::GC_ACTIVE => gc::active(state, attempt),
        EventType::GC_BEGIN => gc::begin(state, attempt),
        EventType::GC_END => gc::end(state, attempt),
        EventType::GC_SWEEP_BEGIN | EventType::GC_SWEEP_END | EventType::GC_SWEEP_ACTIVE => {
            gc::sweep(state, attempt)
        }
        EventType::GC_MARK_ASSIST_BEGIN
        | EventType::GC_MARK_ASSIST_END
        | EventType::GC_MARK_ASSIST_ACTIVE => gc::mark_assist(state, attempt),
        EventType::STW_BEGIN | EventType::STW_END => gc::stop_the_world(state, attempt),
        _ => {
            let (mut held, mut other_held) = (state.held, state.other_held());
            let shown = attempt_frequent(state, [&mut held, &mut other_held], attempt);
            state.keep(held, Some(other_held));
            shown
        }
    }?;
    record.record(attempt, shown);
    Ok(attempt.ids())
}

/// Attempts an event of one of the kinds that most events are of, if all is as usual: what it names is where little code
/// finds it, and nothing keeps it from happening. If it is refused, nothing has changed.
#[inline(always)]
pub(crate) fn attempt_usual(
    state: &mut State,
    held: [&mut Held; 2],
    attempt: &Attempt<'_, Refused>,
) -> Result<Shown, Refused> {
    let Context { proc, goroutine, .. } = attempt.context;
    let has_place = match attempt.kind {
        EventType::GO_START | EventType::GO_UNBLOCK => state.goroutines.has_place(attempt.argument(0)),
        EventType::GO_CREATE => {
            state.goroutines.has_place(attempt.argument(0))
                && state.goroutines.has_place(goroutine.cast_unsigned())
        }
        EventType::GO_SYSCALL_BEGIN | EventType::GO_SYSCALL_END => {
            state.goroutines.has_place(goroutine.cast_unsigned())
                && state.procs.has_place(proc.cast_unsigned())
        }
        EventType::PROC_START | EventType::PROC_STEAL => state.procs.has_place(attempt.argument(0)),
        // For a P that is abandoned, the thread is looked for that took it along.
        EventType::PROC_STATUS => {
            state.procs.has_place(attempt.argument(0))
                && ProcStatus::from_wire(attempt.argument(1)) != Some(ProcStatus::Abandoned)
        }
        // In a system call it is bound to a thread, which may turn out to be wrong once it is there.
        EventType::GO_STATUS => {
            state.goroutines.has_place(attempt.argument(0))
                && GoStatus::from_wire(attempt.argument(2)) != Some(GoStatus::Syscall)
        }
        // These do not name what they are about.
        EventType::PROCS_CHANGE
        | EventType::GO_SYSCALL_END_BLOCKED
        | EventType::HEAP_ALLOC
        | EventType::HEAP_GOAL => true,
        EventType::PROC_STOP => state.procs.has_place(proc.cast_unsigned()),
        _ => state.goroutines.has_place(goroutine.cast_unsigned()),
    };
    if !has_place || !attempt.tables.surely_has_ids_of(attempt.kind, &attempt.event.arguments) {
        return Err(Refused);
    }
    attempt_frequent(state, held, attempt)
}

/// The rules of the kinds that most events are of. They look at everything before they change anything, because an attempt
/// that is [`Refused`] is made again.
#[inline(always)]
fn attempt_frequent<R: Refusal>(
    state: &mut State,
    [held, other_held]: [&mut Held; 2],
    attempt: &Attempt<'_, R>,
) -> Attempted<R> {
    match attempt.kind {
        EventType::GO_START => goroutine::start(state, held, attempt),
        EventType::GO_UNBLOCK => goroutine::unblock(state, attempt),
        EventType::GO_BLOCK | EventType::GO_STOP | EventType::GO_DESTROY => {
            goroutine::stop(state, held, attempt)
        }
        EventType::GO_CREATE => goroutine::create(state, attempt),
        EventType::GO_SYSCALL_BEGIN => syscall::begin(state, attempt),
        EventType::GO_SYSCALL_END => syscall::end(state, attempt),
        EventType::PROC_START => proc::start(state, held, attempt),
        EventType::PROC_STOP => proc::stop(state, held, attempt),
        EventType::PROC_STATUS => proc::status(state, held, attempt),
        EventType::GO_STATUS | EventType::GO_STATUS_STACK => goroutine::status(state, held, attempt),
        EventType::PROC_STEAL => proc::steal(state, [held, other_held], attempt),
        EventType::GO_SYSCALL_END_BLOCKED => syscall::end_blocked(state, held, attempt),
        _ => plain(attempt),
    }
}

/// Events that change nothing.
fn plain<R: Refusal>(attempt: &Attempt<'_, R>) -> Attempted<R> {
    match attempt.kind {
        EventType::USER_LOG | EventType::GO_LABEL | EventType::PROCS_CHANGE => attempt.needs_user()?,
        EventType::HEAP_ALLOC | EventType::HEAP_GOAL => attempt.needs(Need::Must, Need::May)?,
        EventType::CLOCK_SNAPSHOT => return fail(|| ErrorKind::UnorderableEvent { byte: attempt.kind.0 }),
        // All others that decode are of the experiment AllocFree.
        _ => attempt.needs(Need::May, Need::May)?,
    }
    attempt.shows(Effect::Plain)
}
