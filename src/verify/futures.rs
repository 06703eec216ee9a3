//! What the steps that follow a state can touch, and what of that is settled by what comes before it.

use super::lists::List;
use super::pasts::{NO_PAST, Past, Pasts};
use super::step::Taken;
use super::touch::Touch;
use procsteal_reference::limits::MAX_THREADS;

/// A thread touches an object, somewhere after a state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Coming {
    /// What the steps touch that come before it in every execution from the state.
    past: Past,
    /// The threads of which a step comes before, in every execution from the state: a step before the state of one of
    /// them is ordered with this one by that.
    after: u16,
    /// The number of the object's bit.
    object: u8,
    writes: bool,
}

impl Coming {
    /// What is touched, as something to come, by place.
    pub(super) fn all(touch: Touch) -> impl Iterator<Item = Self> {
        let Touch { reads, writes } = touch;
        let kinds = [false, true].into_iter();
        let places =
            (0..u128::BITS as u8).flat_map(move |object| kinds.clone().map(move |kind| (object, kind)));
        places
            .filter(move |(object, kind)| if *kind { writes } else { reads } & 1 << object != 0)
            .map(|(object, writes)| Self { object, writes, after: 0, past: NO_PAST })
    }

    /// What a list is sorted by.
    pub(super) fn place(&self) -> (u8, bool) {
        (self.object, self.writes)
    }

    fn touch(&self) -> Touch {
        let bit = 1 << self.object;
        if self.writes { Touch { reads: 0, writes: bit } } else { Touch { reads: bit, writes: 0 } }
    }

    /// What holds of this one and of another in the same place.
    pub(super) fn or(self, other: &Self, pasts: &mut Pasts) -> Self {
        Self { after: self.after & other.after, past: pasts.common(self.past, other.past), ..self }
    }

    /// The same with a step, of the threads in `by`, before it.
    pub(super) fn behind(self, step: Past, by: u16, pasts: &mut Pasts) -> Self {
        Self { after: self.after | by, past: pasts.behind(self.past, step), ..self }
    }

    /// Whether another thread's step before it is in a race with it.
    pub(super) fn races(&self, step: &Taken) -> bool {
        self.after & 1 << step.thread == 0 && self.touch().conflicts(step.race)
    }

    /// Whether a step before it writes the object, so that steps before that one are in a race with that one.
    pub(super) fn is_forgotten(&self, step: &Taken) -> bool {
        step.race.writes & 1 << self.object != 0
    }

    /// Whether another thread's step before it comes before it in every execution.
    pub(super) fn is_ordered(&self, step: &Taken, pasts: &Pasts) -> bool {
        self.after & 1 << step.thread != 0 || step.orders.conflicts(pasts.touch(self.past))
    }
}

/// What is to come after a state, in one execution or another: of each object only accesses that no step before them
/// writes. By the thread that has to go first for it: the one that touches it, or who wakes that one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Futures(pub(super) [List; MAX_THREADS]);

const _: () = assert!(MAX_THREADS <= 16, "a set of threads must have a bit for each");
