//! Executions: the model alone, with a verdict, and both schedulers with theirs.

use super::schedules::default_schedules;
use super::table::{Table, Workload};
use super::{BenchError, Contestant, Group, InProcess, Setup, contest};
use crate::execution::Bench;
use procsteal_reference::{Model, Schedule, Variant};
use std::hint::black_box;

/// Times that a turn runs all schedules: some tenths of a second.
const ROUNDS: usize = 20;

pub(super) struct Executions;

impl Group for Executions {
    fn name(&self) -> &'static str {
        "executions"
    }

    fn about(&self) -> &'static str {
        "256 schedules of default size: what the hunt's generator makes, with the first 20 switches of a random walk, given as an \
         engine gives them, in bytes. A differential execution runs one on two schedulers, writes two traces and reads both. \
         The peer is the decoding alone, the least that a target of any engine does."
    }

    fn measure(&self, _setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let (prefix, fixed) = (named("prefix")?, named("fixed")?);
        let schedules = default_schedules(fixed);
        let inputs: Vec<Vec<u8>> = schedules.iter().map(Schedule::to_byte_vec).collect();
        let steps = steps_of(&schedules, fixed);
        let (mut model, mut bench, mut pair) = (Model::new(), Bench::new(), Bench::new());
        let mut contestants: Vec<Box<dyn Contestant + '_>> = vec![
            contestant("decoding only", &inputs, |schedule| drop(black_box(schedule))),
            contestant("model and trace bytes, `fixed`", &inputs, |schedule| {
                black_box(model.run(fixed, &schedule).map_or(0, |run| run.steps()));
            }),
            contestant("with a verdict, `fixed`", &inputs, |schedule| {
                black_box(bench.execute(fixed, &schedule));
            }),
            contestant("differential: `prefix` and `fixed`, both judged", &inputs, |schedule| {
                black_box(pair.execute(prefix, &schedule));
                black_box(pair.execute(fixed, &schedule));
            }),
        ];
        let series = contest(&mut contestants, table.turns)?;
        let name = format!("default size, {} steps a run", steps / schedules.len() as u64);
        let input_bytes = inputs.iter().map(|input| input.len() as u64).sum::<u64>() * ROUNDS as u64;
        table.add(
            Workload { name: &name, unit: "schedules", input_bytes: Some(input_bytes) },
            &series,
            Some(0),
        );
        Ok(())
    }
}

fn named(name: &str) -> Result<&'static Variant, BenchError> {
    Variant::named(name).ok_or_else(|| BenchError::Contestant {
        name: name.to_owned(),
        problem: "there is no such scheduler".to_owned(),
    })
}

fn contestant<'a>(
    name: &str,
    inputs: &'a [Vec<u8>],
    mut execute: impl FnMut(Schedule) + 'a,
) -> Box<dyn Contestant + 'a> {
    Box::new(InProcess::new(name, move || {
        for _ in 0..ROUNDS {
            for input in inputs {
                execute(Schedule::from_bytes(black_box(input)));
            }
        }
        (ROUNDS * inputs.len()) as u64
    }))
}

fn steps_of(schedules: &[Schedule], scheduler: &Variant) -> u64 {
    let mut model = Model::new();
    let steps = |schedule| model.run(scheduler, schedule).map_or(0, |run| u64::from(run.steps()));
    schedules.iter().map(steps).sum()
}
