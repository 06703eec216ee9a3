//! Follows a schedule: threads run on until they block or a switch stands at their step.

use super::chooser::{Chooser, Enabled};
use crate::ids::ThreadId;
use crate::limits::MAX_THREADS;
use crate::schedule::{Schedule, Switch};

/// The switches away from one thread, in the order of their steps, and how many of them are past.
#[derive(Debug, Default)]
struct OfThread {
    switches: Vec<Switch>,
    consumed: usize,
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
        }
        let mut in_order = true;
        for switch in &schedule.switches {
            let switches = &mut self.threads[switch.thread.0 as usize % MAX_THREADS].switches;
            in_order &= switches.last().is_none_or(|last| last.step <= switch.step);
            switches.push(*switch);
        }
        if !in_order {
            for of_thread in &mut self.threads {
                of_thread.switches.sort_by_key(|switch| switch.step);
            }
        }
    }

    /// The first switch of `thread` at or after the step it stands at. Earlier ones were passed while it could not
    /// be asked, as at its very start, and say nothing any more.
    #[inline(always)]
    fn next_switch(&mut self, thread: ThreadId, steps: u32) -> Option<Switch> {
        let OfThread { switches, consumed } = &mut self.threads[thread.0 as usize];
        while let Some(switch) = switches.get(*consumed) {
            if u32::from(switch.step) >= steps {
                return Some(*switch);
            }
            *consumed += 1;
        }
        None
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
            self.threads[current.0 as usize].consumed += 1;
            if enabled.is_runnable(switch.to) {
                chosen = switch.to;
                break;
            }
        }
        (chosen, self.steps_before_switch(chosen, enabled))
    }
}
