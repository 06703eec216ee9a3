//! What is wrong with a trace, in a sentence or two.

use crate::error::{Error, ErrorClass};
use crate::stuck::{Waiting, WaitsFor};
use crate::wire_event;

pub(super) fn summary(error: &Error) -> String {
    if let Some(root) = error.stuck().and_then(|stuck| stuck.root()) {
        return stuck(root);
    }
    let place = error.place();
    let (expected, found) = (error.expected(), error.found());
    let facts = format!("Expected {expected}; found {found}.");
    match (place.event, place.thread, error.class()) {
        (Some(event), Some(thread), ErrorClass::Ordering) => {
            let name = wire_event::name(event);
            format!(
                "By the time of {name} on thread {thread}, the events before it leave no room for it. {facts}"
            )
        }
        (Some(event), Some(thread), _) => {
            format!("{} of thread {thread} cannot be used as it is. {facts}", wire_event::name(event))
        }
        (_, _, ErrorClass::Header | ErrorClass::UnsupportedVersion) => {
            format!("The beginning of the file is not that of a readable trace. {facts}")
        }
        _ => format!("The trace's framing or tables are not sound. {facts}"),
    }
}

fn stuck(root: &Waiting) -> String {
    let name = wire_event::name(root.event);
    let (thread, generation, missing) = (root.thread, root.generation, root.waits_for.missing());
    let lacking = match &root.provider {
        None => format!("The trace has no {missing} in generation {generation}."),
        Some(provider) => {
            let event = wire_event::name(provider.event);
            let (other, offset) = (provider.thread, provider.offset);
            format!(
                "{event} of thread {other} (byte {offset}) would allow it, but that event cannot happen either: \
                 the threads wait for each other."
            )
        }
    };
    match &root.waits_for {
        WaitsFor::ProcLeavesSyscall { proc, .. } => format!(
            "Thread {thread} took P {proc} into a system call and says with {name} that it came back without: \
             P {proc} was stolen from thread {thread}, the victim, but nobody says so. {lacking} \
             So nothing on thread {thread} can happen from there on."
        ),
        WaitsFor::ThreadWithoutProc { proc, status, .. } => format!(
            "Thread {thread} starts another P while it still holds P {proc}, which is {status}: P {proc} was \
             taken from thread {thread}, the victim, but nobody says so. {lacking}"
        ),
        other => {
            format!(
                "{name} of thread {thread} cannot happen before {other}, which never comes about. {lacking}"
            )
        }
    }
}
