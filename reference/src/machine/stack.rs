//! The stacks that threads and goroutines of the model execute on: each stops wherever its thread has to wait, and goes
//! on there.

use crate::ids::ThreadId;
use crate::limits::{MAX_GOROUTINES, MAX_THREADS, STACK_BYTES};
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

/// What is executed on a stack from its first instruction on, by slot.
pub(crate) type Main = fn(&Here<'_>, u8) -> Steps<()>;

/// The first functions of all stacks.
#[derive(Clone, Copy)]
pub(crate) struct Mains {
    /// Of a thread's system stack.
    pub(crate) thread: Main,
    /// Of a goroutine's.
    pub(crate) goroutine: Main,
}

/// What a stack is told when it goes on.
enum Go {
    /// Begin with this function.
    Begin(Main),
    /// Take the step that was waited for.
    On,
    /// The run is over, or the model is dropped.
    End,
}

/// Why a stack stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// To go on later.
    Waits,
    /// Its function has returned.
    Done,
}

/// The runtime, as the code sees it that executes on one of the stacks.
pub(crate) struct Here<'r> {
    rt: &'r Rt,
    yielder: &'r Yielder<Go, Stop>,
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
        self.stop()?;
        self.executor.takes_wanted();
        Ok(())
    }

    /// Stops here until the thread goes on with this stack.
    #[inline(always)]
    pub(crate) fn stop(&self) -> Steps<()> {
        match self.yielder.suspend(Stop::Waits) {
            Go::On => Ok(()),
            Go::Begin(_) | Go::End => Err(Ended),
        }
    }
}

/// The operating system has no memory for a stack.
pub(super) struct NoMemory;

/// One stack. It outlives the runs, and is made when it is first needed.
#[derive(Default)]
struct OneStack {
    coroutine: Option<Coroutine<Go, Stop, ()>>,
    /// It has begun in this run and not come to an end.
    is_busy: bool,
}

impl OneStack {
    fn make(rt: &Rc<Rt>, slot: u8) -> std::io::Result<Coroutine<Go, Stop, ()>> {
        let rt = Rc::clone(rt);
        let stack = DefaultStack::new(STACK_BYTES)?;
        Ok(Coroutine::with_stack(stack, move |yielder, mut go| {
            while let Go::Begin(main) = go {
                // An end that is no error: the run is over, and this stack's part in it.
                let (Ok(()) | Err(Ended)) = main(&Here { rt: &rt, yielder }, slot);
                go = yielder.suspend(Stop::Done);
            }
        }))
    }

    #[inline(always)]
    fn goes_on(&mut self, rt: &Rc<Rt>, slot: u8, main: Main) -> Result<Stop, NoMemory> {
        if self.is_busy {
            return Ok(self.resume(Go::On));
        }
        // After a panic there is nothing left of a stack.
        let is_usable = self.coroutine.as_ref().is_some_and(|coroutine| !coroutine.done());
        if !is_usable {
            self.coroutine = Some(Self::make(rt, slot).map_err(|_| NoMemory)?);
        }
        Ok(self.resume(Go::Begin(main)))
    }

    fn resume(&mut self, go: Go) -> Stop {
        // Should the model panic, nothing is left of this stack.
        self.is_busy = false;
        let Some(coroutine) = &mut self.coroutine else { return Stop::Done };
        let stop = match coroutine.resume(go) {
            CoroutineResult::Yield(stop) => stop,
            CoroutineResult::Return(()) => Stop::Done,
        };
        self.is_busy = stop == Stop::Waits;
        stop
    }
}

impl Drop for OneStack {
    fn drop(&mut self) {
        if self.is_busy {
            self.resume(Go::End);
        }
        if self.coroutine.as_ref().is_some_and(|coroutine| !coroutine.done()) {
            self.resume(Go::End);
        }
    }
}

/// All stacks of a model.
#[derive(Default)]
pub(crate) struct Stacks {
    threads: [OneStack; MAX_THREADS],
    goroutines: [OneStack; MAX_GOROUTINES],
}

impl Stacks {
    /// Nothing of the last run is left on any stack.
    pub(crate) fn end_run(&mut self) {
        for stack in self.threads.iter_mut().chain(&mut self.goroutines).filter(|stack| stack.is_busy) {
            stack.resume(Go::End);
        }
    }

    /// Has the thread go on, on the stack it is on and on those it changes to, until it stops.
    ///
    /// # Errors
    ///
    /// If there is no memory for a stack.
    #[inline(always)]
    pub(super) fn go_on(&mut self, rt: &Rc<Rt>, thread: ThreadId, mains: Mains) -> Result<(), NoMemory> {
        let executor = &rt.executor;
        loop {
            match executor.stack_of(thread) {
                Stack::System => {
                    let stack = &mut self.threads[thread.0 as usize];
                    if stack.goes_on(rt, thread.0, mains.thread)? == Stop::Done {
                        executor.ends(thread);
                    }
                }
                Stack::Goroutine(g) => {
                    // A goroutine has left its stack for good before its function returns.
                    self.goroutines[g.0 as usize].goes_on(rt, g.0, mains.goroutine)?;
                }
            }
            if !executor.has_switched_stack() {
                return Ok(());
            }
        }
    }
}
