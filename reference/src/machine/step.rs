//! One atomic step: the only thing a thread of the model ever awaits.

use super::object::{Access, Object};
use super::sync::Observed;
use crate::ids::GoId;
use crate::runtime::{M, Rt};
use procsteal_wire::EventType;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a step does to its object, for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// The thread begins.
    Start,
    /// Nothing but the passing of time.
    Sleep,
    /// Atomic load.
    Load,
    /// Atomic store.
    Store,
    /// Compare and swap.
    Cas,
    /// Atomic addition.
    Add,
    /// Takes a lock.
    Lock,
    /// Gives a lock back.
    Unlock,
    /// Waits for a note.
    Wait,
    /// Wakes a note.
    Wake,
    /// Takes something out of a list or queue.
    Pop,
    /// Puts something into a list or queue.
    Push,
    /// Writes an event to the thread's buffer.
    Event(EventType),
    /// Moves a buffer to the queue of full ones.
    Flush,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Start => "start",
            Self::Sleep => "sleep",
            Self::Load => "load",
            Self::Store => "store",
            Self::Cas => "CAS",
            Self::Add => "add",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Wait => "wait for",
            Self::Wake => "wake",
            Self::Pop => "pop",
            Self::Push => "push",
            Self::Event(event) => {
                return f.write_str(procsteal_wire::row(*event).map_or("event", |row| row.name));
            }
            Self::Flush => "flush",
        };
        f.write_str(word)
    }
}

/// What must hold before a step can be taken; until then its thread is not runnable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Until {
    /// Always.
    Always,
    /// The lock is free.
    Free(super::sync::Lock),
    /// The note has been woken.
    Woken(super::sync::NoteId),
    /// The seqlock of one of these threads is even (bit set by thread slot).
    AnyEven(u16),
    /// No thread is between deciding to leave a syscall slowly and its goroutine being runnable.
    NoneExiting,
    /// The goroutine's scan bit is clear.
    NotScanned(GoId),
    /// The goroutine is neither running nor being scanned.
    Suspendable(GoId),
    /// An extra M for a foreign thread is in the list.
    ExtraThread,
}

/// A step that a thread wants to take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) until: Until,
    pub(crate) verb: Verb,
    pub(crate) object: Object,
    pub(crate) site: &'static Location<'static>,
}

impl Request {
    /// A step of the line that asks for it.
    #[track_caller]
    #[inline(always)]
    pub(crate) const fn new(verb: Verb, object: Object) -> Self {
        Self { until: Until::Always, verb, object, site: Location::caller() }
    }

    /// The step has to wait.
    #[inline(always)]
    pub(crate) const fn when(self, until: Until) -> Self {
        Self { until, ..self }
    }

    /// The step counts as one of another line.
    #[inline(always)]
    pub(crate) const fn at(self, site: &'static Location<'static>) -> Self {
        Self { site, ..self }
    }
}

/// One atomic step. To await it is to take it: at once if the executor lets the thread run on, else when its turn
/// comes.
pub(crate) struct Step<'r, O, A, F> {
    rt: &'r Rt,
    until: Until,
    verb: Verb,
    site: &'static Location<'static>,
    object: O,
    access: A,
    action: F,
}

/// A step of thread `m` that does `action`. What it touches is asked for only when a chooser could want to know.
#[inline(always)]
pub(crate) fn step<A, F>(
    m: M<'_>,
    request: Request,
    access: A,
    action: F,
) -> Step<'_, impl Fn() -> Object, A, F> {
    let Request { until, verb, object, site } = request;
    Step { rt: m.rt, until, verb, site, object: move || object, access, action }
}

/// A step on one shared word, lock or note, whose object need not be looked at for the step itself.
#[inline(always)]
pub(super) fn step_on<'r, F>(
    m: M<'r>,
    verb: Verb,
    object: &'r Object,
    site: &'static Location<'static>,
    action: F,
) -> Step<'r, impl Fn() -> Object, impl FnOnce() -> Access, F> {
    let access = move || if verb == Verb::Load { Access::reading(*object) } else { Access::writing(*object) };
    Step { rt: m.rt, until: Until::Always, verb, site, object: || *object, access, action }
}

impl<O, A, F> Step<'_, O, A, F> {
    /// The step has to wait.
    #[inline(always)]
    pub(super) fn when(self, until: Until) -> Self {
        Self { until, ..self }
    }
}

impl<'r, T, O, A, F> IntoFuture for Step<'r, O, A, F>
where
    T: Observed,
    O: Fn() -> Object,
    A: FnOnce() -> Access,
    F: FnOnce() -> T + Unpin,
{
    type Output = T;
    type IntoFuture = Taking<'r, T, F>;

    /// A thread that runs on takes the step here, and nothing of it need be kept: inlined, only the action is left.
    #[inline(always)]
    fn into_future(self) -> Taking<'r, T, F> {
        let Self { rt, until, verb, site, object, access, action } = self;
        let can_run_on = rt.executor.can_run_on(rt, until, verb);
        if can_run_on && rt.executor.runs_on() {
            let value = action();
            return Taking { value: Some(value), waits: None };
        }
        if rt.executor.runs_on_watched(can_run_on) {
            let value = action();
            rt.executor.watch(rt, verb, object(), site, value.observed());
            return Taking { value: Some(value), waits: None };
        }
        rt.executor.wants(Request { until, verb, object: object(), site }, access());
        Taking { value: None, waits: Some((rt, action)) }
    }
}

/// A step that was taken, or that its thread waits to take: it is polled again when its turn has come.
pub(crate) struct Taking<'r, T, F> {
    value: Option<T>,
    waits: Option<(&'r Rt, F)>,
}

impl<T: Observed, F: FnOnce() -> T + Unpin> Future for Taking<'_, T, F> {
    type Output = T;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        if let Some(value) = self.value {
            return Poll::Ready(value);
        }
        self.takes_its_turn()
    }
}

impl<T: Observed, F: FnOnce() -> T> Taking<'_, T, F> {
    #[cold]
    #[inline(never)]
    fn takes_its_turn(&mut self) -> Poll<T> {
        // A finished step is not polled again: the compiler's own state machines see to that.
        match self.waits.take_if(|(rt, _)| rt.executor.is_its_turn()) {
            Some((rt, action)) => {
                let value = action();
                rt.executor.observe_wanted(rt, value);
                Poll::Ready(value)
            }
            None => Poll::Pending,
        }
    }
}
