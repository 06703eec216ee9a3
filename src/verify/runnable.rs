//! Says which threads an exploration lets go on in a state, and which of them it tries first.

use super::step::polls_in_vain;
use super::store::Fingerprint;
use super::visitor::Reduction;
use procsteal_reference::{Enabled, Op, Scenario, ThreadId};

/// The thread of sysmon.
pub(super) const SYSMON: ThreadId = ThreadId(1);

/// The threads that are let go on: sysmon not before tracing is on, if the scenario begins with its start.
pub(super) fn runnable(enabled: &Enabled<'_>, scenario: &Scenario, reduction: Reduction) -> u16 {
    let mut all = enabled.runnable_mask();
    let without = all & !(1 << SYSMON.0);
    if sysmon_waits(scenario) && without != 0 && !enabled.goroutines_were_made() {
        all = without;
    }
    let holders = enabled.token_holders();
    if reduction == Reduction::PartialOrder && holders != 0 {
        let in_vain = |thread: &ThreadId| {
            enabled.pending(*thread).is_some_and(|pending| polls_in_vain(&pending, holders))
        };
        let waiting = enabled.runnable().filter(in_vain).fold(0, |mask, thread| mask | 1 << thread.0);
        if all & !waiting != 0 {
            all &= !waiting;
        }
    }
    all
}

/// Whether sysmon is to begin only when there is a goroutine besides main: tracing has been started by then.
pub(super) fn sysmon_waits(scenario: &Scenario) -> bool {
    let begins_traced = scenario.goroutines.first().and_then(|main| main.first()) == Some(&Op::TraceStart);
    begins_traced && scenario.goroutines.len() > 1
}

/// Which thread is tried first in a state. What is found does not depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum First {
    /// The one that goes on by default, but once tracing is stopped one that has no token.
    Usual,
    /// Any, by this seed.
    #[cfg(test)]
    ByChance(u64),
}

impl First {
    /// The thread to go on with first.
    #[cfg_attr(not(test), allow(unused_variables, reason = "what is done by chance depends on the state"))]
    pub(super) fn choice(
        self,
        enabled: &Enabled<'_>,
        runnable: u16,
        stopping: bool,
        state: Fingerprint,
    ) -> ThreadId {
        match self {
            Self::Usual => usual_choice(enabled, runnable, stopping),
            #[cfg(test)]
            Self::ByChance(seed) => super::tests::any_of(runnable, state as u64, seed),
        }
    }
}

/// Once tracing is stopped, a thread that has no token: the execution ends when the last is given back, and before that all
/// else has to be tried. With that done first, of what the others do only what races is.
fn usual_choice(enabled: &Enabled<'_>, runnable: u16, stopping: bool) -> ThreadId {
    let others = runnable & !enabled.token_holders();
    let among = if stopping && others != 0 { others } else { runnable };
    let default = enabled.default_choice();
    if among & 1 << default.0 != 0 { default } else { ThreadId(among.trailing_zeros() as u8) }
}
