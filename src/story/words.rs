//! One step in words: what was done to what, and what came of it.

use super::link::written_event;
use procsteal_reference::sites::site;
use procsteal_reference::{Object, Snapshot, StepRecord, Verb};
use procsteal_wire::EventType;

/// The function that took the step, by its Go name; empty for the start of a thread.
#[must_use]
pub fn function(step: &StepRecord) -> &'static str {
    match step.verb {
        Verb::Start => "",
        _ => site(step.site).map_or("", |site| site.function),
    }
}

/// The section of `docs/spec/scheduler-model.md` and the step in it, as `3.9/7`; empty where it has none.
#[must_use]
pub fn place(step: &StepRecord) -> String {
    match site(step.site) {
        _ if step.verb == Verb::Start => String::new(),
        Some(site) if !site.step.is_empty() => format!("{}/{}", site.section, site.step),
        Some(site) => site.section.to_owned(),
        None => String::new(),
    }
}

/// What step number `index` did, to what, and what came of it: `CAS P0.status Psyscall->Pidle: won`.
#[must_use]
pub fn describe(steps: &[StepRecord], index: usize) -> String {
    let Some(step) = steps.get(index) else { return String::new() };
    let before = index.checked_sub(1).map_or(&step.after, |before| &steps[before].after);
    let (verb, object, value) = (step.verb, step.object, step.value);
    match (verb, object) {
        (Verb::Event(_), _) => write_event(steps, index),
        (Verb::Start, _) => "starts".to_owned(),
        (Verb::Sleep, _) => "sleeps".to_owned(),
        (Verb::Load, Object::ProcStatus(p)) => format!("load {object}: {}", step.after.proc(p).status),
        (Verb::Load, Object::Generation) => format!("load {object}: {}", generation(value)),
        (Verb::Load, _) if has_number(object) => format!("load {object}: {value}"),
        (Verb::Cas, Object::ProcStatus(_)) => compare_and_swap(step, before),
        (Verb::Cas | Verb::Store, Object::GoStatus(_)) => change(step, before),
        (Verb::Cas, _) => format!("CAS {object}: {}", if value == 1 { "won" } else { "lost" }),
        (Verb::Store, Object::ProcStatus(_) | Object::ProcThread(_)) => wire_or_store(step, before),
        (Verb::Store, Object::Generation) => {
            format!("store {object} {} -> {}", generation(before.generation.0), generation(value))
        }
        (Verb::Store, _) if has_number(object) => format!("store {object} {value}"),
        (Verb::Add, _) if has_number(object) => format!("add {object}: {value}"),
        (Verb::Wait, Object::Private) => "waits".to_owned(),
        _ => format!("{verb} {object}"),
    }
}

fn generation(number: u64) -> String {
    if number == 0 { "0 (off)".to_owned() } else { number.to_string() }
}

/// Objects whose recorded value is the number that a reader of Go's source would see.
fn has_number(object: Object) -> bool {
    matches!(
        object,
        Object::ProcTick(_)
            | Object::ProcSafePoint(_)
            | Object::ThreadSeqlock(_)
            | Object::Spinning
            | Object::StopWait
            | Object::GcWaiting
            | Object::SysmonWait
            | Object::ExitingSyscall
    )
}

fn write_event(steps: &[StepRecord], index: usize) -> String {
    let (verb, object) = (steps[index].verb, steps[index].object);
    match (object, written_event(steps, index)) {
        (Object::TraceLock, _) => format!("write {verb} batch"),
        (Object::ProcTrace(p), Some(_)) => format!("write {verb} of {p}"),
        (Object::GoTrace(g), Some(_)) => format!("write {verb} of {g}"),
        (Object::ProcTrace(p), None) if verb == Verb::Event(EventType::PROC_STATUS) => {
            format!("write {verb} of {p} unless it is written")
        }
        (_, Some(_)) => format!("write {verb}"),
        _ => format!("write a status that {verb} needs first"),
    }
}

fn compare_and_swap(step: &StepRecord, before: &Snapshot) -> String {
    let Object::ProcStatus(p) = step.object else { return String::new() };
    let (from, to) = (before.proc(p).status, step.after.proc(p).status);
    match step.value {
        1 => format!("CAS {} {from} -> {to}: won", step.object),
        _ => format!("CAS {}: lost, it is {from}", step.object),
    }
}

fn change(step: &StepRecord, before: &Snapshot) -> String {
    let Object::GoStatus(g) = step.object else { return String::new() };
    let (from, to) = (before.goroutine(g), step.after.goroutine(g));
    if from == to {
        format!("{} {}: {to}", step.verb, step.object)
    } else {
        format!("{} {} {from} -> {to}", step.verb, step.object)
    }
}

/// A store of a P's status, which may come with a change of who holds it.
fn wire_or_store(step: &StepRecord, before: &Snapshot) -> String {
    let (Object::ProcStatus(p) | Object::ProcThread(p)) = step.object else { return String::new() };
    let (was, is) = (before.proc(p), step.after.proc(p));
    let status = format!("{} -> {}", was.status, is.status);
    match (was.thread, is.thread) {
        (None, Some(thread)) => format!("wire {p} to {thread}: {status}"),
        (Some(thread), None) if was.status == is.status => format!("unwire {p} from {thread}"),
        (Some(thread), None) => format!("unwire {p} from {thread}: {status}"),
        _ => format!("store {p}.status {status}"),
    }
}
