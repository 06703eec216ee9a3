//! `sched` and the runtime's other globals (spec 1.4).

use super::Queue;
use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::MAX_FOREIGN_THREADS;
use crate::machine::{Atomic, Lock, Mutex, Note, NoteId, Object};
use std::cell::Cell;

/// The semaphores on which goroutines wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SemaName {
    /// `worldsema`: one owner, any stop-the-world, generation change or forEachP.
    World,
    /// `traceAdvanceSema`
    TraceAdvance,
    /// `traceShutdownSema`
    TraceShutdown,
}

/// A runtime semaphore, with the goroutines that wait for it in order of arrival.
#[derive(Debug)]
pub(crate) struct Sema {
    /// How many more may enter.
    pub(crate) count: Atomic<u32>,
    /// Guards the waiters (`semaRoot.lock`).
    pub(crate) lock: Mutex,
    pub(crate) waiters: Queue<GoId>,
}

impl Sema {
    fn new(name: SemaName, object: Object) -> Self {
        Self {
            count: Atomic::new(object, 1),
            lock: Mutex::new(Lock::Sema(name), object),
            waiters: Queue::new(),
        }
    }

    fn reset(&self) {
        self.count.set(1);
        self.lock.reset();
        self.waiters.clear();
    }
}

/// The runtime's globals that are not the tracer's.
#[derive(Debug)]
pub(crate) struct Sched {
    pub(crate) lock: Mutex,
    pub(crate) pidle: Queue<ProcId>,
    pub(crate) midle: Queue<ThreadId>,
    pub(crate) runq: Queue<GoId>,
    pub(crate) nmspinning: Atomic<u32>,
    pub(crate) stopwait: Atomic<u32>,
    pub(crate) gcwaiting: Atomic<bool>,
    pub(crate) stopnote: Note,
    pub(crate) sysmonwait: Atomic<bool>,
    /// Wakes sysmon once its scenario's rounds are over.
    pub(crate) sysmonnote: Note,
    pub(crate) sysmonlock: Mutex,
    pub(crate) safe_point_wait: Atomic<u32>,
    pub(crate) safe_point_note: Note,
    pub(crate) allm: Queue<ThreadId>,
    /// Threads that Go has made, sysmon included: their slots are the first so many.
    pub(crate) threads_made: Cell<u8>,
    /// Ps that `startm` gave to a thread that does not exist yet, while the scenario's limit of threads is reached.
    pub(crate) late_threads: Queue<ProcId>,
    pub(crate) gomaxprocs: Cell<u32>,
    pub(crate) newprocs: Cell<u32>,
    pub(crate) netpoll_ready: Queue<GoId>,
    /// Ms for foreign threads, the one given back last first (`extraM`), and how many there are in all.
    pub(crate) extra_threads: Queue<ThreadId>,
    pub(crate) extra_threads_made: Cell<u8>,
    /// Callbacks that each foreign thread has yet to begin.
    pub(crate) callbacks_left: [Cell<u8>; MAX_FOREIGN_THREADS],
    pub(crate) worldsema: Sema,
    pub(crate) trace_advance_sema: Sema,
    pub(crate) trace_shutdown_sema: Sema,
    /// Every goroutine ever allocated, in that order.
    pub(crate) allgs: Queue<GoId>,
    /// Goroutines, main not counted, that have not ended, and foreign threads that will yet call.
    pub(crate) goroutines_alive: Cell<u8>,
    /// Main waits for the last of them.
    pub(crate) main_waits: Cell<bool>,
    /// Main's script is done: nobody parks any more.
    pub(crate) draining: Cell<bool>,
}

impl Sched {
    pub(crate) fn new() -> Self {
        Self {
            lock: Mutex::new(Lock::Sched, Object::SchedLock),
            pidle: Queue::new(),
            midle: Queue::new(),
            runq: Queue::new(),
            nmspinning: Atomic::new(Object::Spinning, 0),
            stopwait: Atomic::new(Object::StopWait, 0),
            gcwaiting: Atomic::new(Object::GcWaiting, false),
            stopnote: Note::new(NoteId::Stop, Object::StopNote),
            sysmonwait: Atomic::new(Object::SysmonWait, false),
            sysmonnote: Note::new(NoteId::Sysmon, Object::SysmonWait),
            sysmonlock: Mutex::new(Lock::Sysmon, Object::SysmonLock),
            safe_point_wait: Atomic::new(Object::SafePoint, 0),
            safe_point_note: Note::new(NoteId::SafePoint, Object::SafePoint),
            allm: Queue::new(),
            threads_made: Cell::new(0),
            late_threads: Queue::new(),
            gomaxprocs: Cell::new(0),
            newprocs: Cell::new(0),
            netpoll_ready: Queue::new(),
            extra_threads: Queue::new(),
            extra_threads_made: Cell::new(0),
            callbacks_left: [const { Cell::new(0) }; _],
            worldsema: Sema::new(SemaName::World, Object::WorldSema),
            trace_advance_sema: Sema::new(SemaName::TraceAdvance, Object::TraceAdvanceSema),
            trace_shutdown_sema: Sema::new(SemaName::TraceShutdown, Object::TraceShutdownSema),
            allgs: Queue::new(),
            goroutines_alive: Cell::new(0),
            main_waits: Cell::new(false),
            draining: Cell::new(false),
        }
    }

    pub(crate) fn sema(&self, name: SemaName) -> &Sema {
        match name {
            SemaName::World => &self.worldsema,
            SemaName::TraceAdvance => &self.trace_advance_sema,
            SemaName::TraceShutdown => &self.trace_shutdown_sema,
        }
    }

    pub(crate) fn reset(&self) {
        self.lock.reset();
        self.pidle.clear();
        self.midle.clear();
        self.runq.clear();
        self.nmspinning.set(0);
        self.stopwait.set(0);
        self.gcwaiting.set(false);
        self.stopnote.clear();
        self.sysmonwait.set(false);
        self.sysmonnote.clear();
        self.sysmonlock.reset();
        self.safe_point_wait.set(0);
        self.safe_point_note.clear();
        self.allm.clear();
        self.threads_made.set(0);
        self.late_threads.clear();
        self.gomaxprocs.set(0);
        self.newprocs.set(0);
        self.netpoll_ready.clear();
        self.extra_threads.clear();
        self.extra_threads_made.set(0);
        self.worldsema.reset();
        self.trace_advance_sema.reset();
        self.trace_shutdown_sema.reset();
        self.allgs.clear();
        self.goroutines_alive.set(0);
        self.main_waits.set(false);
        self.draining.set(false);
    }
}
