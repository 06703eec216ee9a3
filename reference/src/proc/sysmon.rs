//! sysmon, apart from `retake` itself (spec 3.9).

use super::{look, sched_step};
use crate::ids::{GoId, ProcId};
use crate::limits::MAX_GOROUTINES;
use crate::machine::{Access, Object, Request, Steps, Verb, step};
use crate::runtime::GoStatus::{Grunnable, Gwaiting};
use crate::runtime::ProcStatus::{Prunning, Psyscall};
use crate::runtime::{GoList, M, P, ProcStatus};
use crate::schedule::{ProcSet, SysmonRound};
use crate::scheduler::Scheduler;

/// What sysmon does when nothing else can happen: it takes every P that has been left in a syscall.
const LAST_ROUND: SysmonRound = SysmonRound { retake: ProcSet(u8::MAX), preempt: ProcSet(0) };

/// The checkpoint of sysmon before it looks at Ps: the first so many are others.
const RETAKES: u64 = 1 << 16;

/// `sysmon` (spec 3.9): as many rounds as the scenario gives it, and then one whenever nothing else can happen. How
/// long each sleep takes is the schedule's to say.
pub(crate) fn sysmon<S: Scheduler>(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    for round_index in 0.. {
        let round = m.rt.scenario.borrow().sysmon.get(round_index).copied();
        m.rt.executor.checkpoint(2 + round_index as u64);
        match round {
            Some(_) => sleep(m)?, // step 0
            None => sched.sysmonnote.sleep(m)?,
        }
        let round = round.unwrap_or(LAST_ROUND);
        let all_idle = all_procs_idle(m)?; // step 0
        if sched.gcwaiting.load(m)? || all_idle {
            deep_sleep(m)?; // step 0
        }
        sched.sysmonlock.lock(m)?; // step 0
        netpoll_inject(m)?; // step 0
        m.rt.executor.checkpoint(RETAKES + round_index as u64);
        m.rt.executor.begin_rounds();
        S::retake(m, round)?;
        sched.sysmonlock.unlock(m)?;
    }
    Ok(())
}

#[track_caller]
fn sleep(m: M<'_>) -> Steps<()> {
    step(m, Request::sleep(), || Access::NONE, || ())
}

#[track_caller]
fn all_procs_idle(m: M<'_>) -> Steps<bool> {
    let sched = &m.rt.sched;
    let access = || Access::NONE.read(Object::IdleProcs).read(Object::AllProcs);
    step(m, Request::new(Verb::Load, Object::IdleProcs), access, || {
        sched.pidle.len() as u32 == sched.gomaxprocs.get()
    })
}

/// Nothing runs, or the world is stopped: sysmon lets itself be woken. It also wakes by itself after a while, so how
/// long it sleeps is again the schedule's to say.
fn deep_sleep(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?; // step 0
    sched.sysmonwait.store(m, true)?; // step 0
    sched.lock.unlock(m)?; // step 0
    sleep(m)?; // step 0
    sched.lock.lock(m)?; // step 0
    sched.sysmonwait.store(m, false)?; // step 0
    sched.lock.unlock(m)?; // step 0
    Ok(())
}

/// Goroutines whose network wait is over become runnable (`netpoll`, `injectglist`).
#[inline(always)] // a stack that stops in it has a frame less
pub(crate) fn netpoll_inject(m: M<'_>) -> Steps<()> {
    let ready = netpoll(m)?;
    injectglist(m, ready)?;
    Ok(())
}

/// `netpoll`: the goroutines whose network wait is over.
#[inline(always)] // a stack that stops in it has a frame less
pub(super) fn netpoll(m: M<'_>) -> Steps<GoList> {
    let waiting = &m.rt.sched.netpoll_ready;
    if look(m, Object::Netpoll, || waiting.is_empty())? {
        return Ok(GoList::default());
    }
    sched_step(m, Verb::Pop, Object::Netpoll, || waiting.take())
}

/// `injectglist`: in this release the events come before the transitions, outside their token (spec 3.17).
pub(super) fn injectglist(m: M<'_>, list: GoList) -> Steps<()> {
    let (rt, sched) = (m.rt, &m.rt.sched);
    if list.is_empty() {
        return Ok(());
    }
    let trace = m.trace_acquire()?;
    if trace.ok() {
        for g in list {
            trace.go_unpark(rt.g(g))?;
        }
        trace.release()?;
    }
    for g in list {
        rt.g(g).casgstatus(m, Gwaiting, Grunnable)?;
    }
    sched.lock.lock(m)?;
    let put = || list.for_each(|g| sched.runq.push_back(g));
    sched_step(m, Verb::Push, Object::RunQueue, put)?;
    sched.lock.unlock(m)?;
    for _ in list {
        sched.lock.lock(m)?;
        let idle = super::pidleget(m)?;
        sched.lock.unlock(m)?;
        let Some(pp) = idle else { return Ok(()) };
        super::handoff::startm(m, pp, super::handoff::Spinning::No)?;
    }
    Ok(())
}

/// `incidlelocked`: takes `sched.lock` and gives it back. What it counts, and its deadlock check, are left out.
pub(crate) fn incidlelocked(m: M<'_>) -> Steps<()> {
    m.rt.sched.lock.lock(m)?;
    m.rt.sched.lock.unlock(m)?;
    Ok(())
}

/// Whether sysmon finds that the P's goroutine has run for too long: the scenario says so. If it has, it is asked to
/// make way (spec 3.9 step 2).
pub(crate) fn time_slice_is_over<'r>(m: M<'r>, pp: P<'r>, s: ProcStatus, round: SysmonRound) -> Steps<bool> {
    let over = (s == Prunning || s == Psyscall) && round.preempt.contains(pp.id);
    if over {
        preemptone(m, pp)?;
    }
    Ok(over)
}

/// `preemptone`: asks the goroutine that runs on the P to make way at its next safe point.
pub(crate) fn preemptone<'r>(m: M<'r>, pp: P<'r>) -> Steps<()> {
    let rt = m.rt;
    let object = Object::ProcThread(pp.id);
    let access = || {
        let anyone = (0..MAX_GOROUTINES as u8).map(|slot| Object::GoPreempt(GoId(slot)));
        anyone.fold(Access::NONE.read(object), Access::write)
    };
    step(m, Request::new(Verb::Store, object), access, || {
        if let Some(gp) = pp.m.get().and_then(|thread| rt.m(thread).curg()) {
            gp.preempt.set(true);
        }
    })?;
    Ok(())
}

/// The next P in `allp`, from `index` on, and its status: the early look of a round, under `allpLock` (spec 3.9 step
/// 1). The list is looked at anew each time, for sysmon drops that lock in between.
#[track_caller]
pub(crate) fn status_of_live_p<'r>(m: M<'r>, index: u8) -> Steps<Option<ProcStatus>> {
    m.rt.executor.begin_round(u64::from(index));
    let pp = m.rt.p(ProcId(index));
    let object = Object::ProcStatus(pp.id);
    let access = move || Access::NONE.read(object).read(Object::AllProcs);
    step(m, Request::new(Verb::Load, object), access, move || {
        (u32::from(index) < m.rt.sched.gomaxprocs.get()).then(|| pp.status.get())
    })
}

/// Whether the P has been in a syscall for longer than sysmon tolerates, or its time slice is over; the scenario
/// says so (spec 3.9 steps 3 and 4). The tick that sysmon remembers from its last look is read, for step 3.
pub(crate) fn in_syscall_for_long<'r>(m: M<'r>, pp: P<'r>, force: bool, round: SysmonRound) -> Steps<bool> {
    let tick = pp.syscalltick.load(m)?; // step 3
    pp.sysmontick.set(tick);
    Ok(force || round.retake.contains(pp.id))
}
