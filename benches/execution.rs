//! How fast schedules run: `cargo bench --bench execution`. Throughput is in schedules a second.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail by a panic")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use procsteal::Bench;
use procsteal::explore::{RandomWalk, Recorder, Rng, generate};
use procsteal_reference::{Model, Schedule, Variant};

/// Schedules of a measurement: what the scenario generator makes, with the switches of a random walk.
const SCHEDULES: usize = 256;

fn main() {
    divan::main();
}

fn schedules() -> Vec<Schedule> {
    let mut rng = Rng::new(1, 0);
    let prefix = Variant::named("prefix").unwrap();
    let mut model = Model::new();
    (0..SCHEDULES)
        .map(|_| {
            let scenario = generate(&mut rng);
            let mut switches = Vec::new();
            let mut walk = RandomWalk::default();
            model.run_with(prefix, &scenario, &mut Recorder::new(&mut walk, &mut switches)).unwrap();
            switches.truncate(20);
            Schedule { scenario, switches }
        })
        .collect()
}

/// The schedule from its bytes, and the model with the trace's bytes, on one scheduler.
#[divan::bench]
fn model(bencher: Bencher<'_, '_>) {
    let inputs: Vec<Vec<u8>> = schedules().iter().map(Schedule::to_byte_vec).collect();
    let fixed = Variant::named("fixed").unwrap();
    let mut model = Model::new();
    let steps: u64 =
        inputs.iter().map(|i| u64::from(model.run(fixed, &Schedule::from_bytes(i)).unwrap().steps())).sum();
    println!("{} steps per run", steps / SCHEDULES as u64);
    bencher.counter(ItemsCount::new(SCHEDULES)).bench_local(|| {
        for input in &inputs {
            black_box(model.run(fixed, &Schedule::from_bytes(input)).unwrap().steps());
        }
    });
}

/// Only the decoding.
#[divan::bench]
fn decode(bencher: Bencher<'_, '_>) {
    let inputs: Vec<Vec<u8>> = schedules().iter().map(Schedule::to_byte_vec).collect();
    bencher.counter(ItemsCount::new(SCHEDULES)).bench_local(|| {
        for input in &inputs {
            black_box(Schedule::from_bytes(input));
        }
    });
}

/// Both schedulers, both traces judged.
#[divan::bench]
fn differential(bencher: Bencher<'_, '_>) {
    let inputs: Vec<Vec<u8>> = schedules().iter().map(Schedule::to_byte_vec).collect();
    let schedulers = ["prefix", "fixed"].map(|name| Variant::named(name).unwrap());
    let mut bench = Bench::new();
    bencher.counter(ItemsCount::new(SCHEDULES)).bench_local(|| {
        for input in &inputs {
            let schedule = Schedule::from_bytes(input);
            for scheduler in schedulers {
                black_box(bench.execute(scheduler, &schedule));
            }
        }
    });
}
