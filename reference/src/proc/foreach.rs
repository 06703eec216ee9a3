//! `forEachP` and the function it runs at a safe point of every P (spec 3.12 and 3.13).

use super::{handoffp, sched_step};
use crate::machine::{Object, Steps, Verb};
use crate::runtime::GoStatus::{Grunning, Gwaiting};
use crate::runtime::ProcStatus::{Pidle, Psyscall};
use crate::runtime::{G, M, P, WaitReason};
use crate::tracer::StealerState::NotInSyscall;
use crate::tracer::safe_point_fn;

/// `runSafePointFn`, for the thread's own P (spec 3.12).
pub(crate) fn run_safe_point_fn<'r>(m: M<'r>, pp: P<'r>) -> Steps<()> {
    let sched = &m.rt.sched;
    if !pp.run_safe_point_fn.cas(m, 1, 0)? {
        return Ok(()); // step 1
    }
    safe_point_fn(m, pp)?; // step 2
    sched.lock.lock(m)?; // step 3
    one_less_safe_point(m)?; // step 3
    sched.lock.unlock(m)?; // step 3
    Ok(())
}

/// The same for a P in limbo, under `sched.lock`, by the one who won its flag (spec 3.11 step 7).
pub(crate) fn safe_point_for<'r>(m: M<'r>, pp: P<'r>) -> Steps<()> {
    safe_point_fn(m, pp)?;
    one_less_safe_point(m)?;
    Ok(())
}

#[inline(always)] // a stack that stops in it has a frame less
fn one_less_safe_point(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    if sched.safe_point_wait.add(m, -1)? == 0 {
        sched.safe_point_note.wakeup(m)?;
    }
    Ok(())
}

/// `forEachP`: the caller holds worldsema (spec 3.13).
pub(crate) fn for_each_p(gp: G<'_>) -> Steps<()> {
    let m = gp.thread();
    gp.cas_to_waiting(m, WaitReason::ForEachP)?;
    for_each_p_internal(m)?;
    gp.casgstatus(m, Gwaiting, Grunning)?;
    Ok(())
}

/// `forEachPInternal` (spec 3.13)
fn for_each_p_internal(m: M<'_>) -> Steps<()> {
    let (rt, sched) = (m.rt, &m.rt.sched);
    let _forgets = m.keeping_nothing();
    m.acquirem();
    let own = m.pp();
    sched.lock.lock(m)?; // step 1
    sched.safe_point_wait.store(m, sched.gomaxprocs.get() - 1)?; // step 2
    for pp in rt.live_procs().filter(|pp| *pp != own) {
        pp.run_safe_point_fn.store(m, 1)?; // step 3
    }
    let idle: [Option<_>; crate::limits::MAX_PROCS] = {
        let mut list = sched.pidle.iter();
        std::array::from_fn(|_| list.next())
    };
    for p in idle.into_iter().flatten() {
        rt.executor.remember(u64::from(p.0));
    }
    for p in idle.into_iter().flatten() {
        let pp = rt.p(p);
        if pp.run_safe_point_fn.cas(m, 1, 0)? {
            safe_point_fn(m, pp)?; // step 4
            sched.safe_point_wait.add(m, -1)?; // step 4
        }
    }
    let wait = sched_step(m, Verb::Load, Object::SafePoint, || sched.safe_point_wait.get() > 0)?; // step 5
    sched.lock.unlock(m)?; // step 5
    safe_point_fn(m, own)?; // step 6
    for pp in rt.live_procs() {
        let s = pp.status.load(m)?; // step 7
        let trace = m.trace_acquire()?; // step 7
        let steal = s == Psyscall
            && pp.run_safe_point_fn.load(m)? == 1 // step 7
            && pp.status.cas(m, s, Pidle)?; // step 7
        if trace.ok() {
            if steal {
                trace.proc_steal(pp, NotInSyscall)?; // step 7
            }
            trace.release()?; // step 7
        }
        if steal {
            pp.syscalltick.add(m, 1)?; // step 7
            handoffp(m, pp)?; // step 7
        }
    }
    if wait {
        sched.safe_point_note.sleep(m)?; // step 8
    }
    let done = sched.safe_point_wait.get() == 0 && rt.live_procs().all(|pp| pp.run_safe_point_fn.get() == 0);
    rt.check(done, "forEachP is done, but a P has not run its function"); // step 8
    sched.lock.lock(m)?; // step 9
    sched.lock.unlock(m)?; // step 9
    m.releasem();
    Ok(())
}
