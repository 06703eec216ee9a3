//! The events around an error: those that happened, and those that did not.

use super::{SHOWN_AFTER, SHOWN_BEFORE, TraceEvent, named};
use crate::batch;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::header;
use crate::ids::{Generation, ThreadId};
use crate::reader::Reader;
use crate::stuck::WaitsFor;
use crate::wire_event;
use procsteal_wire::{Argument, EventType};
use std::collections::{BTreeMap, VecDeque};

/// What the event at fault is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Nothing,
    Proc(i64),
    Goroutine(i64),
}

/// The last events that happened, oldest first: those of the thread at fault, and those of the subject.
pub(super) fn before(trace: &[u8], error: &Error) -> Vec<TraceEvent> {
    let (Some(thread), Ok(reader)) = (error.place().thread, Reader::new(trace)) else { return Vec::new() };
    let subject = subject(trace, error);
    let mut of_thread = VecDeque::new();
    let mut of_subject = VecDeque::new();
    for (number, event) in reader.map_while(Result::ok).enumerate() {
        let position = event.position();
        let same_thread = position.thread == thread;
        if position.generation == Generation(0) || !(same_thread || subject != Subject::Nothing) {
            continue;
        }
        let Some(shown) = shown(trace, &event) else { continue };
        if same_thread {
            keep(&mut of_thread, number, shown.clone());
        }
        if concerns(&shown, &event, subject) {
            keep(&mut of_subject, number, shown);
        }
    }
    let both: BTreeMap<usize, TraceEvent> = of_thread.into_iter().chain(of_subject).collect();
    let mut events: Vec<TraceEvent> = both.into_values().collect();
    events.dedup_by_key(|event| event.offset);
    events
}

fn keep(events: &mut VecDeque<(usize, TraceEvent)>, number: usize, event: TraceEvent) {
    if events.len() == SHOWN_BEFORE {
        events.pop_front();
    }
    events.push_back((number, event));
}

/// The wire event behind an event; none behind sync events and CPU samples.
fn shown(trace: &[u8], event: &Event<'_>) -> Option<TraceEvent> {
    if matches!(event.flat.what.event(), EventType::SYNC | EventType::CPU_SAMPLE) {
        return None;
    }
    let offset = usize::try_from(event.offset()).ok()?;
    let (wire, _) = wire_event::read(trace, offset, trace.len())?;
    Some(TraceEvent {
        event: wire_event::name(wire.event),
        arguments: named(wire.event, wire.arguments()),
        thread: event.position().thread,
        generation: event.position().generation,
        time: Some(event.time),
        offset: event.position().offset,
    })
}

/// Whether an event names the subject, or happened to it on a thread that held it.
fn concerns(shown: &TraceEvent, event: &Event<'_>, subject: Subject) -> bool {
    let names = |argument: Argument, id: i64| {
        shown.arguments.iter().any(|(name, value)| *name == argument.name() && value.cast_signed() == id)
    };
    match subject {
        Subject::Nothing => false,
        Subject::Proc(id) => {
            let moves_own = ["ProcStop", "GoSyscallBegin", "GoSyscallEnd", "GoDestroySyscall"];
            names(Argument::Proc, id) || (event.proc.0 == id && moves_own.contains(&shown.event))
        }
        Subject::Goroutine(id) => {
            let moves_own = ["GoStop", "GoBlock", "GoDestroy", "GoSyscallBegin", "GoSyscallEnd"];
            names(Argument::Goroutine, id)
                || names(Argument::NewGoroutine, id)
                || (event.goroutine.0 == id && moves_own.contains(&shown.event))
        }
    }
}

fn subject(trace: &[u8], error: &Error) -> Subject {
    if let Some(root) = error.stuck().and_then(|stuck| stuck.root()) {
        return match root.waits_for {
            WaitsFor::ProcDeclared { proc, .. }
            | WaitsFor::ProcIdle { proc, .. }
            | WaitsFor::ProcInSyscall { proc, .. }
            | WaitsFor::ProcSequence { proc, .. }
            | WaitsFor::ThreadWithoutProc { proc, .. }
            | WaitsFor::ProcLeavesSyscall { proc, .. } => Subject::Proc(proc.0),
            WaitsFor::GoroutineDeclared { goroutine, .. }
            | WaitsFor::GoroutineState { goroutine, .. }
            | WaitsFor::GoroutineSequence { goroutine, .. } => Subject::Goroutine(goroutine.0),
            WaitsFor::GcSequence { .. } => Subject::Nothing,
        };
    }
    match *error.kind() {
        ErrorKind::UnknownGoroutine { goroutine, .. }
        | ErrorKind::GoroutineNotRunning { goroutine, .. }
        | ErrorKind::SyscallEndOutsideSyscall { goroutine, .. }
        | ErrorKind::GoroutineNotInSyscall { goroutine, .. }
        | ErrorKind::CreatorNotRunning { goroutine, .. }
        | ErrorKind::RegionWithoutState { goroutine, .. }
        | ErrorKind::RegionMisuse { goroutine, .. }
        | ErrorKind::RangeWithoutState { goroutine, .. } => return Subject::Goroutine(goroutine.0),
        ErrorKind::ProcNotRunning { proc, .. }
        | ErrorKind::ProcOutOfSequence { proc, .. }
        | ErrorKind::ProcNotInSyscall { proc, .. }
        | ErrorKind::UnexpectedProcState { proc, .. } => return Subject::Proc(proc.0),
        _ => {}
    }
    let Some(event) = after(trace, error).into_iter().next() else { return Subject::Nothing };
    for (name, value) in event.arguments {
        if name == Argument::Proc.name() {
            return Subject::Proc(value.cast_signed());
        }
        if name == Argument::Goroutine.name() || name == Argument::NewGoroutine.name() {
            return Subject::Goroutine(value.cast_signed());
        }
    }
    Subject::Nothing
}

/// The event at fault and those that follow it in its batch.
pub(super) fn after(trace: &[u8], error: &Error) -> Vec<TraceEvent> {
    let place = error.place();
    let (Some(thread), Some(_)) = (place.thread, place.event) else { return Vec::new() };
    let Ok(offset) = usize::try_from(place.offset) else { return Vec::new() };
    let Some((end, generation)) = batch_around(trace, offset) else { return Vec::new() };
    following(&trace[..end], offset, thread, generation).take(SHOWN_AFTER).collect()
}

fn following(
    data: &[u8],
    offset: usize,
    thread: ThreadId,
    generation: Generation,
) -> impl Iterator<Item = TraceEvent> {
    let mut at = offset;
    std::iter::from_fn(move || {
        if at >= data.len() {
            return None;
        }
        let (wire, next) = wire_event::read(data, at, data.len())?;
        at = next;
        Some(TraceEvent {
            event: wire_event::name(wire.event),
            arguments: named(wire.event, wire.arguments()),
            thread,
            generation,
            time: None,
            offset: wire.offset as u64,
        })
    })
}

/// The end and the generation of the batch that `offset` is in.
fn batch_around(trace: &[u8], offset: usize) -> Option<(usize, Generation)> {
    let (_, mut at) = header::read(trace).ok()?;
    while let Ok(Some(batch)) = batch::read(trace, at) {
        if (batch.start..batch.end).contains(&offset) {
            return Some((batch.end, Generation(batch.generation)));
        }
        at = batch.end;
    }
    None
}
