//! Commands that write are killed at random moments and started again: nothing is lost, torn, or told wrongly.
//!
//! `PROCSTEAL_KILLS` is how many kills there are in all (12); `make kills` makes it 200.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test is told by its panic")]

mod folders;

use folders::files;
use procsteal::explore::{Rng, generate};
use procsteal_reference::{Schedule, Switch, ThreadId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Kills in all, if nothing is said.
const KILLS: u32 = 12;

/// Commands that share the kills.
const COMMANDS: u32 = 4;

/// Executions of the hunt: a little more than one round of its batches (6,400), so that kills come before and after the
/// moment at which what was learned is shared. More would only repeat this, and minimizing is most of what it costs.
const HUNTED: &str = "6600";

/// Attempts for each kill: a moment may come after the end of the process, and is then none.
const ATTEMPTS_PER_KILL: u32 = 20;

fn kills() -> u32 {
    let kills = std::env::var("PROCSTEAL_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    kills.div_ceil(COMMANDS)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let binary =
        std::env::var_os("PROCSTEAL_BINARY").map_or(env!("CARGO_BIN_EXE_procsteal").into(), PathBuf::from);
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(folder);
    command
}

fn finish(folder: &Path, arguments: &[&str]) -> Output {
    let output = command(folder, arguments).output().unwrap();
    let code = output.status.code().unwrap();
    assert!(code == 0 || code == 1, "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Starts the command and kills it after a while; says whether it was still there.
fn kill_after(folder: &Path, arguments: &[&str], moment: Duration) -> bool {
    let mut child = command(folder, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

/// A command, what there is before it, and what it writes.
struct Case<'a> {
    name: &'a str,
    arguments: &'a [&'a str],
    /// Puts into the folder what the command reads.
    prepare: &'a dyn Fn(&Path),
    /// Where, in its folder, it writes.
    out: &'a str,
    /// Whether the summary of a command that was started again tells of all that was done, or of the rest.
    summary: Summary,
}

#[derive(PartialEq)]
enum Summary {
    OfAll,
    OfTheRest,
}

/// Kills a command so many times, each time going on with what the last one left, from the beginning again when it
/// came to its end; compares what it left, and what it printed, with a run that nobody killed.
fn kill_often(case: &Case<'_>) {
    let Case { name, arguments, prepare, out, summary } = case;
    let whole = tempfile::tempdir().unwrap();
    prepare(whole.path());
    let before = files(&whole.path().join(out));
    let start = Instant::now();
    let expected_output = finish(whole.path(), arguments).stdout;
    let duration = start.elapsed();
    let expected = files(&whole.path().join(out));
    assert_ne!(expected, before, "{name} writes nothing");

    let mut rng = Rng::new(1, 0);
    let (mut killed, mut ended, mut unfinished) = (0, 0, 0);
    let mut part = tempfile::tempdir().unwrap();
    prepare(part.path());
    let mut last = before.clone();
    for _ in 0..kills() * ATTEMPTS_PER_KILL {
        if killed >= kills() {
            break;
        }
        let moment = duration.mul_f64(f64::from(rng.below(1_000)) / 1_000.0);
        let is_killed = kill_after(part.path(), arguments, moment);
        let now = files(&part.path().join(out));
        check_left(name, &now, &last, &before, &expected);
        last = now;
        if is_killed {
            killed += 1;
            unfinished += usize::from(last != expected);
            // Now and then to the end, so that every moment is also one from which a command ends well.
            if killed % 4 != 0 && killed < kills() {
                continue;
            }
            let output = finish(part.path(), arguments).stdout;
            if *summary == Summary::OfAll {
                assert_eq!(
                    String::from_utf8_lossy(&output),
                    String::from_utf8_lossy(&expected_output),
                    "{name}"
                );
            }
        }
        ended += 1;
        assert_eq!(names(&files(&part.path().join(out))), names(&expected), "{name}");
        assert_eq!(files(&part.path().join(out)), expected, "{name}");
        part = tempfile::tempdir().unwrap();
        prepare(part.path());
        last = before.clone();
    }
    println!(
        "{name}: killed {killed} times, {unfinished} of them before its end; went on to its end {ended} times"
    );
    assert_eq!(killed, kills(), "{name} ended before it could be killed too often");
}

/// What a killed command left: of the files that it was to write some, each whole, and all that was there before.
fn check_left(
    name: &str,
    now: &BTreeMap<String, Vec<u8>>,
    last: &BTreeMap<String, Vec<u8>>,
    before: &BTreeMap<String, Vec<u8>>,
    expected: &BTreeMap<String, Vec<u8>>,
) {
    for (path, bytes) in now {
        if path.starts_with(".hunt-") {
            // The state from which the hunt goes on, which reads it: here it must be whole.
            serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
            continue;
        }
        let is_old = before.get(path) == Some(bytes);
        assert!(
            is_old || expected.get(path) == Some(bytes),
            "{name}: {path} is torn or was not to be written"
        );
    }
    for path in last.keys().filter(|path| !path.starts_with(".hunt-")) {
        assert!(now.contains_key(path), "{name}: {path} was there and is lost");
    }
}

fn names(files: &BTreeMap<String, Vec<u8>>) -> Vec<&String> {
    files.keys().collect()
}

fn random_schedules(folder: &Path, count: u64, first: u64) {
    std::fs::create_dir_all(folder).unwrap();
    for number in first..first + count {
        let mut rng = Rng::new(7, number);
        let scenario = generate(&mut rng);
        let switch = |rng: &mut Rng| Switch {
            thread: ThreadId(rng.below(4) as u8),
            step: rng.below(60) as u16,
            to: ThreadId(rng.below(4) as u8),
        };
        let switches = (0..12).map(|_| switch(&mut rng)).collect();
        let schedule = Schedule { scenario, switches };
        std::fs::write(folder.join(format!("{number:03}.sched")), schedule.to_string()).unwrap();
    }
}

#[test]
fn hunt() {
    let arguments = [
        "--json",
        "hunt",
        "--scheduler",
        "prefix",
        "--executions",
        HUNTED,
        "--seed",
        "3",
        "--jobs",
        "2",
        "--out",
        "findings",
        "--save-every",
        "0s",
    ];
    kill_often(&Case {
        name: "hunt",
        arguments: &arguments,
        prepare: &|_| {},
        out: "findings",
        summary: Summary::OfAll,
    });
}

#[test]
fn minimize() {
    let mut schedule: Schedule =
        include_str!("../corpus/regressions/stuck-GoSyscallEndBlocked-retake-stop.sched").parse().unwrap();
    for step in 0..40 {
        schedule.switches.push(Switch { thread: ThreadId(5), step, to: ThreadId(6) });
    }
    let text = schedule.to_string();
    kill_often(&Case {
        name: "minimize",
        arguments: &["minimize", "large.sched", "--scheduler", "prefix", "--out", "small/one.sched"],
        prepare: &|folder| {
            std::fs::write(folder.join("large.sched"), &text).unwrap();
            std::fs::create_dir(folder.join("small")).unwrap();
            std::fs::write(folder.join("small/one.sched"), "procsteal schedule v1\n").unwrap();
        },
        out: "small",
        summary: Summary::OfAll,
    });
}

#[test]
fn distill() {
    kill_often(&Case {
        name: "corpus distill",
        arguments: &["corpus", "distill", "large", "--out", "small"],
        prepare: &|folder| random_schedules(&folder.join("large"), 24, 0),
        out: "small",
        summary: Summary::OfAll,
    });
}

#[test]
fn merge() {
    kill_often(&Case {
        name: "corpus merge",
        arguments: &["corpus", "merge", "to", "from"],
        prepare: &|folder| {
            random_schedules(&folder.join("to"), 4, 0);
            random_schedules(&folder.join("from"), 24, 2);
        },
        out: "to",
        summary: Summary::OfTheRest,
    });
}
