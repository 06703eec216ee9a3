//! What a trace says of system calls and Ps, thread by thread, cut into windows whose shapes can be compared.
//!
//! Numbers of threads, Ps and sequences differ from run to run; a shape has none. The Ps of a window are called a, b,
//! c in the order in which the window names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use procsteal_oracle::testtrace::{BinaryError, RawEvent, RawTrace};
use procsteal_oracle::{Generation, ThreadId};
use procsteal_wire::{EventType, proc_status};

/// How many events of one thread are one window: a whole blocked system call (begin, end, the P that follows) and
/// what led to it.
pub const WINDOW_EVENTS: usize = 4;

/// Where a window is in its trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub struct Place {
    /// The generation.
    pub generation: Generation,
    /// The thread; of a steal, the thief.
    pub thread: ThreadId,
    /// The window's last event, counted from 0 among the events of system calls and Ps of this thread in this generation.
    pub event: usize,
}

/// A part of a trace, and what it looks like without numbers.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Window {
    /// Where it is.
    pub place: Place,
    /// What it looks like; equal for windows that are alike.
    pub shape: String,
}

/// One event of a system call or a P.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Begin { seq: u64 },
    End,
    EndBlocked,
    Start { proc: u64, seq: u64 },
    Stop,
    Steal { proc: u64, seq: u64, from: u64 },
    Status { proc: u64, status: u8 },
}

/// The acts of one thread in one generation, in the order in which it wrote them.
type Acts = BTreeMap<(u64, u64), Vec<Act>>;

/// The windows of a trace, by place.
///
/// A thread window is [`WINDOW_EVENTS`] consecutive events of one thread in one generation; the first ones of a
/// generation begin with `^` and are shorter. A steal window is what happened around one ProcSteal: on the thread that
/// lost its P (whether its system call began in this generation, and how it ended), on the thief, and to the P
/// afterwards. It is put together by sequence numbers, not by times.
///
/// # Errors
///
/// [`BinaryError`] when the bytes are no trace. Whether it can be parsed does not matter.
pub fn windows(trace: &[u8]) -> Result<Vec<Window>, BinaryError> {
    let acts = acts(&RawTrace::from_binary(trace)?);
    let mut windows = Vec::new();
    for (&(generation, thread), of_thread) in &acts {
        for (event, act) in of_thread.iter().enumerate() {
            let place = place(generation, thread, event);
            windows.push(Window { place, shape: thread_shape(thread, of_thread, event) });
            if let &Act::Steal { proc, seq, from } = act {
                let shape = steal_shape(&acts, place, Stolen { proc, seq, from });
                windows.push(Window { place, shape });
            }
        }
    }
    Ok(windows)
}

fn place(generation: u64, thread: u64, event: usize) -> Place {
    Place { generation: Generation(generation), thread: ThreadId(thread.cast_signed()), event }
}

/// Sorts the events of a trace by generation and thread. Batches of one thread are in order in the file.
fn acts(trace: &RawTrace) -> Acts {
    let mut acts = Acts::new();
    let mut writer = (0, 0);
    for event in &trace.events {
        if event.event == EventType::EVENT_BATCH
            && let [generation, thread, ..] = event.arguments[..]
        {
            writer = (generation, thread);
        } else if let Some(act) = act(event) {
            acts.entry(writer).or_default().push(act);
        }
    }
    acts
}

fn act(event: &RawEvent) -> Option<Act> {
    // The first argument of a timed event is its time.
    match (event.event, event.arguments.get(1..)?) {
        (EventType::GO_SYSCALL_BEGIN, &[seq, ..]) => Some(Act::Begin { seq }),
        (EventType::GO_SYSCALL_END, _) => Some(Act::End),
        (EventType::GO_SYSCALL_END_BLOCKED, _) => Some(Act::EndBlocked),
        (EventType::PROC_START, &[proc, seq]) => Some(Act::Start { proc, seq }),
        (EventType::PROC_STOP, _) => Some(Act::Stop),
        (EventType::PROC_STEAL, &[proc, seq, from]) => Some(Act::Steal { proc, seq, from }),
        (EventType::PROC_STATUS, &[proc, status]) => {
            Some(Act::Status { proc, status: u8::try_from(status).unwrap_or(u8::MAX) })
        }
        _ => None,
    }
}

/// The letters of a window's Ps, in the order in which it names them.
#[derive(Default)]
pub(super) struct Letters(Vec<u64>);

impl Letters {
    /// How many Ps the shape names.
    pub(super) fn named_in(shape: &str) -> usize {
        let letters = shape.split('(').skip(1).filter_map(|rest| rest.chars().next());
        letters.collect::<BTreeSet<char>>().len()
    }

    fn of(&mut self, proc: u64) -> char {
        let at = self.0.iter().position(|known| *known == proc).unwrap_or_else(|| {
            self.0.push(proc);
            self.0.len() - 1
        });
        // A window names no more Ps than it has events.
        char::from(b'a' + u8::try_from(at).unwrap_or(25).min(25))
    }
}

/// The window of a thread that ends with its event number `last`.
fn thread_shape(thread: u64, acts: &[Act], last: usize) -> String {
    let mut shape = String::from(if last + 1 < WINDOW_EVENTS { "thread: ^" } else { "thread:" });
    let mut letters = Letters::default();
    for act in &acts[(last + 1).saturating_sub(WINDOW_EVENTS)..=last] {
        shape.push(' ');
        write_act(&mut shape, *act, thread, &mut letters);
    }
    shape
}

fn write_act(shape: &mut String, act: Act, thread: u64, letters: &mut Letters) {
    // Writing to a String does not fail.
    let _ = match act {
        Act::Begin { .. } => write!(shape, "GoSyscallBegin"),
        Act::End => write!(shape, "GoSyscallEnd"),
        Act::EndBlocked => write!(shape, "GoSyscallEndBlocked"),
        Act::Start { proc, .. } => write!(shape, "ProcStart({})", letters.of(proc)),
        Act::Stop => write!(shape, "ProcStop"),
        Act::Steal { proc, from, .. } => {
            let from = if from == thread { "itself" } else { "another" };
            write!(shape, "ProcSteal({} from {from})", letters.of(proc))
        }
        Act::Status { proc, status } => {
            write!(shape, "ProcStatus({} {})", letters.of(proc), status_name(status))
        }
    };
}

fn status_name(status: u8) -> &'static str {
    match status {
        proc_status::RUNNING => "running",
        proc_status::IDLE => "idle",
        proc_status::SYSCALL => "syscall",
        proc_status::SYSCALL_ABANDONED => "syscall-abandoned",
        _ => "undefined",
    }
}

/// What a ProcSteal says.
#[derive(Clone, Copy)]
struct Stolen {
    proc: u64,
    seq: u64,
    from: u64,
}

/// What happened around the steal at `thief`.
fn steal_shape(acts: &Acts, thief: Place, stolen: Stolen) -> String {
    let generation = thief.generation.0;
    let thief_thread = thief.thread.0.cast_unsigned();
    let of = |thread: u64| acts.get(&(generation, thread)).map_or(&[][..], Vec::as_slice);
    let victim = of(stolen.from);
    let begin = victim.iter().enumerate().position(|(event, act)| {
        matches!(*act, Act::Begin { seq } if seq.wrapping_add(1) == stolen.seq)
            && current_proc(victim, event) == Some(stolen.proc)
    });
    let after_begin = begin.map_or(0, |event| event + 1);
    let end = victim
        .iter()
        .skip(after_begin)
        .find(|act| matches!(act, Act::End | Act::EndBlocked | Act::Begin { .. }));
    let next = acts.iter().filter(|((of_generation, _), _)| *of_generation == generation).find_map(
        |(&(_, thread), list)| {
            list.iter().find_map(|act| match *act {
                Act::Start { proc, seq } if (proc, seq) == (stolen.proc, stolen.seq + 1) => {
                    Some(("ProcStart", thread))
                }
                Act::Steal { proc, seq, .. } if (proc, seq) == (stolen.proc, stolen.seq + 1) => {
                    Some(("ProcSteal", thread))
                }
                _ => None,
            })
        },
    );
    let who = |thread: u64| match thread {
        _ if thread == stolen.from => "the victim",
        _ if thread == thief_thread => "the thief",
        _ => "another",
    };
    format!(
        "steal: by {}; system call begun {}; it ends with {}; then the P has {}",
        if thief_thread == stolen.from { "the victim itself" } else { "another" },
        if begin.is_some() { "in this generation" } else { "earlier" },
        match end {
            Some(Act::End) => "GoSyscallEnd",
            Some(Act::EndBlocked) => "GoSyscallEndBlocked",
            Some(_) => "another GoSyscallBegin",
            None => "nothing in this generation",
        },
        next.map_or_else(|| "nothing".to_owned(), |(event, thread)| format!("{event} by {}", who(thread))),
    )
}

/// The P that the thread has before its event number `before`, as far as this generation says.
fn current_proc(acts: &[Act], before: usize) -> Option<u64> {
    acts[..before].iter().rev().find_map(|act| match *act {
        Act::Start { proc, .. } => Some(Some(proc)),
        Act::Status { proc, status } if status == proc_status::RUNNING || status == proc_status::SYSCALL => {
            Some(Some(proc))
        }
        Act::Stop | Act::EndBlocked => Some(None),
        _ => None,
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &[u8] = include_bytes!("../../oracle/tests/data/traces/go1.22.10-fixed-1.trace");

    #[test]
    fn every_act_ends_a_window_of_its_thread() {
        let acts = acts(&RawTrace::from_binary(TRACE).unwrap());
        let count: usize = acts.values().map(Vec::len).sum();
        let windows = windows(TRACE).unwrap();
        assert!(count > 0);
        assert_eq!(windows.iter().filter(|window| window.shape.starts_with("thread:")).count(), count);
    }

    #[test]
    fn a_shape_has_letters_for_ps_and_no_numbers() {
        let acts = [
            Act::Status { proc: 7, status: proc_status::IDLE },
            Act::Start { proc: 7, seq: 9 },
            Act::Steal { proc: 3, seq: 1, from: 5 },
            Act::Start { proc: 3, seq: 2 },
        ];
        let expected = "ProcStatus(a idle) ProcStart(a) ProcSteal(b from another) ProcStart(b)";
        assert_eq!(thread_shape(4, &acts, 3), format!("thread: {expected}"));
        assert_eq!(thread_shape(4, &acts, 1), "thread: ^ ProcStatus(a idle) ProcStart(a)");
    }

    #[test]
    fn a_steal_is_put_together_by_sequence_numbers() {
        let victim = vec![
            Act::Status { proc: 0, status: proc_status::RUNNING },
            Act::Begin { seq: 1 },
            Act::EndBlocked,
        ];
        let thief = vec![Act::Steal { proc: 0, seq: 2, from: 10 }];
        let third = vec![Act::Start { proc: 0, seq: 3 }];
        let acts = Acts::from([((1, 10), victim), ((1, 11), thief), ((1, 12), third)]);
        let shape = steal_shape(&acts, place(1, 11, 0), Stolen { proc: 0, seq: 2, from: 10 });
        assert_eq!(
            shape,
            "steal: by another; system call begun in this generation; it ends with GoSyscallEndBlocked; then the P has \
             ProcStart by another"
        );
    }

    #[test]
    fn what_is_no_trace_is_an_error() {
        assert!(windows(b"go 1.22 trace").is_err());
    }
}
