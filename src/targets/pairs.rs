//! Feedback beyond edges: the pairs of conflicting steps that an execution showed, as counters that an engine reads.

use crate::execution::{Bench, Execution};
use procsteal_reference::{Object, ObjectSet, Schedule, ThreadId, Touch, Variant, Verb};
use std::panic::Location;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// With this variable set to `edges`, an engine is given no pairs: to measure what they bring.
const FEEDBACK_VARIABLE: &str = "PROCSTEAL_FEEDBACK";

static COUNTERS: OnceLock<&'static [AtomicU8]> = OnceLock::new();

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
    bench.execute_touching(scheduler, schedule, |touches| count(touches, counters))
}

/// The last step that touched an object: where in the model, which thread, and whether it wrote.
#[derive(Clone, Copy)]
struct Last {
    site: u64,
    thread: ThreadId,
    writes: bool,
}

/// Whether a step may change what it touches.
pub(super) fn writes(step: &Touch) -> bool {
    !matches!(step.verb, Verb::Load | Verb::Wait)
}

/// Adds one to the counter of each pair of steps of different threads that touched an object one after the other, one
/// of them writing. This runs inside of what the engine has instrumented, where hash tables would cost more than the
/// execution: hence one place for each bit of an [`ObjectSet`].
fn count(touches: &[Touch], counters: &[AtomicU8]) {
    let mut last: [Option<Last>; u128::BITS as usize] = [None; u128::BITS as usize];
    for step in touches.iter().filter(|step| step.object != Object::Private) {
        let place = ObjectSet::EMPTY.with(step.object).bits().trailing_zeros() as usize;
        let touch = Last { site: number_of(step.site), thread: step.thread, writes: writes(step) };
        let Some(before) = last.get_mut(place).and_then(|last| last.replace(touch)) else { continue };
        if before.thread != touch.thread && (before.writes || touch.writes) {
            let pair = mix(before.site, touch.site);
            // The high bits are the well mixed ones.
            let counter = &counters[(pair >> 32) as usize % counters.len()];
            counter.store(counter.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        }
    }
}

/// A number for a place in the model, the same in every run. Two places may share one: then they share a counter.
fn number_of(site: &Location<'_>) -> u64 {
    // The letters before `.rs`, the line and the column tell places apart; the whole path would be slow to read.
    let path = site.file().as_bytes();
    let letters =
        path.len().checked_sub(5).map_or(0, |at| u64::from(path[at]) << 8 | u64::from(path[at + 1]));
    letters << 48 | (path.len() as u64) << 40 | u64::from(site.line()) << 16 | u64::from(site.column())
}

fn mix(first: u64, second: u64) -> u64 {
    let digest = (first ^ first >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (digest.rotate_left(23) ^ second).wrapping_mul(0xBF58_476D_1CE4_E5B9)
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
        assert!(with.len() > 10, "{with:?}");
        assert_ne!(with, without);
    }
}
