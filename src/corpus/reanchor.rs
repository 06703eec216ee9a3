//! Makes kept schedules show again what they claim: a change of the model moves the steps at which switches stand.

use super::entry::{Claim, Entry, load};
use crate::execution::Bench;
use crate::explore::Rng;
use crate::findings::{FindingsError, write_atomically};
use crate::minimize::{minimize, search_scenario};
use crate::signature::{Signature, signature};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Schedule, Variant};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Executions with moved switches.
const MOVES: u64 = 4_000;

/// How far switches are moved in the end, in steps: about a function's worth.
const FARTHEST: u64 = 64;

/// Executions that search the scenario, if no move helps.
const SEARCHES: u64 = 20_000;

/// What became of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reanchored {
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub anchoring: Anchoring,
}

/// What became of a kept schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchoring {
    /// It shows what it claims, and is as small as it gets.
    Kept,
    /// Another schedule stands in its file, which shows the same and is as small as it gets.
    Moved,
    /// Nothing was found that shows what it claims. Its file is as it was.
    Lost,
}

/// Looks, for each schedule of a folder that claims to fail, for the smallest one that still does, and writes it in
/// the place of the old. What the file claims of other schedulers is brought up to date.
///
/// # Errors
/// [`FindingsError`] for the first file that cannot be read or written.
pub fn reanchor(folder: &std::path::Path) -> Result<Vec<Reanchored>, FindingsError> {
    let mut bench = Bench::new();
    let mut outcomes = Vec::new();
    for entry in load(folder)? {
        let failing = entry.claims.iter().find_map(|claim| Some((claim.scheduler, claim.signature.clone()?)));
        let Some((scheduler, expected)) = failing else { continue };
        let found = find(&mut bench, scheduler, &expected, &entry.schedule)
            .and_then(|schedule| minimize(&mut bench, scheduler, &schedule).ok())
            .filter(|minimized| minimized.extent.is_minimal());
        let anchoring = match found {
            None => Anchoring::Lost,
            Some(found) if found.schedule == entry.schedule => Anchoring::Kept,
            Some(found) => {
                let text = text(&mut bench, &entry, &found.schedule)?;
                write_atomically(&entry.path, text.as_bytes())?;
                Anchoring::Moved
            }
        };
        outcomes.push(Reanchored { path: entry.path, anchoring });
    }
    Ok(outcomes)
}

/// The schedule itself if it shows what is expected, or one with its switches moved, or one of its scenario.
fn find(
    bench: &mut Bench,
    scheduler: &'static Variant,
    expected: &Signature,
    schedule: &Schedule,
) -> Option<Schedule> {
    for number in 0..MOVES {
        let moved = moved(schedule, number);
        let fails = bench.execute(scheduler, &moved).verdict.is_finding();
        if fails && signature(&bench.record(scheduler, &moved)).as_ref() == Some(expected) {
            return Some(moved);
        }
    }
    search_scenario(bench, scheduler, expected, &schedule.scenario, SEARCHES)
}

/// The schedule with the switches of each thread moved alike, and each a little; the farther the higher the number.
fn moved(schedule: &Schedule, number: u64) -> Schedule {
    let mut rng = Rng::new(0, number);
    let farthest = (number * FARTHEST / MOVES + u64::from(number > 0)) as u32;
    let mut shift = |most: u32| rng.below(2 * most + 1) as i32 - most as i32;
    let of_threads: [i32; MAX_THREADS] = std::array::from_fn(|_| shift(farthest));
    let mut moved = schedule.clone();
    for switch in &mut moved.switches {
        let by = of_threads[switch.thread.0 as usize % MAX_THREADS] + shift(farthest / 8);
        switch.step = (i32::from(switch.step) + by).clamp(0, i32::from(u16::MAX)) as u16;
    }
    moved
}

/// The new contents of a file: its comments, with claims that are true now, and the schedule.
fn text(bench: &mut Bench, entry: &Entry, schedule: &Schedule) -> Result<String, FindingsError> {
    let old = std::fs::read_to_string(&entry.path).map_err(FindingsError::io("read", &entry.path))?;
    let new = schedule.to_string();
    let mut lines = new.lines();
    let mut text = String::new();
    let mut add = |line: &str| {
        // A string takes everything.
        let _ = writeln!(text, "{line}");
    };
    lines.by_ref().take(1).for_each(&mut add);
    let comments = old.lines().filter(|line| line.starts_with('#') && Claim::of_comment(line).is_none());
    comments.for_each(&mut add);
    for claim in &entry.claims {
        let now = signature(&bench.record(claim.scheduler, schedule));
        add(&Claim { scheduler: claim.scheduler, signature: now }.to_string());
    }
    lines.for_each(&mut add);
    Ok(text)
}
