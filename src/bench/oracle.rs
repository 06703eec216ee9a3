//! The oracle beside Go's own reader, on a large real trace of each version of the format.

use super::load::{Kind, WRITERS, Writer, build_reader, describe, ensure, missing_go};
use super::table::{PEAK_COLUMN, Table, Workload};
use super::{BenchError, Contestant, Group, Peer, Setup, contest, growth, serve_turns};
use procsteal_oracle::{Judge, Reader};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

/// The release whose reader the oracle follows.
const PEER_RELEASE: &str = "1.27.3";

/// How Go's reader is kept to one core.
const GO_THREADS: (&str, &str) = ("GOMAXPROCS", "1");

/// The ways in which the oracle reads: the name for `serve`, and what it is.
const WAYS: [(&str, &str); 4] = [
    ("iterate", "oracle, events moved out (`Reader` as an iterator)"),
    ("borrow", "oracle, events lent one by one (`Reader::next_event`)"),
    ("slices", "oracle, events lent some at a time (`Reader::next_events`)"),
    ("judge", "oracle, verdict only (`Judge`)"),
];

pub(super) struct Oracle;

impl Group for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn about(&self) -> &'static str {
        "Go 1.27.3's own reader (with GOMAXPROCS=1) and the oracle read the same file from memory, each in a process of its own. \
         The files are written by a program of ours (`src/bench/program/load.go`) with a release of Go for each version of the format: \
         one with one P, and one with two workers that give each other leave to go on. How often the thread changes was counted."
    }

    fn measure(&self, setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let reader = match build_reader(PEER_RELEASE, &setup.toolchains, &setup.out) {
            Ok(reader) => reader,
            Err(error) => {
                table.leave_out("everything", missing_go(error)?);
                return Ok(());
            }
        };
        for (writer, kind) in WRITERS.into_iter().flat_map(|writer| Kind::ALL.map(|kind| (writer, kind))) {
            match ensure(writer, kind, &setup.toolchains, &setup.out) {
                Ok(trace) => measure(writer, kind, &trace, &reader, setup, table)?,
                Err(error) => table.leave_out(format!("traces of Go {}", writer.release), missing_go(error)?),
            }
        }
        Ok(())
    }
}

fn measure(
    writer: Writer,
    kind: Kind,
    trace: &Path,
    reader: &Path,
    setup: &Setup,
    table: &mut Table,
) -> Result<(), BenchError> {
    let bytes = std::fs::read(trace).map_err(BenchError::file("read", trace))?;
    let name = format!("{} (Go {}), {}", writer.format, writer.release, describe(kind, &bytes)?);
    let mut go = Command::new(reader);
    go.arg(trace).env(GO_THREADS.0, GO_THREADS.1);
    let mut contestants: Vec<Box<dyn Contestant>> =
        vec![Box::new(Peer::start(&format!("Go {PEER_RELEASE}'s reader"), &mut go)?)];
    for (way, name) in WAYS {
        let mut command = Command::new(&setup.program);
        command.args(["bench", "--serve", way]).arg(trace);
        contestants.push(Box::new(Peer::start(name, &mut command)?));
    }
    let series = contest(&mut contestants, setup.turns)?;
    let mut done = series.iter().filter_map(|series| Some((&series.name, series.samples.first()?.units)));
    if let Some((left, left_units)) = done.next()
        && let Some((right, right_units)) = done.find(|(_, units)| *units != left_units)
    {
        let (left, right) = (left.clone(), right.clone());
        return Err(BenchError::Unequal { unit: "events", left, left_units, right, right_units });
    }
    let workload = Workload { name: &name, unit: "events", input_bytes: Some(bytes.len() as u64) };
    table.add(workload, &series, Some(0));
    table.headline(kind.sentence(), &["events a second, CPU", PEAK_COLUMN], |_| true);
    Ok(())
}

/// Reads a trace again and again in one of the ways, as a contestant in a process of its own.
/// Other ways are those of the rows that tell how costs grow.
///
/// # Errors
///
/// If there is no such way, the file cannot be read, or it is no trace that can be read.
pub fn serve(way: &str, path: &Path) -> Result<(), BenchError> {
    if !WAYS.iter().any(|(known, _)| *known == way) {
        return growth::serve(way, path);
    }
    let trace = std::fs::read(path).map_err(BenchError::file("read", path))?;
    let fail = |problem: String| BenchError::Contestant { name: way.to_owned(), problem };
    let mut judge = Judge::new();
    judge.judge(&trace).map_err(|error| fail(error.to_string()))?;
    // What can be judged can be read.
    let done = match way {
        "judge" => serve_turns(|| judge.judge(black_box(&trace)).map_or(0, |accepted| accepted.events)),
        "iterate" => serve_turns(|| iterate(black_box(&trace))),
        "borrow" => serve_turns(|| borrow(black_box(&trace))),
        "slices" => serve_turns(|| slices(black_box(&trace))),
        _ => return Err(fail("no such way".to_owned())),
    };
    done.map_err(|error| fail(error.to_string()))
}

fn iterate(trace: &[u8]) -> u64 {
    let Ok(reader) = Reader::new(trace) else { return 0 };
    let mut events = 0;
    for event in reader {
        let Ok(event) = event else { return 0 };
        black_box(event);
        events += 1;
    }
    events
}

fn borrow(trace: &[u8]) -> u64 {
    let Ok(mut reader) = Reader::new(trace) else { return 0 };
    let mut events = 0;
    while let Ok(Some(event)) = reader.next_event() {
        black_box(event);
        events += 1;
    }
    events
}

fn slices(trace: &[u8]) -> u64 {
    let Ok(mut reader) = Reader::new(trace) else { return 0 };
    let mut count = 0;
    while let Ok(events @ [_, ..]) = reader.next_events() {
        for event in events {
            black_box(event);
            count += 1;
        }
    }
    count
}
