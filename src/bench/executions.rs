//! Executions: the model alone, with a verdict, and both schedulers with theirs.

use super::engines::{LibFuzzer, build_libfuzzer};
use super::schedules::default_schedules;
use super::table::{Table, Workload};
use super::{BenchError, Contestant, Group, InProcess, Setup, contest};
use crate::execution::Bench;
use procsteal_reference::{Model, Schedule, Variant};
use std::hint::black_box;
use std::path::Path;

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
         The peer is libFuzzer with a target that does nothing, started from these schedules with the same -max_len: its \
         ceiling. Beside it stands libFuzzer with the target `differential`, which mutates the schedules itself."
    }

    fn measure(&self, setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let (prefix, fixed) = (named("prefix")?, named("fixed")?);
        let schedules = default_schedules(fixed);
        let inputs: Vec<Vec<u8>> = schedules.iter().map(Schedule::to_byte_vec).collect();
        let steps = steps_of(&schedules, fixed);
        let (mut model, mut bench, mut pair) = (Model::new(), Bench::new(), Bench::new());
        let mut contestants: Vec<Box<dyn Contestant + '_>> = Vec::new();
        match build_libfuzzer()? {
            Ok(programs) => contestants.extend(libfuzzers(&programs, &inputs, &setup.out)?),
            Err(reason) => table.leave_out("libFuzzer", reason),
        }
        contestants.extend([
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
        ]);
        let series = contest(&mut contestants, table.turns)?;
        let name = format!("default size, {} steps a run", steps / schedules.len() as u64);
        table.add(Workload { name: &name, unit: "schedules", input_bytes: None }, &series, Some(0));
        table.headline(&name, &["schedules a second, CPU"], |_| true);
        Ok(())
    }
}

/// libFuzzer on the target that does nothing, and on ours: some tenths of a second each, and some seconds.
fn libfuzzers(
    programs: &Path,
    inputs: &[Vec<u8>],
    out: &Path,
) -> Result<Vec<Box<dyn Contestant>>, BenchError> {
    const TARGETS: [(&str, &str, u64); 2] = [
        ("libFuzzer, empty target", "empty", 500_000),
        ("libFuzzer, target `differential`", "differential", 20_000),
    ];
    let seeds = out.join("seeds");
    std::fs::create_dir_all(&seeds).map_err(BenchError::file("make", &seeds))?;
    for (number, input) in inputs.iter().enumerate() {
        let path = seeds.join(format!("{number}.bin"));
        std::fs::write(&path, input).map_err(BenchError::file("write", &path))?;
    }
    let contestant = |(name, target, executions): (&str, &str, u64)| {
        Box::new(LibFuzzer {
            name: name.to_owned(),
            program: programs.join(target),
            seeds: seeds.clone(),
            found: out.join(format!("found-{target}")),
            executions,
        }) as Box<dyn Contestant>
    };
    Ok(TARGETS.map(contestant).into())
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
