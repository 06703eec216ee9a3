//! Follows a schedule: threads run on until they block or a switch stands at their step.

use super::chooser::{Chooser, Enabled};
use crate::ids::ThreadId;
use crate::limits::MAX_THREADS;
use crate::schedule::{Schedule, Switch};

/// Follows the switches of a schedule: a thread runs on until it blocks or a switch stands at its step.
#[derive(Debug, Default)]
pub struct Follow {
    switches: [Vec<Switch>; MAX_THREADS],
    consumed: [usize; MAX_THREADS],
}

impl Follow {
    /// Takes the switches of `schedule`, keeping allocations of earlier schedules.
    pub fn load(&mut self, schedule: &Schedule) {
        for list in &mut self.switches {
            list.clear();
        }
        self.consumed = [0; MAX_THREADS];
        for switch in &schedule.switches {
            self.switches[switch.thread.0 as usize % MAX_THREADS].push(*switch);
        }
        for list in &mut self.switches {
            if !list.is_sorted_by_key(|switch| switch.step) {
                list.sort_by_key(|switch| switch.step);
            }
        }
    }

    /// The first switch of `thread` at or after the step it stands at. Earlier ones were passed while it could not
    /// be asked, as at its very start, and say nothing any more.
    #[inline(always)]
    fn next_switch(&mut self, thread: ThreadId, steps: u32) -> Option<Switch> {
        let slot = thread.0 as usize;
        let list = &self.switches[slot];
        while self.consumed[slot] < list.len() && u32::from(list[self.consumed[slot]].step) < steps {
            self.consumed[slot] += 1;
        }
        list.get(self.consumed[slot]).copied()
    }

    #[inline(always)]
    fn steps_before_switch(&mut self, thread: ThreadId, enabled: &Enabled<'_>) -> u32 {
        let steps = enabled.steps_of(thread);
        // The step now granted comes first; a switch that stands right here has been looked at.
        match self.next_switch(thread, steps + 1) {
            Some(switch) => u32::from(switch.step) - steps - 1,
            None => u32::MAX,
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
        let current = enabled.current;
        let steps = enabled.steps_of(current);
        let mut chosen = enabled.default_choice();
        while let Some(switch) = self.next_switch(current, steps) {
            if u32::from(switch.step) != steps {
                break;
            }
            self.consumed[current.0 as usize] += 1;
            if enabled.is_runnable(switch.to) {
                chosen = switch.to;
                break;
            }
        }
        (chosen, self.steps_before_switch(chosen, enabled))
    }
}
