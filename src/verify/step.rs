//! What a step is to the reduction: what it touches, and which way it can be moved past the steps of other threads.

use super::monitor::Monitor;
use super::touch::Touch;
use super::words::{LAST_TOKEN, Words, said, touch_before, touch_besides};
use procsteal_reference::{Enabled, Generation, Object, ObjectSet, Pending, ThreadId, Verb};

/// The locks that are held only from one step of a thread to a later one of the same, and that nobody looks at
/// without taking them.
const LOCKS: [Object; 3] = [Object::SchedLock, Object::TraceLock, Object::SysmonLock];

/// What nobody touches without `sched.lock`.
const GUARDED: u128 =
    ObjectSet::EMPTY.with(Object::IdleThreads).with(Object::AllThreads).with(Object::StopWait).bits();

/// What nobody writes without `sched.lock`.
const GUARDED_WRITES: u128 = GUARDED
    | ObjectSet::EMPTY.with(Object::IdleProcs).with(Object::GcWaiting).with(Object::SysmonWait).bits();

/// What the first look of `traceAcquire` touches: whether tracing is on. If it is, a second look follows that settles
/// it. To look first and then have tracing stop comes to the same as to look when it has stopped.
const GLANCE: Touch = Touch { reads: ObjectSet::EMPTY.with(Object::TracingOff).bits(), writes: 0 };

/// In a race with the store of the generation.
const ENDS_LATE: Touch = Touch { reads: ObjectSet::EMPTY.with(Object::Generation).bits(), writes: 0 };

/// In a race with others of the same kind.
const GIVES_LAST: Touch = Touch { reads: 0, writes: LAST_TOKEN };

/// Which way a step can be moved past steps of other threads without a change to what anybody finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mover {
    /// To later.
    Right,
    /// To earlier.
    Left,
    /// To both.
    Both,
    /// Neither, as far as is known.
    Neither,
}

/// A step of a thread, as the reduction sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) thread: ThreadId,
    pub(super) pending: Pending,
    pub(super) mover: Mover,
    /// What it touches.
    touch: Touch,
    /// Of that, where no step that comes later can have come before it.
    settled: u128,
    /// It looks whether a thread has given its token back.
    polls: bool,
    /// It gives its token back after the generation has ended, which may end the execution.
    ends: bool,
    holds_sched_lock: bool,
    words: Words,
}

impl Step {
    /// The step that `thread` is about to take.
    pub(super) fn next(enabled: &Enabled<'_>, thread: ThreadId, pending: Pending) -> Self {
        let token_holders = enabled.token_holders();
        let unlocks = pending.verb == Verb::Unlock && LOCKS.contains(&pending.object);
        let returns = gives_token_back(&pending, token_holders);
        let object = ObjectSet::EMPTY.with(pending.object).bits();
        let mut step = Self {
            thread,
            pending,
            mover: Mover::Neither,
            touch: touch_before(&pending).and(Monitor::touch(&pending)),
            settled: if unlocks || returns { object } else { 0 },
            polls: polls(&pending).is_some(),
            ends: returns && enabled.generation() == Generation::OFF,
            holds_sched_lock: enabled.holder(Object::SchedLock) == Some(thread),
            words: Words::before(enabled, &pending),
        };
        if enabled.generation() != Generation::OFF && step.touch == GLANCE {
            step.touch = Touch::NOTHING;
        }
        step.mover = step.find_mover();
        if returns {
            step.mover = Mover::Left;
        }
        step
    }

    fn find_mover(&self) -> Mover {
        let takes_token = matches!(self.pending.object, Object::ThreadSeqlock(_));
        match self.pending.verb {
            Verb::Lock if LOCKS.contains(&self.pending.object) => Mover::Right,
            Verb::Unlock if LOCKS.contains(&self.pending.object) => Mover::Left,
            Verb::Add if takes_token => Mover::Right,
            _ if self.touch == Touch::NOTHING || self.is_guarded() => Mover::Both,
            _ => Mover::Neither,
        }
    }

    /// Whether nobody else touches anything of it meanwhile, for want of `sched.lock`.
    const fn is_guarded(&self) -> bool {
        let Touch { reads, writes } = self.touch;
        self.holds_sched_lock && reads & !GUARDED_WRITES == 0 && writes & !GUARDED == 0
    }

    /// The step has been taken. Says whether it kept to what it is held to be guarded by.
    pub(super) fn was_taken(&mut self, after: &Enabled<'_>, monitor: &Monitor) -> bool {
        let next = after.pending(self.thread);
        let mut touch = self.words.touch_after(&self.pending, after);
        let guarded = touch.writes & GUARDED_WRITES | touch.reads & GUARDED;
        let keeps = guarded == 0 || self.holds_sched_lock;
        touch = touch.and(monitor.touch_of_taken(self.thread, &self.pending, after.only_read()));
        let is_glance = self.touch == Touch::NOTHING && touch == GLANCE;
        if is_glance || next.is_some_and(|next| asks_before_cas(&self.pending, &next)) {
            touch = Touch::NOTHING;
        }
        self.touch = touch;
        if self.mover == Mover::Neither {
            self.mover = self.find_mover();
        }
        keeps
    }
}

/// What a step that is to come says it touches, with all that a signature depends on.
pub(super) fn touch_at_most(pending: &Pending) -> Touch {
    said(pending).and(Monitor::touch(pending))
}

/// The same of the last step, with all that its thread did before it wanted the next.
pub(super) fn touched_at_most(after: &Enabled<'_>, pending: &Pending) -> Touch {
    let touch = touch_at_most(pending).and(touch_besides(after));
    if after.only_read() { touch.reading() } else { touch }
}

/// Whether a thread looks at a word only to try a compare-and-swap of it next, and what it saw lets it try. To see
/// that, and fail because somebody comes in between, is to see what that one has made of it.
fn asks_before_cas(look: &Pending, next: &Pending) -> bool {
    look.verb == Verb::Load && next.verb == Verb::Cas && look.object == next.object
}

/// What a thread does that cannot go on in a state, as something to come.
pub(super) fn touch_of_waiting(pending: &Pending) -> Touch {
    let touch = touch_before(pending).and(Monitor::touch(pending));
    let unlocks = pending.verb == Verb::Unlock && LOCKS.contains(&pending.object);
    if unlocks { touch.without(ObjectSet::EMPTY.with(pending.object).bits()) } else { touch }
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

/// What a thread does without a break: steps of which at most one, with all others on their side of it, cannot be
/// moved next to the others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Taken {
    /// The slot of its thread.
    pub(super) thread: usize,
    /// Where a step that comes later could as well have come before.
    pub(super) race: Touch,
    /// Where a step that comes before could as well have come later.
    pub(super) coming: Touch,
    /// What orders it before steps that come later.
    pub(super) orders: Touch,
    /// What orders it after steps that come before.
    pub(super) ordered: Touch,
    /// Only steps that can be moved to later yet.
    rightward: bool,
}

impl Taken {
    /// No step yet.
    pub(super) const fn nothing(thread: ThreadId) -> Self {
        let none = Touch::NOTHING;
        let thread = thread.0 as usize;
        Self { thread, race: none, coming: none, orders: none, ordered: none, rightward: true }
    }

    pub(super) fn add(&mut self, step: &Step) {
        let free = step.touch.without(step.settled);
        if !step.polls {
            self.race = self.race.and(free);
            self.orders = self.orders.and(step.touch);
        }
        if step.pending.verb == Verb::Unlock {
            // Taken and given back without a break, a lock keeps nobody out: only what was done meanwhile counts.
            self.race = self.race.without(step.settled);
            self.orders = match self.coming.writes & step.settled {
                0 => self.orders,
                _ => self.orders.without(step.settled),
            };
        }
        self.coming = self.coming.and(free);
        if step.ends {
            // What the thread does next is not explored where the execution ends with this; it is where the token is
            // given back before the generation ends, or where another thread gives its own back later. Both are tried
            // for that.
            self.race = self.race.and(GIVES_LAST);
            self.coming = self.coming.and(ENDS_LATE).and(GIVES_LAST);
        }
        self.ordered = self.ordered.and(step.touch);
        self.rightward &= matches!(step.mover, Mover::Right | Mover::Both);
    }

    /// Whether the thread goes on with `next` before anybody else does anything: all executions are as good as one
    /// in which it does.
    pub(super) fn goes_on_with(&self, next: &Step) -> bool {
        self.rightward || matches!(next.mover, Mover::Left | Mover::Both)
    }
}
