//! The executor: polls one thread's coroutine at a time, one atomic step or a stretch of them, as a chooser says.

use super::chooser::{Chooser, Enabled};
use super::object::{Access, Object};
use super::step::{Request, Until, Verb};
use super::sync::Observed;
use crate::ids::{GoId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_STEPS, MAX_THREADS};
use crate::model::Record;
use crate::proc;
use crate::runtime::{Rt, Snapshot, Stack};
use crate::scheduler::Scheduler;
use std::cell::{Cell, Ref, RefCell};
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Waker};

/// One step that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StepRecord {
    /// The thread that took it.
    pub thread: ThreadId,
    /// How many steps this thread had taken before: the `step` at which a switch can stand.
    pub index: u32,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub object: Object,
    /// What the step gave its thread: the value loaded, 1 for a CAS that won; for an event a digest of what it found.
    pub value: u64,
    /// The line of the model that asked for the step.
    pub site: &'static Location<'static>,
    /// The state that the step led to.
    pub after: Snapshot,
}

/// Who touched what in a step, and where: all of a [`StepRecord`] that costs next to nothing to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Touch {
    /// The thread that took the step.
    pub thread: ThreadId,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub object: Object,
    /// The line of the model that asked for the step.
    pub site: &'static Location<'static>,
}

/// What went wrong with a run itself, as against its trace: a fault of the model, never of the scheduler's trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{kind} after {steps} steps: {detail}")]
pub struct Fault {
    /// Which kind.
    pub kind: FaultKind,
    /// Steps taken until then.
    pub steps: u32,
    /// What was found, or what to look at.
    pub detail: &'static str,
}

/// The kinds of faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FaultKind {
    /// A state in which no thread can take a step and the program has not ended.
    #[error("model deadlock")]
    Deadlock,
    /// An invariant of spec 1.6, or an assertion of the runtime itself, does not hold.
    #[error("violated invariant")]
    Invariant,
    /// The run took more than [`MAX_STEPS`] steps.
    #[error("step limit")]
    StepLimit,
}

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
    /// The pending step's condition, and whether it is a sleep: what each decision looks at.
    until: Cell<Until>,
    sleeps: Cell<bool>,
    pub(crate) steps: Cell<u32>,
}

impl ThreadSlot {
    fn set_pending(&self, request: &Request, access: Access) {
        self.pending.set(*request);
        self.access.set(access);
        self.until.set(request.until);
        self.sleeps.set(request.verb == Verb::Sleep);
    }
}

/// Everything about threads that is not Go's: who runs, who waits for what, what was done.
#[derive(Debug)]
pub(crate) struct Executor {
    pub(crate) threads: [ThreadSlot; MAX_THREADS],
    /// By stack, a digest of all that steps told it since its last checkpoint: with the shared state, where it
    /// stands. Threads' system stacks come first, then goroutines'.
    pub(crate) histories: [Cell<u64>; MAX_THREADS + MAX_GOROUTINES],
    /// By thread, what its stack had been told before the rounds of a loop.
    before_rounds: [Cell<u64>; MAX_THREADS],
    pub(super) touched: Cell<Access>,
    pub(super) only_read: Cell<bool>,
    fuel: Cell<u32>,
    resume: Cell<bool>,
    switched: Cell<bool>,
    steps: Cell<u32>,
    fault: Cell<Option<Fault>>,
    /// Whether anybody wants to know what steps tell their threads.
    watched: Cell<bool>,
    logging: Cell<Record>,
    log: RefCell<Vec<StepRecord>>,
    touches: RefCell<Vec<Touch>>,
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
                until: Cell::new(Until::Always),
                sleeps: Cell::new(false),
                steps: Cell::new(0),
            }),
            histories: [const { Cell::new(0) }; _],
            before_rounds: [const { Cell::new(0) }; _],
            touched: Cell::new(Access::NONE),
            only_read: Cell::new(false),
            fuel: Cell::new(0),
            resume: Cell::new(false),
            switched: Cell::new(false),
            steps: Cell::new(0),
            fault: Cell::new(None),
            watched: Cell::new(false),
            logging: Cell::new(Record::Nothing),
            log: RefCell::new(Vec::new()),
            touches: RefCell::new(Vec::new()),
        }
    }

    pub(crate) fn reset(&self) {
        for slot in &self.threads {
            slot.life.set(Life::Unborn);
            slot.stack.set(Stack::System);
            slot.steps.set(0);
        }
        self.histories.iter().for_each(|history| history.set(0));
        self.fuel.set(0);
        self.resume.set(false);
        self.switched.set(false);
        self.steps.set(0);
        self.fault.set(None);
        self.log.borrow_mut().clear();
        self.touches.borrow_mut().clear();
    }

    /// Whether the thread has ever been started.
    pub(crate) fn has_started(&self, thread: ThreadId) -> bool {
        self.threads[thread.0 as usize].life.get() != Life::Unborn
    }

    /// From now on steps are, or are not, kept for [`take_log`](Self::take_log) and [`touches`](Self::touches).
    pub(crate) fn set_logging(&self, logging: Record) {
        self.logging.set(logging);
    }

    pub(crate) fn touches(&self) -> Ref<'_, [Touch]> {
        Ref::map(self.touches.borrow(), Vec::as_slice)
    }

    pub(crate) fn take_log(&self) -> Vec<StepRecord> {
        self.log.take()
    }

    /// Steps taken so far, by all threads: the model's clock.
    pub(crate) fn steps(&self) -> u32 {
        self.steps.get()
    }

    /// Brings the thread in this slot to life; its first act is a step of its own.
    pub(crate) fn start_thread(&self, thread: ThreadId, on: Stack) {
        let slot = &self.threads[thread.0 as usize];
        slot.life.set(Life::Alive);
        slot.stack.set(on);
        slot.set_pending(&start_request(), Access::NONE);
    }

    /// The thread's position is now told by the shared state alone; `place` says which position.
    pub(crate) fn checkpoint(&self, thread: ThreadId, place: u64) {
        self.histories[thread.0 as usize].set(place);
    }

    /// The same for a goroutine's stack.
    pub(crate) fn checkpoint_goroutine(&self, goroutine: GoId, place: u64) {
        self.histories[MAX_THREADS + goroutine.0 as usize].set(place);
    }

    /// What steps have told the stack that `thread` is on.
    pub(crate) fn told(&self, thread: ThreadId) -> u64 {
        self.history(thread).get()
    }

    /// Of what steps told the stack since it had been told `before`, only `result` matters from now on.
    pub(crate) fn keep_only(&self, thread: ThreadId, before: u64, result: u64) {
        if self.watched.get() {
            self.history(thread).set(mix(mix(before, RESULT), result));
        }
    }

    /// A loop begins whose rounds know nothing of each other.
    pub(crate) fn begin_rounds(&self, thread: ThreadId) {
        self.before_rounds[thread.0 as usize].set(self.history(thread).get());
    }

    /// A round of that loop begins.
    pub(crate) fn begin_round(&self, thread: ThreadId, round: u64) {
        self.keep_only(thread, self.before_rounds[thread.0 as usize].get(), round);
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

    /// What `thread` carries on in a local variable from a look at something that no step told it.
    pub(crate) fn remember(&self, thread: ThreadId, value: u64) {
        let history = self.history(thread);
        history.set(mix(history.get(), value));
    }

    /// The history of the stack that `thread` is on.
    fn history(&self, thread: ThreadId) -> &Cell<u64> {
        match self.threads[thread.0 as usize].stack.get() {
            Stack::System => &self.histories[thread.0 as usize],
            Stack::Goroutine(g) => &self.histories[MAX_THREADS + g.0 as usize],
        }
    }

    pub(crate) fn set_fault(&self, kind: FaultKind, detail: &'static str) {
        if self.fault.get().is_none() {
            self.fault.set(Some(Fault { kind, steps: self.steps.get(), detail }));
        }
        self.fuel.set(0);
    }

    /// The thread goes on with another stack (`gogo`, `mcall`), in the same step.
    pub(crate) fn switch_stack(&self, thread: ThreadId, to: Stack) {
        self.threads[thread.0 as usize].stack.set(to);
        self.switched.set(true);
    }

    #[inline(always)]
    pub(crate) fn granted(&self, rt: &Rt, request: &Request) -> bool {
        if self.resume.replace(false) {
            return true;
        }
        let fuel = self.fuel.get();
        let runs_on = fuel > 0
            && match request.until {
                Until::Always => request.verb != Verb::Sleep,
                until => rt.holds(until),
            };
        if runs_on {
            self.fuel.set(fuel - 1);
        }
        runs_on
    }

    /// The thread stops, and wants this step next.
    #[cold]
    pub(crate) fn wants(&self, thread: ThreadId, request: &Request, access: Access) {
        self.threads[thread.0 as usize].set_pending(request, access);
    }

    /// A step was taken, and gave its thread `value`.
    #[inline(always)]
    pub(crate) fn observe(&self, rt: &Rt, thread: ThreadId, request: &Request, value: impl Observed) {
        self.steps.set(self.steps.get() + 1);
        let slot = &self.threads[thread.0 as usize % MAX_THREADS];
        slot.steps.set(slot.steps.get() + 1);
        if self.watched.get() {
            self.watch(rt, thread, request, value.observed());
        }
    }

    /// What is kept of a step that was taken, by those who want to know.
    #[inline(never)]
    fn watch(&self, rt: &Rt, thread: ThreadId, request: &Request, value: u64) {
        self.remember(thread, value);
        let Request { verb, object, site, .. } = *request;
        match self.logging.get() {
            Record::Nothing => {}
            Record::Touches => self.touches.borrow_mut().push(Touch { thread, verb, object, site }),
            Record::Steps => {
                let index = self.threads[thread.0 as usize].steps.get() - 1;
                rt.check_invariants();
                let after = rt.snapshot();
                self.log.borrow_mut().push(StepRecord { thread, index, verb, object, value, site, after });
            }
        }
    }

    fn enabled<'a>(&'a self, rt: &'a Rt, current: ThreadId) -> Enabled<'a> {
        let mut runnable = 0;
        let mut sleeping = 0;
        for (slot, thread) in self.threads.iter().enumerate() {
            if thread.life.get() == Life::Alive && rt.holds(thread.until.get()) {
                runnable |= 1 << slot;
                sleeping |= u16::from(thread.sleeps.get()) << slot;
            }
        }
        Enabled { rt, executor: self, runnable, sleeping, current }
    }
}

/// Folds `value` into a digest.
pub(crate) fn mix(digest: u64, value: u64) -> u64 {
    (digest.rotate_left(5) ^ value.wrapping_add(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// Stands in a stack's history before what a piece of work came to, in place of what it was told meanwhile.
const RESULT: u64 = 0x5245_5355_4C54;

type Coroutine<'r> = Pin<Box<dyn Future<Output = ()> + 'r>>;

struct Coroutines<'r> {
    threads: [Option<Coroutine<'r>>; MAX_THREADS],
    goroutines: [Option<Coroutine<'r>>; MAX_GOROUTINES],
}

impl<'r> Coroutines<'r> {
    /// Polls `thread`'s current stack, and the one it switches to, until the thread wants a step it has not got.
    fn poll<S: Scheduler>(&mut self, rt: &'r Rt, thread: ThreadId) {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            let stack = rt.executor.threads[thread.0 as usize].stack.get();
            let coroutine = match stack {
                Stack::System => {
                    self.threads[thread.0 as usize].get_or_insert_with(|| proc::thread_main::<S>(rt, thread))
                }
                Stack::Goroutine(g) => {
                    self.goroutines[g.0 as usize].get_or_insert_with(|| proc::goroutine_main::<S>(rt, g))
                }
            };
            let ended = coroutine.as_mut().poll(&mut context).is_ready();
            if ended {
                self.end(rt, thread, stack);
            }
            if !rt.executor.switched.replace(false) {
                return;
            }
        }
    }

    fn end(&mut self, rt: &Rt, thread: ThreadId, stack: Stack) {
        match stack {
            Stack::System => {
                self.threads[thread.0 as usize] = None;
                rt.executor.threads[thread.0 as usize].life.set(Life::Ended);
            }
            Stack::Goroutine(GoId(slot)) => self.goroutines[slot as usize] = None,
        }
    }
}

/// Runs all threads as `chooser` says until the program ends. The run's trace and state are left in `rt`.
pub(crate) fn run_threads<S: Scheduler>(rt: &Rt, chooser: &mut dyn Chooser) -> Result<(), Fault> {
    let mut coroutines = Coroutines { threads: [const { None }; _], goroutines: [const { None }; _] };
    let executor = &rt.executor;
    executor.watched.set(executor.logging.get() != Record::Nothing || chooser.reads_states());
    let mut current = ThreadId(0);
    while !rt.program_ended.get() {
        let enabled = executor.enabled(rt, current);
        if enabled.runnable == 0 {
            if proc::happens_at_last(rt) {
                continue;
            }
            executor
                .set_fault(FaultKind::Deadlock, "no thread can take a step, and the program has not ended");
        }
        if executor.steps.get() >= MAX_STEPS {
            executor.set_fault(FaultKind::StepLimit, "the run does not come to an end");
        }
        if let Some(fault) = executor.fault.get() {
            return Err(fault);
        }
        let (thread, further) = chooser.choose(&enabled);
        if chooser.cuts() {
            return Ok(());
        }
        executor.touched.set(Access::NONE);
        executor.only_read.set(false);
        current = thread;
        executor.fuel.set(further.min(MAX_STEPS - executor.steps.get()));
        let slot = &executor.threads[thread.0 as usize];
        let pending = slot.pending.get();
        if pending.verb == Verb::Start {
            executor.observe(rt, thread, &pending, 0_u64);
            executor.resume.set(false);
        } else {
            executor.resume.set(true);
        }
        coroutines.poll::<S>(rt, thread);
    }
    executor.fault.get().map_or(Ok(()), Err)
}
