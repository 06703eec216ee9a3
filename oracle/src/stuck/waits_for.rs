//! What a waiting event waits for, in types and in words.

use crate::ids::{Generation, GoId, ProcId, Seq, ThreadId};
use serde::Serialize;
use std::fmt;

/// What must be before a waiting event can happen. `next` is the sequence number that the next event of the P or
/// goroutine must have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "waits_for", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WaitsFor {
    /// The P must be declared in this generation.
    ProcDeclared {
        /// The P.
        proc: ProcId,
        /// This generation.
        generation: Generation,
    },
    /// The P must become idle.
    ProcIdle {
        /// The P.
        proc: ProcId,
        /// What it is now.
        status: &'static str,
        /// The thread that holds it.
        holder: Option<ThreadId>,
        /// See above.
        next: Seq,
    },
    /// The P must be in a system call, to be stolen from it.
    ProcInSyscall {
        /// The P.
        proc: ProcId,
        /// What it is now.
        status: &'static str,
        /// The thread that holds it.
        holder: Option<ThreadId>,
        /// See above.
        next: Seq,
    },
    /// Events of the P must happen that come before this one in its sequence.
    ProcSequence {
        /// The P.
        proc: ProcId,
        /// The event's own number.
        said: Seq,
        /// See above.
        next: Seq,
    },
    /// The thread must lose the P that it holds.
    ThreadWithoutProc {
        /// The thread.
        thread: ThreadId,
        /// The P that it holds.
        proc: ProcId,
        /// What the P is.
        status: &'static str,
        /// See above.
        next: Seq,
    },
    /// The P, which the thread took into a system call, must be taken from it.
    ProcLeavesSyscall {
        /// The P.
        proc: ProcId,
        /// The thread.
        thread: ThreadId,
        /// See above.
        next: Seq,
    },
    /// The goroutine must be declared in this generation, or created.
    GoroutineDeclared {
        /// The goroutine.
        goroutine: GoId,
        /// This generation.
        generation: Generation,
    },
    /// The goroutine must be in another state.
    GoroutineState {
        /// The goroutine.
        goroutine: GoId,
        /// What it must be.
        wanted: &'static str,
        /// What it is now.
        status: &'static str,
        /// The thread that holds it.
        holder: Option<ThreadId>,
        /// See above.
        next: Seq,
    },
    /// Events of the goroutine must happen that come before this one in its sequence.
    GoroutineSequence {
        /// The goroutine.
        goroutine: GoId,
        /// The event's own number.
        said: Seq,
        /// See above.
        next: Seq,
    },
    /// Events of the garbage collector must happen that come before this one in its sequence.
    GcSequence {
        /// The event's own number.
        said: Seq,
        /// See above.
        next: Seq,
    },
}

impl WaitsFor {
    /// The event that is missing, as it would stand in the trace.
    #[must_use]
    pub fn missing(&self) -> String {
        match self {
            Self::ProcDeclared { proc, .. } => format!("ProcStatus(p={proc})"),
            Self::ProcIdle { proc, status, holder, next } if *status == "Running" => match holder {
                Some(thread) => format!("ProcStop of thread {thread}, which holds P {proc},"),
                None => format!("event of P {proc} with p_seq={next}"),
            },
            Self::ProcIdle { proc, next, holder, .. } => steal(*proc, *next, *holder),
            Self::ThreadWithoutProc { proc, status, thread, next } if *status == "Syscall" => {
                steal(*proc, *next, Some(*thread))
            }
            Self::ThreadWithoutProc { thread, .. } => format!("ProcStop of thread {thread}"),
            Self::ProcLeavesSyscall { proc, thread, next } => steal(*proc, *next, Some(*thread)),
            Self::ProcInSyscall { proc, holder, next, .. } => match holder {
                Some(thread) => format!("GoSyscallBegin(p_seq={next}) of thread {thread}"),
                None => format!("event of P {proc} with p_seq={next}"),
            },
            Self::ProcSequence { proc, next, .. } => format!("event of P {proc} with p_seq={next}"),
            Self::GoroutineDeclared { goroutine, .. } => {
                format!("GoStatus(g={goroutine}) or GoCreate(new_g={goroutine})")
            }
            Self::GoroutineState { holder: Some(thread), goroutine, .. } => {
                format!("event of thread {thread} that ends or parks goroutine {goroutine}")
            }
            Self::GoroutineState { goroutine, wanted, next, .. } if *wanted == "Runnable" => {
                format!("GoUnblock(g={goroutine}, g_seq={next})")
            }
            Self::GoroutineState { goroutine, next, .. }
            | Self::GoroutineSequence { goroutine, next, .. } => {
                format!("event of goroutine {goroutine} with g_seq={next}")
            }
            Self::GcSequence { next, .. } => format!("event of the garbage collector with gc_seq={next}"),
        }
    }

    /// How directly the wait names a missing event; the lowest is the likeliest root.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::ProcLeavesSyscall { .. } => 0,
            Self::ThreadWithoutProc { .. } => 1,
            Self::ProcDeclared { .. }
            | Self::ProcIdle { .. }
            | Self::ProcInSyscall { .. }
            | Self::ProcSequence { .. } => 2,
            _ => 3,
        }
    }
}

fn steal(proc: ProcId, next: Seq, victim: Option<ThreadId>) -> String {
    match victim {
        Some(thread) => format!("ProcSteal(p={proc}, p_seq={next}, m={thread})"),
        None => format!("ProcSteal(p={proc}, p_seq={next})"),
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProcDeclared { proc, generation } => {
                write!(f, "P {proc} is declared in generation {generation}")
            }
            Self::ProcIdle { proc, status, holder: Some(thread), .. } => {
                write!(f, "P {proc} is Idle (it is {status}, on thread {thread})")
            }
            Self::ProcIdle { proc, status, .. } => write!(f, "P {proc} is Idle (it is {status})"),
            Self::ProcInSyscall { proc, status, .. } => {
                write!(f, "P {proc} is in Syscall (it is {status})")
            }
            Self::ProcSequence { proc, said, next } => {
                write!(f, "it is the turn of p_seq={said} of P {proc} (next is {next})")
            }
            Self::ThreadWithoutProc { thread, proc, status, .. } => {
                write!(f, "thread {thread} has lost P {proc} (which is {status})")
            }
            Self::ProcLeavesSyscall { proc, .. } => write!(f, "P {proc} leaves Syscall"),
            Self::GoroutineDeclared { goroutine, generation } => {
                write!(f, "goroutine {goroutine} is declared in generation {generation}, or created")
            }
            Self::GoroutineState { goroutine, wanted, status, .. } => {
                write!(f, "goroutine {goroutine} is {wanted} (it is {status})")
            }
            Self::GoroutineSequence { goroutine, said, next } => {
                write!(f, "it is the turn of g_seq={said} of goroutine {goroutine} (next is {next})")
            }
            Self::GcSequence { said, next } => {
                write!(f, "it is the turn of gc_seq={said} (next is {next})")
            }
        }
    }
}
