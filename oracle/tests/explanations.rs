//! Every kind of error is explained: a snapshot of the explanation for one small trace of each, and for real ones.
#![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]

mod support;

use procsteal_oracle::{ErrorKind, Explanation, Judge, Reader};
use procsteal_wire::EventType as E;
use std::collections::BTreeSet;
use std::path::Path;
use support::{Builder, NONE, event, numbers};

/// Kinds whose condition the events before cannot bring about: a thread's P is always declared, and a `ProcStart` on a
/// thread with a P waits instead of failing. Go's reader checks all the same, and so do we.
const UNREACHABLE: [&str; 4] =
    ["forbids-proc", "uninitialized-proc", "invalid-proc", "range-on-uninitialized-proc"];

/// A kind that only a trace brings about which takes seconds to read; the tests of its limit lower that.
const EXPENSIVE: &str = "too-much-waiting";

/// Statuses on the wire: of Ps 1 Running, 2 Idle, 3 Syscall, 4 SyscallAbandoned; of goroutines 1 Runnable, 2 Running,
/// 3 Syscall, 4 Waiting.
fn running() -> Vec<Vec<u8>> {
    vec![event(E::PROC_STATUS, &[0, 1]), event(E::GO_STATUS, &[1, 1, 2])]
}

/// Thread 1 runs goroutine 1 on P 0, and then `events` follow.
fn after_running(events: &[Vec<u8>]) -> Vec<u8> {
    one_thread(&[running(), events.to_vec()].concat())
}

/// Thread 1 has these events in generation 1.
fn one_thread(events: &[Vec<u8>]) -> Vec<u8> {
    let strings = [(1, "a reason"), (2, "another"), (3, "a name")];
    Builder::new(22).events(1, 1, events).strings(1, &strings).frequency(1).build()
}

/// Threads 1 and 2 have these events in generation 1.
fn two_threads(first: &[Vec<u8>], second: &[Vec<u8>]) -> Vec<u8> {
    Builder::new(22).events(1, 1, first).events(1, 2, second).strings(1, &[(1, "a")]).frequency(1).build()
}

/// Thread 1 has these events in generation 1, and those in generation 2.
fn two_generations(first: &[Vec<u8>], second: &[Vec<u8>]) -> Vec<u8> {
    Builder::new(22).events(1, 1, first).frequency(1).events(2, 1, second).frequency(2).build()
}

/// A table batch with this payload.
fn table(payload: &[u8]) -> Vec<u8> {
    Builder::new(22).batch(1, NONE, payload).frequency(1).build()
}

/// Two threads think they run goroutine 1; the first ends it, then the second has `last`.
fn shared_goroutine(first: E, last: Vec<u8>) -> Vec<u8> {
    let arguments: &[u64] = if first == E::GO_DESTROY { &[] } else { &[0, 0] };
    let wait = vec![event(E::PROC_STATUS, &[7, 2]); 4];
    let second = [vec![event(E::PROC_STATUS, &[1, 1]), event(E::GO_STATUS, &[1, 2, 2])], wait, vec![last]];
    two_threads(&[running(), vec![event(first, arguments)]].concat(), &second.concat())
}

fn framing() -> Vec<(&'static str, Vec<u8>)> {
    let new = Builder::new;
    let ordinary = |payload: &[u8]| new(22).batch(1, 1, payload).frequency(1).build();
    let long = numbers(E::STRING, &[1, 1025]);
    let deep = numbers(E::STACK, &[1, 129]);
    let snapshot = numbers(E::CLOCK_SNAPSHOT, &[1, 1, 1, 1]);
    vec![
        ("bad-header", b"hello".to_vec()),
        ("unknown-version", new(24).build()),
        ("unsupported-version", new(21).build()),
        ("expected-batch", new(22).raw(&[9]).build()),
        ("batch-header", new(22).raw(&[1, 0x80]).build()),
        ("batch-truncated", new(22).raw(&[1, 1, 1, 1, 5, 0]).build()),
        ("unexpected-eof", table(&[4, 5, 0x80])),
        ("varint-overflow", table(&[&[4, 5][..], &[0xff; 10]].concat())),
        ("expected-string", table(&[4, 6])),
        ("expected-stack", table(&[2, 9])),
        ("expected-cpu-sample", table(&[6, 9])),
        ("expected-sync-item", table(&[8, 1, 9])),
        ("string-truncated", table(&[4, 5, 1, 5, b'a'])),
        ("stack-frame", table(&[2, 3, 1, 1, 1])),
        ("invalid-event-type", ordinary(&[200])),
        ("untimed-event", ordinary(&[3])),
        ("invalid-timestamp-varint", ordinary(&[9])),
        ("invalid-varint", ordinary(&[9, 1])),
        ("unorderable-event", ordinary(&snapshot)),
        ("batch-too-large", new(22).raw(&numbers(E::EVENT_BATCH, &[1, 1, 1, 65_537])).build()),
        ("string-too-long", table(&[&[4], &long[..]].concat())),
        ("stack-too-deep", table(&[&[2], &deep[..]].concat())),
        ("generation-zero", new(22).frequency(0).build()),
        ("generations-out-of-order", new(22).frequency(1).frequency(3).build()),
        ("missing-end-of-generation", new(26).frequency(1).frequency(2).build()),
        ("incomplete-generation", new(26).events(1, 1, &running()).build()),
        ("unexpected-end-of-generation", table(&[52])),
        ("duplicate-string", new(22).strings(1, &[(1, "a"), (1, "b")]).build()),
        ("duplicate-stack", new(22).stacks(1, &[(0, &[])]).build()),
        ("duplicate-frequency", new(22).frequency(1).frequency(1).build()),
        (
            "duplicate-clock-snapshot",
            new(25).batch(1, NONE, &[&[50], &snapshot[..], &snapshot[..]].concat()).build(),
        ),
        ("no-frequency", new(22).build()),
        ("no-clock-snapshot", new(25).batch(1, NONE, &[50, 8, 1]).build()),
        ("invalid-frame-string", new(22).stacks(1, &[(1, &[[1, 7, 0, 1]])]).frequency(1).build()),
        ("invalid-stack-id", after_running(&[event(E::GO_BLOCK, &[0, 9])])),
        ("invalid-string-id", after_running(&[event(E::GO_BLOCK, &[9, 0])])),
        ("unresolved-name", after_running(&[event(E::USER_TASK_BEGIN, &[1, 0, 9, 0])])),
    ]
}

fn procs() -> Vec<(&'static str, Vec<u8>)> {
    let heap = event(E::HEAP_ALLOC, &[1]);
    let proc = |id, status| event(E::PROC_STATUS, &[id, status]);
    let stop = event(E::PROC_STOP, &[]);
    let steal = |thread| event(E::PROC_STEAL, &[0, 1, thread]);
    vec![
        ("needs-thread", Builder::new(22).events(1, NONE, std::slice::from_ref(&heap)).frequency(1).build()),
        ("needs-proc", one_thread(&[heap])),
        ("needs-goroutine", one_thread(&[proc(0, 1), event(E::GO_BLOCK, &[0, 0])])),
        (
            "forbids-goroutine",
            after_running(&[event(E::GO_STATUS, &[2, NONE, 1]), event(E::GO_START, &[2, 1])]),
        ),
        ("invalid-proc-status", one_thread(&[proc(0, 9)])),
        (
            "proc-without-owner",
            Builder::new(22).events(1, NONE, &[proc(0, 3), proc(0, 4)]).frequency(1).build(),
        ),
        ("inconsistent-proc-status", one_thread(&[proc(0, 1), proc(0, 2)])),
        ("unknown-proc-stop", one_thread(std::slice::from_ref(&stop))),
        (
            "proc-not-running",
            two_threads(&[proc(0, 1), proc(7, 2), stop.clone()], &[proc(0, 1), proc(8, 2), proc(8, 2), stop]),
        ),
        ("self-steal", one_thread(&[proc(0, 3), proc(1, 1), steal(1)])),
        (
            "steal-from-unknown-thread",
            Builder::new(22).events(1, NONE, &[proc(0, 3)]).events(1, 1, &[steal(77)]).frequency(1).build(),
        ),
        ("steal-wrong-proc", two_threads(&[proc(0, 3), proc(1, 1)], &[proc(7, 2), proc(7, 2), steal(1)])),
        ("proc-out-of-sequence", after_running(&[event(E::GO_SYSCALL_BEGIN, &[5, 0])])),
        (
            "proc-not-in-syscall",
            one_thread(&[proc(0, 1), event(E::GO_STATUS, &[1, 1, 3]), event(E::GO_SYSCALL_END, &[])]),
        ),
        (
            "unexpected-proc-state",
            one_thread(&[proc(0, 1), event(E::GO_STATUS, &[1, 1, 3]), event(E::GO_DESTROY_SYSCALL, &[])]),
        ),
    ]
}

fn goroutines() -> Vec<(&'static str, Vec<u8>)> {
    let go = |id, thread, status| event(E::GO_STATUS, &[id, thread, status]);
    let proc = event(E::PROC_STATUS, &[0, 1]);
    let task = event(E::USER_TASK_BEGIN, &[1, 0, 3, 0]);
    let region = |event_type, name| event(event_type, &[1, name, 0]);
    vec![
        ("invalid-go-status", one_thread(&[go(1, NONE, 9)])),
        ("inconsistent-go-status", one_thread(&[go(1, NONE, 1), go(1, NONE, 4)])),
        ("late-go-status", two_generations(&running(), &[go(2, NONE, 1)])),
        ("syscall-without-thread", one_thread(&[go(1, NONE, 3)])),
        (
            "inconsistent-syscall-thread",
            two_threads(&running(), &[go(2, NONE, 1), go(3, NONE, 1), go(4, 1, 3)]),
        ),
        ("creator-not-running", one_thread(&[proc, go(1, 1, 3), event(E::GO_CREATE, &[2, 0, 0])])),
        ("goroutine-exists", after_running(&[event(E::GO_CREATE, &[1, 0, 0])])),
        ("syscall-goroutine-exists", one_thread(&[go(2, NONE, 4), event(E::GO_CREATE_SYSCALL, &[2])])),
        ("unknown-goroutine", shared_goroutine(E::GO_DESTROY, event(E::GO_STOP, &[0, 0]))),
        ("goroutine-not-running", shared_goroutine(E::GO_BLOCK, event(E::GO_STOP, &[0, 0]))),
        ("syscall-end-outside-syscall", after_running(&[event(E::GO_SYSCALL_END, &[])])),
        ("goroutine-not-in-syscall", after_running(&[event(E::GO_DESTROY_SYSCALL, &[])])),
        ("task-conflict", after_running(&[task.clone(), task])),
        ("region-without-state", shared_goroutine(E::GO_DESTROY, region(E::USER_REGION_BEGIN, 1))),
        ("region-misuse", after_running(&[region(E::USER_REGION_BEGIN, 1), region(E::USER_REGION_END, 2)])),
    ]
}

fn ranges() -> Vec<(&'static str, Vec<u8>)> {
    let begin = |seq| event(E::GC_BEGIN, &[seq, 0]);
    let end = |seq| event(E::GC_END, &[seq]);
    let active = |seq| event(E::GC_ACTIVE, &[seq]);
    let sweep = event(E::GC_SWEEP_BEGIN, &[0]);
    let sweeping = |proc| event(E::GC_SWEEP_ACTIVE, &[proc]);
    let cycle = [running(), vec![begin(1), end(2)]].concat();
    vec![
        ("gc-active-not-first", after_running(&[begin(1), active(2)])),
        ("gc-active-not-in-progress", two_generations(&cycle, &[active(3)])),
        ("gc-already-in-progress", after_running(&[begin(1), begin(2)])),
        ("gc-not-in-progress", after_running(&[begin(1), end(2), end(3)])),
        ("gc-undetermined", after_running(&[end(1)])),
        ("range-on-unknown-proc", one_thread(&[sweeping(7)])),
        ("range-on-unknown-goroutine", one_thread(&[event(E::GC_MARK_ASSIST_ACTIVE, &[7])])),
        ("range-without-state", shared_goroutine(E::GO_DESTROY, event(E::STW_BEGIN, &[1, 0]))),
        ("range-already-open", after_running(&[sweep.clone(), sweep])),
        ("range-not-open", after_running(&[event(E::GC_SWEEP_END, &[0, 0])])),
        ("range-already-active", after_running(&[sweeping(0), sweeping(0)])),
        ("range-missing", two_generations(&running(), &[sweeping(0)])),
    ]
}

/// A system call from which thread 1 comes back without its P.
fn stuck() -> Vec<(&'static str, Vec<u8>)> {
    vec![(
        "stuck",
        after_running(&[event(E::GO_SYSCALL_BEGIN, &[1, 0]), event(E::GO_SYSCALL_END_BLOCKED, &[])]),
    )]
}

#[test]
fn every_kind_of_error_is_explained() {
    let mut seen: BTreeSet<&str> = UNREACHABLE.into();
    seen.insert(EXPENSIVE);
    for (code, trace) in [framing(), procs(), goroutines(), ranges(), stuck()].concat() {
        let error = Judge::new().judge(&trace).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        if let Ok(reader) = Reader::new(&trace) {
            assert_eq!(reader.last().unwrap().unwrap_err(), error, "{code}: reader and judge agree");
        }
        insta::assert_snapshot!(code, Explanation::new(&trace, &error));
        assert!(seen.insert(code), "{code}: twice");
    }
    assert_eq!(seen, ErrorKind::CODES.iter().copied().collect());
}

fn real(name: &str) -> (Vec<u8>, Explanation) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/traces");
    let trace = std::fs::read(folder.join(name)).unwrap();
    let error = Judge::new().judge(&trace).unwrap_err();
    let explanation = Explanation::new(&trace, &error);
    (trace, explanation)
}

#[test]
fn broken_real_traces_are_explained() {
    for number in 1..=3 {
        let (_, explanation) = real(&format!("go1.22.10-prefix-retake-stop-{number}.trace"));
        insta::assert_snapshot!(format!("prefix-retake-stop-{number}"), explanation);
        let root = explanation.error.stuck().unwrap().root().unwrap();
        assert_eq!(explanation.error.failing_event(), Some(E::GO_SYSCALL_END_BLOCKED));
        let missing = root.waits_for.missing();
        assert!(missing.starts_with("ProcSteal(p="), "{missing}");
        assert!(
            missing.ends_with(&format!("m={})", root.thread)),
            "{missing}: the victim is the thread that waits"
        );
        assert!(explanation.summary.contains(&missing), "{}", explanation.summary);
    }
}

#[test]
fn an_explanation_is_data_too() {
    let (_, explanation) = real("go1.22.10-prefix-retake-stop-2.trace");
    insta::assert_snapshot!("as-json", serde_json::to_string_pretty(&explanation).unwrap());
}
