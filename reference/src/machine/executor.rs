//! The executor: polls one thread's coroutine at a time, one atomic step or a stretch of them, as a chooser says.

use super::chooser::{Chooser, Enabled};
use super::fault::{Fault, FaultKind};
use super::history::Histories;
use super::object::{Access, Object};
use super::record::{Records, Touch};
use super::step::{Request, Until, Verb};
use super::sync::Observed;
use crate::ids::ThreadId;
use crate::limits::{MAX_GOROUTINES, MAX_STEPS, MAX_THREADS};
use crate::model::Record;
use crate::proc;
use crate::runtime::{Rt, Stack};
use crate::scheduler::Scheduler;
use std::cell::Cell;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Life {
    Unborn,
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
    /// The threads that have begun and not ended, a bit for each by slot; of these, the ones whose next step need not
    /// wait for anything, and the ones whose next step is a sleep.
    alive: Cell<u16>,
    ready: Cell<u16>,
    asleep: Cell<u16>,
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
    /// The thread has just come to want a step that it has not got.
    stops: Cell<bool>,
    switched: Cell<bool>,
    /// How many there were when the thread that runs now went on.
    went_on_at: Cell<u32>,
    fault: Cell<Option<Fault>>,
    /// Whether anybody wants to know what steps tell their threads, and what is traced.
    pub(super) watched: Cell<bool>,
    pub(crate) records: Records,
}

fn start_request() -> Request {
    Request::new(Verb::Start, Object::Private)
}

impl Executor {
    pub(crate) fn new() -> Self {
        Self {
            threads: std::array::from_fn(|_| ThreadSlot {
                life: Cell::new(Life::Unborn),
                stack: Cell::new(Stack::System),
                access: Cell::new(Access::NONE),
                pending: Cell::new(start_request()),
                steps: Cell::new(0),
            }),
            alive: Cell::new(0),
            ready: Cell::new(0),
            asleep: Cell::new(0),
            current: Cell::new(ThreadId(0)),
            histories: Histories::default(),
            touched: Cell::new(Access::NONE),
            only_read: Cell::new(false),
            credit: Cell::new(0),
            watched_credit: Cell::new(0),
            granted: Cell::new(0),
            stops: Cell::new(false),
            switched: Cell::new(false),
            went_on_at: Cell::new(0),
            fault: Cell::new(None),
            watched: Cell::new(false),
            records: Records::default(),
        }
    }

    pub(crate) fn reset(&self) {
        for slot in &self.threads {
            slot.life.set(Life::Unborn);
            slot.stack.set(Stack::System);
            slot.steps.set(0);
        }
        self.alive.set(0);
        self.current.set(ThreadId(0));
        self.histories.reset();
        self.credit.set(0);
        self.watched_credit.set(0);
        self.granted.set(0);
        self.stops.set(false);
        self.switched.set(false);
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
        slot.life.set(Life::Alive);
        self.alive.set(self.alive.get() | 1 << thread.0);
        slot.stack.set(on);
        self.set_pending(thread, start_request(), Access::NONE);
    }

    fn set_pending(&self, thread: ThreadId, request: Request, access: Access) {
        let slot = &self.threads[thread.0 as usize];
        slot.pending.set(request);
        slot.access.set(access);
        let bit = 1 << thread.0;
        let with = |mask: u16, is_in: bool| if is_in { mask | bit } else { mask & !bit };
        self.ready.set(with(self.ready.get(), request.until == Until::Always));
        self.asleep.set(with(self.asleep.get(), request.verb == Verb::Sleep));
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

    /// The thread goes on with another stack (`gogo`, `mcall`), in the same step.
    pub(crate) fn switch_stack(&self, to: Stack) {
        self.threads[self.current().0 as usize].stack.set(to);
        self.switched.set(true);
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

    /// Whether the thread that runs could take this step at once.
    #[inline(always)]
    pub(crate) fn can_run_on(&self, rt: &Rt, until: Until, verb: Verb) -> bool {
        match until {
            Until::Always => verb != Verb::Sleep,
            until => rt.holds(until),
        }
    }

    /// Whether it takes it without anybody being asked or told. The step counts as taken from here on. After a no the
    /// credit has wrapped round, and [`runs_on_watched`](Self::runs_on_watched) must be asked.
    #[inline(always)]
    pub(crate) fn runs_on(&self) -> bool {
        // One subtraction and its carry: a comparison before it would be the dearest part of a step.
        let credit = self.credit.get();
        self.credit.set(credit.wrapping_sub(1));
        credit != 0
    }

    /// Whether the thread takes a step that it could take without the chooser being asked, but watched.
    #[cold]
    #[inline(never)]
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
    fn takes_wanted(&self) {
        if self.watched.get() {
            self.counts_watched();
        } else {
            self.credit.set(self.credit.get() - 1);
        }
    }

    /// The thread stops, and wants this step next.
    #[cold]
    #[inline(never)]
    pub(crate) fn wants(&self, request: Request, access: Access) {
        self.set_pending(self.current(), request, access);
        self.stops.set(true);
    }

    /// Whether the step that the thread wants is taken now: no when it has just come to want it.
    pub(crate) fn is_its_turn(&self) -> bool {
        let is_its_turn = !self.stops.replace(false);
        if is_its_turn {
            self.takes_wanted();
        }
        is_its_turn
    }

    /// A step that the thread had to wait for was taken, and gave it `value`.
    pub(crate) fn observe_wanted(&self, rt: &Rt, value: impl Observed) {
        if self.watched.get() {
            let Request { verb, object, site, .. } = self.threads[self.current().0 as usize].pending.get();
            self.watch(rt, verb, object, site, value.observed());
        }
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

    fn enabled<'a>(&'a self, rt: &'a Rt) -> Enabled<'a> {
        let mut runnable = self.alive.get() & self.ready.get();
        let mut waiting = self.alive.get() & !runnable;
        while waiting != 0 {
            let slot = waiting.trailing_zeros() as usize;
            let holds = rt.holds(self.threads[slot % MAX_THREADS].pending.get().until);
            runnable |= u16::from(holds) << slot;
            waiting &= waiting - 1;
        }
        let sleeping = runnable & self.asleep.get();
        Enabled { rt, executor: self, runnable, sleeping, current: self.current() }
    }
}

/// The stacks of a run, each with the coroutine that is on it. None is used twice, so all are there from the start.
struct Stacks<'a, T, G> {
    threads: [Pin<&'a mut T>; MAX_THREADS],
    goroutines: [Pin<&'a mut G>; MAX_GOROUTINES],
}

impl<T: Future<Output = ()>, G: Future<Output = ()>> Stacks<'_, T, G> {
    /// Polls `thread`'s current stack, and the one it switches to, until the thread wants a step it has not got.
    fn poll(&mut self, executor: &Executor, thread: ThreadId) {
        let mut context = Context::from_waker(Waker::noop());
        let slot = &executor.threads[thread.0 as usize];
        loop {
            match slot.stack.get() {
                Stack::System => {
                    if self.threads[thread.0 as usize].as_mut().poll(&mut context).is_ready() {
                        slot.life.set(Life::Ended);
                        executor.alive.set(executor.alive.get() & !(1 << thread.0));
                    }
                }
                Stack::Goroutine(g) => {
                    // A goroutine has left its stack for good before its coroutine ends.
                    let _ = self.goroutines[g.0 as usize].as_mut().poll(&mut context);
                }
            }
            if !executor.switched.replace(false) {
                return;
            }
        }
    }
}

/// Runs all threads as `chooser` says until the program ends. The run's trace and state are left in `rt`.
pub(crate) fn run_threads<S: Scheduler>(rt: &Rt, chooser: &mut dyn Chooser) -> Result<(), Fault> {
    macro_rules! stacks {
        ($main:path: $($slot:literal)*) => { [$(pin!($main(rt, $slot))),*] };
    }
    let mut stacks = Stacks {
        threads: stacks!(proc::thread_main::<S>: 0 1 2 3 4 5 6 7 8 9 10 11),
        goroutines: stacks!(proc::goroutine_main::<S>: 0 1 2 3 4 5 6 7),
    };
    let executor = &rt.executor;
    executor.watched.set(executor.records.kept() != Record::Nothing || chooser.reads_states());
    while !rt.program_ended.get() {
        let enabled = executor.enabled(rt);
        if enabled.runnable == 0 {
            if proc::happens_at_last(rt) {
                continue;
            }
            executor
                .set_fault(FaultKind::Deadlock, "no thread can take a step, and the program has not ended");
        }
        if executor.steps() >= MAX_STEPS {
            executor.set_fault(FaultKind::StepLimit, "the run does not come to an end");
        }
        if let Some(fault) = executor.fault.get() {
            return Err(fault);
        }
        let (thread, further) = chooser.choose(&enabled);
        if chooser.cuts() {
            return Ok(());
        }
        executor.goes_on(thread, further);
        let slot = &executor.threads[thread.0 as usize];
        if matches!(slot.pending.get().verb, Verb::Start) {
            executor.takes_wanted();
            executor.observe_wanted(rt, 0_u64);
        }
        stacks.poll(executor, thread);
        slot.steps.set(slot.steps.get() + executor.steps() - executor.went_on_at.get());
    }
    executor.fault.get().map_or(Ok(()), Err)
}
