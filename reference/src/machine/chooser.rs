//! What decides which thread goes next, and what it may look at.

use super::executor::{Executor, Life};
use super::history::mix;
use super::object::{Access, Object};
use super::step::{Request, Verb};
use crate::ids::{Generation, GoId, ProcId, ThreadId};
use crate::limits::MAX_THREADS;
use crate::runtime::{ProcStatus, Rt};
use crate::schedule::Switch;
use std::panic::Location;

/// The threads that a chooser may choose from.
pub struct Enabled<'a> {
    pub(super) rt: &'a Rt,
    pub(super) executor: &'a Executor,
    /// Who runs when the schedule says nothing.
    pub(super) default_choice: ThreadId,
    /// Who can take a step, a bit for each by slot.
    pub(super) runnable: u16,
    /// The thread that took the last step.
    pub current: ThreadId,
}

impl Enabled<'_> {
    /// Whether `thread` can take a step.
    #[must_use]
    pub fn is_runnable(&self, thread: ThreadId) -> bool {
        self.runnable & 1 << thread.0 != 0
    }

    /// The threads that can take a step, by slot.
    pub fn runnable(&self) -> impl Iterator<Item = ThreadId> + use<> {
        let mask = self.runnable_mask();
        (0..MAX_THREADS as u8).filter(move |slot| mask & (1 << slot) != 0).map(ThreadId)
    }

    /// How many threads can take a step: at least one.
    #[must_use]
    pub fn runnable_count(&self) -> u32 {
        self.runnable_mask().count_ones()
    }

    /// Steps that `thread` has taken.
    #[must_use]
    pub fn steps_of(&self, thread: ThreadId) -> u32 {
        self.executor.threads[thread.0 as usize].steps.get()
    }

    /// The switch by which a schedule lets `to` go on here; none if the thread has taken more steps than a schedule can say.
    #[must_use]
    pub fn switch_to(&self, to: ThreadId) -> Option<Switch> {
        let step = u16::try_from(self.steps_of(self.current)).ok()?;
        Some(Switch { thread: self.current, step, to })
    }

    /// What the next step of `thread` touches.
    #[must_use]
    pub fn next_access(&self, thread: ThreadId) -> Access {
        self.executor.threads[thread.0 as usize].access.get()
    }

    /// The line of the model that asks for the next step of `thread`.
    #[must_use]
    pub fn next_site(&self, thread: ThreadId) -> &'static Location<'static> {
        self.executor.threads[thread.0 as usize].pending.get().site
    }

    /// Whether `thread` can run but sleeps, for as long as a chooser likes.
    #[must_use]
    pub fn is_asleep(&self, thread: ThreadId) -> bool {
        self.executor.is_asleep(thread)
    }

    /// Whether `thread` is awake and sure to be able to take its next step, whatever others do before.
    #[must_use]
    pub fn is_free(&self, thread: ThreadId) -> bool {
        self.executor.is_free(thread)
    }

    /// The step that `thread` wants next, runnable or not; none if it has not begun or has ended.
    #[must_use]
    pub fn pending(&self, thread: ThreadId) -> Option<Pending> {
        let slot = &self.executor.threads[thread.0 as usize];
        let (Request { verb, object, site, .. }, access) = (slot.pending.get(), slot.access.get());
        matches!(slot.life.get(), Life::Begins | Life::Alive).then_some(Pending {
            access,
            verb,
            object,
            site,
        })
    }

    /// The threads that can take a step, a bit for each by slot.
    #[must_use]
    pub fn runnable_mask(&self) -> u16 {
        self.runnable
    }

    /// Whether the last step, though it might have written, has only read.
    #[must_use]
    pub fn only_read(&self) -> bool {
        self.executor.only_read.get()
    }

    /// What the last step touched beyond what it had said: all that its thread did until it wanted the next.
    #[must_use]
    pub fn touched(&self) -> Access {
        self.executor.touched.get()
    }

    /// Steps that all threads have taken.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.executor.steps()
    }

    /// The tracer's generation; [`Generation::OFF`] while tracing is off.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.rt.trace.gen_.get()
    }

    /// The Ps that have been left in a syscall, a bit for each.
    #[must_use]
    pub fn procs_in_syscall(&self) -> u8 {
        let left = self.rt.live_procs().filter(|pp| pp.status.get() == ProcStatus::Psyscall);
        left.fold(0, |procs, pp| procs | 1 << pp.id.0)
    }

    /// What the tracer keeps of a P: a digest.
    #[must_use]
    pub fn proc_trace(&self, p: ProcId) -> u64 {
        let pp = self.rt.p(p);
        mix(pp.trace.digest(), pp.m_syscall_id.get().unwrap_or(u64::MAX))
    }

    /// What the tracer keeps of a goroutine: in which generations it has its status, a bit for each of three, and a
    /// digest of all.
    #[must_use]
    pub fn go_trace(&self, g: GoId) -> (u8, u64) {
        let trace = &self.rt.g(g).trace;
        (trace.traced(), trace.digest())
    }

    /// Whether a goroutine other than main has been made.
    #[must_use]
    pub fn goroutines_were_made(&self) -> bool {
        self.rt.goroutines.iter().any(|g| g.claimed.get())
    }

    /// The thread that holds one of the locks that stand in the runtime's globals; none for another object.
    #[must_use]
    pub fn holder(&self, lock: Object) -> Option<ThreadId> {
        match lock {
            Object::SchedLock => self.rt.sched.lock.owner(),
            Object::TraceLock => self.rt.trace.lock.owner(),
            Object::SysmonLock => self.rt.sched.sysmonlock.owner(),
            _ => None,
        }
    }

    /// The threads between `traceAcquire` and `traceRelease`, a bit for each by slot: their seqlocks are odd.
    #[must_use]
    pub fn token_holders(&self) -> u16 {
        let odd = self.rt.threads.iter().filter(|m| m.seqlock.get() & 1 == 1);
        odd.fold(0, |holders, m| holders | 1 << m.id.0)
    }

    /// Whether `traces` traces have been begun and the last of them is being stopped: its generation is over, and
    /// only who still has a token writes to it.
    #[must_use]
    pub fn last_trace_is_stopping(&self, traces: usize) -> bool {
        self.rt.trace.is_stopping(traces)
    }

    /// Appends to `bytes` what the traces depend on while no token is held and none can be had any more.
    pub fn write_what_is_traced(&self, bytes: &mut Vec<u8>) {
        self.rt.write_what_is_traced(bytes);
    }

    /// Whether `traces` traces have been begun and the last of them is whole: with no more to begin, nothing that
    /// happens from now on reaches a trace.
    #[must_use]
    pub fn traces_are_whole(&self, traces: usize) -> bool {
        self.rt.trace.is_whole(traces)
    }

    /// Appends to `bytes` the state of the run: two runs of one scenario with equal bytes have the same futures, and
    /// what they have written and will write differs only in times. Only for choosers that
    /// [read states](Chooser::reads_states).
    pub fn write_state(&self, bytes: &mut Vec<u8>) {
        self.rt.write_state(bytes);
    }

    /// The thread that runs when the schedule says nothing: the current one while it can, then the next by slot.
    /// A thread that sleeps waits until the schedule names it or no other can run.
    #[must_use]
    pub fn default_choice(&self) -> ThreadId {
        self.default_choice
    }
}

/// A step that a thread wants to take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pending {
    /// What it says it touches.
    pub access: Access,
    /// What it does.
    pub verb: Verb,
    /// To what.
    pub object: Object,
    /// The line of the model that asks for it.
    pub site: &'static Location<'static>,
}

/// Decides which thread goes next.
pub trait Chooser {
    /// One of the runnable threads, and how many further steps it may take before the chooser is asked again. The
    /// chooser is asked earlier when the thread blocks, sleeps or ends.
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32);

    /// Asked at the start of a run: whether this chooser calls [`Enabled::write_state`]. Keeping what steps tell their
    /// threads takes time, which a chooser that does not can save.
    fn reads_states(&self) -> bool {
        true
    }

    /// Asked at the start of a run: whether this chooser calls [`Enabled::next_access`] or [`Enabled::pending`]. One that
    /// does not saves the time that it takes to tell.
    fn reads_accesses(&self) -> bool {
        true
    }

    /// Asked after each choice: whether the run is to be cut here instead, before any further step.
    fn cuts(&self) -> bool {
        false
    }
}
