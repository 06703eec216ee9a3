//! The small race on loom's threads and atomics.
//!
//! loom takes accesses that are sequentially consistent for acquire and release ones, and orders only fences as the
//! protocol needs it: so they stand after the seqlock is taken and after the generation is changed.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU8, Ordering::SeqCst, fence};
use loom::thread;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use turns::Protocol;

const RUNNING: u8 = 0;
const SYSCALL: u8 = 1;
const IDLE: u8 = 2;

const VICTIM: usize = 0;
const THIEF: usize = 1;

/// What the threads share. The trace is no part of the schedule, so its counters are the standard library's.
struct Shared {
    proc_status: AtomicU8,
    generation: AtomicU8,
    seqlocks: [AtomicU8; 2],
    blocked_ends: AtomicUsize,
    steals: AtomicUsize,
    late_events: AtomicUsize,
    flushed: AtomicBool,
}

impl Shared {
    fn new() -> Self {
        Self {
            proc_status: AtomicU8::new(RUNNING),
            generation: AtomicU8::new(1),
            seqlocks: [AtomicU8::new(0), AtomicU8::new(0)],
            blocked_ends: AtomicUsize::new(0),
            steals: AtomicUsize::new(0),
            late_events: AtomicUsize::new(0),
            flushed: AtomicBool::new(false),
        }
    }

    fn acquire(&self, thread: usize) -> bool {
        self.seqlocks[thread].fetch_add(1, SeqCst);
        fence(SeqCst);
        self.generation.load(SeqCst) != 0
    }

    fn release(&self, thread: usize) {
        self.seqlocks[thread].fetch_add(1, SeqCst);
    }

    fn write(&self, counter: Option<&AtomicUsize>) {
        if self.flushed.load(SeqCst) {
            self.late_events.fetch_add(1, SeqCst);
        } else if let Some(counter) = counter {
            counter.fetch_add(1, SeqCst);
        }
    }

    fn take(&self, from: u8, to: u8) -> bool {
        self.proc_status.compare_exchange(from, to, SeqCst, SeqCst).is_ok()
    }

    fn victim(&self) {
        if self.acquire(VICTIM) {
            self.write(None);
        }
        self.release(VICTIM);
        self.proc_status.store(SYSCALL, SeqCst);
        let blocked = !self.take(SYSCALL, RUNNING);
        if self.acquire(VICTIM) {
            self.write(blocked.then_some(&self.blocked_ends));
        }
        self.release(VICTIM);
        if blocked {
            self.proc_status.store(RUNNING, SeqCst);
        }
    }

    fn thief(&self, protocol: Protocol) {
        match protocol {
            Protocol::Broken => {
                if self.take(SYSCALL, IDLE) {
                    if self.acquire(THIEF) {
                        self.write(Some(&self.steals));
                    }
                    self.release(THIEF);
                }
            }
            Protocol::Mended => {
                let traces = self.acquire(THIEF);
                if self.take(SYSCALL, IDLE) && traces {
                    self.write(Some(&self.steals));
                }
                self.release(THIEF);
            }
        }
    }

    fn tracer(&self) {
        self.generation.store(0, SeqCst);
        fence(SeqCst);
        for seqlock in &self.seqlocks {
            while seqlock.load(SeqCst) % 2 == 1 {
                thread::yield_now();
            }
        }
        self.flushed.store(true, SeqCst);
    }
}

/// One execution: panics if its trace is broken. The tracer is the thread that makes the others, which saves loom one.
pub fn execute(protocol: Protocol) {
    let shared = Arc::new(Shared::new());
    let of_victim = shared.clone();
    let victim = thread::spawn(move || of_victim.victim());
    let of_thief = shared.clone();
    let thief = thread::spawn(move || of_thief.thief(protocol));
    shared.tracer();
    // A run is judged when all threads are done: a steal may be traced after the system call ended.
    let all_ended = victim.join().is_ok() && thief.join().is_ok();
    let unmatched = shared.blocked_ends.load(SeqCst) > shared.steals.load(SeqCst);
    assert!(all_ended && !unmatched && shared.late_events.load(SeqCst) == 0, "the trace is broken");
}
