//! One input, every engine: each regression through the function that is a target's body, libFuzzer's binary, AFL++'s
//! binary, the built-in search, and `procsteal replay`. All must come to the signature that the regression claims.
//!
//! `make engines` builds the binaries and says so by `PROCSTEAL_ENGINES=built`; without it they are left out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test is told by its panic")]

use procsteal::Bench;
use procsteal::corpus::{Claim, Entry, load};
use procsteal::explore::Recorder;
use procsteal::signature::signature;
use procsteal::targets::{TARGETS, Target, failure};
use procsteal::triage::KnownBugs;
use procsteal_reference::{Follow, Schedule};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PARSEABLE: &str = "parseable";

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The signature that a claim names, as text.
fn claimed(claim: &Claim) -> String {
    claim.signature.as_ref().map_or(PARSEABLE.to_owned(), ToString::to_string)
}

/// What a target's binary says of an input: it panics with `SIGNATURE on SCHEDULER`, or it ends well.
fn told(output: &Output, scheduler: &str) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find_map(|line| {
        let (signature, rest) = line.split_once(" on ")?;
        rest.starts_with(&format!("{scheduler};")).then(|| signature.trim().to_owned())
    });
    match line {
        Some(signature) if !output.status.success() => signature,
        None if output.status.success() => PARSEABLE.to_owned(),
        _ => panic!("{}: {text}", output.status),
    }
}

/// Whether the engines' binaries are there to be asked.
fn are_built() -> bool {
    std::env::var("PROCSTEAL_ENGINES").is_ok_and(|value| value == "built")
}

fn target(name: &str) -> &'static Target {
    static ALL: [Target; TARGETS.len()] = TARGETS;
    ALL.iter().find(|target| target.name == name).unwrap()
}

/// libFuzzer's binary is in a folder named by the machine's kind.
fn libfuzzer(target: &str, input: &Path) -> Output {
    let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let binary = repository().join(format!("fuzz/target/{host}/release/{target}"));
    Command::new(binary).arg(input).env("PROCSTEAL_KNOWN", "ignore").output().unwrap()
}

fn afl(target: &str, bytes: &[u8]) -> Output {
    let binary = repository().join(format!("fuzz/target/afl/release/{target}"));
    let mut child = Command::new(binary)
        .env("PROCSTEAL_KNOWN", "ignore")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    child.wait_with_output().unwrap()
}

/// What a target's function, and the binaries that call it if they are built, say of an input, on that scheduler.
fn check_target(name: &str, bytes: &[u8], scheduler: &str, expected: &str, place: &str) {
    let failure = failure(target(name), bytes, &KnownBugs::default());
    let found = failure.map_or(PARSEABLE.to_owned(), |(on, found)| {
        assert_eq!(on.name, scheduler, "{place}");
        found.to_string()
    });
    assert_eq!(found, expected, "the target's function: {place}");
    if are_built() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        std::fs::write(&input, bytes).unwrap();
        assert_eq!(told(&libfuzzer(name, &input), scheduler), expected, "libFuzzer: {place}");
        assert_eq!(told(&afl(name, bytes), scheduler), expected, "AFL++: {place}");
    }
}

/// As the built-in search runs and keeps a schedule: by a chooser, whose decisions are recorded, and then replayed.
fn search(schedule: &Schedule, claim: &Claim) -> String {
    let mut bench = Bench::new();
    let mut follow = Follow::default();
    follow.load(schedule);
    let mut switches = Vec::new();
    let mut recorder = Recorder::new(&mut follow, &mut switches);
    let execution = bench.execute_with(claim.scheduler, &schedule.scenario, &mut recorder);
    let recorded = Schedule { scenario: schedule.scenario.clone(), switches };
    let recording = bench.record(claim.scheduler, &recorded);
    assert_eq!(
        format!("{:?}", recording.execution),
        format!("{execution:?}"),
        "recorded, it is another execution"
    );
    signature(&recording).map_or(PARSEABLE.to_owned(), |found| found.to_string())
}

fn replay(path: &Path, claim: &Claim) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_procsteal"))
        .args(["--json", "replay", "--scheduler", claim.scheduler.name])
        .arg(path)
        .output()
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    document["verdict"]["signature"].as_str().unwrap_or(PARSEABLE).to_owned()
}

fn compare(entry: &Entry, binary: &Path) -> usize {
    let bytes = entry.schedule.to_byte_vec();
    std::fs::write(binary, &bytes).unwrap();
    let mut compared = 0;
    for claim in &entry.claims {
        let expected = claimed(claim);
        let name = claim.scheduler.name;
        let place = format!("{} on {name}", entry.name());
        assert_eq!(search(&entry.schedule, claim), expected, "the built-in search: {place}");
        assert_eq!(replay(&entry.path, claim), expected, "replay of the text: {place}");
        assert_eq!(replay(binary, claim), expected, "replay of the bytes: {place}");
        if ["prefix", "fixed"].contains(&name) {
            check_target(name, &bytes, name, &expected, &place);
            compared += 1;
        }
    }
    compared
}

/// Of a schedule on which the two schedulers differ, `differential` tells the first that fails.
fn compare_differential(entry: &Entry) -> bool {
    let of = |name: &str| entry.claims.iter().find(|claim| claim.scheduler.name == name).map(claimed);
    let (Some(prefix), Some(fixed)) = (of("prefix"), of("fixed")) else { return false };
    let (scheduler, expected) = if prefix == fixed {
        ("prefix", PARSEABLE)
    } else if prefix == PARSEABLE {
        ("fixed", fixed.as_str())
    } else {
        ("prefix", prefix.as_str())
    };
    let place = format!("{}, differential", entry.name());
    check_target("differential", &entry.schedule.to_byte_vec(), scheduler, expected, &place);
    prefix != fixed
}

#[test]
fn every_engine_says_the_same_of_every_regression() {
    let entries = load(&repository().join("corpus")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("input.bin");
    let compared: usize = entries.iter().map(|entry| compare(entry, &binary)).sum();
    let differ = entries.iter().filter(|entry| compare_differential(entry)).count();
    let with = if are_built() { "with" } else { "without" };
    println!(
        "{compared} claims of {} schedules, {differ} differences, {with} the engines' binaries",
        entries.len()
    );
    assert!(compared >= 6 && differ >= 3, "{compared} claims, {differ} differences");
}
