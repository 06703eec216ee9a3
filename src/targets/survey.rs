//! A survey in place of a search: a target that goes on after a finding, and tells when it saw each first.

use crate::signature::Signature;
use procsteal_reference::Variant;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// With this variable set to `1`, findings are told on standard error, each kind once, and nothing panics. Engines that
/// end at the first crash can so be asked how many executions each finding takes them.
const SURVEY_VARIABLE: &str = "PROCSTEAL_SURVEY";

/// How a line of a survey begins: `survey: SCHEDULER SIGNATURE after N executions`.
pub(super) const PREFIX: &str = "survey:";

static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

pub(super) fn is_on() -> bool {
    static IS_ON: OnceLock<bool> = OnceLock::new();
    *IS_ON.get_or_init(|| std::env::var(SURVEY_VARIABLE).is_ok_and(|value| value == "1"))
}

/// Counts an execution.
pub(super) fn count() {
    EXECUTIONS.fetch_add(1, Ordering::Relaxed);
}

/// Tells a finding if it is the first of its kind.
pub(super) fn note(scheduler: &Variant, found: &Signature) {
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let kind = format!("{} {found}", scheduler.name);
    let is_first = SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(kind.clone());
    if is_first {
        eprintln!("{PREFIX} {kind} after {} executions", EXECUTIONS.load(Ordering::Relaxed));
    }
}
