//! The reader says of real traces what Go's own reader says, line for line.
#![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]

use procsteal_oracle::{Judge, gtl1};
use sha2::{Digest, Sha256};
use std::path::Path;

const MANIFEST: &str = include_str!("data/traces/MANIFEST.tsv");

/// Name, SHA-256 of the lines before the last, last line.
fn manifest() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    MANIFEST.lines().map(|line| {
        let mut fields = line.split('\t');
        (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap())
    })
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/traces").join(name)).unwrap()
}

#[test]
fn lines_are_those_of_gos_reader() {
    let mut differing = Vec::new();
    for (name, hash, end) in manifest() {
        let mut lines = Vec::new();
        gtl1::write(&read(name), &mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let last = lines.lines().last().unwrap();
        let before = &lines[..lines.len() - last.len() - 1];
        let digest: String = Sha256::digest(before).iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != hash || last != end {
            differing.push(format!("{name}: {last}, {digest}; Go says {end}, {hash}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert_eq!(manifest().count(), 25);
}

#[test]
fn the_judge_agrees_with_the_reader() {
    let mut judge = Judge::new();
    for (name, _, end) in manifest() {
        let verdict = match judge.judge(&read(name)) {
            Ok(accepted) => format!("END ok {}", accepted.events),
            Err(error) => format!("END error: {}", error.code()),
        };
        let expected = if end.starts_with("END ok") { end } else { "END error: stuck" };
        assert_eq!(verdict, expected, "{name}");
    }
}
