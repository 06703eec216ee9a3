//! The bodies of the fuzz targets, for every engine: one input in, a panic when it shows something new.

use crate::execution::{Bench, Recording};
use crate::signature::{Signature, signature};
use crate::triage::KnownBugs;
use procsteal_oracle::Judge;
use procsteal_reference::{Schedule, Variant};
use std::cell::RefCell;
use std::sync::OnceLock;

/// With this variable set to `ignore`, what `corpus/known.toml` lists is reported as if it were new.
const KNOWN_VARIABLE: &str = "PROCSTEAL_KNOWN";

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
    if !bench.execute(scheduler, schedule).verdict.is_finding() {
        return None;
    }
    let recording: Recording = bench.record(scheduler, schedule);
    signature(&recording)
}

#[allow(clippy::panic, reason = "a panic is how a fuzz target tells its engine of a finding")]
fn report(scheduler: &Variant, schedule: &Schedule, found: &Signature) -> ! {
    panic!("{found} on {}; replay this schedule with `procsteal replay`:\n{schedule}", scheduler.name)
}

fn on(schedulers: &[&str], data: &[u8]) {
    let schedule = Schedule::from_bytes(data);
    BENCH.with_borrow_mut(|bench| {
        for scheduler in schedulers.iter().filter_map(|name| Variant::named(name)) {
            if let Some(found) = signature_on(bench, scheduler, &schedule)
                && known().find(&found).is_none()
            {
                report(scheduler, &schedule, &found);
            }
        }
    });
}

/// Runs the schedule on `prefix` and on `fixed`.
///
/// # Panics
/// If their verdicts differ and what is wrong is not known.
pub fn differential(data: &[u8]) {
    let schedule = Schedule::from_bytes(data);
    BENCH.with_borrow_mut(|bench| {
        let schedulers: Vec<&Variant> =
            ["prefix", "fixed"].iter().filter_map(|name| Variant::named(name)).collect();
        let found: Vec<Option<Signature>> =
            schedulers.iter().map(|scheduler| signature_on(bench, scheduler, &schedule)).collect();
        if found.windows(2).all(|pair| pair[0] == pair[1]) {
            return;
        }
        for (scheduler, found) in schedulers.iter().zip(&found) {
            if let Some(found) = found.as_ref().filter(|found| known().find(found).is_none()) {
                report(scheduler, &schedule, found);
            }
        }
    });
}

/// Runs the schedule on `prefix`.
///
/// # Panics
/// If the trace cannot be parsed in a way that is not known.
pub fn prefix(data: &[u8]) {
    on(&["prefix"], data);
}

/// Runs the schedule on `fixed`.
///
/// # Panics
/// If the trace cannot be parsed in a way that is not known.
pub fn fixed(data: &[u8]) {
    on(&["fixed"], data);
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

/// Takes a schedule through its encodings.
///
/// # Panics
/// If one of them gives another schedule back.
pub fn roundtrip(data: &[u8]) {
    let schedule = Schedule::from_bytes(data);
    assert_eq!(Schedule::from_bytes(&schedule.to_byte_vec()), schedule, "the bytes give another schedule");
    let text = schedule.to_string();
    assert_eq!(text.parse::<Schedule>().as_ref(), Ok(&schedule), "the text gives another schedule:\n{text}");
}
