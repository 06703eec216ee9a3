//! The predicate that minimizers keep: whether an input still shows the signature.

use crate::execution::Bench;
use crate::signature::signature;
use procsteal_reference::{Schedule, Variant};
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// The scheduler and the signature, with a space between them.
const KEEP_VARIABLE: &str = "PROCSTEAL_BENCH_KEEP";

/// A file to which each execution of the predicate appends one byte.
const COUNT_VARIABLE: &str = "PROCSTEAL_BENCH_COUNT";

thread_local! {
    static PREDICATE: RefCell<Option<Predicate>> = RefCell::new(Predicate::of_environment());
}

/// What is to be kept, on which scheduler.
struct Predicate {
    scheduler: &'static Variant,
    signature: String,
    bench: Bench,
    count: Option<File>,
}

impl Predicate {
    fn of_environment() -> Option<Self> {
        let keep = std::env::var(KEEP_VARIABLE).ok()?;
        let (scheduler, signature) = keep.split_once(' ')?;
        let count = std::env::var_os(COUNT_VARIABLE).map(|path| OpenOptions::new().append(true).open(path));
        Some(Self {
            scheduler: Variant::named(scheduler)?,
            signature: signature.to_owned(),
            bench: Bench::new(),
            count: count.transpose().ok()?,
        })
    }

    fn keeps(&mut self, data: &[u8]) -> bool {
        let is_counted = self.count.as_mut().is_none_or(|count| count.write_all(b".").is_ok());
        let schedule = Schedule::from_bytes(data);
        // Most candidates show nothing, which is seen without a record of their steps.
        is_counted
            && self.bench.execute(self.scheduler, &schedule).verdict.is_finding()
            && signature(&self.bench.record(self.scheduler, &schedule))
                .is_some_and(|signature| signature.to_string() == self.signature)
    }
}

/// Whether the schedule in these bytes shows the signature on the scheduler that the environment names: what the
/// benchmark has other minimizers keep. False without such an environment.
#[must_use]
pub fn keeps(data: &[u8]) -> bool {
    PREDICATE.with_borrow_mut(|predicate| predicate.as_mut().is_some_and(|predicate| predicate.keeps(data)))
}

/// Tells a command's predicate what to keep, and where to count.
pub(super) fn tell(command: &mut Command, scheduler: &Variant, signature: &str, count: &Path) {
    command.env(KEEP_VARIABLE, format!("{} {signature}", scheduler.name)).env(COUNT_VARIABLE, count);
}
