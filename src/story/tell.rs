//! The paragraph: the facts of a steal in order, and what the oracle says of the trace in the end.

use super::Focus;
use super::facts::{self, Fact};
use super::link::failing_step;
use crate::execution::{Recording, Unparseable, Verdict};
use crate::signature::StealWindow;

/// What happened, in one paragraph.
pub(super) fn paragraph(recording: &Recording, window: Option<&StealWindow>, focus: Option<Focus>) -> String {
    let facts = match window {
        Some(window) => facts::of_window(recording, window),
        None => match failing_step(recording).and_then(|step| facts::failing(&recording.steps, step)) {
            Some(fact) => vec![fact],
            None => facts::of_thread(recording),
        },
    };
    let conclusion = conclusion(recording);
    if facts.is_empty() {
        return match focus {
            Some(focus) => format!("In this run {} is not taken out of a syscall. {conclusion}", focus.proc),
            None => conclusion,
        };
    }
    let texts: Vec<String> =
        facts.into_iter().map(|Fact { step, text }| format!("{text} [step {step}]")).collect();
    format!("{}. {conclusion}", texts.join("; "))
}

fn conclusion(recording: &Recording) -> String {
    match &recording.execution.verdict {
        Verdict::Parseable { events } => format!("The trace can be parsed: {events} events."),
        Verdict::Unparseable(unparseable) => cannot_be_parsed(unparseable, recording.traces.len()),
        Verdict::Fault(fault) => {
            format!("The run itself goes wrong, so there is no trace to judge: {fault}.")
        }
    }
}

fn cannot_be_parsed(unparseable: &Unparseable, traces: usize) -> String {
    let error = &unparseable.error;
    let which = match traces {
        0 | 1 => "The trace".to_owned(),
        _ => format!("Trace {} of {traces}", unparseable.trace_index + 1),
    };
    match error.stuck().and_then(|stuck| stuck.root()) {
        Some(root) => format!("{which} cannot be parsed: {root}."),
        None => {
            format!(
                "{which} cannot be parsed: {error}: expected {}, found {}.",
                error.expected(),
                error.found()
            )
        }
    }
}
