//! The bodies of the fuzz targets, for every engine: one input in, a panic when it shows something new.
//!
//! An engine's target is one call of one of these functions, so that an input means the same to every engine.
//!
//! ```
//! use procsteal::targets::TARGETS;
//!
//! let schedule: procsteal_reference::Schedule = "procsteal schedule v1\nG1: trace-start, syscall\n".parse()?;
//! for target in &TARGETS {
//!     (target.run)(&schedule.to_byte_vec());
//! }
//! # Ok::<(), procsteal_reference::ScheduleError>(())
//! ```

mod mutator;
mod pairs;
mod races;
mod survey;

pub use mutator::{crossover, mutate};
pub use pairs::count_in;

use crate::execution::{Bench, Recording};
use crate::signature::{Signature, signature};
use crate::triage::KnownBugs;
use procsteal_oracle::Judge;
use procsteal_reference::{Schedule, Variant};
use std::cell::RefCell;
use std::sync::OnceLock;

/// With this variable set to `ignore`, what `corpus/known.toml` lists is reported as if it were new.
const KNOWN_VARIABLE: &str = "PROCSTEAL_KNOWN";

/// What the bytes of an input are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InputKind {
    /// A schedule.
    Schedule,
    /// A trace.
    Trace,
}

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of its binary, of its corpus folder and of its artifacts.
    pub name: &'static str,
    /// What it is given.
    pub input: InputKind,
    /// On which schedulers it runs a schedule to have the traces judged. Of several, it fails only if they differ.
    pub schedulers: &'static [&'static str],
    /// Its body.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 5] = [
    DIFFERENTIAL,
    PREFIX,
    FIXED,
    Target { name: "oracle", input: InputKind::Trace, schedulers: &[], run: oracle },
    Target { name: "roundtrip", input: InputKind::Schedule, schedulers: &[], run: roundtrip },
];

const DIFFERENTIAL: Target = Target {
    name: "differential",
    input: InputKind::Schedule,
    schedulers: &["prefix", "fixed"],
    run: differential,
};

const PREFIX: Target =
    Target { name: "prefix", input: InputKind::Schedule, schedulers: &["prefix"], run: prefix };

const FIXED: Target =
    Target { name: "fixed", input: InputKind::Schedule, schedulers: &["fixed"], run: fixed };

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
    static JUDGE: RefCell<Judge> = RefCell::new(Judge::new());
}

fn known() -> &'static KnownBugs {
    static KNOWN: OnceLock<KnownBugs> = OnceLock::new();
    KNOWN.get_or_init(|| match std::env::var(KNOWN_VARIABLE) {
        Ok(value) if value == "ignore" => KnownBugs::default(),
        _ => KnownBugs::committed(),
    })
}

/// The signature of a schedule on one scheduler, if there is something wrong.
fn signature_on(bench: &mut Bench, scheduler: &Variant, schedule: &Schedule) -> Option<Signature> {
    if !pairs::execute(bench, scheduler, schedule).verdict.is_finding() {
        return None;
    }
    let recording: Recording = bench.record(scheduler, schedule);
    signature(&recording)
}

/// What a target fails with on an input: the first of its schedulers whose trace shows something that is not known,
/// and what it shows.
pub fn failure(target: &Target, data: &[u8], known: &KnownBugs) -> Option<(&'static Variant, Signature)> {
    let schedule = Schedule::from_bytes(data);
    let schedulers = target.schedulers.iter().filter_map(|name| Variant::named(name));
    let found: Vec<(&Variant, Option<Signature>)> = BENCH.with_borrow_mut(|bench| {
        schedulers.map(|scheduler| (scheduler, signature_on(bench, scheduler, &schedule))).collect()
    });
    if found.len() > 1 && found.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        return None;
    }
    let mut wrong = found.into_iter().filter_map(|(scheduler, signature)| Some((scheduler, signature?)));
    wrong.find(|(_, signature)| known.find(signature).is_none())
}

#[allow(clippy::panic, reason = "a panic is how a fuzz target tells its engine of a finding")]
fn fail_on_news(target: &Target, data: &[u8]) {
    survey::count();
    let Some((scheduler, found)) = failure(target, data, known()) else { return };
    if survey::is_on() {
        return survey::note(scheduler, &found);
    }
    let (name, schedule) = (scheduler.name, Schedule::from_bytes(data));
    panic!("{found} on {name}; replay this schedule with `procsteal replay`:\n{schedule}")
}

/// Runs the schedule on `prefix` and on `fixed`.
///
/// # Panics
/// If their verdicts differ and what is wrong is not known.
pub fn differential(data: &[u8]) {
    fail_on_news(&DIFFERENTIAL, data);
}

/// Runs the schedule on `prefix`.
///
/// # Panics
/// If the trace cannot be parsed in a way that is not known.
pub fn prefix(data: &[u8]) {
    fail_on_news(&PREFIX, data);
}

/// Runs the schedule on `fixed`.
///
/// # Panics
/// If the trace cannot be parsed in a way that is not known.
pub fn fixed(data: &[u8]) {
    fail_on_news(&FIXED, data);
}

/// Gives raw bytes to the oracle, which must answer whatever they are.
pub fn oracle(data: &[u8]) {
    JUDGE.with_borrow_mut(|judge| {
        let verdict = judge.judge(data);
        let events =
            procsteal_oracle::Reader::new(data).map_or(0, |reader| reader.take_while(Result::is_ok).count());
        if let Ok(accepted) = verdict {
            assert_eq!(accepted.events, events as u64, "the judge and the reader count differently");
        }
    });
}

/// Takes a schedule through its encodings, and the trace that it writes through both ways of reading it.
///
/// # Panics
/// If an encoding gives another schedule back, or the two ways of reading disagree.
pub fn roundtrip(data: &[u8]) {
    let schedule = Schedule::from_bytes(data);
    assert_eq!(Schedule::from_bytes(&schedule.to_byte_vec()), schedule, "the bytes give another schedule");
    let text = schedule.to_string();
    assert_eq!(text.parse::<Schedule>().as_ref(), Ok(&schedule), "the text gives another schedule:\n{text}");
    let Some(fixed) = Variant::named("fixed") else { return };
    let recording = BENCH.with_borrow_mut(|bench| bench.record(fixed, &schedule));
    for trace in &recording.traces {
        oracle(trace);
    }
}
