//! Writes a run down as a schedule: every decision that is not the default one becomes a switch.

use procsteal_reference::limits::MAX_SWITCHES;
use procsteal_reference::{Chooser, Enabled, Switch, ThreadId};

/// Lets a chooser choose, and notes its switches. A decision that no schedule could hold is not carried out, so that
/// the switches always replay the run.
pub struct Recorder<'a> {
    chooser: &'a mut dyn Chooser,
    switches: &'a mut Vec<Switch>,
}

impl<'a> Recorder<'a> {
    /// Appends the switches of `chooser` to `switches`, in the order in which they happen.
    pub fn new(chooser: &'a mut dyn Chooser, switches: &'a mut Vec<Switch>) -> Self {
        Self { chooser, switches }
    }
}

impl Chooser for Recorder<'_> {
    /// Strategies look at what threads want next, not at states.
    fn reads_states(&self) -> bool {
        false
    }

    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let default = enabled.default_choice();
        let (to, further) = self.chooser.choose(enabled);
        if to == default {
            return (to, further);
        }
        match enabled.switch_to(to) {
            Some(switch) if self.switches.len() < MAX_SWITCHES => {
                self.switches.push(switch);
                (to, further)
            }
            _ => (default, u32::MAX),
        }
    }
}
