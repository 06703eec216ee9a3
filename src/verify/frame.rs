//! A state on the path that an exploration is walking, and what has been and is to be tried in it.

use super::futures::Futures;
use super::lists::Lists;
use super::monitor::Monitor;
use super::shown::Shown;
use super::step::{Taken, touch_of_waiting};
use super::store::Fingerprint;
use procsteal_reference::{Enabled, ThreadId};

/// A state on the path that is being walked.
pub(super) struct Frame {
    pub(super) state: Fingerprint,
    pub(super) monitor: Monitor,
    pub(super) runnable: u16,
    /// Threads to be tried.
    pub(super) wanted: u16,
    /// Threads that have been.
    pub(super) tried: u16,
    /// What the chosen thread does, as far as it is known.
    pub(super) taken: Taken,
    /// What can follow the state, as far as it is explored.
    pub(super) futures: Futures,
    /// What executions from it show, as far as they are.
    pub(super) shown: Shown,
}

/// How an execution goes on from a step of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Leg {
    /// How many steps lead to it.
    pub(super) from: u32,
    /// Who goes on.
    pub(super) thread: ThreadId,
}

impl Frame {
    pub(super) fn new(
        enabled: &Enabled<'_>,
        state: Fingerprint,
        monitor: Monitor,
        runnable: u16,
        lists: &mut Lists,
    ) -> Self {
        Self {
            state,
            monitor,
            runnable,
            wanted: 0,
            tried: 0,
            taken: Taken::nothing(enabled.current),
            futures: futures_of_waiting(enabled, runnable, lists),
            shown: Shown::NOTHING,
        }
    }

    pub(super) fn choose(&mut self, thread: ThreadId) {
        self.tried |= 1 << thread.0;
        self.wanted |= 1 << thread.0;
        self.taken = Taken::nothing(thread);
    }
}

/// What those threads want to do that cannot in a state, because another came first. A thread that can does it
/// somewhere below: nothing ends before it had its turn.
fn futures_of_waiting(enabled: &Enabled<'_>, runnable: u16, lists: &mut Lists) -> Futures {
    let mut futures = Futures::default();
    for (slot, list) in futures.0.iter_mut().enumerate().filter(|(slot, _)| runnable & 1 << slot == 0) {
        if let Some(pending) = enabled.pending(ThreadId(slot as u8)) {
            *list = lists.of(touch_of_waiting(&pending));
        }
    }
    futures
}
