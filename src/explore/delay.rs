//! Delays: a few switches, at accesses to the objects of the protocol, in threads that take turns fairly.
//!
//! Bounding the number of delays is due to Emmi, Qadeer and Rakamarić (Delay-Bounded Scheduling, POPL 2011); placing
//! them at accesses that can conflict, to Sen (Race Directed Random Testing of Concurrent Programs, PLDI 2008).

use super::alarms::Alarms;
use super::profile::status_and_generation;
use super::{Input, Profile, Rng, Strategy, StrategyKind};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Chooser, Enabled, ObjectSet, ThreadId};

/// Delays in one execution, at most.
const MAX_DELAYS: u32 = 3;

/// A thread runs on until it blocks, or until it is about to take one of a few steps drawn beforehand: then any other
/// thread goes on, each as likely as the others.
///
/// For each delay first a thread is drawn and then one of its accesses, so that sysmon's few steps are met as often
/// as main's many. In half of the executions a thread that can run for the first time goes on at once, and in half sleeping threads wake
/// by themselves.
#[derive(Debug)]
pub struct Delay {
    rng: Rng,
    selected: Option<ObjectSet>,
    /// Before which of its selected accesses a thread is delayed.
    delays: Vec<(ThreadId, u32)>,
    /// For each thread, the step that was counted last, plus one.
    looked_at: [u32; MAX_THREADS],
    /// For each thread, how many selected accesses it has come to.
    accesses: [u32; MAX_THREADS],
    is_eager: bool,
    has_alarms: bool,
    alarms: Alarms,
}

impl Default for Delay {
    fn default() -> Self {
        Self {
            rng: Rng::new(0, 0),
            selected: None,
            delays: Vec::new(),
            looked_at: [0; MAX_THREADS],
            accesses: [0; MAX_THREADS],
            is_eager: false,
            has_alarms: false,
            alarms: Alarms::default(),
        }
    }
}

impl Delay {
    /// Draws a thread for each delay, another than for the last one if there is another, and then one of its accesses.
    fn draw_delays(&mut self, profile: &Profile) {
        let counts = profile.counts(self.selected);
        let mut threads: Vec<usize> = (0..MAX_THREADS).filter(|slot| counts[*slot] > 0).collect();
        self.delays.clear();
        let mut last = None;
        for _ in 0..1 + self.rng.below(MAX_DELAYS) {
            let at = self.rng.index(threads.len());
            if threads.is_empty() {
                return;
            }
            let slot = threads.swap_remove(at);
            threads.extend(last.replace(slot));
            // One more than was counted: what is switched may take more steps than what is not.
            self.delays.push((ThreadId(slot as u8), 1 + self.rng.below(counts[slot] + 1)));
            if threads.is_empty() {
                threads.extend(last.take());
            }
        }
    }

    fn is_delayed(&mut self, enabled: &Enabled<'_>, thread: ThreadId) -> bool {
        let slot = thread.0 as usize;
        let step = enabled.steps_of(thread) + 1;
        let access = enabled.next_access(thread);
        let selected = self.selected.is_none_or(|set| set.meets(access.reads) || set.meets(access.writes));
        if self.looked_at[slot] == step || !selected {
            return false;
        }
        self.looked_at[slot] = step;
        self.accesses[slot] += 1;
        self.delays.contains(&(thread, self.accesses[slot]))
    }

    fn other_than(&mut self, enabled: &Enabled<'_>, delayed: ThreadId) -> ThreadId {
        let others = enabled.runnable_count() - u32::from(enabled.is_runnable(delayed));
        let nth = self.rng.below(others) as usize;
        enabled.runnable().filter(|thread| *thread != delayed).nth(nth).unwrap_or(delayed)
    }
}

impl Chooser for Delay {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let newcomer = |thread: &ThreadId| enabled.steps_of(*thread) == 0;
        let mut chosen = enabled.default_choice();
        if self.has_alarms
            && let Some(thread) = self.alarms.ringing(enabled, &mut self.rng)
        {
            chosen = thread;
        } else if self.is_eager
            && let Some(thread) = enabled.runnable().find(newcomer)
        {
            chosen = thread;
        }
        if self.is_delayed(enabled, chosen) {
            chosen = self.other_than(enabled, chosen);
        }
        (chosen, 0)
    }
}

impl Strategy for Delay {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Delay
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        self.rng = input.rng.clone();
        self.is_eager = self.rng.one_in(2);
        self.has_alarms = self.rng.one_in(2);
        self.alarms.reset(input.profile.steps());
        self.selected = match self.rng.below(3) {
            0 => input.profile.select(&mut self.rng),
            _ => Some(status_and_generation()),
        };
        self.draw_delays(input.profile);
        self.looked_at = [0; MAX_THREADS];
        self.accesses = [0; MAX_THREADS];
    }
}
