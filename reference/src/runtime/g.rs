//! The G (spec 1.3).

use super::{List, M};
use crate::ids::{GoId, ThreadId};
use crate::machine::{Access, Here, Object, Observed, Request, Steps, Until, Verb, step};
use crate::tracer::ResourceState;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

/// The status of a goroutine, under Go's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GoStatus {
    /// Not made yet.
    Gidle,
    /// On a run queue.
    Grunnable,
    /// Executing user code.
    Grunning,
    /// In a syscall.
    Gsyscall,
    /// Blocked, or running on behalf of a stop-the-world.
    Gwaiting,
    /// Ended, or not in use.
    Gdead,
    /// Stopped itself for `suspendG`.
    Gpreempted,
}

impl fmt::Display for GoStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Observed for GoStatus {
    fn observed(self) -> u64 {
        self as u64
    }
}

/// Why a goroutine waits: the reason strings of GoBlock, and the ones that only look like waiting (spec 4.2 step 12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WaitReason {
    /// A `park` of its script.
    ChanReceive,
    /// The network poller.
    Network,
    /// A runtime semaphore.
    Sync,
    /// `preemptPark`.
    Preempted,
    /// Stops the world: really running.
    StoppingTheWorld,
    /// Looks at another goroutine for the tracer: really running.
    TraceGoroutineStatus,
    /// Waits for every P to run a function: really running.
    ForEachP,
}

impl WaitReason {
    /// Whether the goroutine is traced as running although its status is waiting.
    pub(crate) fn is_running(self) -> bool {
        matches!(self, Self::StoppingTheWorld | Self::TraceGoroutineStatus | Self::ForEachP)
    }
}

/// What the runtime keeps of a goroutine.
#[derive(Debug)]
pub(crate) struct GoState {
    pub(crate) id: GoId,
    pub(crate) status: Cell<GoStatus>,
    /// The Gscan bit.
    pub(crate) scanned: Cell<bool>,
    pub(crate) m: Cell<Option<ThreadId>>,
    /// The only M on which the goroutine may run.
    pub(crate) lockedm: Cell<Option<ThreadId>>,
    pub(crate) waitreason: Cell<Option<WaitReason>>,
    pub(crate) preempt: Cell<bool>,
    pub(crate) preempt_stop: Cell<bool>,
    pub(crate) trace: ResourceState,
    /// The script's `park`: 1 when a wake-up came first.
    pub(crate) ready_first: Cell<bool>,
    /// The script's `park`: waits for `ready`.
    pub(crate) parked: Cell<bool>,
    /// Somebody creates it, or has.
    pub(crate) claimed: Cell<bool>,
}

impl GoState {
    pub(crate) fn new(id: GoId) -> Self {
        Self {
            id,
            status: Cell::new(GoStatus::Gidle),
            scanned: Cell::new(false),
            m: Cell::new(None),
            lockedm: Cell::new(None),
            waitreason: Cell::new(None),
            preempt: Cell::new(false),
            preempt_stop: Cell::new(false),
            trace: ResourceState::default(),
            ready_first: Cell::new(false),
            parked: Cell::new(false),
            claimed: Cell::new(false),
        }
    }

    pub(crate) fn reset(&self) {
        self.status.set(GoStatus::Gidle);
        self.scanned.set(false);
        self.m.set(None);
        self.lockedm.set(None);
        self.waitreason.set(None);
        self.preempt.set(false);
        self.preempt_stop.set(false);
        self.trace.reset();
        self.ready_first.set(false);
        self.parked.set(false);
        self.claimed.set(false);
    }
}

/// `gList`
pub(crate) type GoList = List<GoId>;

/// A pointer to a G.
#[derive(Clone, Copy)]
pub(crate) struct G<'r> {
    pub(crate) rt: &'r Here<'r>,
    pub(crate) state: &'r GoState,
}

impl Deref for G<'_> {
    type Target = GoState;

    fn deref(&self) -> &GoState {
        self.state
    }
}

impl<'r> G<'r> {
    /// `getg().m`: the thread that the goroutine is on. It may be another after each `mcall`.
    pub(crate) fn thread(self) -> M<'r> {
        self.rt.check(self.m.get().is_some(), "a goroutine acts without a thread");
        self.rt.m(self.m.get().unwrap_or_default())
    }

    /// `casgstatus`: waits while the goroutine is being scanned, then changes its status (spec 1.3).
    #[track_caller]
    #[inline(always)]
    pub(crate) fn casgstatus(self, m: M<'r>, from: GoStatus, to: GoStatus) -> Steps<()> {
        let object = Object::GoStatus(self.id);
        let request = Request::new(Verb::Cas, object).when(Until::NotScanned(self.id));
        step(
            m,
            request,
            move || Access::NONE.write(object),
            move || {
                self.rt.check(self.status.get() == from, "casgstatus: the goroutine has another status");
                self.status.set(to);
            },
        )
    }

    /// `casGToWaiting`: waits only in name, for `reason`; the goroutine goes on running.
    #[track_caller]
    #[inline(always)]
    pub(crate) fn cas_to_waiting(self, m: M<'r>, reason: WaitReason) -> Steps<()> {
        self.waitreason.set(Some(reason));
        self.casgstatus(m, GoStatus::Grunning, GoStatus::Gwaiting)
    }
}
