//! The race of golang/go#65181 with nothing around it: a victim in a syscall, a thief, and a tracer that stops.
//!
//! It is written once, as a macro, and expanded for loom and for shuttle: each brings atomics and threads of its own.
//! The buffers of the trace are no part of the race, and so they are counters of the standard library.

/// Whether the thief takes its token before it takes the P, which is the fix, or after.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// After.
    Prefix,
    /// Before.
    Fixed,
}

macro_rules! race {
    ($peer:ident, $fence:expr) => {
        /// The race on this peer's atomics and threads.
        pub mod $peer {
            use super::Variant;
            use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
            use $peer::sync::Arc;
            use $peer::sync::atomic::{AtomicU8, Ordering::SeqCst};
            use $peer::thread;

            const RUNNING: u8 = 0;
            const SYSCALL: u8 = 1;
            const IDLE: u8 = 2;

            /// Executions so far.
            pub static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

            struct Shared {
                status: AtomicU8,
                generation: AtomicU8,
                seqlocks: [AtomicU8; 2],
                ends_blocked: AtomicUsize,
                steals: AtomicUsize,
                late: AtomicUsize,
                flushed: AtomicBool,
            }

            impl Shared {
                fn acquire(&self, thread: usize) -> bool {
                    self.seqlocks[thread].fetch_add(1, SeqCst);
                    $fence;
                    self.generation.load(SeqCst) != 0
                }

                fn release(&self, thread: usize) {
                    self.seqlocks[thread].fetch_add(1, SeqCst);
                }

                fn write(&self, events: Option<&AtomicUsize>) {
                    if self.flushed.load(Ordering::SeqCst) {
                        self.late.fetch_add(1, Ordering::SeqCst);
                    } else if let Some(events) = events {
                        events.fetch_add(1, Ordering::SeqCst);
                    }
                }

                fn take(&self) -> bool {
                    self.status.compare_exchange(SYSCALL, IDLE, SeqCst, SeqCst).is_ok()
                }

                fn victim(&self) {
                    if self.acquire(0) {
                        self.write(None);
                    }
                    self.release(0);
                    self.status.store(SYSCALL, SeqCst);
                    let blocked = self.status.compare_exchange(SYSCALL, RUNNING, SeqCst, SeqCst).is_err();
                    if self.acquire(0) {
                        self.write(blocked.then_some(&self.ends_blocked));
                    }
                    self.release(0);
                    if blocked {
                        self.status.store(RUNNING, SeqCst);
                    }
                }

                fn thief(&self, variant: Variant) {
                    if variant == Variant::Prefix && !self.take() {
                        return;
                    }
                    let tracing = self.acquire(1);
                    if (variant == Variant::Prefix || self.take()) && tracing {
                        self.write(Some(&self.steals));
                    }
                    self.release(1);
                }

                fn tracer(&self) {
                    self.generation.store(0, SeqCst);
                    $fence;
                    for seqlock in &self.seqlocks {
                        while seqlock.load(SeqCst) % 2 != 0 {
                            thread::yield_now();
                        }
                    }
                    self.flushed.store(true, Ordering::SeqCst);
                }
            }

            /// One execution: it panics if the trace could not be read. The tracer is the first thread.
            pub fn execution(variant: Variant) {
                EXECUTIONS.fetch_add(1, Ordering::Relaxed);
                let shared = Arc::new(Shared {
                    status: AtomicU8::new(RUNNING),
                    generation: AtomicU8::new(1),
                    seqlocks: [AtomicU8::new(0), AtomicU8::new(0)],
                    ends_blocked: AtomicUsize::new(0),
                    steals: AtomicUsize::new(0),
                    late: AtomicUsize::new(0),
                    flushed: AtomicBool::new(false),
                });
                let victim = thread::spawn({
                    let shared = shared.clone();
                    move || shared.victim()
                });
                let thief = thread::spawn({
                    let shared = shared.clone();
                    move || shared.thief(variant)
                });
                shared.tracer();
                let joined = victim.join().is_ok() && thief.join().is_ok();
                assert!(joined, "a thread failed");
                let (ends, steals) =
                    (shared.ends_blocked.load(Ordering::SeqCst), shared.steals.load(Ordering::SeqCst));
                assert!(ends <= steals, "GoSyscallEndBlocked without ProcSteal");
                assert!(shared.late.load(Ordering::SeqCst) == 0, "an event after its generation was flushed");
            }
        }
    };
}

// loom takes SeqCst for AcqRel: without fences the fix itself would fail there.
race!(loom, loom::sync::atomic::fence(SeqCst));
race!(shuttle, ());
