//! Traces made for one rule each: the oracle's lines are those of Go 1.27.3.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use procsteal_oracle::gtl1;
use procsteal_oracle::testtrace::TestFile;
use sha2::{Digest, Sha256};
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/made");

/// As in the file of verdicts: name, hash of all lines but the last, last line.
fn verdict(name: &str) -> String {
    let text = std::fs::read_to_string(Path::new(FOLDER).join(name)).unwrap();
    let mut lines = Vec::new();
    gtl1::write(&TestFile::parse(&text).unwrap().trace.to_binary(), &mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    let last = lines.lines().last().unwrap();
    let before = &lines[..lines.len() - last.len() - 1];
    let digest: String = Sha256::digest(before).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}\t{digest}\t{last}")
}

#[test]
fn lines_are_those_of_gos_reader() {
    let verdicts = std::fs::read_to_string(Path::new(FOLDER).join("verdicts.tsv")).unwrap();
    assert!(!verdicts.is_empty());
    for line in verdicts.lines() {
        let (name, _) = line.split_once('\t').unwrap();
        assert_eq!(verdict(name), line);
    }
}
