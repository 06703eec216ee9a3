//! What libFuzzer's targets have in common: counters for pairs of steps, and mutations of schedules.

use std::sync::atomic::AtomicU8;

/// How many counters libFuzzer reads after each execution. The seven thousand or so pairs that hunts have seen share
/// few of them, and clearing and reading them stays small beside an execution.
const COUNTERS: usize = 1 << 15;

/// The counters of pairs of conflicting steps. libFuzzer knows them by their section.
#[cfg_attr(target_os = "linux", unsafe(link_section = "__libfuzzer_extra_counters"))]
static PAIRS: [AtomicU8; COUNTERS] = [const { AtomicU8::new(0) }; COUNTERS];

/// Has the pairs of conflicting steps of every execution counted where libFuzzer reads them.
pub fn count_pairs() {
    procsteal::targets::count_in(&PAIRS);
}

/// libFuzzer's custom mutator: `procsteal`'s, or libFuzzer's own when that one leaves it to the engine.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    procsteal::targets::mutate(data, size, max_size, seed)
        .unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, max_size))
}

/// libFuzzer's custom crossover.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], seed: u32) -> usize {
    let max_size = out.len();
    procsteal::targets::crossover(first, second, out, max_size, seed)
}

/// A libFuzzer target whose inputs are schedules.
#[macro_export]
macro_rules! schedule_target {
    ($body:path) => {
        libfuzzer_sys::fuzz_target!(init: $crate::count_pairs(), |data: &[u8]| $body(data));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate(data, size, max_size, seed)
        });
        libfuzzer_sys::fuzz_crossover!(|first: &[u8], second: &[u8], out: &mut [u8], seed: u32| {
            $crate::crossover(first, second, out, seed)
        });
    };
}
