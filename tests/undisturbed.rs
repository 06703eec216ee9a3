//! A trace that is neither advanced, nor stopped before the end, nor started again can always be read.

#[path = "../reference/tests/common/mod.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod common;

use common::{Random, Tracing, random_schedule};
use procsteal::{Bench, Verdict};
use procsteal_reference::VARIANTS;

#[test]
fn no_trace_is_rejected_while_tracing_just_goes_on() {
    let mut random = Random::new(1);
    let mut bench = Bench::new();
    let mut events = 0;
    for index in 0..8000 {
        let schedule = random_schedule(&mut random, Tracing::Undisturbed);
        let scheduler = &VARIANTS[index % VARIANTS.len()];
        match bench.execute(scheduler, &schedule).verdict {
            Verdict::Parseable { events: more } => events += more,
            verdict => panic!("{verdict:?}\non {}:\n{schedule}", scheduler.name),
        }
    }
    assert!(events > 100_000, "only {events} events in all");
}
