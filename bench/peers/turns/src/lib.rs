//! What a peer's process says to `procsteal bench`: one line of numbers for each line of standard input.
//!
//! | line | what is done | answer |
//! | --- | --- | --- |
//! | `turn` | a fixed number of executions of the mended race | units, wall and CPU nanoseconds, peak memory in bytes (0: not known) |
//! | `first SEED LIMIT` | executions of the broken race until one fails, at most so many | the same, and 1 if one failed, or 0 |
//! | `all LIMIT` | every execution of the mended race, at most so many | the same, and 1 if that were all, or 0 |
//!
//! CPU time is that of all threads of the process. The first turn is not counted by the other side, so that caches and
//! memory are warm.

use cpu_time::ProcessTime;
use std::io::{self, Write};
use std::time::Instant;

/// A way to execute the race.
pub trait Racer {
    /// Executions of the mended race for a turn; says how many were made.
    fn turn(&mut self, seed: u64) -> u64;

    /// Executions of the broken race until one fails.
    fn first(&mut self, seed: u64, limit: u64) -> Outcome;

    /// All executions of the mended race; `None` if this racer draws them at random.
    fn all(&mut self, limit: u64) -> Option<Outcome>;
}

/// What a search came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Executions made, the failing one included.
    pub executions: u64,
    /// Whether it came to its end: a failure, or no execution left.
    pub ended: bool,
}

/// Answers every line of standard input.
///
/// # Errors
///
/// Those of standard input and output, and a line that is none of the table's.
pub fn serve(racer: &mut dyn Racer) -> io::Result<()> {
    let mut seed = 0;
    for line in io::stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["turn"] => {
                seed += 1;
                answer(|| (racer.turn(seed), None))?;
            }
            ["first", seed, limit] => {
                let (seed, limit) = (number(seed)?, number(limit)?);
                answer(|| split(racer.first(seed, limit)))?;
            }
            ["all", limit] => {
                let limit = number(limit)?;
                answer(|| split(racer.all(limit).unwrap_or(Outcome { executions: 0, ended: false })))?;
            }
            _ => return Err(io::Error::other(format!("no such line: {line:?}"))),
        }
    }
    Ok(())
}

fn number(word: &str) -> io::Result<u64> {
    word.parse().map_err(io::Error::other)
}

fn split(outcome: Outcome) -> (u64, Option<bool>) {
    (outcome.executions, Some(outcome.ended))
}

fn answer(work: impl FnOnce() -> (u64, Option<bool>)) -> io::Result<()> {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let (units, ended) = work();
    let (wall, cpu) = (wall.elapsed().as_nanos(), cpu.elapsed().as_nanos());
    let mut output = io::stdout();
    write!(output, "{units} {wall} {cpu} {}", peak_memory_bytes())?;
    match ended {
        Some(ended) => writeln!(output, " {}", u8::from(ended))?,
        None => writeln!(output)?,
    }
    output.flush()
}

/// The most memory that this process has had; 0 where the system has no `/proc`.
fn peak_memory_bytes() -> u64 {
    const BYTES_PER_KIBIBYTE: u64 = 1024;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or(0, |kibibytes| kibibytes * BYTES_PER_KIBIBYTE)
}

/// Which of the two protocols runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Protocol {
    /// The P is taken, and then the token.
    Broken,
    /// The token is had before the P is taken.
    Mended,
}

/// How large the race is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// System calls of the victim.
    pub syscalls: u8,
    /// Attempts of the thief.
    pub attempts: u8,
    /// Further threads that only write events.
    pub writers: u8,
    /// Events of each of them.
    pub events: u8,
    /// Loads of the generation before the tracer stops.
    pub delay: u8,
}

impl Size {
    /// Three threads, one system call, one attempt.
    pub const SMALL: Self = Self { syscalls: 1, attempts: 1, writers: 0, events: 0, delay: 0 };
    /// Five threads, four system calls, four attempts.
    pub const LARGE: Self = Self { syscalls: 4, attempts: 4, writers: 2, events: 8, delay: 8 };

    /// The size of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "small" => Some(Self::SMALL),
            "large" => Some(Self::LARGE),
            _ => None,
        }
    }
}
