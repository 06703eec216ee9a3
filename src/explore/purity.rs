//! How well signatures name bugs: over a hunt, which cause has which signature.

use super::batch::{BATCH_EXECUTIONS, BatchPlan, run_batch};
use super::mutate::Corpus;
use super::{HuntError, StrategyKind};
use crate::execution::{Bench, Recording, Verdict};
use crate::signature::{Signature, Tear, TracerAction, steal_windows};
use crate::story::function;
use procsteal_reference::{Schedule, StepRecord, Variant};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What to measure on.
#[derive(Clone, Debug)]
pub struct PurityOptions {
    /// The schedulers.
    pub schedulers: Vec<&'static Variant>,
    /// Executions on each.
    pub executions: u64,
    /// The seed of the hunt.
    pub seed: u64,
}

/// Why a trace cannot be parsed, as the run alone tells it, without what the oracle said.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// The tracer came between the taking of a P and its event, nowhere else in the run.
    Torn {
        /// Where the P was taken.
        site: &'static str,
        /// How the event lies to the taking.
        tear: Tear,
        /// What the tracer did.
        action: TracerAction,
    },
    /// No steal is torn: the function that the failing thread was in when the failing generation began.
    Elsewhere(String),
    /// Steals are torn in more than one way: the run does not tell which of them it is.
    Several,
}

impl Cause {
    /// The cause of a failing run.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let torn = steal_windows(&recording.steps).into_iter().filter(|window| window.tear != Tear::None);
        let torn = torn.filter_map(|window| {
            let action = window.tracer.map(|(action, _)| action)?;
            Some(Self::Torn { site: window.site, tear: window.tear, action })
        });
        let mut torn: Vec<Self> = torn.collect::<BTreeSet<_>>().into_iter().collect();
        match torn.len() {
            0 => Self::Elsewhere(interrupted(recording).unwrap_or("unknown").to_owned()),
            1 => torn.remove(0),
            _ => Self::Several,
        }
    }
}

/// The function in which the thread of the failing event stood when the generation of that event began.
fn interrupted(recording: &Recording) -> Option<&'static str> {
    let Verdict::Unparseable(unparseable) = &recording.execution.verdict else { return None };
    let place = unparseable.error.place();
    let (thread, generation) = (place.thread?.0, place.generation?.0);
    let steps = &recording.steps;
    let begins = steps.iter().position(|step| step.after.generation.0 == generation)?;
    let of_thread = |step: &&StepRecord| step.thread.procid().cast_signed() == thread;
    steps[begins..].iter().find(of_thread).map(function)
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn { site, tear, action } => {
                let lies = match tear {
                    Tear::Late => "after its token was due",
                    Tear::Early | Tear::None => "under a token too old",
                };
                write!(f, "{site} {lies}, {}", action.name())
            }
            Self::Elsewhere(function) => write!(f, "no steal: {function}"),
            Self::Several => f.write_str("several"),
        }
    }
}

/// How often each cause had each signature.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SignatureTable {
    /// Failing executions, by cause and signature.
    pub counts: BTreeMap<(Cause, Signature), u64>,
    /// Failing executions whose signature names a window that the scheduler does not have: a late event where it has
    /// the hunk of the fix, an early one where it has not.
    pub impossible: u64,
    /// Executions in all.
    pub executions: u64,
}

impl SignatureTable {
    /// Of the executions with this signature whose cause is known, the share that have its most frequent cause.
    #[must_use]
    pub fn purity(&self, signature: &Signature) -> f64 {
        self.share(|(cause, of)| of == signature && *cause != Cause::Several)
    }

    /// Of the executions with this cause, the share that have its most frequent signature.
    #[must_use]
    pub fn recall(&self, cause: &Cause) -> f64 {
        self.share(|(of, _)| of == cause)
    }

    /// The greatest of the counts that fit, of all that fit.
    fn share(&self, fits: impl Fn(&(Cause, Signature)) -> bool) -> f64 {
        let counts = || self.counts.iter().filter(|(key, _)| fits(key)).map(|(_, count)| *count);
        counts().max().unwrap_or_default() as f64 / counts().sum::<u64>().max(1) as f64
    }

    /// The signatures, in order.
    #[must_use]
    pub fn signatures(&self) -> BTreeSet<&Signature> {
        self.counts.keys().map(|(_, signature)| signature).collect()
    }

    /// The causes, in order.
    #[must_use]
    pub fn causes(&self) -> BTreeSet<&Cause> {
        self.counts.keys().map(|(cause, _)| cause).collect()
    }
}

/// Hunts with the portfolio on every scheduler, and counts which cause has which signature.
///
/// # Errors
/// [`HuntError::Unfaithful`] if a run does not replay.
pub fn measure_signatures(
    options: &PurityOptions,
    cancel: &AtomicBool,
    mut progress: impl FnMut(u64),
) -> Result<SignatureTable, HuntError> {
    let mut table = SignatureTable::default();
    let mut bench = Bench::new();
    for scheduler in &options.schedulers {
        let mut corpus = Corpus::default();
        let mut left = options.executions;
        let mut number = 0;
        while left > 0 && !cancel.load(Ordering::Relaxed) {
            let executions = BATCH_EXECUTIONS.min(left);
            let strategy = StrategyKind::Portfolio;
            let plan = BatchPlan { number, executions, seed: options.seed, scheduler, strategy };
            let mut inspect = |_: &Schedule, recording: &Recording, signature: &Signature| {
                *table.counts.entry((Cause::of(recording), signature.clone())).or_default() += 1;
                table.impossible += u64::from(is_impossible(scheduler.name, signature));
            };
            let report = run_batch(&mut bench, plan, &Arc::new(corpus.clone()), &mut inspect);
            if let Some(schedule) = report.unfaithful {
                return Err(HuntError::Unfaithful(schedule));
            }
            for lesson in &report.lessons {
                corpus.admit(lesson);
            }
            table.executions += report.executions;
            (left, number) = (left - executions, number + 1);
            progress(table.executions);
        }
    }
    Ok(table)
}

/// Whether the signature blames a steal for what the scheduler cannot do there.
fn is_impossible(scheduler: &str, signature: &Signature) -> bool {
    let hunk = match signature.site.as_str() {
        "retake" => "retake",
        "reacquired" => "exitsyscallfast",
        "gcwait" => "gcwait",
        _ => return false,
    };
    let named = scheduler.ends_with(hunk);
    let has_hunk = if scheduler.starts_with("fixed") { !named } else { named };
    match signature.event.as_str() {
        // Who asked before tracing started writes no steal, whenever it was due.
        _ if signature.tracer == "start" => false,
        "GoSyscallEndBlocked" if signature.code == "stuck" => has_hunk,
        "ProcSteal" if signature.code == "stuck" => !has_hunk,
        _ => false,
    }
}
