//! When sleeping threads wake: at a step drawn when they fall asleep, so that sysmon's rounds fall anywhere in a run.

use super::Rng;
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Chooser, Enabled, ThreadId};

/// How long a run is taken to be before one was seen, in steps: about the median.
const USUAL_LENGTH: u32 = 300;

/// An alarm for each thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Alarms {
    /// For which of the thread's steps it was set, and on which step of the run it goes off.
    set: [Option<(u32, u32)>; MAX_THREADS],
    /// About how many steps the run takes.
    length: u32,
}

impl Alarms {
    pub(super) fn reset(&mut self, length: u32) {
        *self = Self { set: Default::default(), length };
    }

    /// Whether the thread may go on. Threads that do not sleep always may.
    pub(super) fn may_run(&mut self, enabled: &Enabled<'_>, thread: ThreadId, rng: &mut Rng) -> bool {
        if !enabled.is_asleep(thread) {
            return true;
        }
        let (now, taken) = (enabled.steps(), enabled.steps_of(thread));
        let alarm = &mut self.set[thread.0 as usize];
        let due = match *alarm {
            Some((step, due)) if step == taken => due,
            _ => {
                let due = now + rng.below(self.length.saturating_sub(now).max(1));
                *alarm = Some((taken, due));
                due
            }
        };
        due <= now
    }

    /// A thread whose alarm goes off.
    pub(super) fn ringing(&mut self, enabled: &Enabled<'_>, rng: &mut Rng) -> Option<ThreadId> {
        enabled.runnable().find(|thread| enabled.is_asleep(*thread) && self.may_run(enabled, *thread, rng))
    }
}

/// Makes no thread switch, but wakes those that sleep: by default they would sleep to the end, and a profile would
/// not know what they do.
pub(crate) struct Wakeful {
    alarms: Alarms,
    rng: Rng,
}

impl Wakeful {
    pub(crate) fn new(rng: Rng) -> Self {
        Self { alarms: Alarms { length: USUAL_LENGTH, ..Alarms::default() }, rng }
    }
}

impl Chooser for Wakeful {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        (self.alarms.ringing(enabled, &mut self.rng).unwrap_or_else(|| enabled.default_choice()), 0)
    }
}
