//! No schedule makes the model itself go wrong: no deadlock, no violated invariant, no run without end.

#[allow(dead_code, reason = "other tests need the rest")]
mod common;

use common::{Random, Tracing, random_schedule};
use procsteal_reference::{Model, Record, VARIANTS};

#[test]
fn random_schedules_cause_no_fault_with_every_invariant_checked_after_every_step() {
    let mut random = Random::new(1);
    let mut model = Model::new();
    model.record_steps(Record::Steps);
    for index in 0..4000 {
        let schedule = random_schedule(&mut random, Tracing::Anything);
        let scheduler = &VARIANTS[index % VARIANTS.len()];
        let outcome = model.run(scheduler, &schedule).map(|_| ());
        assert_eq!(outcome, Ok(()), "on {}:\n{schedule}", scheduler.name);
    }
}
