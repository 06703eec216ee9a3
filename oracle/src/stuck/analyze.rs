//! Finds out what each waiting event waits for, and whether an event that is left would bring it about.

use super::{Provider, Stuck, Waiting, WaitsFor};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::ids::{Generation, GoId, ProcId, Seq, ThreadId, Timestamp};
use crate::order::Wait;
use crate::state::{Counter, NONE, State};
use crate::wire_event::WireEvent;
use procsteal_wire::EventType;
use std::collections::BTreeMap;

/// Something that an event brings about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Effect {
    DeclaresProc {
        proc: i64,
    },
    /// The next step of a P's sequence, by an event that names the P.
    StepsProc {
        proc: i64,
        seq: u64,
    },
    /// The same, by an event of the thread that holds it.
    StepsProcOf {
        thread: i64,
        seq: u64,
    },
    DropsProcOf {
        thread: i64,
    },
    DeclaresGoroutine {
        goroutine: i64,
    },
    StepsGoroutine {
        goroutine: i64,
        seq: u64,
    },
    ChangesGoroutineOf {
        thread: i64,
    },
    StepsGc {
        seq: u64,
    },
}

/// For each effect the first events of two different threads that have it.
type Remaining = BTreeMap<Effect, [Option<Provider>; 2]>;

/// Who holds what.
struct Holders {
    procs: BTreeMap<i64, i64>,
    goroutines: BTreeMap<i64, i64>,
}

/// The error of an engine none of whose frontier can advance.
#[cold]
pub(crate) fn error(engine: &mut Engine, trace: &[u8]) -> Error {
    let remaining = remaining(engine, trace);
    let holders = Holders::of(&mut engine.state);
    let mut waiting: Vec<Waiting> = (0..engine.frontier.entries.len())
        .filter_map(|index| {
            let stream = engine.frontier.entries[index].stream;
            let wait = engine.why_waiting(trace, index)?;
            Some(describe(engine, trace, stream, wait, &holders, &remaining))
        })
        .collect();
    waiting.sort_by_key(|waiting| (waiting.time, waiting.thread));
    let root = (0..waiting.len())
        .min_by_key(|&index| (waiting[index].provider.is_some(), waiting[index].waits_for.rank()))
        .unwrap_or_default();
    let (thread, event, offset) = match waiting.get(root) {
        Some(root) => (Some(root.thread.0), Some(root.event), root.offset as usize),
        None => (None, None, trace.len()),
    };
    let stuck = Box::new(Stuck { waiting, root });
    engine.error(ErrorKind::Stuck { stuck }, thread, event, offset)
}

impl Holders {
    fn of(state: &mut State) -> Self {
        let mut holders = Self { procs: BTreeMap::new(), goroutines: BTreeMap::new() };
        for thread in state.threads() {
            if thread.proc != NONE {
                holders.procs.entry(thread.proc).or_insert(thread.id);
            }
            if thread.goroutine != NONE {
                holders.goroutines.entry(thread.goroutine).or_insert(thread.id);
            }
        }
        holders
    }

    fn of_proc(&self, proc: ProcId) -> Option<ThreadId> {
        self.procs.get(&proc.0).copied().map(ThreadId)
    }

    fn of_goroutine(&self, goroutine: GoId) -> Option<ThreadId> {
        self.goroutines.get(&goroutine.0).copied().map(ThreadId)
    }
}

/// What the events that are left in this generation would bring about.
fn remaining(engine: &Engine, trace: &[u8]) -> Remaining {
    let mut remaining = Remaining::new();
    let streams = &engine.generations.streams;
    for entry in &engine.frontier.entries {
        let stream = &streams.list[entry.stream as usize];
        for event in streams.queued(trace, entry.stream as usize) {
            let thread = ThreadId(stream.thread);
            let provider = Provider { thread, event: event.event, offset: event.offset as u64 };
            for effect in effects(stream.thread, &event).into_iter().flatten() {
                let [first, second] = remaining.entry(effect).or_default();
                match first {
                    None => *first = Some(provider),
                    Some(known) if known.thread != thread && second.is_none() => *second = Some(provider),
                    Some(_) => {}
                }
            }
        }
    }
    remaining
}

fn effects(thread: i64, event: &WireEvent) -> [Option<Effect>; 2] {
    let id = event.arguments[0].cast_signed();
    let (first, second) = (event.arguments[0], event.arguments[1]);
    let effect = match event.event {
        EventType::PROC_STATUS => Effect::DeclaresProc { proc: id },
        EventType::PROC_START | EventType::PROC_STEAL => Effect::StepsProc { proc: id, seq: second },
        EventType::PROC_STOP => Effect::DropsProcOf { thread },
        EventType::GO_SYSCALL_BEGIN => {
            let changes = Effect::ChangesGoroutineOf { thread };
            return [Some(Effect::StepsProcOf { thread, seq: first }), Some(changes)];
        }
        EventType::GO_DESTROY_SYSCALL => {
            let changes = Effect::ChangesGoroutineOf { thread };
            return [Some(Effect::DropsProcOf { thread }), Some(changes)];
        }
        EventType::GO_CREATE
        | EventType::GO_CREATE_BLOCKED
        | EventType::GO_CREATE_SYSCALL
        | EventType::GO_STATUS
        | EventType::GO_STATUS_STACK => Effect::DeclaresGoroutine { goroutine: id },
        EventType::GO_START | EventType::GO_UNBLOCK => Effect::StepsGoroutine { goroutine: id, seq: second },
        EventType::GO_SWITCH | EventType::GO_SWITCH_DESTROY => {
            let changes = Effect::ChangesGoroutineOf { thread };
            return [Some(Effect::StepsGoroutine { goroutine: id, seq: second }), Some(changes)];
        }
        EventType::GO_STOP
        | EventType::GO_BLOCK
        | EventType::GO_DESTROY
        | EventType::GO_SYSCALL_END
        | EventType::GO_SYSCALL_END_BLOCKED => Effect::ChangesGoroutineOf { thread },
        EventType::GC_ACTIVE | EventType::GC_BEGIN | EventType::GC_END => Effect::StepsGc { seq: first },
        _ => return [None, None],
    };
    [Some(effect), None]
}

fn describe(
    engine: &Engine,
    trace: &[u8],
    stream: u32,
    wait: Wait,
    holders: &Holders,
    remaining: &Remaining,
) -> Waiting {
    let stream = &engine.generations.streams.list[stream as usize];
    let (event, _) = &stream.event(trace);
    let generation = Generation(engine.tables().generation);
    let thread = ThreadId(stream.thread);
    let waits_for = waits_for(&engine.state, thread, event, wait, generation, holders);
    let provider = provided_by(&waits_for)
        .into_iter()
        .flatten()
        .filter_map(|effect| remaining.get(&effect))
        .flat_map(|providers| providers.iter().flatten())
        .find(|provider| provider.thread != thread)
        .copied();
    let names = procsteal_wire::row(event.event).map_or(&[][..], |row| row.arguments);
    Waiting {
        thread,
        event: event.event,
        arguments: names.iter().map(|name| name.name()).zip(event.arguments().iter().copied()).collect(),
        generation,
        time: Timestamp(event.time),
        offset: event.offset as u64,
        waits_for,
        provider,
    }
}

/// The number that follows `counter` in `generation`.
fn next(counter: Counter, generation: Generation) -> Seq {
    Seq(if counter.generation == generation.0 { counter.number.wrapping_add(1) } else { 1 })
}

fn waits_for(
    state: &State,
    thread: ThreadId,
    event: &WireEvent,
    wait: Wait,
    generation: Generation,
    holders: &Holders,
) -> WaitsFor {
    match wait {
        Wait::GcSequence => {
            WaitsFor::GcSequence { said: Seq(event.arguments[0]), next: Seq(state.gc.seq.wrapping_add(1)) }
        }
        Wait::HoldsProc | Wait::ProcInSyscall => {
            let proc = ProcId(state.find_thread(thread.0).map_or(NONE, |slot| state.held_by(slot).proc));
            let known = state.procs.get(proc.0.cast_unsigned());
            let next = next(known.map(|known| known.counter).unwrap_or_default(), generation);
            if wait == Wait::ProcInSyscall {
                return WaitsFor::ProcLeavesSyscall { proc, thread, next };
            }
            let status = known.map_or("unknown", |known| known.status.name());
            WaitsFor::ThreadWithoutProc { thread, proc, status, next }
        }
        Wait::ProcUnknown | Wait::ProcNotIdle | Wait::ProcNotInSyscall | Wait::ProcSequence => {
            waits_for_proc(state, event, wait, generation, holders)
        }
        Wait::GoroutineUnknown
        | Wait::GoroutineNotRunnable
        | Wait::GoroutineNotWaiting
        | Wait::GoroutineSequence => waits_for_goroutine(state, event, wait, generation, holders),
    }
}

fn waits_for_proc(
    state: &State,
    event: &WireEvent,
    wait: Wait,
    generation: Generation,
    holders: &Holders,
) -> WaitsFor {
    let proc = ProcId(event.arguments[0].cast_signed());
    let Some(known) = state.procs.get(event.arguments[0]) else {
        return WaitsFor::ProcDeclared { proc, generation };
    };
    let (status, holder) = (known.status.name(), holders.of_proc(proc));
    let next = next(known.counter, generation);
    match wait {
        Wait::ProcNotIdle => WaitsFor::ProcIdle { proc, status, holder, next },
        Wait::ProcNotInSyscall => WaitsFor::ProcInSyscall { proc, status, holder, next },
        _ if known.counter.generation != generation.0 => WaitsFor::ProcDeclared { proc, generation },
        _ => WaitsFor::ProcSequence { proc, said: Seq(event.arguments[1]), next },
    }
}

fn waits_for_goroutine(
    state: &State,
    event: &WireEvent,
    wait: Wait,
    generation: Generation,
    holders: &Holders,
) -> WaitsFor {
    let goroutine = GoId(event.arguments[0].cast_signed());
    let Some(known) = state.goroutines.get(event.arguments[0]) else {
        return WaitsFor::GoroutineDeclared { goroutine, generation };
    };
    let (status, holder) = (known.status.name(), holders.of_goroutine(goroutine));
    let next = next(known.counter, generation);
    let state = |wanted| WaitsFor::GoroutineState { goroutine, wanted, status, holder, next };
    match wait {
        Wait::GoroutineNotRunnable => state("Runnable"),
        Wait::GoroutineNotWaiting => state("Waiting"),
        _ if known.counter.generation != generation.0 => {
            WaitsFor::GoroutineDeclared { goroutine, generation }
        }
        _ => WaitsFor::GoroutineSequence { goroutine, said: Seq(event.arguments[1]), next },
    }
}

/// The effects any of which would bring a waiting event nearer to what it waits for.
fn provided_by(waits_for: &WaitsFor) -> [Option<Effect>; 3] {
    match *waits_for {
        WaitsFor::ProcDeclared { proc, .. } => [Some(Effect::DeclaresProc { proc: proc.0 }), None, None],
        WaitsFor::ProcIdle { proc, holder, next, .. }
        | WaitsFor::ProcInSyscall { proc, holder, next, .. } => {
            let by_holder = holder.map(|thread| Effect::StepsProcOf { thread: thread.0, seq: next.0 });
            let dropped = holder.map(|thread| Effect::DropsProcOf { thread: thread.0 });
            [Some(Effect::StepsProc { proc: proc.0, seq: next.0 }), by_holder, dropped]
        }
        WaitsFor::ProcSequence { proc, next, .. }
        | WaitsFor::ThreadWithoutProc { proc, next, .. }
        | WaitsFor::ProcLeavesSyscall { proc, next, .. } => {
            [Some(Effect::StepsProc { proc: proc.0, seq: next.0 }), None, None]
        }
        WaitsFor::GoroutineDeclared { goroutine, .. } => {
            [Some(Effect::DeclaresGoroutine { goroutine: goroutine.0 }), None, None]
        }
        WaitsFor::GoroutineState { goroutine, holder, next, .. } => {
            let by_holder = holder.map(|thread| Effect::ChangesGoroutineOf { thread: thread.0 });
            [Some(Effect::StepsGoroutine { goroutine: goroutine.0, seq: next.0 }), by_holder, None]
        }
        WaitsFor::GoroutineSequence { goroutine, next, .. } => {
            [Some(Effect::StepsGoroutine { goroutine: goroutine.0, seq: next.0 }), None, None]
        }
        WaitsFor::GcSequence { next, .. } => [Some(Effect::StepsGc { seq: next.0 }), None, None],
    }
}
