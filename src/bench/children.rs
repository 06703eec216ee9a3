//! Contestants that are commands: the CPU time of a process and of all that it waited for, and how it is kept to some.

use super::BenchError;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What a command came to.
#[derive(Debug)]
pub(super) struct Ran {
    /// By the clock on the wall.
    pub(super) wall: Duration,
    /// Of the process and of all its children that were waited for.
    pub(super) cpu: Duration,
    /// How it ended, and what it said.
    pub(super) output: Output,
}

/// Runs a command to its end. Only one may run at a time: the system counts the time of all children together.
pub(super) fn run(command: &mut Command) -> Result<Ran, BenchError> {
    let program = Path::new(command.get_program()).to_owned();
    let (before, start) = (of_children()?, Instant::now());
    let output = command.output().map_err(BenchError::file("run", &program))?;
    let (wall, cpu) = (start.elapsed(), of_children()?.saturating_sub(before));
    Ok(Ran { wall, cpu, output })
}

/// How often the processes of a command are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs a command until it ends or its processes have had this much CPU time together; gives what they had. A wall clock
/// would give less to whoever runs on a busy machine. What it says of errors goes to the file.
pub(super) fn run_within(
    command: &mut Command,
    budget: Duration,
    errors: &Path,
) -> Result<Duration, BenchError> {
    let program = Path::new(command.get_program()).to_owned();
    let file = File::create(errors).map_err(BenchError::file("write", errors))?;
    let before = of_children()?;
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .map_err(BenchError::file("run", &program))?;
    let watched = watch(&mut child, budget);
    // Whatever is left of its group must not run on beside others; that there is none is what is wanted.
    if let Ok(id) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
    }
    child.wait().map_err(BenchError::file("wait for", &program))?;
    watched.map_err(BenchError::file("watch", &program))?;
    Ok(of_children()?.saturating_sub(before))
}

/// Waits until the child has ended or its group has had its CPU time.
fn watch(child: &mut Child, budget: Duration) -> std::io::Result<()> {
    while child.try_wait()?.is_none() {
        if of_group(child.id())? >= budget {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// CPU time of all processes of a group, and of their children that have ended.
fn of_group(group: u32) -> std::io::Result<Duration> {
    /// Linux gives times in hundredths of a second, whatever its own clock.
    const TICK: Duration = Duration::from_millis(10);
    let mut ticks = 0;
    for entry in std::fs::read_dir("/proc")? {
        // Processes come and go; one that is gone has told its parent.
        let Ok(status) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
        ticks += ticks_in_group(&status, group).unwrap_or(0);
    }
    Ok(TICK.saturating_mul(ticks))
}

/// The ticks that a line of `/proc/PID/stat` tells of, if the process is of the group.
fn ticks_in_group(status: &str, group: u32) -> Option<u32> {
    /// Fields after the name, which may have spaces in it: the group, and the four times one after the other.
    const GROUP: usize = 2;
    const TIMES: std::ops::Range<usize> = 11..15;
    let (_, fields) = status.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let is_in_group = fields.get(GROUP)?.parse() == Ok(group);
    is_in_group
        .then(|| fields.get(TIMES).into_iter().flatten().filter_map(|time| time.parse::<u32>().ok()).sum())
}

/// CPU time of all children so far.
fn of_children() -> Result<Duration, BenchError> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| BenchError::Contestant {
        name: "getrusage".to_owned(),
        problem: error.to_string(),
    })?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Ok(Duration::from_micros(microseconds.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_of_a_child_takes_counts() {
        let loops = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
        let mut command = Command::new("sh");
        command.args(["-c", &format!("sh -c '{loops}'; true")]);
        let ran = run(&mut command).unwrap();
        assert!(ran.output.status.success() && ran.cpu > Duration::ZERO, "{ran:?}");
    }

    #[test]
    fn a_command_ends_when_its_group_has_had_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "sh -c 'while true; do :; done' & wait"]);
        let budget = Duration::from_millis(100);
        assert!(
            run_within(&mut command, budget, &folder.path().join("errors")).unwrap()
                < Duration::from_secs(60)
        );
    }

    #[test]
    fn only_the_group_counts() {
        let status = "7 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 3 4 5 6 20 0 1 0";
        assert_eq!(ticks_in_group(status, 42), Some(18));
        assert_eq!(ticks_in_group(status, 41), None);
    }
}
