//! What "smaller" means: one total order on schedules.

use procsteal_reference::{Op, Schedule, Threads};
use serde::{Deserialize, Serialize};

/// How many parts a schedule has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Size {
    /// Goroutines, main included.
    pub goroutines: usize,
    /// Operations of all goroutines.
    pub ops: usize,
    /// Rounds of sysmon.
    pub sysmon_rounds: usize,
    /// Threads that Go did not make, and their callbacks.
    #[serde(default)]
    pub foreign: usize,
    /// Switches.
    pub switches: usize,
}

impl Size {
    /// The size of a schedule.
    #[must_use]
    pub fn of(schedule: &Schedule) -> Self {
        let scenario = &schedule.scenario;
        Self {
            goroutines: scenario.goroutines.len(),
            ops: scenario.goroutines.iter().map(Vec::len).sum(),
            sysmon_rounds: scenario.sysmon.len(),
            foreign: scenario.foreign.iter().map(|thread| 1 + usize::from(thread.callbacks)).sum(),
            switches: schedule.switches.len(),
        }
    }

    /// All parts together: what can be left out one by one.
    #[must_use]
    pub const fn parts(&self) -> usize {
        self.goroutines + self.ops + self.sysmon_rounds + self.foreign + self.switches
    }
}

/// The order in which schedules are small: by parts, then by how simple these are, then by their numbers, then by
/// their text, so that no two different schedules are equally small.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cost {
    parts: usize,
    ops: u32,
    sysmon_bits: u32,
    procs: u8,
    threads: u8,
    steps: u32,
    text: String,
}

impl Cost {
    /// The cost of a schedule.
    #[must_use]
    pub fn of(schedule: &Schedule) -> Self {
        let scenario = &schedule.scenario;
        let bits = |set: u8| set.count_ones();
        Self {
            parts: Size::of(schedule).parts(),
            ops: scenario.goroutines.iter().flatten().map(op_cost).sum(),
            // To retake is simpler than to preempt, which does that and more.
            sysmon_bits: scenario
                .sysmon
                .iter()
                .map(|round| bits(round.retake.0) + 2 * bits(round.preempt.0))
                .sum(),
            procs: scenario.procs.0,
            // As many threads as there may be is what a schedule has that does not speak of them.
            threads: Threads::default().0 - scenario.threads.0,
            steps: schedule.switches.iter().map(|switch| u32::from(switch.step)).sum(),
            text: schedule.to_string(),
        }
    }

    /// Whether the scenario of this schedule, which has as many switches as the other, is as simple as the other's or
    /// simpler.
    pub(super) fn has_no_larger_scenario(&self, other: &Self) -> bool {
        let of = |cost: &Self| (cost.parts, cost.ops, cost.sysmon_bits, cost.procs, cost.threads);
        of(self) <= of(other)
    }
}

/// Keeps the smaller of the two; says whether that is the one that was found.
pub(super) fn keep_smaller(best: &mut Option<Schedule>, found: Schedule) -> bool {
    let is_smaller = best.as_ref().is_none_or(|best| Cost::of(&found) < Cost::of(best));
    if is_smaller {
        *best = Some(found);
    }
    is_smaller
}

/// Operations from the simplest on; those that only main can do come after what it can do as well.
pub(super) fn op_cost(op: &Op) -> u32 {
    match op {
        Op::Syscall => 1,
        Op::Gosched => 2,
        Op::SyscallBlock => 3,
        Op::TraceAdvance => 4,
        Op::TraceStop => 5,
        Op::TraceStart => 6,
        Op::StopTheWorld => 7,
        Op::NetworkWait => 8,
        Op::Park => 9,
        Op::Go(target) => 10 + u32::from(target.0),
        Op::Ready(target) => 20 + u32::from(target.0),
        Op::Gomaxprocs(procs) => 40 + u32::from(procs.0),
    }
}
