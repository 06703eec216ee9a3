//! Switches by the places of the model at which they happen, which outlast changes of the scenario.

use crate::execution::Bench;
use procsteal_reference::{Chooser, Enabled, Follow, Schedule, ThreadId, Variant};
use std::panic::Location;

type Place = &'static Location<'static>;

/// Where a switch happens, and to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    /// What the thread that stops was about to do.
    before: Place,
    /// How many times a running thread has been about to do it since the last switch, this time included.
    occurrence: usize,
    to: ThreadId,
    /// What the thread that goes on was about to do.
    to_place: Place,
}

/// The anchors of a schedule's switches, in the order in which they happen.
pub(super) fn anchors_of(bench: &mut Bench, scheduler: &Variant, schedule: &Schedule) -> Vec<Anchor> {
    let mut follow = Follow::default();
    follow.load(schedule);
    let mut dropper = Dropper { follow, places: Vec::new(), anchors: Vec::new() };
    // Only the anchors count here: what the run comes to is known.
    let _execution = bench.execute_with(scheduler, &schedule.scenario, &mut dropper);
    dropper.anchors
}

/// Drops an anchor at every switch that it follows.
struct Dropper {
    follow: Follow,
    places: Vec<Place>,
    anchors: Vec<Anchor>,
}

impl Chooser for Dropper {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let (to, _) = self.follow.choose(enabled);
        let before = enabled.next_site(enabled.current);
        self.places.push(before);
        if to != enabled.default_choice() {
            let occurrence = self.places.iter().filter(|place| **place == before).count();
            self.anchors.push(Anchor { before, occurrence, to, to_place: enabled.next_site(to) });
            self.places.clear();
        }
        (to, 0)
    }
}

/// Switches where anchors say.
pub(super) struct Anchored<'a> {
    anchors: &'a [Anchor],
    seen: usize,
}

impl<'a> Anchored<'a> {
    pub(super) fn new(anchors: &'a [Anchor]) -> Self {
        Self { anchors, seen: 0 }
    }
}

impl Chooser for Anchored<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let default = enabled.default_choice();
        let Some(anchor) = self.anchors.first() else { return (default, u32::MAX) };
        if enabled.next_site(enabled.current) == anchor.before {
            self.seen += 1;
        }
        if self.seen < anchor.occurrence {
            return (default, 0);
        }
        let is_there = |thread: &ThreadId| enabled.next_site(*thread) == anchor.to_place;
        let same = Some(anchor.to).filter(|to| enabled.is_runnable(*to) && is_there(to));
        match same.or_else(|| enabled.runnable().find(is_there)) {
            Some(to) => {
                self.anchors = &self.anchors[1..];
                self.seen = 0;
                (to, 0)
            }
            None => (default, 0),
        }
    }
}
