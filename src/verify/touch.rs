//! What steps touch, and what the steps that follow a state can touch: the relation of dependence between steps.

use procsteal_reference::Access;
use procsteal_reference::limits::MAX_THREADS;

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

    /// Whether the order of a step of each can matter.
    pub(super) const fn conflicts(self, other: Self) -> bool {
        self.writes & (other.writes | other.reads) != 0 || self.reads & other.writes != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self { reads: self.reads | other.reads, writes: self.writes | other.writes }
    }

    /// The same objects, all only read.
    pub(super) const fn reading(self) -> Self {
        Self { reads: self.reads | self.writes, writes: 0 }
    }

    const fn without(self, objects: u128) -> Self {
        Self { reads: self.reads & !objects, writes: self.writes & !objects }
    }
}

/// What one thread, and those that it will wake, can touch from a state on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Future {
    /// Perhaps without taking `sched.lock` first.
    pub(super) free: Touch,
    /// Only after taking `sched.lock`, and so not before its present holder gives it back.
    pub(super) locked: Touch,
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
    /// It took `sched.lock`.
    pub(super) locks: Locks,
}

/// Whether a step takes `sched.lock`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Locks {
    Sched,
    No,
}

impl Futures {
    /// Threads, a bit for each, whose future can be in a race with `step`, which was taken before. `holds` says that
    /// the step's thread held `sched.lock`.
    pub(super) fn racing(&self, step: &Taken, holds: bool) -> u16 {
        let mut racing = 0;
        for (slot, future) in self.0.iter().enumerate() {
            let races = future.free.conflicts(step.touch) || !holds && future.locked.conflicts(step.touch);
            racing |= u16::from(races) << slot;
        }
        racing & !(1 << step.thread)
    }

    /// The futures before `step`, from those after it. Threads that the step enabled do nothing before it: what they
    /// do counts as done by the step's own thread, which has to come first.
    pub(super) fn before(mut self, step: &Taken, enabled: u16) -> Self {
        let written = step.touch.writes;
        for future in &mut self.0 {
            future.free = future.free.without(written);
            future.locked = future.locked.without(written);
        }
        for slot in (0..MAX_THREADS).filter(|slot| enabled & 1 << slot != 0) {
            let woken = std::mem::take(&mut self.0[slot]);
            let own = &mut self.0[step.thread];
            own.free = own.free.and(woken.free);
            own.locked = own.locked.and(woken.locked);
        }
        let own = &mut self.0[step.thread];
        if step.locks == Locks::Sched {
            own.locked = own.locked.and(std::mem::take(&mut own.free));
        }
        own.free = own.free.and(step.touch);
        self
    }

    pub(super) fn include(&mut self, other: &Self) {
        for (own, future) in self.0.iter_mut().zip(&other.0) {
            own.free = own.free.and(future.free);
            own.locked = own.locked.and(future.locked);
        }
    }
}
