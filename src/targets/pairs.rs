//! Feedback beyond edges: the pairs of conflicting steps that an execution showed, as counters that an engine reads.

use crate::execution::{Bench, Execution};
use crate::explore::features_of;
use procsteal_reference::{Follow, Schedule, Variant};
use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// With this variable set to `edges`, an engine is given no pairs: to measure what they bring.
const FEEDBACK_VARIABLE: &str = "PROCSTEAL_FEEDBACK";

static COUNTERS: OnceLock<&'static [AtomicU8]> = OnceLock::new();

thread_local! {
    static FOLLOW: RefCell<Follow> = RefCell::new(Follow::default());
}

/// From now on the executions of targets are counted in `counters`: each pair of conflicting steps adds one to the
/// counter that it hashes to. The engine reads the counters after each execution and sets them to zero before the
/// next. libFuzzer takes them from the section `__libfuzzer_extra_counters`.
pub fn count_in(counters: &'static [AtomicU8]) {
    let is_off = std::env::var(FEEDBACK_VARIABLE).is_ok_and(|value| value == "edges");
    if !is_off && !counters.is_empty() {
        // A second call changes nothing: an engine has one set of counters.
        COUNTERS.get_or_init(|| counters);
    }
}

/// Executes a schedule, and counts its pairs if somebody reads them.
pub(super) fn execute(bench: &mut Bench, scheduler: &Variant, schedule: &Schedule) -> Execution {
    let Some(counters) = COUNTERS.get() else { return bench.execute(scheduler, schedule) };
    let (execution, steps) = FOLLOW.with_borrow_mut(|follow| {
        follow.load(schedule);
        bench.execute_logged(scheduler, &schedule.scenario, follow)
    });
    for feature in features_of(&execution, &steps) {
        // The high bits are the well mixed ones.
        let index = (feature.number() >> 32) as usize % counters.len();
        let count = counters[index].load(Ordering::Relaxed);
        counters[index].store(count.saturating_add(1), Ordering::Relaxed);
    }
    execution
}

#[cfg(test)]
mod tests {
    use super::{COUNTERS, count_in, execute};
    use crate::execution::Bench;
    use procsteal_reference::{Schedule, Variant};
    use std::sync::atomic::{AtomicU8, Ordering};

    static TEST_COUNTERS: [AtomicU8; 4096] = [const { AtomicU8::new(0) }; 4096];

    fn shown(schedule: &str) -> Vec<usize> {
        TEST_COUNTERS.iter().for_each(|counter| counter.store(0, Ordering::Relaxed));
        let schedule: Schedule = schedule.parse().unwrap();
        let prefix = Variant::named("prefix").unwrap();
        let logged = execute(&mut Bench::new(), prefix, &schedule);
        let plain = Bench::new().execute(prefix, &schedule);
        assert_eq!(format!("{logged:?}"), format!("{plain:?}"), "counting changes the execution");
        let counts = TEST_COUNTERS.iter().enumerate();
        counts.filter(|(_, count)| count.load(Ordering::Relaxed) > 0).map(|(index, _)| index).collect()
    }

    #[test]
    fn a_switch_shows_in_the_counters_although_the_scenario_is_the_same() {
        count_in(&TEST_COUNTERS);
        assert!(COUNTERS.get().is_some());
        let text = include_str!("../../corpus/regressions/stuck-GoSyscallEndBlocked-retake-stop.sched");
        let with = shown(text);
        let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("switch")).collect();
        let without = shown(&without.join("\n"));
        assert!(with.len() > 20, "{with:?}");
        assert_ne!(with, without);
    }
}
