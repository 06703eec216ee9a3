//! What the command line says of bad input, and its exit codes: 0 nothing wrong, 1 a finding, 2 bad input.
#![allow(clippy::unwrap_used, reason = "a failed test is told by its panic")]

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// A trace of Go, and the beginning of one.
const TRACE: &[u8] = include_bytes!("../oracle/tests/data/traces/go1.22.10-annotations.trace");
const BROKEN: &[u8] = include_bytes!("../oracle/tests/data/traces/go1.22.10-prefix-retake-stop-3.trace");

/// The header of a trace in the format before Go 1.22.
const OLD_TRACE: &[u8] = b"go 1.19 trace\0\0\0";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("good.trace", TRACE);
    write("broken.trace", BROKEN);
    write("cut.trace", &TRACE[..TRACE.len() / 2]);
    write("old.trace", OLD_TRACE);
    write("text.trace", b"hello\n");
    write("empty.trace", b"");
    write("typo.sched", b"procsteal schedule v1\nprocs 2\nG1: trace-start, sycall\n");
    write("good.sched", b"procsteal schedule v1\nprocs 2\nG1: trace-start, syscall\n");
    folder
}

/// What a command prints and comes to, as a shell would show it.
fn transcript(folder: &Path, arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_procsteal"))
        .args(arguments.split(' '))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let mut text = format!("$ procsteal {arguments}\n");
    for stream in [&output.stdout, &output.stderr] {
        text += &String::from_utf8_lossy(stream);
    }
    writeln!(text, "exit code {}\n", output.status.code().unwrap()).unwrap();
    text
}

fn transcripts(commands: &[&str]) -> String {
    let folder = folder();
    commands.iter().map(|command| transcript(folder.path(), command)).collect()
}

#[test]
fn a_file_that_is_no_trace_is_bad_input_and_a_trace_that_cannot_be_read_is_a_finding() {
    insta::assert_snapshot!(transcripts(&[
        "check good.trace",
        "check cut.trace",
        "check text.trace",
        "check empty.trace",
        "check old.trace",
        "check missing.trace",
        "check missing.trace good.trace",
        "check .",
        "events text.trace",
        "events cut.trace --format json",
    ]));
}

#[test]
fn the_exit_code_of_several_traces_is_that_of_the_worst() {
    let folder = folder();
    let code = |traces: &str| {
        let text = transcript(folder.path(), &format!("check {traces}"));
        text.trim_end().chars().last().unwrap()
    };
    assert_eq!(code("good.trace good.trace"), '0');
    assert_eq!(code("good.trace broken.trace"), '1');
    assert_eq!(code("broken.trace text.trace"), '2');
    assert_eq!(code("text.trace broken.trace good.trace"), '2');
}

#[test]
fn a_finding_whose_minimizing_reaches_its_limit_is_a_finding_all_the_same() {
    let folder = folder();
    let hunt = "hunt --executions 400 --seed 1 --minimize-limit 1 --known-smallest ignore";
    let text = transcript(folder.path(), hunt);
    assert!(text.ends_with("exit code 1\n\n"), "{text}");
    // Once where it is found, and once in the summary.
    let told = text.matches("minimize-limit: the limit of executions was reached").count();
    let found = text.matches("found stuck/").count();
    assert!(found > 0 && told == 2 * found, "{text}");
    let text = transcript(folder.path(), &format!("{hunt} --afresh --json"));
    assert!(text.contains("\"extent\": \"limit-reached\"") && text.ends_with("exit code 1\n\n"), "{text}");
    let text = transcript(folder.path(), "triage findings");
    assert!(text.contains("minimize-limit: ") && text.ends_with("exit code 0\n\n"), "{text}");
}

#[test]
fn a_schedule_with_an_error_is_told_with_its_line_and_what_could_stand_there() {
    insta::assert_snapshot!(transcripts(&[
        "replay good.sched",
        "replay typo.sched",
        "replay missing.sched",
        "replay text.trace",
        "minimize good.sched",
        "diff typo.sched",
    ]));
}

#[test]
fn names_and_numbers_that_do_not_exist_are_told_with_those_that_do() {
    insta::assert_snapshot!(transcripts(&[
        "hunt --scheduler none --executions 1",
        "hunt --strategy none",
        "hunt --time soon",
        "verify --procs 99",
        "report missing",
        "triage missing",
        "corpus stats missing",
    ]));
}
