//! Any bytes have an answer: no panic, reader and judge agree, and what is written is read.
#![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]

mod support;

use procsteal_oracle::{Details, Error, Event, Explanation, Judge, Log, Reader, chrome, gtl1, jsonl};
use procsteal_wire::EventType as E;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::path::Path;
use std::sync::LazyLock;
use support::{Builder, NONE, event, numbers};

/// The seed is fixed: a test says the same every time.
fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(0x7ace),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Real traces of at most this many bytes are mutated.
const MUTATED_BYTES: usize = 9_000;

static REAL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/traces");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let traces = paths.iter().map(|path| std::fs::read(path).unwrap());
    traces.filter(|trace| trace.starts_with(b"go 1.") && trace.len() <= MUTATED_BYTES).collect()
});

/// An event as both ways show it: time, thread, P, goroutine, and the rest as text.
type Shown = (i64, i64, i64, i64, String);

fn shown(event: &Event<'_>) -> Shown {
    let Event { time, thread, proc, goroutine, .. } = event;
    (time.0, thread.0, proc.0, goroutine.0, format!("{:?} {:?}", event.position(), event.details()))
}

fn events_one_by_one(trace: &[u8]) -> (Vec<Shown>, Option<Error>) {
    let mut events = Vec::new();
    let read = Reader::new(trace).and_then(|mut reader| {
        while let Some(event) = reader.next_event()? {
            events.push(shown(event));
        }
        Ok(())
    });
    (events, read.err())
}

fn events_some_at_a_time(trace: &[u8]) -> (Vec<Shown>, Option<Error>) {
    let mut events = Vec::new();
    let read = Reader::new(trace).and_then(|mut reader| {
        while let some @ [_, ..] = reader.next_events()? {
            events.extend(some.iter().map(shown));
        }
        Ok(())
    });
    (events, read.err())
}

/// Reads `trace` in every way there is.
fn check(trace: &[u8]) {
    let judged = Judge::new().judge(trace);
    let read = Reader::new(trace).and_then(|reader| {
        let mut events = 0;
        let mut last = 0;
        for event in reader {
            let event = event?;
            assert!(event.time.0 > last, "times increase");
            last = event.time.0;
            events += 1;
        }
        Ok(events)
    });
    assert_eq!(judged.map(|accepted| accepted.events), read);
    assert_eq!(events_one_by_one(trace), events_some_at_a_time(trace));
    let mut out = Vec::new();
    gtl1::write(trace, &mut out).unwrap();
    assert_eq!(jsonl::write(trace, &mut out).unwrap(), read);
    assert_eq!(chrome::write(trace, &mut out).unwrap(), read);
    if let Err(error) = read {
        let text = Explanation::new(trace, &error).to_string();
        assert!(text.contains(error.code()), "{text}");
        assert!((error.place().offset as usize) <= trace.len());
    }
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![22, 23, 25, 26]).prop_map(|minor| Builder::new(minor).build())
}

/// An event of any type with small arguments, so that events meet.
fn some_event() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![8 => 0..5_u64, 1 => Just(NONE), 1 => any::<u64>()];
    let rows: Vec<_> = procsteal_wire::TABLE.iter().filter(|row| row.event >= E::PROCS_CHANGE).collect();
    (prop::sample::select(rows), prop::collection::vec(number, 4))
        .prop_map(|(row, arguments)| event(row.event, &arguments[..row.arguments.len().min(4)]))
}

fn some_trace() -> impl Strategy<Value = Vec<u8>> {
    let batch = (1..3_u64, prop_oneof![0..3_u64, Just(NONE)], prop::collection::vec(some_event(), 0..12));
    prop::collection::vec(batch, 0..6).prop_map(|batches| {
        let mut builder = Builder::new(22);
        for generation in 1..3 {
            builder = builder.frequency(generation).strings(generation, &[(1, "a"), (2, "b")]);
            for (_, thread, events) in batches.iter().filter(|batch| batch.0 == generation) {
                let start = vec![
                    event(E::PROC_STATUS, &[*thread & 3, 1]),
                    event(E::GO_STATUS, &[*thread & 3, *thread, 2]),
                ];
                builder = builder.events(generation, *thread, &[start, events.clone()].concat());
            }
        }
        builder.build()
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bytes(header in header(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
        check(&[header, bytes].concat());
    }

    #[test]
    fn small_bytes(header in header(), bytes in prop::collection::vec(0..60_u8, 0..200)) {
        check(&[header, bytes].concat());
    }

    #[test]
    fn made_up_events(trace in some_trace()) {
        check(&trace);
    }

    #[test]
    fn mutated_real_traces(
        choice in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut trace = REAL[choice.index(REAL.len())].clone();
        for (at, byte) in changes {
            let at = at.index(trace.len());
            trace[at] = byte;
        }
        if let Some(cut) = cut {
            trace.truncate(cut.index(trace.len()));
        }
        check(&trace);
    }

    /// Logs are read as they were written, whatever their texts, times and thread.
    #[test]
    fn written_logs_are_read(
        logs in prop::collection::vec((0..9_u64, "[a-z]{1,9}", "\\PC{0,20}"), 0..20),
        thread in prop_oneof![0..9_u64, 0..u64::MAX],
    ) {
        let texts: Vec<&str> = logs.iter().flat_map(|(_, category, message)| [&category[..], message]).collect();
        let strings: Vec<(u64, &str)> = (1..).zip(texts).collect();
        let events: Vec<Vec<u8>> = (0..).zip(&logs)
            .map(|(number, (task, ..))| event(E::USER_LOG, &[*task, 2 * number + 1, 2 * number + 2, 0]))
            .collect();
        let start = vec![event(E::PROC_STATUS, &[0, 1]), event(E::GO_STATUS, &[1, thread, 2])];
        let trace = Builder::new(22)
            .events(1, thread, &[start, events].concat())
            .strings(1, &strings)
            .frequency(1)
            .build();
        let read: Vec<(u64, String, String)> = Reader::new(&trace).unwrap()
            .filter_map(|event| match event.unwrap().details() {
                Details::Log(Log { task, category, message }) => {
                    Some((task.0, category.to_string(), message.to_string()))
                }
                _ => None,
            })
            .collect();
        prop_assert_eq!(read, logs);
    }
}

/// Many threads whose first events all wait for the last thread's: the worst case of the frontier.
#[test]
fn many_waiting_threads_have_an_answer() {
    const THREADS: u64 = 2_000;
    let mut builder = Builder::new(22);
    for thread in 0..THREADS {
        builder = builder.events(1, thread, &[event(E::GO_START, &[thread + 10, 1])]);
    }
    let trace = builder.frequency(1).build();
    let error = Judge::new().judge(&trace).unwrap_err();
    assert_eq!(error.stuck().unwrap().waiting().len(), THREADS as usize);
    let lines = Explanation::new(&trace, &error).to_string().lines().count();
    assert!(lines < 50, "{lines}: the text does not grow with the trace");
}

/// A varint that ends where its batch ends is Go's end of the trace (format 2.3, EOF leak), and no error.
#[test]
fn a_leaked_end_of_file_is_the_end() {
    let trace = Builder::new(22).events(1, 1, &[event(E::PROC_STATUS, &[0, 1])]).frequency(1);
    let leaking = trace.batch(1, NONE, &[&[4_u8][..], &numbers(E::STRING, &[])].concat()).build();
    assert_eq!(Judge::new().judge(&leaking).unwrap().events, 1, "only the sync event is left");
    check(&leaking);
}
