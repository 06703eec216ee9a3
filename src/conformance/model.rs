//! Traces that the model writes, for Go's reader to judge: whatever a scheduler did, their bytes are well-formed.

use fastrand::Rng;
use procsteal_reference::{Chooser, Fault, Model, Op, Scenario, Schedule, Variant};

use super::ConformanceError;
use crate::explore::{self, RandomWalk, Recorder, Strategy, generate};

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
    let mut model = Model::new();
    loop {
        let scheduler = SCHEDULERS[rng.usize(..SCHEDULERS.len())];
        let tracing = if rng.u32(..4) == 0 { Tracing::Undisturbed } else { Tracing::Anything };
        let variant = Variant::named(scheduler).ok_or(ConformanceError::NoScheduler { name: scheduler })?;
        let traces = run(&mut model, variant, tracing, rng)?;
        // A schedule from arbitrary bytes need not start tracing; another one will.
        if !traces.is_empty() {
            let bytes = traces[rng.usize(..traces.len())].clone();
            return Ok(ModelTrace { scheduler, tracing, bytes });
        }
    }
}

/// The traces of a schedule decoded from arbitrary bytes, or of a made-up scenario and a random walk through it.
fn run(
    model: &mut Model,
    scheduler: &Variant,
    tracing: Tracing,
    rng: &mut Rng,
) -> Result<Vec<Vec<u8>>, ConformanceError> {
    if rng.bool() {
        let mut input = vec![0; rng.usize(..MAX_INPUT_BYTES)];
        rng.fill(&mut input);
        let mut schedule = Schedule::from_bytes(&input);
        adapt(&mut schedule.scenario, tracing);
        let schedule = schedule.into_legal();
        let run = model.run(scheduler, &schedule).map_err(|fault| faulty(fault, &schedule))?;
        return Ok(run.traces().map(|trace| trace.to_vec()).collect());
    }
    let mut numbers = explore::Rng::new(rng.u64(..), 0);
    let mut scenario = generate(&mut numbers);
    adapt(&mut scenario, tracing);
    let scenario = Schedule { scenario, switches: Vec::new() }.into_legal().scenario;
    let profile = explore::Profile::default();
    let mut input = explore::Input { scenario, profile: &profile, rng: numbers };
    let mut walk = RandomWalk::default();
    walk.begin(&mut input);
    let mut switches = Vec::new();
    let mut recorder = Recorder::new(&mut walk, &mut switches);
    match model.run_with(scheduler, &input.scenario, &mut recorder as &mut dyn Chooser) {
        Ok(run) => Ok(run.traces().map(|trace| trace.to_vec()).collect()),
        Err(fault) => Err(faulty(fault, &Schedule { scenario: input.scenario, switches })),
    }
}

fn faulty(fault: Fault, schedule: &Schedule) -> ConformanceError {
    ConformanceError::ModelFault { fault, schedule: schedule.to_string() }
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
