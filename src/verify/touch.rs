//! What steps touch, and what the steps that follow a state can touch: the relation of dependence between steps.

use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Access, Object, ObjectSet, Pending, Verb};

/// The objects that a step, or a set of steps, reads and writes: a bit for each object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Touch {
    pub(super) reads: u128,
    pub(super) writes: u128,
}

impl From<Access> for Touch {
    fn from(access: Access) -> Self {
        Self { reads: access.reads.bits(), writes: access.writes.bits() }
    }
}

impl Touch {
    pub(super) const NOTHING: Self = Self { reads: 0, writes: 0 };

    /// What a step touches. That it gives a lock back is nothing that another step could have come before.
    pub(super) fn of(pending: &Pending) -> Self {
        let touch = Self::from(pending.access);
        if pending.verb == Verb::Unlock && LOCKS.contains(&pending.object) {
            return touch.without(ObjectSet::EMPTY.with(pending.object).bits());
        }
        touch
    }

    /// Whether the order of a step of each can matter.
    pub(super) const fn conflicts(self, other: Self) -> bool {
        self.writes & (other.writes | other.reads) != 0 || self.reads & other.writes != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self { reads: self.reads | other.reads, writes: self.writes | other.writes }
    }

    /// What is in both.
    const fn common(self, other: Self) -> Self {
        Self { reads: self.reads & other.reads, writes: self.writes & other.writes }
    }

    /// The same objects, all only read.
    pub(super) const fn reading(self) -> Self {
        Self { reads: self.reads | self.writes, writes: 0 }
    }

    const fn without(self, objects: u128) -> Self {
        Self { reads: self.reads & !objects, writes: self.writes & !objects }
    }
}

/// The locks of which it is known who holds them, and that nothing but steps on them waits for.
pub(super) const LOCKS: [Object; 3] = [Object::SchedLock, Object::TraceLock, Object::SysmonLock];

/// Some of [`LOCKS`], a bit for each by place.
pub(super) type LockSet = u8;

/// The place of the lock that must be free before a step, if there is one.
pub(super) fn waits_for(pending: &Pending) -> Option<usize> {
    let place = LOCKS.iter().position(|lock| *lock == pending.object)?;
    (pending.verb != Verb::Unlock).then_some(place)
}

/// What one thread, and those that it will wake, can touch from a state on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Future {
    all: Touch,
    /// By lock, what it can touch before anything waits for that lock: what can happen while another holds it.
    before_lock: [Touch; LOCKS.len()],
}

impl Future {
    /// What can happen while another thread holds these locks.
    fn while_held(&self, locks: LockSet) -> Touch {
        let held = (0..LOCKS.len()).filter(|lock| locks & 1 << lock != 0);
        held.fold(self.all, |touch, lock| touch.common(self.before_lock[lock]))
    }

    fn include(&mut self, other: &Self) {
        self.all = self.all.and(other.all);
        for (own, touch) in self.before_lock.iter_mut().zip(other.before_lock) {
            *own = own.and(touch);
        }
    }

    fn forget(&mut self, written: u128) {
        self.all = self.all.without(written);
        for touch in &mut self.before_lock {
            *touch = touch.without(written);
        }
    }

    /// Adds a step that comes, or may come, before all the rest.
    pub(super) fn add(&mut self, touch: Touch, waits_for: Option<usize>) {
        self.all = self.all.and(touch);
        for (lock, before) in self.before_lock.iter_mut().enumerate() {
            if waits_for != Some(lock) {
                *before = before.and(touch);
            }
        }
    }
}

/// The futures of all threads from a state on, of each object only the accesses that no step before them writes: what
/// a step before the state can be in a race with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Futures(pub(super) [Future; MAX_THREADS]);

/// A step, as the reduction sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// The slot of its thread.
    pub(super) thread: usize,
    pub(super) touch: Touch,
    /// Nothing that could have come before it makes a difference, although it may make one to what came before.
    pub(super) in_no_race: bool,
    /// The lock that had to be free for it.
    pub(super) waits_for: Option<usize>,
    /// The locks that its thread held before it.
    pub(super) holds: LockSet,
}

impl Taken {
    /// No step yet.
    pub(super) const NONE: Self =
        Self { thread: 0, touch: Touch::NOTHING, in_no_race: false, waits_for: None, holds: 0 };
}

impl Futures {
    /// Threads, a bit for each, whose future can be in a race with `step`, which was taken before. What waits for a
    /// lock that the step's thread held cannot come before it.
    pub(super) fn racing(&self, step: &Taken) -> u16 {
        let mut racing = 0;
        if step.in_no_race {
            return racing;
        }
        for (slot, future) in self.0.iter().enumerate() {
            let races =
                future.all.conflicts(step.touch) && future.while_held(step.holds).conflicts(step.touch);
            racing |= u16::from(races) << slot;
        }
        racing & !(1 << step.thread)
    }

    /// The futures before `step`, from those after it. Threads that the step enabled do nothing before it: what they
    /// do counts as done by the step's own thread, which has to come first.
    pub(super) fn before(mut self, step: &Taken, enabled: u16) -> Self {
        self.0.iter_mut().for_each(|future| future.forget(step.touch.writes));
        for slot in (0..MAX_THREADS).filter(|slot| enabled & 1 << slot != 0 && *slot != step.thread) {
            let woken = std::mem::take(&mut self.0[slot]);
            self.0[step.thread].include(&woken);
        }
        let own = &mut self.0[step.thread];
        if let Some(lock) = step.waits_for {
            own.before_lock[lock] = Touch::NOTHING;
        }
        own.add(step.touch, step.waits_for);
        self
    }

    pub(super) fn include(&mut self, other: &Self) {
        for (own, future) in self.0.iter_mut().zip(&other.0) {
            own.include(future);
        }
    }
}
