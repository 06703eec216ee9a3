//! Whether something can be shown from a state that another search has come to: an exploration goes on from there.

use super::super::frame::Leg;
use super::super::monitor::Monitor;
use super::super::shown::Shown;
use super::super::store::Fingerprint;
use super::super::visitor::{Incomplete, Visitor};
use super::Explorer;
use procsteal_reference::{Enabled, Generation, Model};

/// Where an exploration begins.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Root {
    /// How many steps lead to it.
    pub(super) steps: u32,
    /// What the windows are there.
    pub(super) monitor: Monitor,
    /// What executions from it show, as far as they are explored.
    pub(super) shown: Shown,
    /// The exploration ends as soon as one of these is.
    pub(super) wanted: Shown,
}

/// A state that is reached otherwise than by an exploration.
#[derive(Clone, Copy)]
pub(in super::super) struct Elsewhere<'a> {
    pub(in super::super) state: Fingerprint,
    /// How it is reached, and after how many steps.
    pub(in super::super) legs: &'a [Leg],
    pub(in super::super) steps: u32,
    pub(in super::super) monitor: &'a Monitor,
}

/// Whether an exploration from this state meets all that can be shown from it. Once tracing is stopped, what the thread
/// that gives the last token back does next is explored only before the generation ends: where several threads have
/// tokens still, another can be the last, and what the first does after its own can matter.
pub(in super::super) fn is_settled(enabled: &Enabled<'_>) -> bool {
    enabled.generation() != Generation::OFF || enabled.token_holders().count_ones() < 2
}

impl Explorer<'_> {
    /// Whether one of `wanted` is shown by an execution from a state that was reached otherwise. What is explored for
    /// that is kept, as all is.
    pub(in super::super) fn shows(
        &mut self,
        wanted: Shown,
        from: &Elsewhere<'_>,
        model: &mut Model,
        visitor: &mut dyn Visitor,
    ) -> Result<bool, Incomplete> {
        if let Some(known) = self.knows_shown(wanted, from.state) {
            return Ok(known);
        }
        self.legs.clear();
        self.legs.extend_from_slice(from.legs);
        self.root = Root { steps: from.steps, monitor: *from.monitor, shown: Shown::NOTHING, wanted };
        let (_, outcome) = self.run(model, visitor);
        outcome.map(|()| self.root.shown.meets(wanted))
    }

    /// The same, if it is known.
    pub(in super::super) fn knows_shown(&self, wanted: Shown, state: Fingerprint) -> Option<bool> {
        let shown = self.store.shown(state).map(|shown| shown.meets(wanted));
        shown.or_else(|| self.hopeful(state, wanted).map(|_| true))
    }

    /// What is known to be shown from a state that was left before its end, if one of `wanted` is.
    pub(super) fn hopeful(&self, state: Fingerprint, wanted: Shown) -> Option<Shown> {
        self.partly.get(&state).copied().filter(|shown| shown.meets(wanted))
    }

    /// Leaves the path before all of it is explored.
    pub(super) fn abandon(&mut self) {
        while let Some(frame) = self.path.pop() {
            self.store.forget(frame.state);
            let known = self.partly.entry(frame.state).or_default();
            *known = known.and(self.root.shown);
        }
    }
}
