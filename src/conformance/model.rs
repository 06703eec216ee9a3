//! Traces that the model writes, for Go's reader to judge: whatever a scheduler did, their bytes are well-formed.

use fastrand::Rng;
use procsteal_reference::{Op, Scenario, Schedule, StepRecord, Variant};

use super::ConformanceError;
use crate::execution::{Bench, Verdict};
use crate::explore::{self, generate, walk};
use crate::signature::steal_windows;

/// The largest input that is decoded to a schedule, in bytes: enough for every feature of a scenario, and switches.
const MAX_INPUT_BYTES: usize = 600;

/// The schedulers whose traces are compared.
const SCHEDULERS: [&str; 2] = ["prefix", "fixed"];

/// How tracing goes in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tracing {
    /// It starts, advances and stops at any time.
    Anything,
    /// It starts before anything else and ends with the program: no trace may be rejected.
    Undisturbed,
}

/// A trace that the model wrote.
pub(super) struct ModelTrace {
    pub(super) scheduler: &'static str,
    pub(super) tracing: Tracing,
    pub(super) bytes: Vec<u8>,
}

/// One of the traces of a random schedule on one of the schedulers.
pub(super) fn model_trace(rng: &mut Rng) -> Result<ModelTrace, ConformanceError> {
    let mut bench = Bench::new();
    loop {
        let name = SCHEDULERS[rng.usize(..SCHEDULERS.len())];
        let scheduler = Variant::named(name).ok_or(ConformanceError::NoScheduler { name })?;
        let asked = if rng.u32(..4) == 0 { Tracing::Undisturbed } else { Tracing::Anything };
        let schedule =
            if rng.bool() { decoded(asked, rng) } else { walked(&mut bench, scheduler, asked, rng) };
        let mut recording = bench.record(scheduler, &schedule);
        if let Verdict::Fault(fault) = recording.execution.verdict {
            return Err(ConformanceError::ModelFault { fault, schedule: schedule.to_string() });
        }
        // A schedule from arbitrary bytes need not start tracing; another one will.
        if !recording.traces.is_empty() {
            let bytes = recording.traces.swap_remove(rng.usize(..recording.traces.len()));
            return Ok(ModelTrace { scheduler: name, tracing: tracing_of(asked, &recording.steps), bytes });
        }
    }
}

/// The end of the program stops tracing. Where it comes in the middle of a steal, tracing was not undisturbed.
fn tracing_of(asked: Tracing, steps: &[StepRecord]) -> Tracing {
    let is_disturbed = || steal_windows(steps).iter().any(|window| window.tracer.is_some());
    if asked == Tracing::Undisturbed && is_disturbed() { Tracing::Anything } else { asked }
}

/// A schedule from arbitrary bytes.
fn decoded(tracing: Tracing, rng: &mut Rng) -> Schedule {
    let mut input = vec![0; rng.usize(..MAX_INPUT_BYTES)];
    rng.fill(&mut input);
    let mut schedule = Schedule::from_bytes(&input);
    adapt(&mut schedule.scenario, tracing);
    schedule.into_legal()
}

/// A made-up scenario, and the switches of a random walk through it.
fn walked(bench: &mut Bench, scheduler: &Variant, tracing: Tracing, rng: &mut Rng) -> Schedule {
    let mut numbers = explore::Rng::new(rng.u64(..), 0);
    let mut scenario = generate(&mut numbers);
    adapt(&mut scenario, tracing);
    let scenario = Schedule { scenario, switches: Vec::new() }.into_legal().scenario;
    // What it comes to is asked of the record of the schedule.
    walk(bench, scheduler, scenario, numbers).0
}

/// Leaves of the tracer's operations only what `tracing` allows.
fn adapt(scenario: &mut Scenario, tracing: Tracing) {
    if tracing == Tracing::Anything {
        return;
    }
    for script in &mut scenario.goroutines {
        script.retain(|op| !matches!(op, Op::TraceStart | Op::TraceAdvance | Op::TraceStop));
    }
    match scenario.goroutines.first_mut() {
        Some(main) => main.insert(0, Op::TraceStart),
        None => scenario.goroutines.push(vec![Op::TraceStart]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_trace_is_made() {
        let mut kinds = std::collections::BTreeSet::new();
        for seed in 0..40 {
            let trace = model_trace(&mut Rng::with_seed(seed)).unwrap();
            assert!(trace.bytes.starts_with(b"go 1.22 trace"), "{:?}", &trace.bytes[..16]);
            kinds.insert((trace.scheduler, trace.tracing == Tracing::Undisturbed));
        }
        assert_eq!(kinds.len(), 4);
    }
}
