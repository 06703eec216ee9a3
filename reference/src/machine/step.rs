//! One atomic step: where a thread of the model may stop.

use super::object::{Access, Object};
use super::stack::{Here, Steps};
use super::sync::Observed;
use crate::ids::GoId;
use crate::runtime::{M, Rt};
use procsteal_wire::EventType;
use std::fmt;
use std::panic::Location;

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

/// When a step can be taken, as a type: a step that need not wait is not asked whether it does.
pub(crate) trait Condition: Copy {
    /// Whether the thread that comes to the step can take it at once.
    fn holds(self, rt: &Rt) -> bool;

    /// What its thread waits for when it stops there, besides being chosen.
    fn until(self) -> Until {
        Until::Always
    }
}

/// At once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtOnce;

impl Condition for AtOnce {
    #[inline(always)]
    fn holds(self, _: &Rt) -> bool {
        true
    }
}

/// When the thread is chosen again, however long that takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WhenChosen;

impl Condition for WhenChosen {
    #[inline(always)]
    fn holds(self, _: &Rt) -> bool {
        false
    }
}

impl Condition for Until {
    #[inline(always)]
    fn holds(self, rt: &Rt) -> bool {
        rt.holds(self)
    }

    fn until(self) -> Until {
        self
    }
}

/// A step that a thread wants to take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<C = Until> {
    pub(crate) until: C,
    pub(crate) verb: Verb,
    pub(crate) object: Object,
    pub(crate) site: &'static Location<'static>,
}

impl Request<AtOnce> {
    /// A step of the line that asks for it.
    #[track_caller]
    #[inline(always)]
    pub(crate) const fn new(verb: Verb, object: Object) -> Self {
        Self { until: AtOnce, verb, object, site: Location::caller() }
    }

    /// The thread sleeps before the step.
    #[track_caller]
    #[inline(always)]
    pub(crate) const fn sleep() -> Request<WhenChosen> {
        Request { until: WhenChosen, verb: Verb::Sleep, object: Object::Private, site: Location::caller() }
    }

    /// The step has to wait.
    #[inline(always)]
    pub(crate) const fn when(self, until: Until) -> Request {
        Request { until, verb: self.verb, object: self.object, site: self.site }
    }

    /// The step counts as one of another line.
    #[inline(always)]
    pub(crate) const fn at(self, site: &'static Location<'static>) -> Self {
        Self { site, ..self }
    }
}

/// One atomic step of thread `m`, which does `action`: at once if the executor lets the thread run on, else when its turn
/// comes. What the step touches is asked for only when the thread has to wait.
#[inline(always)]
pub(crate) fn step<C: Condition, T: Observed>(
    m: M<'_>,
    request: Request<C>,
    access: impl Fn() -> Access + Copy,
    action: impl FnOnce() -> T,
) -> Steps<T> {
    let Request { until, verb, object, site } = request;
    take(m.rt, until, site, move || verb, move || object, move |_, _| access(), action)
}

/// A step that is asked what it is only when its thread has to wait, or somebody watches.
#[inline(always)]
pub(crate) fn step_by<T: Observed>(
    m: M<'_>,
    site: &'static Location<'static>,
    verb: impl Fn() -> Verb + Copy,
    object: impl Fn() -> Object + Copy,
    access: impl Fn() -> Access + Copy,
    action: impl FnOnce() -> T,
) -> Steps<T> {
    take(m.rt, AtOnce, site, verb, object, move |_, _| access(), action)
}

/// A step on one shared word, lock or note, whose object need not be looked at for the step itself.
#[inline(always)]
pub(super) fn step_on<C: Condition, T: Observed>(
    m: M<'_>,
    until: C,
    (verb, object, site): (Verb, &Object, &'static Location<'static>),
    action: impl FnOnce() -> T,
) -> Steps<T> {
    let access =
        |verb, object| if verb == Verb::Load { Access::reading(object) } else { Access::writing(object) };
    take(m.rt, until, site, move || verb, move || *object, access, action)
}

/// What the step is comes in pieces that each fit a register: what does not is written to memory at every step, whether or
/// not anybody asks.
#[inline(always)]
fn take<C: Condition, T: Observed>(
    rt: &Here<'_>,
    until: C,
    site: &'static Location<'static>,
    verb: impl Fn() -> Verb + Copy,
    object: impl Fn() -> Object + Copy,
    access: impl Fn(Verb, Object) -> Access + Copy,
    action: impl FnOnce() -> T,
) -> Steps<T> {
    let holds = until.holds(rt);
    if holds && rt.executor.runs_on() {
        return Ok(action());
    }
    comes_to(rt, holds, until, site, verb, object, access)?;
    let value = action();
    if rt.executor.is_watched() {
        tell(rt, site, verb, object, value);
    }
    Ok(value)
}

/// The thread stops before the step until it is chosen to take it, unless somebody watches and it may go on.
#[cold]
#[inline(never)]
fn comes_to(
    rt: &Here<'_>,
    holds: bool,
    until: impl Condition,
    site: &'static Location<'static>,
    verb: impl Fn() -> Verb,
    object: impl Fn() -> Object,
    access: impl Fn(Verb, Object) -> Access,
) -> Steps<()> {
    if rt.executor.runs_on_watched(holds) {
        return Ok(());
    }
    let (verb, object) = (verb(), object());
    rt.executor.wants(Request { until: until.until(), verb, object, site }, holds);
    if rt.executor.asks_for_accesses() {
        rt.executor.says(access(verb, object));
    }
    rt.stops()
}

/// The step was taken and gave `value`, which whoever watches may want to know.
#[cold]
#[inline(never)]
fn tell(
    rt: &Here<'_>,
    site: &'static Location<'static>,
    verb: impl Fn() -> Verb,
    object: impl Fn() -> Object,
    value: impl Observed,
) {
    rt.executor.watch(rt, verb(), object(), site, value.observed());
}
