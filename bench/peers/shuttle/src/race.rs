//! The race on shuttle's threads and atomics: the same operations as the machine's, in the same order.

use shuttle::sync::atomic::{AtomicU8, Ordering::SeqCst};
use shuttle::sync::{Arc, Barrier};
use shuttle::thread;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use turns::{Protocol, Size};

const RUNNING: u8 = 0;
const SYSCALL: u8 = 1;
const IDLE: u8 = 2;

const VICTIM: usize = 0;
const THIEF: usize = 1;
const TRACER: usize = 2;

/// What the threads share. The trace is no part of the schedule, so its counters are the standard library's.
struct Shared {
    proc_status: AtomicU8,
    generation: AtomicU8,
    seqlocks: Vec<AtomicU8>,
    blocked_ends: AtomicUsize,
    steals: AtomicUsize,
    late_events: AtomicUsize,
    flushed: AtomicBool,
}

impl Shared {
    fn new(threads: usize) -> Self {
        Self {
            proc_status: AtomicU8::new(RUNNING),
            generation: AtomicU8::new(1),
            seqlocks: (0..threads).map(|_| AtomicU8::new(0)).collect(),
            blocked_ends: AtomicUsize::new(0),
            steals: AtomicUsize::new(0),
            late_events: AtomicUsize::new(0),
            flushed: AtomicBool::new(false),
        }
    }

    fn acquire(&self, thread: usize) -> bool {
        self.seqlocks[thread].fetch_add(1, SeqCst);
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

    fn event(&self, thread: usize) {
        if self.acquire(thread) {
            self.write(None);
        }
        self.release(thread);
    }

    fn victim(&self) {
        self.event(VICTIM);
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

    fn tracer(&self, delay: u8) {
        for _ in 0..delay {
            self.generation.load(SeqCst);
        }
        self.generation.store(0, SeqCst);
        for (_, seqlock) in self.seqlocks.iter().enumerate().filter(|(thread, _)| *thread != TRACER) {
            while seqlock.load(SeqCst) % 2 == 1 {
                thread::yield_now();
            }
        }
        self.flushed.store(true, SeqCst);
    }
}

/// One execution: panics if its trace is broken.
pub fn execute(protocol: Protocol, size: Size) {
    let threads = 3 + usize::from(size.writers);
    let shared = Arc::new(Shared::new(threads));
    // Without it, the thread that is made first is ahead of the others.
    let barrier = Arc::new(Barrier::new(threads));
    let mut handles = Vec::new();
    for number in 0..threads {
        let (shared, barrier) = (shared.clone(), barrier.clone());
        handles.push(thread::spawn(move || {
            barrier.wait();
            match number {
                VICTIM => (0..size.syscalls).for_each(|_| shared.victim()),
                THIEF => (0..size.attempts).for_each(|_| shared.thief(protocol)),
                TRACER => shared.tracer(size.delay),
                _ => (0..size.events).for_each(|_| shared.event(number)),
            }
        }));
    }
    // A run is judged when all threads are done: a steal may be traced after the system call ended.
    let all_ended = handles.into_iter().all(|handle| handle.join().is_ok());
    let unmatched = shared.blocked_ends.load(SeqCst) > shared.steals.load(SeqCst);
    assert!(all_ended && !unmatched && shared.late_events.load(SeqCst) == 0, "the trace is broken");
}
