//! The executor: lets one thread at a time go on, for one atomic step or a stretch of them, as a chooser says.

use super::chooser::{Chooser, Enabled};
use super::fault::{Fault, FaultKind};
use super::history::Histories;
use super::object::{Access, Object};
use super::record::{Records, Touch};
use super::stack::{Mains, Stacks};
use super::step::{Request, Until, Verb};
use super::sync::NoteId;
use super::turns::{Turn, Turns};
use crate::ids::ThreadId;
use crate::limits::{MAX_STEPS, MAX_THREADS};
use crate::model::Record;
use crate::proc;
use crate::runtime::{Rt, Stack};
use std::cell::Cell;
use std::panic::Location;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Life {
    Unborn,
    /// Its first step is still to come.
    Begins,
    Alive,
    Ended,
}

#[derive(Debug)]
pub(crate) struct ThreadSlot {
    pub(crate) life: Cell<Life>,
    /// Which stack the thread is on.
    pub(crate) stack: Cell<Stack>,
    pub(crate) pending: Cell<Request>,
    /// What the pending step touches.
    pub(crate) access: Cell<Access>,
    pub(crate) steps: Cell<u32>,
}

/// Everything about threads that is not Go's: who runs, who waits for what, what was done.
#[derive(Debug)]
pub(crate) struct Executor {
    pub(crate) threads: [ThreadSlot; MAX_THREADS],
    /// What threads and goroutines execute in this run.
    mains: Cell<Option<Mains>>,
    /// The run is over: whatever stack goes on comes to its end.
    over: Cell<bool>,
    turns: Turns,
    /// The thread that took the last step.
    current: Cell<ThreadId>,
    pub(crate) histories: Histories,
    pub(super) touched: Cell<Access>,
    pub(super) only_read: Cell<bool>,
    /// How many steps the thread may still take without the chooser being asked, or anybody who watches being told.
    credit: Cell<u32>,
    /// The same while somebody watches: then `credit` is 0.
    watched_credit: Cell<u32>,
    /// How many steps all threads will have taken when `credit` is used up.
    granted: Cell<u32>,
    /// How many there were when the thread that runs now went on.
    went_on_at: Cell<u32>,
    fault: Cell<Option<Fault>>,
    /// Whether anybody wants to know what steps tell their threads, and what is traced.
    pub(super) watched: Cell<bool>,
    /// Whether anybody wants to know what a step touches before it is taken.
    asks_for_accesses: Cell<bool>,
    pub(crate) records: Records,
}

fn start_request() -> Request {
    Request::new(Verb::Start, Object::Private).when(Until::Always)
}

impl Executor {
    pub(crate) fn new() -> Self {
        Self {
            threads: std::array::from_fn(|slot| ThreadSlot {
                life: Cell::new(Life::Unborn),
                stack: Cell::new(Stack::system(ThreadId(slot as u8))),
                access: Cell::new(Access::NONE),
                pending: Cell::new(start_request()),
                steps: Cell::new(0),
            }),
            mains: Cell::new(None),
            over: Cell::new(false),
            turns: Turns::new(),
            current: Cell::new(ThreadId(0)),
            histories: Histories::default(),
            touched: Cell::new(Access::NONE),
            only_read: Cell::new(false),
            credit: Cell::new(0),
            watched_credit: Cell::new(0),
            granted: Cell::new(0),
            went_on_at: Cell::new(0),
            fault: Cell::new(None),
            watched: Cell::new(false),
            asks_for_accesses: Cell::new(false),
            records: Records::default(),
        }
    }

    pub(crate) fn reset(&self) {
        for slot in &self.threads {
            slot.life.set(Life::Unborn);
            slot.steps.set(0);
        }
        self.over.set(false);
        self.turns.reset();
        self.current.set(ThreadId(0));
        if self.watched.get() {
            // Nothing is kept of a run that nobody watches.
            self.histories.reset();
        }
        self.credit.set(0);
        self.watched_credit.set(0);
        self.granted.set(0);
        self.went_on_at.set(0);
        self.fault.set(None);
        self.records.reset();
    }

    /// Whether the thread has ever been started.
    pub(crate) fn has_started(&self, thread: ThreadId) -> bool {
        self.threads[thread.0 as usize].life.get() != Life::Unborn
    }

    /// Whether anybody wants to know what steps tell their threads, and what is traced.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.get()
    }

    /// Whether anybody wants to know what a step touches before it is taken.
    pub(crate) fn asks_for_accesses(&self) -> bool {
        self.asks_for_accesses.get()
    }

    /// The thread that runs now: while it does, all that is asked of the executor is about it.
    pub(crate) fn current(&self) -> ThreadId {
        self.current.get()
    }

    /// Steps taken so far, by all threads; the one that is being taken counts.
    pub(crate) fn steps(&self) -> u32 {
        self.granted.get() - self.credit.get()
    }

    /// The time of the step that is being taken: how many were taken before.
    pub(crate) fn now(&self) -> u32 {
        self.steps() - 1
    }

    /// Brings the thread in this slot to life; its first act is a step of its own.
    pub(crate) fn start_thread(&self, thread: ThreadId, on: Stack) {
        let slot = &self.threads[thread.0 as usize];
        slot.life.set(Life::Begins);
        slot.stack.set(on);
        slot.access.set(Access::NONE);
        slot.pending.set(start_request());
        self.turns.set(thread, Turn::Ready);
    }

    /// Whoever sleeps on the note can go on.
    pub(super) fn wakes(&self, note: NoteId) {
        self.turns.wake(note);
    }

    /// The step that was taken last, or those since the thread was last asked about, touched this too.
    #[allow(dead_code, reason = "for schedulers in which a step has effects beyond what it said")]
    pub(crate) fn touch(&self, access: Access) {
        self.touched.set(self.touched.get().and(access));
    }

    /// The step that is being taken turns out to change nothing: a CAS that fails, a list with nothing to take.
    pub(crate) fn only_reads(&self) {
        self.only_read.set(true);
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn set_fault(&self, kind: FaultKind, detail: &'static str) {
        if self.fault.get().is_none() {
            self.fault.set(Some(Fault { kind, steps: self.steps(), detail }));
        }
        self.gets_no_further();
    }

    /// Which stack the thread is on.
    pub(super) fn stack_of(&self, thread: ThreadId) -> Stack {
        self.threads[thread.0 as usize].stack.get()
    }

    /// The thread has ended.
    pub(super) fn ends(&self, thread: ThreadId) {
        self.threads[thread.0 as usize].life.set(Life::Ended);
        self.turns.set(thread, Turn::Ended);
    }

    /// What threads and goroutines execute in this run.
    pub(super) fn mains(&self) -> Option<Mains> {
        self.mains.get()
    }

    /// From now on whatever stack goes on comes to its end.
    pub(super) fn end_run(&self) {
        self.over.set(true);
    }

    /// Whether the run is over.
    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// The thread has come to the beginning of a stack. If that is its own beginning, it is a step.
    pub(super) fn begins(&self, rt: &Rt) {
        let slot = &self.threads[self.current().0 as usize];
        if slot.life.get() == Life::Begins {
            slot.life.set(Life::Alive);
            self.takes_wanted();
            if self.watched.get() {
                let Request { verb, object, site, .. } = slot.pending.get();
                self.watch(rt, verb, object, site, 0);
            }
        }
    }

    /// The thread goes on with another stack (`gogo`, `mcall`), in the same step.
    pub(crate) fn change_stack(&self, to: Stack) {
        self.threads[self.current().0 as usize].stack.set(to);
    }

    /// The thread takes the step it wants, and as many further ones.
    fn goes_on(&self, thread: ThreadId, further: u32) {
        self.current.set(thread);
        self.touched.set(Access::NONE);
        self.only_read.set(false);
        let steps = self.steps();
        self.went_on_at.set(steps);
        let credit = 1 + further.min(MAX_STEPS - steps);
        let (credit, watched_credit) = if self.watched.get() { (0, credit) } else { (credit, 0) };
        self.credit.set(credit);
        self.watched_credit.set(watched_credit);
        self.granted.set(steps + credit);
    }

    fn gets_no_further(&self) {
        self.granted.set(self.steps());
        self.credit.set(0);
        self.watched_credit.set(0);
    }

    /// Whether the thread takes a step without anybody being asked or told. The step counts as taken from here on.
    /// After a no the credit has wrapped round, and [`runs_on_watched`](Self::runs_on_watched) must be asked.
    #[inline(always)]
    pub(crate) fn runs_on(&self) -> bool {
        // One subtraction and its carry: a comparison before it would be the dearest part of a step.
        let credit = self.credit.get();
        self.credit.set(credit.wrapping_sub(1));
        credit != 0
    }

    /// Whether the thread takes a step that it could take without the chooser being asked, but watched.
    pub(crate) fn runs_on_watched(&self, can_run_on: bool) -> bool {
        if self.watched.get() {
            self.credit.set(0);
            let runs_on = can_run_on && self.watched_credit.get() > 0;
            if runs_on {
                self.counts_watched();
            }
            return runs_on;
        }
        if self.credit.get() == u32::MAX {
            self.credit.set(0);
        }
        self.gets_no_further();
        false
    }

    fn counts_watched(&self) {
        self.watched_credit.set(self.watched_credit.get() - 1);
        self.granted.set(self.granted.get() + 1);
    }

    /// The thread takes the step that it wanted.
    pub(super) fn takes_wanted(&self) {
        if self.watched.get() {
            self.counts_watched();
        } else {
            self.credit.set(self.credit.get() - 1);
        }
    }

    /// The thread stops, and wants this step next, for which it need not wait now if `holds` says so.
    #[inline(always)]
    pub(super) fn wants(&self, request: Request, holds: bool) {
        let thread = self.current();
        self.threads[thread.0 as usize].pending.set(request);
        self.turns.set(thread, Turn::of(&request, holds));
    }

    /// What the step touches that the thread wants next.
    pub(crate) fn says(&self, access: Access) {
        self.threads[self.current().0 as usize].access.set(access);
    }

    /// A step was taken, and somebody wants to know: what it told its thread, and perhaps what it was.
    #[inline(always)]
    pub(crate) fn watch(
        &self,
        rt: &Rt,
        verb: Verb,
        object: Object,
        site: &'static Location<'static>,
        value: u64,
    ) {
        self.remember(value);
        if self.records.kept() != Record::Nothing {
            self.keep(rt, verb, object, site, value);
        }
    }

    /// What is kept of a step that was taken.
    #[cold]
    #[inline(never)]
    fn keep(&self, rt: &Rt, verb: Verb, object: Object, site: &'static Location<'static>, value: u64) {
        let thread = self.current();
        let took = Touch { thread, verb, object, site };
        match self.records.kept() {
            Record::Nothing => {}
            Record::Touches => self.records.keep_touch(took),
            Record::Steps => {
                let before = self.threads[thread.0 as usize].steps.get();
                let index = before + self.steps() - 1 - self.went_on_at.get();
                rt.check_invariants();
                self.records.keep_step(took, index, value, rt.snapshot());
            }
        }
    }

    /// Whether the thread can run but sleeps.
    pub(super) fn is_asleep(&self, thread: ThreadId) -> bool {
        self.turns.is_asleep(thread)
    }

    /// Whether the thread does not sleep, and is sure to be able to take its next step.
    pub(super) fn is_free(&self, thread: ThreadId) -> bool {
        self.turns.is_free(thread)
    }

    /// The threads that can take a step, a bit for each by slot.
    #[inline(always)]
    fn runnable(&self, rt: &Rt) -> u16 {
        self.turns.runnable(|thread| rt.holds(self.threads[thread.0 as usize].pending.get().until))
    }
}

/// Runs all threads as `chooser` says until the program ends. The run's trace and state are left in the runtime.
pub(crate) fn run_threads<C: Chooser + ?Sized>(
    rt: &Rt,
    stacks: &mut Stacks,
    mains: Mains,
    chooser: &mut C,
) -> Result<(), Fault> {
    let executor = &rt.executor;
    executor.mains.set(Some(mains));
    executor.asks_for_accesses.set(chooser.reads_accesses());
    executor.watched.set(executor.records.kept() != Record::Nothing || chooser.reads_states());
    while !rt.program_ended.get() {
        let runnable = executor.runnable(rt);
        let Some(default_choice) = executor.turns.default_choice(runnable, executor.current()) else {
            if proc::happens_at_last(rt) {
                continue;
            }
            executor
                .set_fault(FaultKind::Deadlock, "no thread can take a step, and the program has not ended");
            break;
        };
        if executor.steps() >= MAX_STEPS {
            executor.set_fault(FaultKind::StepLimit, "the run does not come to an end");
        }
        if let Some(fault) = executor.fault.get() {
            return Err(fault);
        }
        let enabled = Enabled { rt, executor, default_choice, runnable, current: executor.current() };
        let (thread, further) = chooser.choose(&enabled);
        if chooser.cuts() {
            return Ok(());
        }
        executor.goes_on(thread, further);
        if stacks.go_on(thread).is_err() {
            executor.set_fault(FaultKind::NoMemory, "there is no memory for the stack of a thread");
        }
        let slot = &executor.threads[thread.0 as usize];
        slot.steps.set(slot.steps.get() + executor.steps() - executor.went_on_at.get());
    }
    executor.fault.get().map_or(Ok(()), Err)
}
