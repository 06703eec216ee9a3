//! Follows a schedule: threads run on until they block or a switch stands at their step.

use super::chooser::{Chooser, Enabled};
use crate::ids::ThreadId;
use crate::limits::MAX_THREADS;
use crate::schedule::{Schedule, Switch};

/// The switches away from one thread, in the order of their steps.
#[derive(Debug)]
struct OfThread {
    switches: Vec<Switch>,
    /// How many of them are past.
    consumed: usize,
    /// At which step the next one stands; [`NONE_LEFT`] if there is none.
    next_at: u32,
}

/// A step that no thread ever comes to.
const NONE_LEFT: u32 = u32::MAX;

impl Default for OfThread {
    fn default() -> Self {
        Self { switches: Vec::new(), consumed: 0, next_at: NONE_LEFT }
    }
}

impl OfThread {
    /// Takes the next switch.
    fn consume(&mut self) -> Option<Switch> {
        let switch = self.switches.get(self.consumed).copied();
        self.consumed += 1;
        self.next_at = self.switches.get(self.consumed).map_or(NONE_LEFT, |next| u32::from(next.step));
        switch
    }

    /// Passes the switches before this step. They say nothing any more: they were passed while the thread could not be
    /// asked, as at its very start.
    #[inline(always)]
    fn pass(&mut self, step: u32) {
        while self.next_at < step {
            self.consume();
        }
    }
}

/// Follows the switches of a schedule: a thread runs on until it blocks or a switch stands at its step.
#[derive(Debug, Default)]
pub struct Follow {
    threads: [OfThread; MAX_THREADS],
}

impl Follow {
    /// Takes the switches of `schedule`, keeping allocations of earlier schedules.
    pub fn load(&mut self, schedule: &Schedule) {
        for of_thread in &mut self.threads {
            of_thread.switches.clear();
            of_thread.consumed = 0;
            of_thread.next_at = NONE_LEFT;
        }
        let (mut in_order, mut last_steps) = (true, [0; MAX_THREADS]);
        for switch in &schedule.switches {
            let slot = switch.thread.0 as usize % MAX_THREADS;
            let of_thread = &mut self.threads[slot];
            of_thread.switches.push(*switch);
            of_thread.next_at = of_thread.next_at.min(u32::from(switch.step));
            in_order &= last_steps[slot] <= switch.step;
            last_steps[slot] = switch.step;
        }
        if !in_order {
            for of_thread in &mut self.threads {
                of_thread.switches.sort_by_key(|switch| switch.step);
            }
        }
    }
}

impl Chooser for Follow {
    fn reads_states(&self) -> bool {
        false
    }

    fn reads_accesses(&self) -> bool {
        false
    }

    #[inline(always)]
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let steps = enabled.steps_of(enabled.current);
        let of_current = &mut self.threads[enabled.current.0 as usize];
        of_current.pass(steps);
        let mut chosen = enabled.default_choice();
        while of_current.next_at == steps {
            if let Some(switch) = of_current.consume()
                && enabled.is_runnable(switch.to)
            {
                chosen = switch.to;
                break;
            }
        }
        let steps = enabled.steps_of(chosen);
        let of_chosen = &mut self.threads[chosen.0 as usize];
        // The step now granted comes first; a switch that stands right here has been looked at.
        of_chosen.pass(steps + 1);
        (chosen, of_chosen.next_at - steps - 1)
    }
}
