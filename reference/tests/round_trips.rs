//! Schedules go through bytes and text unchanged, any bytes are a schedule, and a schedule always writes the same trace.

#[allow(dead_code, reason = "other tests need the rest")]
mod common;

use common::{Random, Tracing, random_schedule};
use procsteal_reference::{Model, Schedule, VARIANTS, Variant};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn any_schedule() -> impl Strategy<Value = Schedule> {
    any::<u64>().prop_map(|seed| random_schedule(&mut Random::new(seed), Tracing::Anything))
}

/// The traces of a run, and how many steps it took.
fn run(model: &mut Model, scheduler: &Variant, schedule: &Schedule) -> Result<(Vec<Vec<u8>>, u32), String> {
    let run = model.run(scheduler, schedule).map_err(|fault| format!("{fault}\n{schedule}"))?;
    let traces = run.traces().map(|trace| trace.to_vec()).collect();
    Ok((traces, run.steps()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_schedule_survives_its_bytes(schedule in any_schedule()) {
        prop_assert_eq!(Schedule::from_bytes(&schedule.to_byte_vec()), schedule);
    }

    #[test]
    fn a_schedule_survives_its_text(schedule in any_schedule()) {
        prop_assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule));
    }

    #[test]
    fn any_bytes_are_a_schedule_that_survives_both(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let schedule = Schedule::from_bytes(&bytes);
        prop_assert_eq!(&Schedule::from_bytes(&schedule.to_byte_vec()), &schedule);
        prop_assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule));
    }

    #[test]
    fn any_bytes_run_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let schedule = Schedule::from_bytes(&bytes);
        prop_assert_eq!(run(&mut Model::new(), &VARIANTS[0], &schedule).err(), None);
    }

    #[test]
    fn the_same_schedule_writes_the_same_traces_after_any_other(
        schedule in any_schedule(),
        other in any_schedule(),
        scheduler in 0..VARIANTS.len(),
    ) {
        let scheduler = &VARIANTS[scheduler];
        let fresh = run(&mut Model::new(), scheduler, &schedule);
        let mut model = Model::new();
        prop_assert_eq!(run(&mut model, scheduler, &other).err(), None);
        prop_assert_eq!(&run(&mut model, scheduler, &schedule), &fresh);
        prop_assert_eq!(&run(&mut model, scheduler, &schedule), &fresh);
    }
}

#[test]
fn bytes_from_before_foreign_threads_mean_what_they_meant() {
    // Two Ps, all threads, one round of sysmon that takes both; main starts a trace, the other does a syscall; one
    // switch.
    let bytes = [1, 0, 1, 3, 2, 1, 9, 1, 0, 1, 0, 0x10, 5, 0];
    let text = "procsteal schedule v1\nprocs 2\nG1: trace-start\nG2: syscall\nsysmon retake P0,P1\nswitch M1@5 -> M2\n";
    assert_eq!(text.parse(), Ok(Schedule::from_bytes(&bytes)));
    assert_eq!(Schedule::from_bytes(&bytes).to_byte_vec(), bytes);
}
