//! How fast traces are judged and read: `cargo bench -p procsteal-oracle`. Throughput is in events a second.
//!
//! Set `PROCSTEAL_BENCH_TRACE` to the path of another trace to measure that one as well.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail by a panic")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use procsteal_oracle::{Judge, Reader};
use std::path::{Path, PathBuf};

/// Traces that can be read: a long one, one of a page, and one of the size that fuzzing gives.
const TRACES: [&str; 3] =
    ["go1.22.10-many-start-stop.trace", "go1.22.10-fixed-1.trace", "go1.22.10-annotations.trace"];

fn main() {
    divan::main();
}

fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/traces");
    let mut paths: Vec<PathBuf> = TRACES.iter().map(|name| folder.join(name)).collect();
    paths.extend(std::env::var_os("PROCSTEAL_BENCH_TRACE").map(PathBuf::from));
    paths
}

/// The trace, and how many events it has.
fn load(index: usize) -> (Vec<u8>, u64) {
    let trace = std::fs::read(&paths()[index]).unwrap();
    let events = Judge::new().judge(&trace).unwrap().events;
    (trace, events)
}

/// Only the verdict.
#[divan::bench(args = 0..paths().len())]
fn judge(bencher: Bencher<'_, '_>, index: usize) {
    let (trace, events) = load(index);
    let mut judge = Judge::new();
    bencher.counter(ItemsCount::new(events)).bench_local(|| judge.judge(black_box(&trace)));
}

/// Events that stay in the reader.
#[divan::bench(args = 0..paths().len())]
fn next_event(bencher: Bencher<'_, '_>, index: usize) {
    let (trace, events) = load(index);
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        let mut reader = Reader::new(black_box(&trace)).unwrap();
        while let Some(event) = reader.next_event().unwrap() {
            black_box(event);
        }
    });
}

/// The same, some at a time.
#[divan::bench(args = 0..paths().len())]
fn next_events(bencher: Bencher<'_, '_>, index: usize) {
    let (trace, events) = load(index);
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        let mut reader = Reader::new(black_box(&trace)).unwrap();
        while let events @ [_, ..] = reader.next_events().unwrap() {
            for event in events {
                black_box(event);
            }
        }
    });
}

/// Events that are moved out.
#[divan::bench(args = 0..paths().len())]
fn iterate(bencher: Bencher<'_, '_>, index: usize) {
    let (trace, events) = load(index);
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        for event in Reader::new(black_box(&trace)).unwrap() {
            black_box(event.unwrap());
        }
    });
}
