//! Entering and leaving a system call (spec 3.1 to 3.3, 3.5, 3.7, 3.8).

use super::{acquirep, handoffp, look, pidleget, releasep, run_safe_point_fn, sched_step, stopm};
use crate::machine::{Object, Steps, Verb};
use crate::runtime::GoStatus::{Grunnable, Grunning, Gsyscall};
use crate::runtime::ProcStatus::Psyscall;
use crate::runtime::{G, M, Mcall};
use crate::scheduler::Scheduler;
use crate::tracer::LostP;

/// `entersyscall`, `reentersyscall` (spec 3.1)
pub(crate) fn reentersyscall<S: Scheduler>(gp: G<'_>) -> Steps<()> {
    let (sched, m) = (&gp.rt.sched, gp.thread());
    let trace = m.trace_acquire()?; // step 1
    m.acquirem(); // step 2
    gp.casgstatus(m, Grunning, Gsyscall)?; // step 3
    if trace.ok() {
        trace.go_sys_call()?; // step 4
        trace.release()?; // step 5
    }
    if sched.sysmonwait.load(m)? {
        entersyscall_sysmon(m)?; // step 6
    }
    let pp = m.pp();
    if pp.run_safe_point_fn.load(m)? != 0 {
        run_safe_point_fn(m, pp)?; // step 7
    }
    m.syscalltick.set(pp.syscalltick.load(m)?); // step 8
    sched_step(m, Verb::Store, Object::ProcThread(pp.id), || {
        // step 9
        pp.m.set(None);
        m.oldp.set(Some(pp.id));
        m.p.set(None);
    })?;
    pp.status.store(m, Psyscall)?; // step 10
    if sched.gcwaiting.load(m)? {
        S::entersyscall_gcwait(m, pp)?; // step 11
    }
    m.releasem(); // step 12
    Ok(())
}

/// `entersyscallblock` (spec 3.2)
pub(crate) fn entersyscallblock(gp: G<'_>) -> Steps<()> {
    let m = gp.thread();
    m.acquirem(); // step 1
    let pp = m.pp();
    m.syscalltick.set(pp.syscalltick.load(m)?); // step 2
    pp.syscalltick.add(m, 1)?; // step 3
    gp.casgstatus(m, Grunning, Gsyscall)?; // step 4
    let trace = m.trace_acquire()?; // step 5
    if trace.ok() {
        trace.go_sys_call()?; // step 6
        trace.release()?; // step 7
    }
    let pp = releasep(m)?; // step 8
    handoffp(m, pp)?; // step 9
    m.releasem(); // step 10
    Ok(())
}

/// `entersyscall_sysmon` (spec 3.3)
fn entersyscall_sysmon(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?; // step 1
    sched.sysmonwait.store(m, false)?; // step 2
    sched.lock.unlock(m)?; // step 3
    Ok(())
}

/// `exitsyscall` (spec 3.5). When it returns the goroutine runs again, perhaps on another thread.
pub(crate) fn exitsyscall<S: Scheduler>(gp: G<'_>) -> Steps<()> {
    let m = gp.thread();
    m.acquirem(); // step 1
    let oldp = m.oldp.take().map(|p| gp.rt.p(p)); // step 2
    gp.rt.executor.remember(oldp.map_or(u64::MAX, |p| u64::from(p.id.0)));
    m.leaving.set(oldp.map(|pp| pp.id));
    let has_p = S::exitsyscallfast(m, oldp)?; // step 3
    m.leaving.set(None);
    if has_p {
        let trace = m.trace_acquire()?; // step 4
        let pp = m.pp();
        let same_tick = m.syscalltick.get() == pp.syscalltick.load(m)?; // step 5
        if trace.ok() {
            if oldp == Some(pp) && same_tick {
                trace.go_sys_exit(LostP::No)?; // step 6
            } else {
                trace.go_sys_exit(LostP::Yes)?; // step 6
                trace.go_start(gp)?; // step 7
            }
        }
        pp.syscalltick.add(m, 1)?; // step 8
        gp.casgstatus(m, Gsyscall, Grunning)?; // step 9
        if trace.ok() {
            trace.release()?; // step 10
        }
        m.releasem(); // step 11
        return Ok(());
    }
    m.releasem(); // step 12
    gp.mcall(Mcall::ExitSyscall0)?; // step 13
    let m = gp.thread();
    m.pp().syscalltick.add(m, 1)?; // step 14
    Ok(())
}

/// Whether there is an idle P to be had: a look without the lock (spec 3.6 step 13).
#[track_caller]
pub(crate) fn has_idle_p(m: M<'_>) -> Steps<bool> {
    let sched = &m.rt.sched;
    look(m, Object::IdleProcs, || !sched.pidle.is_empty())
}

/// `exitsyscallfast_pidle` (spec 3.7)
pub(crate) fn exitsyscallfast_pidle(m: M<'_>) -> Steps<bool> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?; // step 1
    let pp = pidleget(m)?; // step 2
    if pp.is_some() && sched.sysmonwait.load(m)? {
        sched.sysmonwait.store(m, false)?; // step 2
    }
    sched.lock.unlock(m)?; // step 3
    if let Some(pp) = pp {
        acquirep(m, pp)?; // step 4
    }
    Ok(pp.is_some())
}

/// `exitsyscall0` (spec 3.8), on g0. Says whether `gp` is to be executed on this thread at once.
pub(crate) fn exitsyscall0<'r>(m: M<'r>, gp: G<'r>) -> Steps<Option<G<'r>>> {
    let (rt, sched) = (m.rt, &m.rt.sched);
    rt.trace.exiting_syscall.add(m, 1)?; // step 1
    let trace = m.trace_acquire()?; // step 2
    gp.casgstatus(m, Gsyscall, Grunnable)?; // step 3
    rt.trace.exiting_syscall.add(m, -1)?; // step 4
    if trace.ok() {
        trace.go_sys_exit(LostP::Yes)?; // step 5
        trace.release()?; // step 6
    }
    super::schedule::dropg(m, gp)?; // step 7
    sched.lock.lock(m)?; // step 8
    let pp = pidleget(m)?; // step 9
    if pp.is_none() {
        sched_step(m, Verb::Push, Object::RunQueue, || sched.runq.push_back(gp.id))?; // step 9
    } else if sched.sysmonwait.load(m)? {
        sched.sysmonwait.store(m, false)?; // step 9
    }
    sched.lock.unlock(m)?; // step 10
    match pp {
        Some(pp) => {
            acquirep(m, pp)?; // step 11
            Ok(Some(gp)) // step 11
        }
        None if gp.lockedm.get().is_some() => {
            super::foreign::stoplockedm(m)?; // step 11
            Ok(Some(gp))
        }
        None => {
            stopm(m)?; // step 11
            Ok(None)
        }
    }
}
