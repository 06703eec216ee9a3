//! Shared words, locks and notes: what the runtime's steps act on.

use super::history::mix;
use super::object::Object;
use super::stack::Steps;
use super::step::{AtOnce, Condition, Until, Verb, step_on};
use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::MAX_THREADS;
use crate::runtime::{M, Rt, SemaName};
use std::cell::Cell;
use std::panic::Location;

/// A value that a step can hand to its thread, as a number: what exploration remembers of it.
pub(crate) trait Observed: Copy {
    fn observed(self) -> u64;
}

impl Observed for () {
    fn observed(self) -> u64 {
        0
    }
}

impl Observed for bool {
    fn observed(self) -> u64 {
        u64::from(self)
    }
}

impl Observed for u32 {
    fn observed(self) -> u64 {
        u64::from(self)
    }
}

impl Observed for i32 {
    fn observed(self) -> u64 {
        u64::from(self.cast_unsigned())
    }
}

impl Observed for u64 {
    fn observed(self) -> u64 {
        self
    }
}

impl Observed for u8 {
    fn observed(self) -> u64 {
        u64::from(self)
    }
}

impl<A: Observed, B: Observed> Observed for (A, B) {
    fn observed(self) -> u64 {
        mix(self.0.observed(), self.1.observed())
    }
}

impl<T: Observed> Observed for Option<T> {
    fn observed(self) -> u64 {
        self.map_or(0, |value| value.observed().wrapping_add(1))
    }
}

/// A word that threads share. `get` and `set` are for the step that is being taken and for fields whose owner is
/// alone with them; everything else is a step.
#[derive(Debug)]
pub(crate) struct Atomic<T: Copy> {
    value: Cell<T>,
    object: Object,
}

impl<T: Observed + PartialEq> Atomic<T> {
    pub(crate) const fn new(object: Object, value: T) -> Self {
        Self { value: Cell::new(value), object }
    }

    pub(crate) fn get(&self) -> T {
        self.value.get()
    }

    pub(crate) fn set(&self, value: T) {
        self.value.set(value);
    }

    #[track_caller]
    #[inline(always)]
    pub(crate) fn load<'r>(&'r self, m: M<'r>) -> Steps<T> {
        self.load_at(m, Location::caller())
    }

    #[inline(always)]
    pub(crate) fn load_at<'r>(&'r self, m: M<'r>, site: &'static Location<'static>) -> Steps<T> {
        step_on(m, AtOnce, (Verb::Load, &self.object, site), || self.value.get())
    }

    #[track_caller]
    #[inline(always)]
    pub(crate) fn store<'r>(&'r self, m: M<'r>, value: T) -> Steps<T> {
        step_on(m, AtOnce, (Verb::Store, &self.object, Location::caller()), move || {
            self.value.set(value);
            value
        })
    }

    #[track_caller]
    #[inline(always)]
    pub(crate) fn cas<'r>(&'r self, m: M<'r>, from: T, to: T) -> Steps<bool> {
        step_on(m, AtOnce, (Verb::Cas, &self.object, Location::caller()), move || {
            let equal = self.value.get() == from;
            if equal {
                self.value.set(to);
            } else {
                m.rt.executor.only_reads();
            }
            equal
        })
    }
}

impl Atomic<u32> {
    #[track_caller]
    #[inline(always)]
    pub(crate) fn add<'r>(&'r self, m: M<'r>, delta: i32) -> Steps<u32> {
        self.add_at(m, delta, Location::caller())
    }

    #[inline(always)]
    pub(crate) fn add_at<'r>(&'r self, m: M<'r>, delta: i32, site: &'static Location<'static>) -> Steps<u32> {
        self.add_and(m, delta, site, |_| ())
    }

    /// Adds, and does what the thread does at once with the sum.
    #[inline(always)]
    pub(crate) fn add_and<'r>(
        &'r self,
        m: M<'r>,
        delta: i32,
        site: &'static Location<'static>,
        after: impl FnOnce(u32),
    ) -> Steps<u32> {
        step_on(m, AtOnce, (Verb::Add, &self.object, site), move || {
            let sum = self.value.get().wrapping_add_signed(delta);
            self.value.set(sum);
            after(sum);
            sum
        })
    }
}

/// The locks of the model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lock {
    /// `sched.lock`
    Sched,
    /// `sched.sysmonlock`
    Sysmon,
    /// `trace.lock`
    Trace,
    /// The lock of a semaphore's queue of waiters.
    Sema(SemaName),
}

/// A lock whose waiters are not runnable.
#[derive(Debug)]
pub(crate) struct Mutex {
    owner: Cell<Option<ThreadId>>,
    name: Lock,
    object: Object,
}

impl Mutex {
    pub(crate) const fn new(name: Lock, object: Object) -> Self {
        Self { owner: Cell::new(None), name, object }
    }

    pub(crate) fn is_free(&self) -> bool {
        self.owner.get().is_none()
    }

    pub(crate) fn owner(&self) -> Option<ThreadId> {
        self.owner.get()
    }

    pub(crate) fn reset(&self) {
        self.owner.set(None);
    }

    #[track_caller]
    pub(crate) fn lock<'r>(&'r self, m: M<'r>) -> Steps<()> {
        let action = || self.owner.set(Some(m.rt.executor.current()));
        step_on(m, self, (Verb::Lock, &self.object, Location::caller()), action)
    }

    #[track_caller]
    pub(crate) fn unlock<'r>(&'r self, m: M<'r>) -> Steps<()> {
        step_on(m, AtOnce, (Verb::Unlock, &self.object, Location::caller()), move || {
            let is_owner = self.owner.get() == Some(m.rt.executor.current());
            m.rt.check(is_owner, "unlock of a lock that another thread holds");
            self.owner.set(None);
        })
    }
}

/// The lock is free: asked of the lock itself, which need not be found by its name.
impl Condition for &Mutex {
    #[inline(always)]
    fn holds(self, _: &Rt) -> bool {
        self.is_free()
    }

    fn until(self) -> Until {
        Until::Free(self.name)
    }
}

/// The notes of the model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoteId {
    /// `m.park` of an M.
    Park(ThreadId),
    /// `sched.stopnote`
    Stop,
    /// `sched.sysmonnote`
    Sysmon,
    /// `sched.safePointNote`
    SafePoint,
}

impl NoteId {
    /// How many notes there are.
    pub(super) const COUNT: usize = MAX_THREADS + 3;

    /// Where it stands among all notes.
    #[inline(always)]
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Park(thread) => thread.0 as usize,
            Self::Stop => MAX_THREADS,
            Self::Sysmon => MAX_THREADS + 1,
            Self::SafePoint => MAX_THREADS + 2,
        }
    }
}

/// A one-time event: `notesleep`, `notewakeup`, `noteclear`.
#[derive(Debug)]
pub(crate) struct Note {
    woken: Cell<bool>,
    name: NoteId,
    object: Object,
}

impl Note {
    pub(crate) const fn new(name: NoteId, object: Object) -> Self {
        Self { woken: Cell::new(false), name, object }
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.woken.get()
    }

    /// The note is woken, within a step or by something that is no thread of the model.
    pub(crate) fn wake_now(&self, rt: &Rt) {
        self.woken.set(true);
        rt.executor.wakes(self.name);
    }

    pub(crate) fn clear(&self) {
        self.woken.set(false);
    }

    #[track_caller]
    pub(crate) fn wakeup<'r>(&'r self, m: M<'r>) -> Steps<()> {
        self.wakeup_with(m, || ())
    }

    /// Wakes the note, and in the same step does what the sleeper is to find done.
    #[track_caller]
    pub(crate) fn wakeup_with<'r>(&'r self, m: M<'r>, before: impl FnOnce()) -> Steps<()> {
        step_on(m, AtOnce, (Verb::Wake, &self.object, Location::caller()), || {
            before();
            self.wake_now(m.rt);
        })
    }

    /// Sleeps until woken, and clears the note.
    #[track_caller]
    pub(crate) fn sleep<'r>(&'r self, m: M<'r>) -> Steps<()> {
        let action = || self.woken.set(false);
        step_on(m, self, (Verb::Wait, &self.object, Location::caller()), action)
    }
}

/// The note has been woken: asked of the note itself.
impl Condition for &Note {
    #[inline(always)]
    fn holds(self, _: &Rt) -> bool {
        self.is_woken()
    }

    fn until(self) -> Until {
        Until::Woken(self.name)
    }
}

impl Observed for ProcId {
    fn observed(self) -> u64 {
        u64::from(self.0)
    }
}

impl Observed for ThreadId {
    fn observed(self) -> u64 {
        u64::from(self.0)
    }
}

impl Observed for GoId {
    fn observed(self) -> u64 {
        u64::from(self.0)
    }
}
