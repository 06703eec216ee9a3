//! What executions came to, and those with one more choice against the fixed rule, which begin there.

use super::super::frame::Leg;
use super::super::store::Fingerprint;
use super::walk::{Deviation, Spot, Way};
use procsteal_reference::ThreadId;
use procsteal_reference::limits::MAX_THREADS;
use std::sync::Arc;

/// What an execution came to after its last choice against the rule.
pub(super) struct Trail {
    pub(super) deviations: Vec<Deviation>,
    /// Its states, up to the first that was known.
    pub(super) spots: Vec<Spot>,
    /// How the execution came to the last of them.
    pub(super) legs: Vec<Leg>,
    /// The state that was known, if there was one.
    pub(super) joined: Option<Fingerprint>,
}

impl Trail {
    /// About how many bytes it takes; what the windows are is shared.
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.deviations.capacity() * size_of::<Deviation>()
            + self.spots.capacity() * size_of::<Spot>()
            + self.legs.capacity() * size_of::<Leg>()
    }
}

/// An execution to be tried: one that has left a trail, with one more choice against the rule in a state of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    pub(super) trail: u32,
    pub(super) spot: u32,
    thread: ThreadId,
}

impl Branch {
    /// Whether it lets the same thread go on in an earlier state of the same trail.
    pub(super) fn follows_in_chain(&self, last: &Self) -> bool {
        self.trail == last.trail && self.thread == last.thread && self.spot < last.spot
    }
}

/// Trails of executions with as many choices against the rule, and the executions that begin there. At first there is
/// one, which begins nowhere and has no choices.
pub(super) struct Branches {
    pub(super) trails: Vec<Trail>,
    pub(super) plans: Vec<Option<Branch>>,
    trail_bytes: usize,
}

impl Branches {
    /// The execution that goes by the rule.
    pub(super) fn root() -> Self {
        Self { trails: Vec::new(), plans: vec![None], trail_bytes: 0 }
    }

    /// None, to begin with.
    pub(super) fn none() -> Self {
        Self { trails: Vec::new(), plans: Vec::new(), trail_bytes: 0 }
    }

    /// Adds a trail, and all that begins there: by thread, from the last state to the first.
    pub(super) fn add(&mut self, trail: Trail) {
        let number = self.trails.len() as u32;
        for slot in 0..MAX_THREADS as u8 {
            let spots = trail.spots.iter().enumerate().rev();
            let branches = spots
                .filter(|(_, spot)| spot.others & 1 << slot != 0)
                .map(|(index, _)| Some(Branch { trail: number, spot: index as u32, thread: ThreadId(slot) }));
            self.plans.extend(branches);
        }
        self.trail_bytes += trail.bytes();
        self.trails.push(trail);
    }

    /// Puts the executions in the order of the steps before their last choices; equals stay as they were found.
    pub(super) fn sort(&mut self) {
        let trails = &self.trails;
        let steps = |branch: &Branch| trails[branch.trail as usize].spots[branch.spot as usize].steps;
        self.plans.sort_by_key(|plan| plan.as_ref().map(steps));
    }

    /// Leaves out what begins behind so many spots of each trail.
    pub(super) fn keep_up_to(&mut self, spots: &[usize]) {
        self.plans
            .retain(|plan| plan.is_none_or(|branch| (branch.spot as usize) < spots[branch.trail as usize]));
    }

    /// How an execution goes.
    pub(super) fn way(&self, plan: Option<Branch>) -> Way {
        let Some(Branch { trail, spot, thread }) = plan else { return Way::default() };
        let trail = &self.trails[trail as usize];
        let spot = &trail.spots[spot as usize];
        let mut deviations = Vec::with_capacity(trail.deviations.len() + 1);
        deviations.extend_from_slice(&trail.deviations);
        deviations.push((spot.steps, thread));
        Way { deviations, monitor: Arc::clone(&spot.monitor) }
    }

    /// About how many bytes all of it takes.
    pub(super) fn bytes(&self) -> usize {
        self.trail_bytes + self.plans.capacity() * size_of::<Option<Branch>>()
    }
}
