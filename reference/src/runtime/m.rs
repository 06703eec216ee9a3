//! The M (spec 1.2), and which of its stacks a thread is on.

use super::{G, P, SemaName, WaitReason};
use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_THREADS};
use crate::machine::{Atomic, Here, Note, NoteId, Object, Observed, Steps, Stop};
use crate::tracer::Buffer;
use std::cell::{Cell, RefCell};
use std::ops::Deref;

/// The stack that a thread executes on: one number for all of them, so that who goes on with one need not ask of which
/// kind it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stack(u8);

impl Stack {
    /// How many there can be.
    pub(crate) const COUNT: usize = MAX_THREADS + MAX_GOROUTINES;

    /// A thread's own: that of its `g0`.
    pub(crate) const fn system(thread: ThreadId) -> Self {
        Self(thread.0)
    }

    /// A user goroutine's.
    pub(crate) const fn goroutine(g: GoId) -> Self {
        Self(MAX_THREADS as u8 + g.0)
    }

    /// Where it stands among all stacks.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// Whose it is, if it is a goroutine's.
    pub(crate) fn owner(self) -> Option<GoId> {
        self.0.checked_sub(MAX_THREADS as u8).map(GoId)
    }
}

/// What a goroutine asks its thread's `g0` to do for it (`mcall`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mcall {
    /// `park_m`, with what to do once the goroutine is no longer running.
    Park(WaitReason, ParkCommit),
    /// `gosched_m`
    Gosched,
    /// `gopreempt_m`
    GoPreempt,
    /// `preemptPark`
    PreemptPark,
    /// `goexit0`
    GoExit,
    /// `exitsyscall0`
    ExitSyscall0,
    /// A callback returns to C.
    CgoReturn,
}

/// `waitunlockf`: decides, after the goroutine waits, whether it may go on waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ParkCommit {
    /// Gives the lock of the semaphore's queue back, in which the goroutine now is.
    Unlock(SemaName),
    /// Waits unless the wake-up has come already (the script's own `park`).
    UnlessReady,
    /// Main waits for the last goroutine.
    UnlessLastExited,
    /// Waits for the network, which is ready at once: who looks next finds it.
    Network,
}

/// What the runtime keeps of an M.
#[derive(Debug)]
pub(crate) struct ThreadState {
    pub(crate) id: ThreadId,
    /// The thread that runs this M. The extra Ms for foreign threads have now one, now another, now none.
    pub(crate) thread: Cell<Option<ThreadId>>,
    pub(crate) mcall: Cell<Option<Mcall>>,
    pub(crate) p: Cell<Option<ProcId>>,
    pub(crate) oldp: Cell<Option<ProcId>>,
    /// The P that `exitsyscall` tries to take back after it has cleared `oldp`: a local variable of Go's, kept here
    /// for the invariants.
    pub(crate) leaving: Cell<Option<ProcId>>,
    pub(crate) nextp: Cell<Option<ProcId>>,
    pub(crate) curg: Cell<Option<GoId>>,
    /// The goroutine that runs on this M only, and for which the M waits.
    pub(crate) lockedg: Cell<Option<GoId>>,
    /// The last extra M was taken; the callback makes another.
    pub(crate) needextram: Cell<bool>,
    pub(crate) locks: Cell<i32>,
    pub(crate) syscalltick: Cell<u32>,
    pub(crate) spinning: Cell<bool>,
    pub(crate) park: Note,
    pub(crate) seqlock: Atomic<u32>,
    pub(crate) buf: [RefCell<Buffer>; 2],
}

impl ThreadState {
    pub(crate) fn new(id: ThreadId) -> Self {
        Self {
            id,
            thread: Cell::new(Some(id)),
            mcall: Cell::new(None),
            p: Cell::new(None),
            oldp: Cell::new(None),
            leaving: Cell::new(None),
            nextp: Cell::new(None),
            curg: Cell::new(None),
            lockedg: Cell::new(None),
            needextram: Cell::new(false),
            locks: Cell::new(0),
            syscalltick: Cell::new(0),
            spinning: Cell::new(false),
            park: Note::new(NoteId::Park(id), Object::ThreadPark(id)),
            seqlock: Atomic::new(Object::ThreadSeqlock(id), 0),
            buf: [RefCell::default(), RefCell::default()],
        }
    }

    pub(crate) fn reset(&self) {
        self.thread.set(Some(self.id));
        self.mcall.set(None);
        self.p.set(None);
        self.oldp.set(None);
        self.leaving.set(None);
        self.nextp.set(None);
        self.curg.set(None);
        self.lockedg.set(None);
        self.needextram.set(false);
        self.locks.set(0);
        self.syscalltick.set(0);
        self.spinning.set(false);
        self.park.clear();
        self.seqlock.set(0);
        for buffer in &self.buf {
            buffer.borrow_mut().reset();
        }
    }
}

/// A pointer to an M, from the thread that runs it.
#[derive(Clone, Copy)]
pub(crate) struct M<'r> {
    pub(crate) rt: &'r Here<'r>,
    pub(crate) state: &'r ThreadState,
}

impl Deref for M<'_> {
    type Target = ThreadState;

    fn deref(&self) -> &ThreadState {
        self.state
    }
}

/// When dropped, what steps have told the thread since no longer counts: see [`M::keeping_nothing`].
pub(crate) struct Forgets<'r> {
    m: M<'r>,
    before: u64,
    result: Cell<u64>,
}

impl Forgets<'_> {
    /// This does matter.
    pub(crate) fn but(&self, result: impl Observed) {
        self.result.set(result.observed());
    }
}

impl Drop for Forgets<'_> {
    fn drop(&mut self) {
        self.m.rt.executor.keep_only(self.before, self.result.get());
    }
}

/// The checkpoint of a `g0` whose thread executes a goroutine (see `Executor::checkpoint`).
const ON_GOROUTINE: u64 = u64::MAX;

impl<'r> M<'r> {
    /// `m.p`, where the M must have one.
    pub(crate) fn pp(self) -> P<'r> {
        self.rt.check(self.p.get().is_some(), "an M without a P where it needs one");
        self.rt.p(self.p.get().unwrap_or_default())
    }

    pub(crate) fn curg(self) -> Option<G<'r>> {
        self.curg.get().map(|g| self.rt.g(g))
    }

    pub(crate) fn procid(self) -> u64 {
        self.thread.get().unwrap_or(self.id).procid()
    }

    /// `m.locks++`: not preemptible from here on. Private to the thread, and so no step.
    pub(crate) fn acquirem(self) {
        self.locks.set(self.locks.get() + 1);
    }

    /// `m.locks--`
    pub(crate) fn releasem(self) {
        self.locks.set(self.locks.get() - 1);
    }

    /// Begins something of which nothing matters once it is done and what this gives is dropped: states that differ
    /// in what its steps told are one.
    #[must_use]
    pub(crate) fn keeping_nothing(self) -> Forgets<'r> {
        Forgets { m: self, before: self.rt.executor.told(), result: Cell::new(0) }
    }

    /// `gogo`: goes on with `gp`'s stack, and comes back with what the goroutine asks for by `mcall`.
    #[inline(always)]
    pub(crate) fn gogo(self, gp: G<'r>) -> Steps<Mcall> {
        // Nothing of g0's past matters from here on: which goroutine is in `curg`.
        self.rt.executor.checkpoint(ON_GOROUTINE);
        change_stack(self, Stack::goroutine(gp.id))?;
        self.rt.check(self.mcall.get().is_some(), "g0 goes on although no goroutine asked for it");
        Ok(self.mcall.take().unwrap_or(Mcall::Gosched))
    }
}

impl<'r> G<'r> {
    /// `mcall`: has the thread's `g0` do `call`; comes back when the goroutine is executed again, on any thread.
    #[inline(always)]
    pub(crate) fn mcall(self, call: Mcall) -> Steps<()> {
        let m = self.thread();
        m.mcall.set(Some(call));
        change_stack(m, Stack::system(m.rt.executor.current()))
    }

    /// The goroutine's last `mcall`: its function returns, and its stack is no longer needed.
    pub(crate) fn last_mcall(self, call: Mcall) {
        let m = self.thread();
        m.mcall.set(Some(call));
        m.rt.executor.change_stack(Stack::system(m.rt.executor.current()));
    }
}

/// Suspends the stack that is running; the thread goes on with another.
#[inline(always)]
fn change_stack(m: M<'_>, to: Stack) -> Steps<()> {
    m.rt.executor.change_stack(to);
    m.rt.stop(Stop::ChangesStack)
}
