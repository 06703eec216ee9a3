//! A state on the path that an exploration is walking, and what has been and is to be tried in it.

use super::monitor::Monitor;
use super::store::Fingerprint;
use super::touch::{Futures, LOCKS, LockSet, Taken, Touch, waits_for};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Enabled, Generation, Object, ObjectSet, Pending, ThreadId, Verb};

/// What the first look of `traceAcquire` touches: whether tracing is on. If it is, a second look follows that settles
/// it. To look first and then have tracing stop comes to the same as to look when it has stopped.
const GLANCE: Touch = Touch { reads: ObjectSet::EMPTY.with(Object::TracingOff).bits(), writes: 0 };

/// A state on the path that is being walked.
pub(super) struct Frame {
    pub(super) state: Fingerprint,
    pub(super) monitor: Monitor,
    pub(super) runnable: u16,
    /// Threads to be tried.
    pub(super) wanted: u16,
    /// Threads that have been.
    pub(super) tried: u16,
    pub(super) chosen: ThreadId,
    /// The chosen thread's step, as far as it is known before it is taken.
    pub(super) taken: Taken,
    pub(super) futures: Futures,
    /// Whether tracing is on.
    tracing: bool,
    token_holders: u16,
    pending: [Option<Pending>; MAX_THREADS],
    holders: [Option<ThreadId>; LOCKS.len()],
}

impl Frame {
    pub(super) fn new(enabled: &Enabled<'_>, state: Fingerprint, monitor: Monitor, runnable: u16) -> Self {
        Self {
            state,
            monitor,
            runnable,
            wanted: 0,
            tried: 0,
            chosen: enabled.current,
            taken: Taken::NONE,
            futures: Futures::default(),
            token_holders: enabled.token_holders(),
            tracing: enabled.generation() != Generation::OFF,
            pending: std::array::from_fn(|slot| enabled.pending(ThreadId(slot as u8))),
            holders: LOCKS.map(|lock| enabled.holder(lock)),
        }
    }

    pub(super) fn choose(&mut self, thread: ThreadId) {
        self.chosen = thread;
        self.tried |= 1 << thread.0;
        self.wanted |= 1 << thread.0;
        let Some(pending) = self.pending_of(thread) else { return };
        let mut touch = Monitor::touch(pending);
        let gives_token_back = gives_token_back(pending, self.token_holders);
        if self.tracing && touch == GLANCE || gives_token_back {
            touch = Touch::NOTHING;
        }
        self.taken = Taken {
            thread: thread.0 as usize,
            touch,
            in_no_race: polls(pending).is_some(),
            waits_for: waits_for(pending),
            holds: self.held_by(thread),
        };
    }

    /// The step that `thread` wants to take in this state.
    pub(super) fn pending_of(&self, thread: ThreadId) -> Option<&Pending> {
        self.pending[thread.0 as usize].as_ref()
    }

    fn held_by(&self, thread: ThreadId) -> LockSet {
        let held = (0..LOCKS.len()).filter(|lock| self.holders[*lock] == Some(thread));
        held.fold(0, |locks, lock| locks | 1 << lock)
    }

    /// What can follow the state: also what those threads want to do that cannot in it, because another came first.
    /// A thread that can does it somewhere below: nothing ends before it had its turn.
    pub(super) fn whole_futures(&self) -> Futures {
        let mut futures = self.futures;
        for (slot, pending) in self.pending.iter().enumerate() {
            if let Some(pending) = pending
                && self.runnable & 1 << slot == 0
            {
                futures.0[slot].add(Monitor::touch(pending), waits_for(pending));
            }
        }
        futures
    }
}

/// The thread whose token the tracer is about to look for.
fn polls(pending: &Pending) -> Option<ThreadId> {
    match (pending.verb, pending.object) {
        (Verb::Load, Object::ThreadSeqlock(thread)) => Some(thread),
        _ => None,
    }
}

/// Whether the tracer is about to look whether a thread still has its token, and it has. What it does then is to come
/// back later: in between it does only what it would do later as well, so that it can as well wait.
pub(super) fn polls_in_vain(pending: &Pending, token_holders: u16) -> bool {
    polls(pending).is_some_and(|thread| token_holders & 1 << thread.0 != 0)
}

/// Whether the step makes an odd seqlock even. The tracer, which alone looks at it, cannot have looked before.
fn gives_token_back(pending: &Pending, token_holders: u16) -> bool {
    match (pending.verb, pending.object) {
        (Verb::Add, Object::ThreadSeqlock(thread)) => token_holders & 1 << thread.0 != 0,
        _ => false,
    }
}
