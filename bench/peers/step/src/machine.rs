//! The race as a machine: a step is one atomic operation of one thread, the same operations as under shuttle and loom.

use turns::{Protocol, Size};

/// The most threads of any size.
pub const MAX_THREADS: usize = 5;

/// The thread that makes system calls and may lose its P meanwhile.
const VICTIM: usize = 0;
/// The thread that takes the P, as sysmon does.
const THIEF: usize = 1;
/// The thread that stops tracing, and waits for everybody who is writing an event.
const TRACER: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum ProcStatus {
    Running,
    Syscall,
    Idle,
}

/// Where a thread stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Thread {
    /// The number of its next operation in its round.
    at: u8,
    /// Rounds left.
    left: u8,
    /// The victim: whether its P was gone; the thief: whether tracing was on when it asked.
    flag: bool,
    done: bool,
}

/// A state of the race.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Machine {
    protocol: Protocol,
    threads: usize,
    proc_status: ProcStatus,
    generation: u8,
    /// By thread, odd while it writes an event.
    seqlocks: [u8; MAX_THREADS],
    at: [Thread; MAX_THREADS],
    /// The tracer has taken all that was written.
    flushed: bool,
    blocked_ends: u8,
    steals: u8,
    late_events: u8,
}

impl Machine {
    /// The first state.
    #[must_use]
    pub fn new(protocol: Protocol, size: Size) -> Self {
        let threads = 3 + usize::from(size.writers);
        let rounds = [size.syscalls, size.attempts, size.delay, size.events, size.events];
        let at = std::array::from_fn(|thread| {
            let left = rounds[thread];
            let done = thread >= threads || (left == 0 && thread != TRACER);
            Thread { at: 0, left, flag: false, done }
        });
        Self {
            protocol,
            threads,
            proc_status: ProcStatus::Running,
            generation: 1,
            seqlocks: [0; MAX_THREADS],
            at,
            flushed: false,
            blocked_ends: 0,
            steals: 0,
            late_events: 0,
        }
    }

    /// The threads that can take a step.
    pub fn runnable(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.threads).filter(|thread| self.is_runnable(*thread))
    }

    fn is_runnable(&self, thread: usize) -> bool {
        let Thread { at, done, .. } = self.at[thread];
        // The peers' tracers look again and again; here it is not chosen before there is something to see.
        let waits = || thread == TRACER && at > 0 && self.seqlocks[watched(at)] % 2 == 1;
        !done && !waits()
    }

    /// Whether the trace that was written cannot be read.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.blocked_ends > self.steals || self.late_events > 0
    }

    /// Takes the next step of a thread.
    pub fn step(&mut self, thread: usize) {
        match (thread, self.protocol) {
            (VICTIM, _) => self.victim(),
            (THIEF, Protocol::Broken) => self.thief(),
            (THIEF, Protocol::Mended) => self.mended_thief(),
            (TRACER, _) => self.tracer(),
            _ => self.writer(thread),
        }
    }

    /// Writes an event; says whether it reaches the trace.
    fn write(&mut self) -> bool {
        self.late_events += u8::from(self.flushed);
        !self.flushed
    }

    fn toggle_seqlock(&mut self, thread: usize) {
        self.seqlocks[thread] ^= 1;
        self.at[thread].at += 1;
    }

    fn end_round(&mut self, thread: usize) {
        let thread = &mut self.at[thread];
        thread.left -= 1;
        thread.at = 0;
        thread.done = thread.left == 0;
    }

    fn victim(&mut self) {
        match self.at[VICTIM].at {
            0 | 2 | 5 => self.toggle_seqlock(VICTIM),
            1 => {
                if self.generation != 0 {
                    self.write();
                }
                self.at[VICTIM].at += 1;
            }
            3 => {
                self.proc_status = ProcStatus::Syscall;
                self.at[VICTIM].at += 1;
            }
            4 => {
                let has_proc = self.proc_status == ProcStatus::Syscall;
                if has_proc {
                    self.proc_status = ProcStatus::Running;
                }
                self.at[VICTIM].flag = !has_proc;
                self.at[VICTIM].at += 1;
            }
            6 => {
                if self.generation != 0 && self.write() && self.at[VICTIM].flag {
                    self.blocked_ends += 1;
                }
                self.at[VICTIM].at += 1;
            }
            7 => {
                self.toggle_seqlock(VICTIM);
                if !self.at[VICTIM].flag {
                    self.end_round(VICTIM);
                }
            }
            _ => {
                self.proc_status = ProcStatus::Running;
                self.end_round(VICTIM);
            }
        }
    }

    fn take(&mut self) -> bool {
        let taken = self.proc_status == ProcStatus::Syscall;
        if taken {
            self.proc_status = ProcStatus::Idle;
        }
        taken
    }

    fn thief(&mut self) {
        match self.at[THIEF].at {
            0 => {
                if self.take() {
                    self.at[THIEF].at = 1;
                } else {
                    self.end_round(THIEF);
                }
            }
            1 => self.toggle_seqlock(THIEF),
            2 => {
                if self.generation != 0 && self.write() {
                    self.steals += 1;
                }
                self.at[THIEF].at += 1;
            }
            _ => {
                self.toggle_seqlock(THIEF);
                self.end_round(THIEF);
            }
        }
    }

    fn mended_thief(&mut self) {
        match self.at[THIEF].at {
            0 => self.toggle_seqlock(THIEF),
            1 => {
                self.at[THIEF].flag = self.generation != 0;
                self.at[THIEF].at += 1;
            }
            2 => {
                if self.take() && self.at[THIEF].flag && self.write() {
                    self.steals += 1;
                }
                self.at[THIEF].at += 1;
            }
            _ => {
                self.toggle_seqlock(THIEF);
                self.end_round(THIEF);
            }
        }
    }

    fn tracer(&mut self) {
        let last = self.threads - 1;
        let thread = &mut self.at[TRACER];
        match thread.at {
            0 if thread.left > 0 => thread.left -= 1,
            0 => {
                self.generation = 0;
                thread.at = 1;
            }
            at => {
                thread.at += 1;
                if usize::from(at) == last {
                    self.flushed = true;
                    thread.done = true;
                }
            }
        }
    }

    fn writer(&mut self, thread: usize) {
        match self.at[thread].at {
            0 => self.toggle_seqlock(thread),
            1 => {
                if self.generation != 0 {
                    self.write();
                }
                self.at[thread].at += 1;
            }
            _ => {
                self.toggle_seqlock(thread);
                self.end_round(thread);
            }
        }
    }
}

/// The thread whose seqlock the tracer looks at in its step `at`: all but its own, in order.
fn watched(at: u8) -> usize {
    let nth = usize::from(at) - 1;
    if nth < TRACER { nth } else { nth + 1 }
}
