//! What happened around a steal, fact by fact, found in the steps of the run.

use super::link::{failing_step, written_event};
use super::words::function;
use crate::execution::{Recording, Verdict};
use crate::signature::StealWindow;
use procsteal_reference::{Generation, GoId, Object, ProcStatus, StepRecord, ThreadId, Verb};
use procsteal_wire::EventType;

/// The thread on which sysmon runs, always (spec 3.9).
const SYSMON: ThreadId = ThreadId(1);

/// Something that happened, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fact {
    /// When: an index into the recording's steps.
    pub(super) step: usize,
    /// What.
    pub(super) text: String,
}

/// The entry of a thread into the syscall out of which its P is taken.
struct Entry {
    /// The store of `Psyscall`.
    step: usize,
    /// The first step of the entry: its goroutine becomes `Gsyscall`.
    from: usize,
    thread: ThreadId,
}

/// The facts about a steal, in the order in which they came to pass.
pub(super) fn of_window(recording: &Recording, window: &StealWindow) -> Vec<Fact> {
    let steps = &recording.steps;
    let entry = entry_before(steps, window);
    let mut facts = Vec::new();
    if let Some(entry) = &entry {
        facts.push(entering(steps, entry, window));
        facts.extend(leaving(steps, entry));
    }
    facts.extend(first_look(steps, window));
    facts.push(taking(steps, window, entry.as_ref()));
    facts.extend(asking(steps, window));
    facts.extend(stealing(steps, window));
    let from = entry.map_or(window.first, |entry| entry.from.min(window.first));
    facts.extend(changes_of_generation(steps, from, window.last));
    if let Some(fact) = failing_step(recording).and_then(|step| failing(steps, step)) {
        facts.push(fact);
    }
    facts.sort_by_key(|fact| fact.step);
    facts.dedup_by_key(|fact| fact.step);
    facts
}

/// The event at which the trace cannot be parsed.
pub(super) fn failing(steps: &[StepRecord], step: usize) -> Option<Fact> {
    let record = steps.get(step)?;
    let Verb::Event(_) = record.verb else { return None };
    let about = match record.object {
        Object::ProcTrace(p) => format!(" of {p}"),
        Object::GoTrace(g) => format!(" of {g}"),
        _ => String::new(),
    };
    let text = format!("{} writes {}{about}{}", record.thread, record.verb, in_generation(steps, step));
    Some(Fact { step, text })
}

/// Where no steal explains a failure: what its thread wrote last in the generation before, what it writes first in the
/// one that fails, and how tracing moved on in between.
pub(super) fn of_thread(recording: &Recording) -> Vec<Fact> {
    let Verdict::Unparseable(unparseable) = &recording.execution.verdict else { return Vec::new() };
    let place = unparseable.error.place();
    let (Some(thread), Some(failing)) = (place.thread, place.generation) else { return Vec::new() };
    let steps = &recording.steps;
    let of_thread = |index: &usize| steps[*index].thread.procid().cast_signed() == thread.0;
    let written: Vec<(usize, u64)> = (0..steps.len())
        .filter(of_thread)
        .filter(|index| written_event(steps, *index).is_some())
        .filter_map(|index| Some((index, generation_at(steps, index)?)))
        .collect();
    let last = written.iter().rfind(|(_, generation)| *generation < failing.0);
    let first = written.iter().find(|(_, generation)| *generation == failing.0);
    let mut facts: Vec<Fact> =
        last.into_iter().chain(first).filter_map(|(step, _)| self::failing(steps, *step)).collect();
    if let (Some((last, _)), Some((first, _))) = (last, first) {
        // The thread may have taken its token long before it writes.
        let token = steps[..*last]
            .iter()
            .rposition(|record| record.thread == steps[*last].thread && record.object == Object::Generation);
        facts.extend(changes_of_generation(steps, token.unwrap_or(*last), *first));
    }
    facts.sort_by_key(|fact| fact.step);
    facts
}

fn entry_before(steps: &[StepRecord], window: &StealWindow) -> Option<Entry> {
    let status = |index: usize| steps[index].after.proc(window.proc).status;
    let step = (1..window.cas)
        .rev()
        .find(|&index| status(index) == ProcStatus::Psyscall && status(index - 1) != ProcStatus::Psyscall)?;
    let thread = steps[step].thread;
    let becomes_syscall = |index: &usize| {
        let before = &steps[*index];
        before.thread == thread && matches!(before.object, Object::GoStatus(_)) && before.verb == Verb::Cas
    };
    let from = (0..step).rev().find(becomes_syscall).unwrap_or(step);
    Some(Entry { step, from, thread })
}

fn entering(steps: &[StepRecord], entry: &Entry, window: &StealWindow) -> Fact {
    let goroutine = goroutine_of(steps, entry.step, entry.thread);
    let begins = (entry.from..entry.step)
        .find(|&index| writes(steps, index, entry.thread, EventType::GO_SYSCALL_BEGIN));
    let event = match begins {
        Some(index) => format!("and writes GoSyscallBegin{}", in_generation(steps, index)),
        None => "while tracing is off, so that nothing is written".to_owned(),
    };
    let text = format!("{}{goroutine} enters a syscall with {} {event}", entry.thread, window.proc);
    Fact { step: entry.step, text }
}

fn goroutine_of(steps: &[StepRecord], index: usize, thread: ThreadId) -> String {
    let goroutine: Option<GoId> = steps[index].after.thread(thread).goroutine;
    goroutine.map_or(String::new(), |g| format!(" ({g})"))
}

/// The end of the victim's syscall, as the trace has it.
fn leaving(steps: &[StepRecord], entry: &Entry) -> Option<Fact> {
    let ends = [EventType::GO_SYSCALL_END, EventType::GO_SYSCALL_END_BLOCKED];
    let is_end = |index: &usize| ends.iter().any(|event| writes(steps, *index, entry.thread, *event));
    let step = (entry.step..steps.len()).find(is_end)?;
    let verb = steps[step].verb;
    let text = format!("{} leaves the syscall and writes {verb}{}", entry.thread, in_generation(steps, step));
    Some(Fact { step, text })
}

fn first_look(steps: &[StepRecord], window: &StealWindow) -> Option<Fact> {
    let looks = &steps[window.first];
    if !matches!(looks.object, Object::ProcStatus(_)) || looks.verb != Verb::Load {
        return None;
    }
    let status = looks.after.proc(window.proc).status;
    let text = format!("{}, in {}, sees {} in {status}", named(window.thief), function(looks), window.proc);
    Some(Fact { step: window.first, text })
}

fn taking(steps: &[StepRecord], window: &StealWindow, entry: Option<&Entry>) -> Fact {
    let cas = &steps[window.cas];
    let to = cas.after.proc(window.proc).status;
    let from = match entry {
        Some(entry) if entry.thread == window.thief && to == ProcStatus::Pgcstop => {
            " for the stopped world".to_owned()
        }
        Some(entry) if entry.thread != window.thief => format!(" from {}", entry.thread),
        Some(_) => " back".to_owned(),
        None => String::new(),
    };
    let token = if cas.after.thread(window.thief).holds_trace_token {
        "holding the trace's token"
    } else {
        "without the trace's token"
    };
    let text = format!(
        "{} takes {}{from}, {token} (CAS Psyscall -> {to} in {})",
        named(window.thief),
        window.proc,
        function(cas)
    );
    Fact { step: window.cas, text }
}

/// The thief asks whether tracing is on (`traceAcquire`), before or after the CAS.
fn asking(steps: &[StepRecord], window: &StealWindow) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (step, record) in steps.iter().enumerate().take(window.last + 1).skip(window.first) {
        let loads = record.verb == Verb::Load && record.object == Object::Generation;
        if record.thread != window.thief || !loads {
            continue;
        }
        let thief = named(window.thief);
        let asks = if step < window.cas { "first asks" } else { "asks only then" };
        let text = match record.value {
            0 => format!("{thief} {asks} whether tracing is on: it is not, so no ProcSteal is written"),
            generation if record.after.thread(window.thief).holds_trace_token => {
                format!("{thief} {asks} whether tracing is on, and gets the token of generation {generation}")
            }
            // The look that spares the token; the load under it decides.
            _ => continue,
        };
        facts.push(Fact { step, text });
    }
    facts
}

fn stealing(steps: &[StepRecord], window: &StealWindow) -> Option<Fact> {
    let step = (window.first..=window.last)
        .find(|&index| writes(steps, index, window.thief, EventType::PROC_STEAL))?;
    let text = format!("{} writes ProcSteal of {}{}", window.thief, window.proc, in_generation(steps, step));
    Some(Fact { step, text })
}

/// Every start, advance and stop of the tracer from step `from` to step `to`.
fn changes_of_generation(steps: &[StepRecord], from: usize, to: usize) -> Vec<Fact> {
    let mut facts = Vec::new();
    for step in from.max(1)..=to {
        let (before, now) = (steps[step - 1].after.generation, steps[step].after.generation);
        if before == now {
            continue;
        }
        let tracer = steps[step].thread;
        let text = match (before, now) {
            (_, Generation::OFF) => format!("{tracer} stops tracing: generation {before} is the last"),
            (Generation::OFF, _) => format!("{tracer} starts tracing, with generation {now}"),
            _ => format!("{tracer} moves tracing on from generation {before} to {now}"),
        };
        facts.push(Fact { step, text });
    }
    facts
}

/// The generation of the token that the thread holds at `step`, in words; nothing if it holds none.
fn in_generation(steps: &[StepRecord], step: usize) -> String {
    generation_at(steps, step).map_or_else(String::new, |generation| format!(" in generation {generation}"))
}

/// The generation of the token that the thread holds at `step`.
fn generation_at(steps: &[StepRecord], step: usize) -> Option<u64> {
    let thread = steps[step].thread;
    let loads = |record: &&StepRecord| {
        record.thread == thread && record.verb == Verb::Load && record.object == Object::Generation
    };
    steps[..step].iter().rfind(loads).map(|record| record.value).filter(|generation| *generation > 0)
}

fn writes(steps: &[StepRecord], index: usize, thread: ThreadId, event: EventType) -> bool {
    steps[index].thread == thread && written_event(steps, index) == Some(event)
}

fn named(thread: ThreadId) -> String {
    if thread == SYSMON { format!("{thread} (sysmon)") } else { thread.to_string() }
}
