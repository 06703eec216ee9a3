//! The reader says of Go's own test traces and fuzz corpus what Go's reader says, line for line.
#![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]

use procsteal_oracle::testtrace::{TestFile, parse_fuzz_file};
use procsteal_oracle::{Judge, gtl1};
use sha2::{Digest, Sha256};
use std::path::Path;

const VERDICTS: &str = include_str!("data/go-tests/verdicts.tsv");

/// In the format before Go 1.22, which Go reads and we do not.
const TOO_OLD: &str = "fuzz/4055b17cae1a3443";

fn read(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/go-tests").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    if name.starts_with("fuzz/") {
        return parse_fuzz_file(&text).unwrap();
    }
    let file = TestFile::parse(&text).unwrap();
    file.trace.to_binary()
}

#[test]
fn lines_are_those_of_gos_reader() {
    let mut differing = Vec::new();
    let mut compared = 0;
    let mut judge = Judge::new();
    for line in VERDICTS.lines() {
        let [name, hash, end] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let trace = read(name);
        let mut lines = Vec::new();
        gtl1::write(&trace, &mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let last = lines.lines().last().unwrap();
        if name == TOO_OLD {
            assert!(last.starts_with("END open-error \"old"), "{last}");
            continue;
        }
        let before = &lines[..lines.len() - last.len() - 1];
        let digest: String = Sha256::digest(before).iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != hash || last != end {
            differing.push(format!("{name}: {last}, {digest}; Go says {end}, {hash}"));
        }
        assert_eq!(judge.judge(&trace).is_ok(), end.starts_with("END ok"), "{name}");
        compared += 1;
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert_eq!(compared, 38);
}

#[test]
fn every_expectation_holds() {
    let mut judge = Judge::new();
    let mut files = 0;
    for name in
        VERDICTS.lines().filter_map(|line| line.split('\t').next()).filter(|name| name.ends_with(".test"))
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/go-tests").join(name);
        let file = TestFile::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let error = judge.judge(&file.trace.to_binary()).err().map(|error| error.to_string());
        let matches = |pattern: &str, text: &str| regex::Regex::new(pattern).unwrap().is_match(text);
        assert_eq!(file.expectation.check(error.as_deref(), matches), Ok(()), "{name}");
        files += 1;
    }
    assert_eq!(files, 22);
}
