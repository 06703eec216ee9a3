//! A state on the path that an exploration is walking, and what has been and is to be tried in it.

use super::futures::Futures;
use super::monitor::Monitor;
use super::step::{Taken, touch_of_waiting};
use super::store::Fingerprint;
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Enabled, Pending, ThreadId};

/// A state on the path that is being walked.
pub(super) struct Frame {
    pub(super) state: Fingerprint,
    /// How many steps lead to it.
    pub(super) depth: u32,
    pub(super) monitor: Monitor,
    pub(super) runnable: u16,
    /// Threads to be tried.
    pub(super) wanted: u16,
    /// Threads that have been.
    pub(super) tried: u16,
    pub(super) chosen: ThreadId,
    /// What the chosen thread does, as far as it is known.
    pub(super) taken: Taken,
    pub(super) futures: Futures,
    pending: [Option<Pending>; MAX_THREADS],
}

impl Frame {
    pub(super) fn new(enabled: &Enabled<'_>, state: Fingerprint, monitor: Monitor, runnable: u16) -> Self {
        Self {
            state,
            depth: enabled.steps(),
            monitor,
            runnable,
            wanted: 0,
            tried: 0,
            chosen: enabled.current,
            taken: Taken::nothing(enabled.current),
            futures: Futures::default(),
            pending: std::array::from_fn(|slot| enabled.pending(ThreadId(slot as u8))),
        }
    }

    pub(super) fn choose(&mut self, thread: ThreadId) {
        self.chosen = thread;
        self.tried |= 1 << thread.0;
        self.wanted |= 1 << thread.0;
        self.taken = Taken::nothing(thread);
    }

    /// What can follow the state: also what those threads want to do that cannot in it, because another came first.
    /// A thread that can does it somewhere below: nothing ends before it had its turn.
    pub(super) fn whole_futures(&mut self) -> Futures {
        for (slot, pending) in self.pending.iter().enumerate() {
            if let Some(pending) = pending
                && self.runnable & 1 << slot == 0
            {
                self.futures.add(slot, touch_of_waiting(pending));
            }
        }
        std::mem::take(&mut self.futures)
    }
}
