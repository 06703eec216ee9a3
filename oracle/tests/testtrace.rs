//! The text form of traces: round trips, and each way in which a `.test` file can be wrong.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::path::{Path, PathBuf};

use procsteal_oracle::testtrace::{
    BinaryErrorKind, Expectation, Frame, RawEvent, RawTrace, TestFile, TextErrorKind, Version,
};
use procsteal_wire::{Class, EventType, TABLE};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn go_tests() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/go-tests");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "test"))
        .collect();
    files.sort();
    files
}

#[test]
fn go_files_survive_both_round_trips() {
    let files = go_tests();
    assert_eq!(files.len(), 22, "the set of Go 1.27.3");
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = TestFile::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let bytes = file.trace.to_binary();
        let from_binary = RawTrace::from_binary(&bytes).unwrap();
        assert_eq!(from_binary, file.trace, "{}", path.display());
        assert_eq!(from_binary.to_binary(), bytes, "{}", path.display());
        assert_eq!(TestFile::parse(&file.to_text()).as_ref(), Ok(&file), "{}", path.display());
        // Go's writer and ours lay out a trace alike; only bytes outside of ASCII are written otherwise.
        if text.is_ascii() {
            assert_eq!(file.to_text(), text, "{}", path.display());
        }
    }
}

/// Any event that `version` has a name for, with any arguments.
fn raw_event(version: Version) -> impl Strategy<Value = RawEvent> {
    let rows: Vec<_> = TABLE.iter().filter(|row| version.row(row.event).is_some()).collect();
    let numbers = prop_oneof![Just(0), Just(u64::MAX), 0..300_u64, any::<u64>()];
    let fields = (prop::collection::vec(numbers, 6), prop::collection::vec(any::<[u64; 4]>(), 0..5));
    (prop::sample::select(rows), fields, prop::collection::vec(any::<u8>(), 0..300)).prop_map(
        |(row, (mut arguments, frames), data)| {
            let delta = usize::from(row.class != Class::Structural);
            arguments.truncate(row.arguments.len() + delta);
            let frames = if row.event == EventType::STACK { frames } else { Vec::new() };
            let has_data = matches!(row.event, EventType::STRING | EventType::EXPERIMENTAL_BATCH);
            if row.event == EventType::STACK {
                arguments[1] = frames.len() as u64;
            }
            let frames =
                frames.into_iter().map(|[pc, func, file, line]| Frame { pc, func, file, line }).collect();
            RawEvent { event: row.event, arguments, frames, data: if has_data { data } else { Vec::new() } }
        },
    )
}

fn raw_trace() -> impl Strategy<Value = RawTrace> {
    prop::sample::select(Version::ALL.to_vec()).prop_flat_map(|version| {
        prop::collection::vec(raw_event(version), 0..40).prop_map(move |events| RawTrace { version, events })
    })
}

/// The seed is fixed: a test says the same every time.
fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(0x6f63),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn text_round_trip(trace in raw_trace(), pattern in prop::option::of(any::<String>())) {
        let expectation = pattern.map_or(Expectation::Success, |pattern| Expectation::Failure { pattern });
        let file = TestFile { expectation, trace };
        prop_assert_eq!(TestFile::parse(&file.to_text()), Ok(file));
    }

    #[test]
    fn binary_round_trip(trace in raw_trace()) {
        prop_assert_eq!(RawTrace::from_binary(&trace.to_binary()), Ok(trace));
    }

    #[test]
    fn any_bytes_have_an_answer(mut bytes in prop::collection::vec(any::<u8>(), 0..200), version in 0..4_usize) {
        let header = format!("go 1.{} trace\0\0\0", Version::ALL[version].minor());
        bytes.splice(0..0, header.bytes());
        if let Ok(trace) = RawTrace::from_binary(&bytes) {
            // Padded numbers become short ones, once.
            prop_assert_eq!(RawTrace::from_binary(&trace.to_binary()), Ok(trace));
        }
    }

    #[test]
    fn any_text_has_an_answer(text in "(-- expect --\n)?(SUCCESS|FAILURE) ?.{0,9}\n-- trace --\n(Trace Go1.2[2-6]\n)?(\\PC|\n){0,80}") {
        if let Ok(file) = TestFile::parse(&text) {
            prop_assert_eq!(TestFile::parse(&file.to_text()), Ok(file));
        }
    }
}

/// The line and the kind of error of a trace whose header is right.
fn trace_error(body: &str) -> (usize, TextErrorKind) {
    let error = RawTrace::parse(&format!("Trace Go1.22\n{body}")).expect_err(body);
    (error.line, error.kind)
}

fn bad_argument(expected: &'static str, found: &str) -> TextErrorKind {
    TextErrorKind::BadArgument { expected, found: found.to_owned() }
}

fn trailing(found: &str) -> TextErrorKind {
    TextErrorKind::Trailing { found: found.to_owned() }
}

#[test]
fn blanks_and_comments_are_skipped() {
    let text = "# first\n\n \tTrace\u{a0}Go1.22 \n  # second\nStack id=1 nframes=2\n# inside\n pc=1 func=2 file=3 line=4\n\n\
        pc=5 func=6 file=7 line=8\nString id=07 \t\n data = `#` \n";
    let trace = RawTrace::parse(text).unwrap();
    let stack = RawEvent {
        event: EventType::STACK,
        arguments: vec![1, 2],
        frames: vec![Frame { pc: 1, func: 2, file: 3, line: 4 }, Frame { pc: 5, func: 6, file: 7, line: 8 }],
        data: Vec::new(),
    };
    let string =
        RawEvent { event: EventType::STRING, arguments: vec![7], frames: Vec::new(), data: b"#".to_vec() };
    assert_eq!(trace, RawTrace { version: Version::Go1_22, events: vec![stack, string] });
}

#[test]
fn wrong_events_are_named_with_their_line() {
    let unknown = |name: &str| TextErrorKind::UnknownEvent { name: name.to_owned() };
    assert_eq!(trace_error("\nNothing dt=1"), (3, unknown("Nothing")));
    assert_eq!(trace_error("GoSwitch dt=1 g=1 g_seq=1"), (2, unknown("GoSwitch")), "not known to Go 1.22");
    assert_eq!(trace_error("ProcStop"), (2, bad_argument("dt", "")));
    assert_eq!(trace_error("ProcStop dt=-1"), (2, bad_argument("dt", "dt=-1")));
    assert_eq!(trace_error("ProcStop dt=+1"), (2, bad_argument("dt", "dt=+1")));
    assert_eq!(
        trace_error("ProcStop dt=18446744073709551616"),
        (2, bad_argument("dt", "dt=18446744073709551616"))
    );
    assert_eq!(trace_error("ProcStop dt = 1"), (2, bad_argument("dt", "dt")));
    assert_eq!(trace_error("ProcStart dt=1 p_seq=1 p=1"), (2, bad_argument("p", "p_seq=1")));
    assert_eq!(trace_error("ProcStop dt=1 p=1"), (2, trailing("p=1")));
    assert_eq!(trace_error("ProcStop dt=1 # why"), (2, trailing("# why")), "Go takes no comment here");
    assert_eq!(
        trace_error("Stack id=1 nframes=2\npc=1 func=2 file=3 line=4"),
        (3, TextErrorKind::UnexpectedEnd { expected: "pc=U func=U file=U line=U" })
    );
    assert_eq!(
        trace_error("String id=1\n# only\n"),
        (4, TextErrorKind::UnexpectedEnd { expected: "data=LITERAL" })
    );
    assert_eq!(
        trace_error("String id=1\ndata=x"),
        (3, TextErrorKind::BadData { found: "data=x".to_owned() })
    );
}

#[test]
fn wrong_headers_are_told_apart() {
    let kind = |text: &str| RawTrace::parse(text).unwrap_err().kind;
    assert_eq!(kind(""), TextErrorKind::BadHeader { found: String::new() });
    assert_eq!(kind("trace Go1.22"), TextErrorKind::BadHeader { found: "trace Go1.22".to_owned() });
    assert_eq!(kind("Trace Go1."), TextErrorKind::BadHeader { found: "Trace Go1.".to_owned() });
    assert_eq!(kind("Trace Go1.24"), TextErrorKind::UnknownVersion { found: "Go1.24".to_owned() });
    assert_eq!(kind("Trace Go1.22 x"), trailing("x"));
}

#[test]
fn names_follow_the_version() {
    let event = |version: &str, line: &str| RawTrace::parse(&format!("Trace {version}\n{line}\n")).is_ok();
    for (line, since) in [
        ("UserLog dt=1 task=1 key_string=1 value_string=1 stack=1", 0),
        ("GoSwitch dt=1 g=1 g_seq=1", 1),
        ("ExperimentalBatch exp=1 gen=1 m=1 time=1\n\tdata=\"\"", 1),
        ("ClockSnapshot dt=1 mono=1 sec=1 nsec=1", 2),
        ("EndOfGeneration", 3),
        ("Span dt=1 id=1 npages_value=1 kindclass=1", 3),
    ] {
        let known = ["Go1.22", "Go1.23", "Go1.25", "Go1.26"].map(|version| event(version, line));
        assert_eq!(known, std::array::from_fn(|index| index >= since), "{line}");
    }
}

#[test]
fn the_longest_line_is_64_kib() {
    let line = |bytes: usize| format!("Trace Go1.22\n#{}\n", "x".repeat(bytes - 1));
    assert!(RawTrace::parse(&line(65_535)).is_ok());
    assert_eq!(
        RawTrace::parse(&line(65_536)).unwrap_err().kind,
        TextErrorKind::LineTooLong { bytes: 65_536 }
    );
}

#[test]
fn archives_hold_two_files_in_order() {
    let found = |text: &str| match TestFile::parse(text).unwrap_err().kind {
        TextErrorKind::WrongFiles { found } => found,
        other => panic!("{text:?}: {other}"),
    };
    assert!(found("").is_empty());
    assert_eq!(found("-- trace --\nTrace Go1.22\n-- expect --\n"), ["trace", "expect"]);
    assert_eq!(found("-- expect --\n-- trace --\nTrace Go1.22\n-- more --"), ["expect", "trace", "more"]);
    let comment = "a comment\n-- not a marker\n--  expect  --\n-- trace --\nTrace Go1.23";
    assert_eq!(TestFile::parse(comment).unwrap().trace.version, Version::Go1_23);
    let error = TestFile::parse("-- expect --\n\n-- trace --\nTrace Go1.22\nX\n").unwrap_err();
    assert_eq!((error.line, error.kind), (2, TextErrorKind::BadExpectation { found: String::new() }));
    let error = TestFile::parse("-- expect --\nSUCCESS\n-- trace --\nTrace Go1.22\nX\n").unwrap_err();
    assert_eq!((error.line, error.kind), (5, TextErrorKind::UnknownEvent { name: "X".to_owned() }));
}

#[test]
fn broken_bytes_are_located() {
    let error = |tail: &[u8]| {
        let error = RawTrace::from_binary(&[b"go 1.22 trace\0\0\0", tail].concat()).unwrap_err();
        (error.offset, error.kind)
    };
    assert_eq!(RawTrace::from_binary(b"go 1.24 trace\0\0\0").unwrap_err().kind, BinaryErrorKind::BadHeader);
    assert_eq!(error(&[4, 0]), (17, BinaryErrorKind::UnknownEvent { event: EventType(0) }));
    assert_eq!(error(&[45]), (16, BinaryErrorKind::UnknownEvent { event: EventType::GO_SWITCH }));
    assert_eq!(error(&[8]), (17, BinaryErrorKind::UnexpectedEnd));
    assert_eq!(error(&[8, 0x80]), (18, BinaryErrorKind::UnexpectedEnd));
    assert_eq!(error(&[5, 1, 2, 65]), (19, BinaryErrorKind::UnexpectedEnd));
    let overflow = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2];
    assert_eq!(error(&overflow), (27, BinaryErrorKind::VarintOverflow));
}
