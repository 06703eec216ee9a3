//! What steps have told each stack: with the shared state, all that says where it stands.

use super::executor::Executor;
use crate::ids::GoId;
use crate::limits::MAX_THREADS;
use crate::runtime::Stack;
use std::cell::Cell;

/// By stack, a digest of all that steps told it since its last checkpoint.
#[derive(Debug, Default)]
pub(crate) struct Histories {
    stacks: [Cell<u64>; Stack::COUNT],
    /// By thread, what its stack had been told before the rounds of a loop.
    before_rounds: [Cell<u64>; MAX_THREADS],
}

impl Histories {
    pub(super) fn reset(&self) {
        self.stacks.iter().for_each(|history| history.set(0));
    }

    /// The digest of one stack.
    pub(super) fn of(&self, stack: Stack) -> &Cell<u64> {
        &self.stacks[stack.index()]
    }
}

/// All of these are about the thread that runs now, and do nothing when nobody watches.
impl Executor {
    fn history(&self) -> &Cell<u64> {
        self.histories.of(self.stack_of(self.current()))
    }

    /// The position of the thread's system stack is now told by the shared state alone; `place` says which position.
    pub(crate) fn checkpoint(&self, place: u64) {
        if self.watched.get() {
            self.histories.of(Stack::system(self.current())).set(place);
        }
    }

    /// The same for a goroutine's stack.
    pub(crate) fn checkpoint_goroutine(&self, goroutine: GoId, place: u64) {
        if self.watched.get() {
            self.histories.of(Stack::goroutine(goroutine)).set(place);
        }
    }

    /// What steps have told the stack that the thread is on.
    #[inline(always)]
    pub(crate) fn told(&self) -> u64 {
        if self.watched.get() { self.history().get() } else { 0 }
    }

    /// Of what steps told the stack since it had been told `before`, only `result` matters from now on.
    #[inline(always)]
    pub(crate) fn keep_only(&self, before: u64, result: u64) {
        if self.watched.get() {
            self.history().set(mix(mix(before, RESULT), result));
        }
    }

    /// A loop begins whose rounds know nothing of each other.
    pub(crate) fn begin_rounds(&self) {
        self.histories.before_rounds[self.current().0 as usize].set(self.told());
    }

    /// A round of that loop begins.
    pub(crate) fn begin_round(&self, round: u64) {
        self.keep_only(self.histories.before_rounds[self.current().0 as usize].get(), round);
    }

    /// What a step told the thread, or what it carries on in a local variable from a look at something that no step
    /// told it. Every step has a call: inlined, it would make the model's code much longer.
    #[inline(never)]
    pub(crate) fn remember(&self, value: u64) {
        if self.watched.get() {
            let history = self.history();
            history.set(mix(history.get(), value));
        }
    }
}

/// Folds `value` into a digest.
pub(crate) fn mix(digest: u64, value: u64) -> u64 {
    (digest.rotate_left(5) ^ value.wrapping_add(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// Stands in a stack's history before what a piece of work came to, in place of what it was told meanwhile.
const RESULT: u64 = 0x5245_5355_4C54;
