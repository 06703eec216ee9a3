//! The execution tracer of Go 1.22: tokens, events, buffers, generations (spec sections 2 and 4).

mod acquire;
mod advance;
mod buffer;
mod event;
mod start;
mod status;
mod thread;

pub(crate) use acquire::TraceLocker;
pub(crate) use advance::{Stop, safe_point_fn, trace_advance};
pub(crate) use buffer::Buffer;
pub(crate) use event::{LostP, StealerState, StringId};
pub(crate) use start::start_trace;
pub(crate) use status::{OwnInStw, ResourceState, write_proc_status_for_p};
pub(crate) use thread::trace_thread_destroy;

use crate::ids::Generation;
use crate::machine::{Access, Atomic, Lock, Mutex, Object, Observed, Request, Steps, Verb, step};
use crate::runtime::M;
use std::cell::{Cell, RefCell};

impl Observed for Generation {
    fn observed(self) -> u64 {
        self.0
    }
}

/// The tracer's globals (spec 1.5). The reader goroutine is left out: what it would carry away when a generation is
/// flushed goes to the trace at once (spec section 8).
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) gen_: Atomic<Generation>,
    pub(crate) last_nonzero_gen: Cell<Generation>,
    pub(crate) shutdown: Cell<bool>,
    pub(crate) exiting_syscall: Atomic<u32>,
    pub(crate) lock: Mutex,
    /// The queues of full buffers, by `gen%2`: their bytes, in the order of flushing.
    full: [RefCell<Vec<u8>>; 2],
    /// By `gen%2`, the sum of the digests of the batches in `full`.
    queued: [Cell<u64>; 2],
    /// A digest of what the reader has carried away.
    pub(crate) carried: Cell<u64>,
    /// Which strings the generation's events name, by `gen%2`: a bit for each [`StringId`].
    strings: [Cell<u32>; 2],
    /// What the reader has carried away: the trace.
    pub(crate) output: RefCell<Vec<u8>>,
    /// The last generation of which every thread's buffer has been flushed.
    pub(crate) flushed_gen: Cell<Generation>,
    /// Where batches of no thread are put together.
    scratch: RefCell<Buffer>,
    header_written: Cell<bool>,
    /// Where in the output each trace begins: one for each time that tracing was on.
    pub(crate) trace_starts: RefCell<Vec<usize>>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self {
            gen_: Atomic::new(Object::Generation, Generation::OFF),
            last_nonzero_gen: Cell::new(Generation::OFF),
            shutdown: Cell::new(false),
            exiting_syscall: Atomic::new(Object::ExitingSyscall, 0),
            lock: Mutex::new(Lock::Trace, Object::TraceLock),
            full: [RefCell::default(), RefCell::default()],
            queued: [Cell::new(0), Cell::new(0)],
            carried: Cell::new(0),
            strings: [Cell::new(0), Cell::new(0)],
            output: RefCell::default(),
            flushed_gen: Cell::new(Generation::OFF),
            scratch: RefCell::default(),
            header_written: Cell::new(false),
            trace_starts: RefCell::default(),
        }
    }

    pub(crate) fn reset(&self) {
        self.gen_.set(Generation::OFF);
        self.last_nonzero_gen.set(Generation::OFF);
        self.shutdown.set(false);
        self.exiting_syscall.set(0);
        self.lock.reset();
        for slot in 0..2 {
            self.full[slot].borrow_mut().clear();
            self.strings[slot].set(0);
            self.queued[slot].set(0);
        }
        self.carried.set(0);
        self.output.borrow_mut().clear();
        self.flushed_gen.set(Generation::OFF);
        self.scratch.borrow_mut().reset();
        self.header_written.set(false);
        self.trace_starts.borrow_mut().clear();
    }
}

/// A step on the tracer's state that `trace.lock` or `worldsema` guards.
#[track_caller]
pub(crate) fn trace_state<'r, T: Observed + 'r>(
    m: M<'r>,
    verb: Verb,
    action: impl FnOnce() -> T,
) -> Steps<T> {
    let object = Object::TraceState;
    let access = move || Access::NONE.write(object).write(Object::TraceLock);
    step(m, Request::new(verb, object), access, action)
}

impl Trace {
    /// The store of `trace.gen`.
    #[track_caller]
    pub(crate) fn store_generation<'r>(&'r self, m: M<'r>, generation: Generation) -> Steps<Generation> {
        let access = move || {
            let turns = (self.gen_.get() == Generation::OFF) != (generation == Generation::OFF);
            let access = Access::NONE.write(Object::Generation);
            if turns { access.write(Object::TracingOff) } else { access }
        };
        step(m, Request::new(Verb::Store, Object::Generation), access, move || {
            self.gen_.set(generation);
            generation
        })
    }

    /// `traceEnabled`
    #[track_caller]
    pub(crate) fn is_enabled<'r>(&'r self, m: M<'r>) -> Steps<bool> {
        step(
            m,
            Request::new(Verb::Load, Object::Generation),
            || Access::NONE.read(Object::Generation).read(Object::TracingOff),
            || self.gen_.get() != Generation::OFF,
        )
    }

    /// `traceShuttingDown`
    #[track_caller]
    pub(crate) fn is_shutting_down<'r>(&'r self, m: M<'r>) -> Steps<bool> {
        step(
            m,
            Request::new(Verb::Load, Object::TraceState),
            || Access::NONE.read(Object::TraceState),
            || self.shutdown.get(),
        )
    }
}
