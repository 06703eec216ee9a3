//! The runtime without delays, on a machine that is kept busy: what breaks by itself, and how often.

use crate::confirm::experiment::{Experiment, Load};
use crate::confirm::scheduler::Scheduler;

const EVERY: &[Scheduler] =
    &[Scheduler::Prefix, Scheduler::Fixed, Scheduler::Repaired, Scheduler::RepairedSteal];

/// More threads than a small machine has processors, so that the operating system suspends some of them in a window.
const CROWD: Load = Load { procs: 8, short: 8, medium: 8, long: 4, traces: 50, ..Load::SMALL };

/// The experiments without any delay. Their `breaks` says which runtimes are run, not what is expected.
pub const PLAIN: &[Experiment] = &[
    Experiment {
        name: "plain-restart",
        signature: "any/any/any/any",
        breaks: EVERY,
        holds: &[],
        pauses: &[],
        load: Load { on_micros: 2_000, off_micros: 1_000, ..CROWD },
        control: None,
        interleaving: "No delay; tracing starts and stops again and again.",
    },
    Experiment {
        name: "plain-advance",
        signature: "any/any/any/any",
        breaks: EVERY,
        holds: &[],
        pauses: &[],
        load: Load { on_micros: 10_000, advance_micros: 200, ..CROWD },
        control: None,
        interleaving: "No delay; the tracer advances every 200 µs.",
    },
];
