//! URW and SURW: (selectively) uniform random walk (Zhao et al.: Selectively Uniform Concurrency Testing, ASPLOS 2025).

use super::{Input, Rng, Strategy, StrategyKind};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Chooser, Enabled, ObjectSet, ThreadId};

/// Draws the thread that takes the next selected step by how many of them each still has, so that every order of
/// these steps is about as likely as any other. That thread then runs up to and including the step.
///
/// Which steps are selected is drawn for each execution: all of them (URW), or those on a few contested objects
/// (SURW). How many each thread has is taken from the scenario's profile.
#[derive(Debug)]
pub struct Urw {
    rng: Rng,
    selected: Option<ObjectSet>,
    remaining: [u32; MAX_THREADS],
    intended: Option<ThreadId>,
}

impl Default for Urw {
    fn default() -> Self {
        Self { rng: Rng::new(0, 0), selected: None, remaining: [0; MAX_THREADS], intended: None }
    }
}

impl Urw {
    fn is_selected(&self, enabled: &Enabled<'_>, thread: ThreadId) -> bool {
        let access = enabled.next_access(thread);
        self.selected.is_none_or(|set| set.meets(access.reads) || set.meets(access.writes))
    }

    fn draw(&mut self, enabled: &Enabled<'_>) -> ThreadId {
        let mut weights = [0; MAX_THREADS];
        for thread in enabled.runnable() {
            // A thread whose count was too low by one still has at least the step it stands before.
            weights[thread.0 as usize] = self.remaining[thread.0 as usize].max(1);
        }
        ThreadId(self.rng.weighted(&weights) as u8)
    }

    /// A thread to run while the intended one is blocked: preferably one that comes to no selected step by that.
    fn meanwhile(&mut self, enabled: &Enabled<'_>) -> Option<ThreadId> {
        let current = enabled.current;
        let free = |thread: &ThreadId| !enabled.is_asleep(*thread) && !self.is_selected(enabled, *thread);
        if enabled.is_runnable(current) && free(&current) {
            return Some(current);
        }
        let count = enabled.runnable().filter(free).count();
        let nth = self.rng.index(count);
        let free = |thread: &ThreadId| !enabled.is_asleep(*thread) && !self.is_selected(enabled, *thread);
        enabled.runnable().filter(free).nth(nth)
    }
}

impl Chooser for Urw {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let intended = match self.intended {
            Some(thread) if enabled.is_runnable(thread) => thread,
            Some(_) => match self.meanwhile(enabled) {
                Some(thread) => return (thread, 0),
                None => self.draw(enabled),
            },
            None => self.draw(enabled),
        };
        self.intended = Some(intended);
        if self.is_selected(enabled, intended) {
            let remaining = &mut self.remaining[intended.0 as usize];
            *remaining = remaining.saturating_sub(1);
            self.intended = None;
        }
        (intended, 0)
    }
}

impl Strategy for Urw {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Urw
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        self.rng = input.rng.clone();
        self.selected = input.profile.select(&mut self.rng);
        self.remaining = input.profile.counts(self.selected);
        self.intended = None;
    }
}
