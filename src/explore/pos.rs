//! POS: partial order sampling (Yuan, Yang, Gu: Partial Order Aware Concurrency Sampling, CAV 2018).

use super::alarms::Alarms;
use super::{Input, Rng, Strategy, StrategyKind};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Chooser, Enabled, ThreadId};

/// Every next step has a random priority and the highest goes first; the next steps that conflict with the one that
/// was taken draw theirs anew. Sleeping threads wake at random.
#[derive(Debug)]
pub struct Pos {
    rng: Rng,
    alarms: Alarms,
    /// Of each thread's next step; 0 is not drawn yet.
    priorities: [u32; MAX_THREADS],
}

impl Default for Pos {
    fn default() -> Self {
        Self { rng: Rng::new(0, 0), alarms: Alarms::default(), priorities: [0; MAX_THREADS] }
    }
}

impl Chooser for Pos {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let mut best = (0, enabled.default_choice());
        for thread in enabled.runnable() {
            if !self.alarms.may_run(enabled, thread, &mut self.rng) {
                continue;
            }
            let priority = &mut self.priorities[thread.0 as usize];
            if *priority == 0 {
                *priority = 1 + self.rng.below(u32::MAX);
            }
            if *priority > best.0 {
                best = (*priority, thread);
            }
        }
        let chosen = best.1;
        let taken = enabled.next_access(chosen);
        for slot in 0..MAX_THREADS as u8 {
            let thread = ThreadId(slot);
            // The access of a thread that has not begun, or has ended, is none or past: redrawing then says nothing.
            if thread == chosen || enabled.next_access(thread).conflicts(taken) {
                self.priorities[slot as usize] = 0;
            }
        }
        (chosen, 0)
    }
}

impl Strategy for Pos {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Pos
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        self.rng = input.rng.clone();
        self.alarms.reset(input.profile.steps());
        self.priorities = [0; MAX_THREADS];
    }
}
