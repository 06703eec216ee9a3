//! The state of the runtime: Ps, Ms, Gs, `sched`, and the tracer's globals (spec section 1).

mod g;
mod invariants;
mod list;
mod m;
mod p;
mod sched;
mod snapshot;

pub use g::GoStatus;
pub(crate) use g::{G, GoList, GoState, WaitReason};
pub(crate) use list::{List, Queue};
pub(crate) use m::{M, Mcall, ParkCommit, Stack, ThreadState};
pub use p::ProcStatus;
pub(crate) use p::{P, ProcState};
pub(crate) use sched::{Sched, Sema, SemaName};
pub use snapshot::{ProcSnapshot, Snapshot, ThreadSnapshot};

use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_PROCS, MAX_THREADS};
use crate::machine::{Executor, FaultKind, Here, Lock, Mutex, NoteId, Until};
use crate::proc::add_extra_thread;
use crate::schedule::{Op, Scenario, foreign_thread};
use crate::tracer::Trace;
use std::cell::{Cell, RefCell};

/// A whole runtime: what one run works on. Kept and reset between runs, so that its buffers are allocated once.
#[derive(Debug)]
pub(crate) struct Rt {
    pub(crate) executor: Executor,
    pub(crate) sched: Sched,
    pub(crate) trace: Trace,
    pub(crate) procs: [ProcState; MAX_PROCS],
    pub(crate) threads: [ThreadState; MAX_THREADS],
    pub(crate) goroutines: [GoState; MAX_GOROUTINES],
    pub(crate) scenario: RefCell<Scenario>,
    /// Scripts of earlier scenarios with more goroutines: memory for later ones.
    spare_scripts: RefCell<Vec<Vec<Op>>>,
    /// The main goroutine has returned: the process ends.
    pub(crate) program_ended: Cell<bool>,
}

impl Rt {
    pub(crate) fn new() -> Self {
        Self {
            executor: Executor::new(),
            sched: Sched::new(),
            trace: Trace::new(),
            procs: std::array::from_fn(|slot| ProcState::new(ProcId(slot as u8))),
            threads: std::array::from_fn(|slot| ThreadState::new(ThreadId(slot as u8))),
            goroutines: std::array::from_fn(|slot| GoState::new(GoId(slot as u8))),
            scenario: RefCell::new(Scenario::default()),
            spare_scripts: RefCell::default(),
            program_ended: Cell::new(false),
        }
    }

    /// The state in which `main.main` begins: P0 on the first thread with the main goroutine, the other Ps idle,
    /// sysmon running, tracing off.
    pub(crate) fn boot(&self, scenario: &Scenario) {
        self.scenario.borrow_mut().copy_from(scenario, &mut self.spare_scripts.borrow_mut());
        self.executor.reset();
        self.sched.reset();
        self.trace.reset();
        self.procs.iter().for_each(ProcState::reset);
        self.threads.iter().for_each(ThreadState::reset);
        self.goroutines.iter().for_each(GoState::reset);
        self.program_ended.set(false);

        let procs = scenario.procs.0;
        self.sched.gomaxprocs.set(u32::from(procs));
        for slot in (1..procs).rev() {
            self.p(ProcId(slot)).status.set(ProcStatus::Pidle);
            self.sched.pidle.push_front(ProcId(slot));
        }
        let (main_thread, sysmon) = (self.m(ThreadId(0)), self.m(ThreadId(1)));
        let first = self.p(ProcId(0));
        main_thread.p.set(Some(first.id));
        first.m.set(Some(main_thread.id));
        first.status.set(ProcStatus::Prunning);
        let main = self.g(GoId(0));
        main.status.set(GoStatus::Grunning);
        main.m.set(Some(main_thread.id));
        main_thread.curg.set(Some(main.id));
        self.sched.allgs.push_back(main.id);
        for (thread, stack) in [(main_thread, Stack::goroutine(main.id)), (sysmon, Stack::system(sysmon.id))]
        {
            self.sched.allm.push_front(thread.id);
            self.executor.start_thread(thread.id, stack);
        }
        self.sched.threads_made.set(2);
        if !scenario.foreign.is_empty() {
            self.boot_foreign(scenario);
        }
    }

    /// Threads that Go did not make exist from the start, and one extra M for them. Main waits for their callbacks.
    fn boot_foreign(&self, scenario: &Scenario) {
        add_extra_thread(self);
        let foreign = scenario.foreign.iter().filter(|foreign| foreign.callbacks > 0);
        self.sched.goroutines_alive.set(foreign.count() as u8);
        for (index, foreign) in scenario.foreign.iter().enumerate() {
            self.sched.callbacks_left[index].set(foreign.callbacks);
            let thread = foreign_thread(index);
            self.executor.start_thread(thread, Stack::system(thread));
        }
    }

    pub(crate) fn p(&self, id: ProcId) -> P<'_> {
        P { state: &self.procs[id.0 as usize % MAX_PROCS] }
    }

    pub(crate) fn m(&self, id: ThreadId) -> &ThreadState {
        &self.threads[id.0 as usize]
    }

    pub(crate) fn g(&self, id: GoId) -> &GoState {
        &self.goroutines[id.0 as usize % MAX_GOROUTINES]
    }

    /// `allp`: the live Ps.
    pub(crate) fn live_procs(&self) -> impl DoubleEndedIterator<Item = P<'_>> {
        (0..self.sched.gomaxprocs.get()).map(|slot| self.p(ProcId(slot as u8)))
    }

    /// The Ps beyond GOMAXPROCS.
    pub(crate) fn dead_procs(&self) -> impl Iterator<Item = P<'_>> {
        (self.sched.gomaxprocs.get()..MAX_PROCS as u32).map(|slot| self.p(ProcId(slot as u8)))
    }

    /// Whether what a step waits for holds. Inlined where it is known what that is.
    #[inline(always)]
    pub(crate) fn holds(&self, until: Until) -> bool {
        match until {
            Until::Always => true,
            Until::Free(lock) => self.lock(lock).is_free(),
            Until::Woken(NoteId::Park(thread)) => self.threads[thread.0 as usize].park.is_woken(),
            Until::Woken(NoteId::Stop) => self.sched.stopnote.is_woken(),
            Until::Woken(NoteId::Sysmon) => self.sched.sysmonnote.is_woken(),
            Until::Woken(NoteId::SafePoint) => self.sched.safe_point_note.is_woken(),
            Until::AnyEven(mask) => {
                let even = |slot: usize| self.threads[slot].seqlock.get().is_multiple_of(2);
                (0..MAX_THREADS).any(|slot| mask & (1 << slot) != 0 && even(slot))
            }
            Until::NoneExiting => self.trace.exiting_syscall.get() == 0,
            Until::ExtraThread => !self.sched.extra_threads.is_empty(),
            Until::NotScanned(g) => !self.goroutines[g.0 as usize].scanned.get(),
            Until::Suspendable(g) => {
                let gp = &self.goroutines[g.0 as usize];
                !gp.scanned.get() && gp.status.get() != GoStatus::Grunning
            }
        }
    }

    fn lock(&self, lock: Lock) -> &Mutex {
        match lock {
            Lock::Sched => &self.sched.lock,
            Lock::Sysmon => &self.sched.sysmonlock,
            Lock::Trace => &self.trace.lock,
            Lock::Sema(name) => &self.sched.sema(name).lock,
        }
    }

    /// An assertion of the runtime or an invariant of spec 1.6. A false one ends the run as a fault of the model.
    #[inline(always)]
    pub(crate) fn check(&self, holds: bool, otherwise: &'static str) {
        if !holds {
            self.executor.set_fault(FaultKind::Invariant, otherwise);
        }
    }
}

/// The pointers of the code that executes on a stack: what they point to can act.
impl<'r> Here<'r> {
    pub(crate) fn m(&'r self, id: ThreadId) -> M<'r> {
        M { rt: self, state: &self.threads[id.0 as usize] }
    }

    pub(crate) fn g(&'r self, id: GoId) -> G<'r> {
        G { rt: self, state: &self.goroutines[id.0 as usize % MAX_GOROUTINES] }
    }
}
