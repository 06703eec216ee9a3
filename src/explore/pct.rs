//! PCT: probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).

use super::alarms::Alarms;
use super::{Input, Rng, Strategy, StrategyKind};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Chooser, Enabled, ObjectSet, ThreadId};

/// Depths of which each execution draws one: a bug of depth d needs d - 1 change points.
const DEPTHS: [u32; 4] = [2, 3, 4, 5];

/// Threads have random priorities, and the first of those that can run goes on. At d - 1 random steps the running
/// thread falls below all others.
///
/// The steps are drawn from those that touch some objects, the same in one execution; sleeping threads wake at random
/// and then have a new priority.
#[derive(Debug)]
pub struct Pct {
    rng: Rng,
    alarms: Alarms,
    /// Higher goes first; 0 is not drawn yet.
    priorities: [u32; MAX_THREADS],
    /// The numbers of selected steps before which the running thread loses its priority, descending.
    changes: Vec<u32>,
    selected: Option<ObjectSet>,
    counted: u32,
    depth: Option<u32>,
}

/// Priorities after a change are below this and fall from change to change; first ones are above.
const FIRST_PRIORITY: u32 = 1 << 16;

impl Default for Pct {
    fn default() -> Self {
        Self {
            rng: Rng::new(0, 0),
            alarms: Alarms::default(),
            priorities: [0; MAX_THREADS],
            changes: Vec::new(),
            selected: None,
            counted: 0,
            depth: None,
        }
    }
}

impl Pct {
    /// PCT with one depth for all executions.
    #[must_use]
    pub fn with_depth(depth: u32) -> Self {
        Self { depth: Some(depth), ..Self::default() }
    }

    fn fresh_priority(&mut self) -> u32 {
        FIRST_PRIORITY + self.rng.below(u32::MAX - FIRST_PRIORITY)
    }

    fn first_by_priority(&mut self, enabled: &Enabled<'_>) -> ThreadId {
        let mut best = (0, enabled.default_choice());
        for thread in enabled.runnable() {
            if enabled.is_asleep(thread) {
                // Whoever wakes has a new priority.
                self.priorities[thread.0 as usize] = 0;
                if !self.alarms.may_run(enabled, thread, &mut self.rng) {
                    continue;
                }
            }
            if self.priorities[thread.0 as usize] == 0 {
                self.priorities[thread.0 as usize] = self.fresh_priority();
            }
            let priority = self.priorities[thread.0 as usize];
            if priority > best.0 {
                best = (priority, thread);
            }
        }
        best.1
    }
}

impl Chooser for Pct {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        loop {
            let thread = self.first_by_priority(enabled);
            let access = enabled.next_access(thread);
            let counts = self.selected.is_none_or(|set| set.meets(access.reads) || set.meets(access.writes));
            if counts {
                self.counted += 1;
                if self.changes.last() == Some(&self.counted) {
                    self.changes.pop();
                    self.priorities[thread.0 as usize] = self.changes.len() as u32 + 1;
                    continue;
                }
            }
            return (thread, 0);
        }
    }
}

impl Strategy for Pct {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Pct
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        self.rng = input.rng.clone();
        self.alarms.reset(input.profile.steps());
        self.priorities = [0; MAX_THREADS];
        self.counted = 0;
        self.selected = input.profile.select(&mut self.rng);
        let depth = self.depth.or_else(|| self.rng.pick(&DEPTHS).copied()).unwrap_or(2);
        let steps = input.profile.count(self.selected);
        self.changes.clear();
        for _ in 1..depth {
            self.changes.push(1 + self.rng.below(steps));
        }
        self.changes.sort_unstable_by(|a, b| b.cmp(a));
        self.changes.dedup();
    }
}
