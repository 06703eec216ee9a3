//! The stacks that threads and goroutines of the model execute on: each stops wherever its thread has to wait, and goes
//! on there.

use crate::ids::{GoId, ThreadId};
use crate::limits::STACK_BYTES;
use crate::runtime::{Rt, Stack};
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::ops::Deref;
use std::rc::Rc;

/// The run is over: who gets this does nothing more, and passes it on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ended;

/// What a function that takes steps comes to, if the run goes on for as long as that takes. Each `?` on one is a step, or
/// a call that takes some: a place where the thread may stop.
pub(crate) type Steps<T> = Result<T, Ended>;

/// The first functions of all stacks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mains {
    /// Of a thread's system stack.
    pub(crate) thread: fn(&Here<'_>, ThreadId) -> Steps<()>,
    /// Of a goroutine's.
    pub(crate) goroutine: fn(&Here<'_>, GoId) -> Steps<()>,
}

/// Why a stack stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its thread waits.
    Waits,
    /// Its thread goes on with another stack.
    ChangesStack,
    /// Its function has returned.
    Done,
}

/// The runtime, as the code sees it that executes on one of the stacks.
pub(crate) struct Here<'r> {
    rt: &'r Rt,
    /// A stack that goes on is told nothing: what it has to know is in the executor.
    yielder: &'r Yielder<(), Stop>,
}

impl Deref for Here<'_> {
    type Target = Rt;

    fn deref(&self) -> &Rt {
        self.rt
    }
}

impl Here<'_> {
    /// Stops until the thread is chosen to take the step that it wants. Not inlined: where all stacks stop at one place,
    /// the processor foresees where one goes on.
    #[inline(never)]
    pub(super) fn stops(&self) -> Steps<()> {
        self.stop(Stop::Waits)?;
        self.executor.takes_wanted();
        Ok(())
    }

    /// Stops here until the thread goes on with this stack.
    #[inline(always)]
    pub(crate) fn stop(&self, why: Stop) -> Steps<()> {
        self.yielder.suspend(why);
        if self.executor.is_over() { Err(Ended) } else { Ok(()) }
    }

    /// All that is executed on a stack in one run.
    fn executes(&self, stack: Stack) -> Steps<()> {
        let Some(mains) = self.executor.mains() else { return Ok(()) };
        self.executor.begins(self.rt);
        match stack.owner() {
            Some(g) => (mains.goroutine)(self, g),
            None => (mains.thread)(self, self.executor.current()),
        }
    }
}

/// The operating system has no memory for a stack.
pub(super) struct NoMemory;

/// One stack. It outlives the runs, and is made when it is first needed.
#[derive(Default)]
struct OneStack(Option<Coroutine<(), Stop, ()>>);

impl OneStack {
    #[cold]
    #[inline(never)]
    fn make(rt: &Rc<Rt>, stack: Stack) -> Result<Coroutine<(), Stop, ()>, NoMemory> {
        let rt = Rc::clone(rt);
        let memory = DefaultStack::new(STACK_BYTES).map_err(|_| NoMemory)?;
        Ok(Coroutine::with_stack(memory, move |yielder, ()| {
            while !rt.executor.is_over() {
                // An end that is no error: the run is over, and this stack's part in it.
                let (Ok(()) | Err(Ended)) = Here { rt: &rt, yielder }.executes(stack);
                yielder.suspend(Stop::Done);
            }
        }))
    }

    #[inline(always)]
    fn goes_on(&mut self, rt: &Rc<Rt>, stack: Stack) -> Result<Stop, NoMemory> {
        // After a panic there is nothing left of a stack.
        if !self.is_usable() {
            self.0 = Some(Self::make(rt, stack)?);
        }
        Ok(self.resume())
    }

    fn is_usable(&self) -> bool {
        self.0.as_ref().is_some_and(|coroutine| !coroutine.done())
    }

    #[inline(always)]
    fn resume(&mut self) -> Stop {
        match self.0.as_mut().map(|coroutine| coroutine.resume(())) {
            Some(CoroutineResult::Yield(stop)) => stop,
            Some(CoroutineResult::Return(())) | None => Stop::Done,
        }
    }
}

/// All stacks of a model.
pub(crate) struct Stacks {
    rt: Rc<Rt>,
    stacks: [OneStack; Stack::COUNT],
    /// Those that have begun in this run and not come to an end, a bit for each.
    busy: u32,
}

const _: () = assert!(Stack::COUNT <= u32::BITS as usize, "every stack must have a bit");

impl Stacks {
    pub(crate) fn new(rt: Rc<Rt>) -> Self {
        Self { rt, stacks: Default::default(), busy: 0 }
    }

    /// Nothing of the last run is left on any stack.
    pub(crate) fn end_run(&mut self) {
        self.rt.executor.end_run();
        let mut busy = std::mem::take(&mut self.busy);
        while busy != 0 {
            let stack = &mut self.stacks[busy.trailing_zeros() as usize];
            if stack.is_usable() {
                stack.resume();
            }
            busy &= busy - 1;
        }
    }

    /// Has the thread go on, on the stack it is on and on those it changes to, until it stops.
    ///
    /// # Errors
    ///
    /// If there is no memory for a stack.
    #[inline(always)]
    pub(super) fn go_on(&mut self, thread: ThreadId) -> Result<(), NoMemory> {
        loop {
            let stack = self.rt.executor.stack_of(thread);
            self.busy |= 1 << stack.index();
            match self.stacks[stack.index()].goes_on(&self.rt, stack)? {
                Stop::ChangesStack => {}
                Stop::Waits => return Ok(()),
                Stop::Done => {
                    self.busy &= !(1 << stack.index());
                    // A goroutine that ends leaves its thread on another stack; main ends the program.
                    if self.rt.executor.stack_of(thread) == stack {
                        self.rt.executor.ends(thread);
                        return Ok(());
                    }
                }
            }
        }
    }
}

impl Drop for Stacks {
    fn drop(&mut self) {
        self.end_run();
        for stack in self.stacks.iter_mut().filter(|stack| stack.is_usable()) {
            stack.resume();
        }
    }
}
