//! The schedule of an execution, from the threads of its steps.

use super::super::runnable::SYSMON;
use procsteal_reference::{Chooser, Enabled, Model, Scenario, Schedule, Switch, ThreadId, Variant};

/// The schedule whose run takes these choices, and then goes on by the fixed rule, sysmon before the others.
pub(in super::super) fn schedule_of(
    scheduler: &Variant,
    scenario: &Scenario,
    choices: &[ThreadId],
) -> Schedule {
    let mut transcript = Transcript { choices, switches: Vec::new() };
    // A run that fails fails again when its schedule is run.
    let _fault = Model::new().run_with(scheduler, scenario, &mut transcript).err();
    Schedule { scenario: scenario.clone(), switches: transcript.switches }
}

/// Notes where choices differ from the fixed rule.
struct Transcript<'a> {
    choices: &'a [ThreadId],
    switches: Vec<Switch>,
}

impl Chooser for Transcript<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let default = enabled.default_choice();
        let chosen = match self.choices.get(enabled.steps() as usize) {
            Some(choice) => *choice,
            // A steal that sysmon has begun is brought to its end: it is part of the signature.
            None if enabled.is_runnable(SYSMON) => SYSMON,
            None => default,
        };
        if chosen != default {
            self.switches.extend(enabled.switch_to(chosen));
        }
        (chosen, 0)
    }
}
