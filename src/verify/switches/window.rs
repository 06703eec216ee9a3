//! What others do while a thread that could go on is passed over, and which other choices come to the same by that.

use super::super::step::{touch_at_most, touched_at_most};
use super::super::touch::Touch;
use super::trail::{Branch, Branches};
use super::walk::Spot;
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Enabled, Pending, ThreadId};

/// From a choice against the rule to where the thread goes on that would have gone on by the rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    passed_over: ThreadId,
    /// What others touch meanwhile, or wait for at its end.
    touch: Touch,
    is_open: bool,
}

impl Window {
    pub(super) const fn new(passed_over: ThreadId) -> Self {
        Self { passed_over, touch: Touch::NOTHING, is_open: true }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Another thread has taken this step.
    pub(super) fn add(&mut self, after: &Enabled<'_>, pending: &Pending) {
        self.touch = self.touch.and(touched_at_most(after, pending));
    }

    /// This thread is about to go on.
    pub(super) fn goes_on(&mut self, enabled: &Enabled<'_>, thread: ThreadId) {
        if !self.is_open || thread != self.passed_over {
            return;
        }
        let others = (0..MAX_THREADS as u8).map(ThreadId).filter(|other| *other != thread);
        let pending = others.filter_map(|other| enabled.pending(other));
        self.touch = pending.fold(self.touch, |touch, pending| touch.and(touch_at_most(&pending)));
        self.is_open = false;
    }

    /// What others have touched, if the thread that was passed over went on.
    pub(super) fn closed(self) -> Option<Touch> {
        (!self.is_open).then_some(self.touch)
    }
}

/// Executions that let the same thread go on in one state after the other of a trail, from the last state to the first.
///
/// What the thread that is passed over did from one of these states to the next it does after the window in the other
/// execution. If that is independent of all that others did in the window, both come to the same state, in as many steps,
/// when the window ends.
#[derive(Default)]
pub(super) struct Chain {
    last: Option<(Branch, Touch)>,
}

impl Chain {
    /// Whether an execution comes to the same as the last one.
    pub(super) fn covers(&mut self, branches: &Branches, plan: Option<Branch>) -> bool {
        let Some((last, window)) = self.last else { return false };
        let Some(plan) = plan.filter(|plan| plan.follows_in_chain(&last)) else { return false };
        let spots = &branches.trails[plan.trail as usize].spots[plan.spot as usize..=last.spot as usize];
        let covers = spots.windows(2).all(|pair| is_independent(&pair[0], &pair[1], window));
        self.last = covers.then_some((plan, window));
        covers
    }

    /// An execution was walked, and this is what others did until the thread went on that was passed over.
    pub(super) fn walked(&mut self, plan: Option<Branch>, window: Option<Touch>) {
        self.last = plan.zip(window);
    }
}

/// Whether what one thread does from a state to the next one is independent of what others do in a window, and it can do it,
/// and then go on, whatever they do.
fn is_independent(spot: &Spot, next: &Spot, window: Touch) -> bool {
    let (before, after) = (&spot.goes_on, &next.goes_on);
    let goes_on = before.thread == after.thread && before.is_awake && after.does_in_spite_of(window);
    goes_on && !window.conflicts(next.came_by)
}

/// Who goes on in a state by the rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoesOn {
    thread: ThreadId,
    is_awake: bool,
    /// Whatever others do, it can take its step.
    is_free: bool,
    /// What the step says it touches.
    says: Touch,
}

impl GoesOn {
    pub(super) fn of(enabled: &Enabled<'_>, thread: ThreadId) -> Self {
        let says = enabled.pending(thread).map_or(Touch::NOTHING, |pending| touch_at_most(&pending));
        Self { thread, is_awake: !enabled.is_asleep(thread), is_free: enabled.is_free(thread), says }
    }

    /// Whether the thread could still go on if others had touched so much.
    pub(super) fn does_in_spite_of(&self, others: Touch) -> bool {
        self.is_awake && (self.is_free || !others.conflicts(self.says))
    }
}
