//! Stopping and starting the world (spec 3.10).

use super::{pidleget, procresize, semacquire, semrelease, wakep};
use crate::machine::Steps;
use crate::runtime::GoStatus::{Grunning, Gwaiting};
use crate::runtime::ProcStatus::{Pgcstop, Psyscall};
use crate::runtime::{G, M, SemaName, WaitReason};
use crate::tracer::StealerState::NotInSyscall;
use crate::tracer::StringId;

/// `stopTheWorld`: until [`start_the_world`], no other goroutine runs user code.
pub(crate) fn stop_the_world(gp: G<'_>, kind: StringId) -> Steps<()> {
    semacquire(gp, SemaName::World)?; // step 0
    let m = gp.thread();
    gp.cas_to_waiting(m, WaitReason::StoppingTheWorld)?; // step 0
    stop_the_world_with_sema(m, kind)?;
    gp.casgstatus(m, Gwaiting, Grunning)?;
    Ok(())
}

/// `stopTheWorldWithSema`. `preemptall` needs no step of its own: running goroutines see `gcwaiting` at their next
/// safe point, which is where repeating it every 100 microseconds leads.
fn stop_the_world_with_sema(m: M<'_>, kind: StringId) -> Steps<()> {
    let (rt, sched) = (m.rt, &m.rt.sched);
    let _forgets = m.keeping_nothing();
    let trace = m.trace_acquire()?; // step 1
    if trace.ok() {
        trace.stw_start(kind)?; // step 1
        trace.release()?; // step 1
    }
    sched.lock.lock(m)?; // step 2
    sched.stopwait.store(m, sched.gomaxprocs.get())?; // step 3
    sched.gcwaiting.store(m, true)?; // step 4
    m.pp().status.store(m, Pgcstop)?; // step 6
    sched.stopwait.add(m, -1)?; // step 6
    let trace = m.trace_acquire()?; // step 7
    for pp in rt.live_procs() {
        // step 8
        if pp.status.load(m)? == Psyscall && pp.status.cas(m, Psyscall, Pgcstop)? {
            if trace.ok() {
                trace.proc_steal(pp, NotInSyscall)?; // step 8
            }
            pp.syscalltick.add(m, 1)?; // step 8
            sched.stopwait.add(m, -1)?; // step 8
        }
    }
    if trace.ok() {
        trace.release()?; // step 9
    }
    while let Some(pp) = pidleget(m)? {
        pp.status.store(m, Pgcstop)?; // step 10
        sched.stopwait.add(m, -1)?; // step 10
    }
    let wait = sched.stopwait.load(m)? > 0; // step 11
    sched.lock.unlock(m)?; // step 11
    if wait {
        sched.stopnote.sleep(m)?; // step 12
    }
    let stopped = rt.live_procs().all(|pp| pp.status.get() == Pgcstop);
    rt.check(stopped && sched.stopwait.get() == 0, "the world is stopped, but a P is not"); // step 13
    Ok(())
}

/// `startTheWorld`, `startTheWorldWithSema`
pub(crate) fn start_the_world(gp: G<'_>) -> Steps<()> {
    let (m, sched) = (gp.thread(), &gp.rt.sched);
    m.acquirem();
    super::sysmon::netpoll_inject(m)?; // step 1
    sched.lock.lock(m)?; // step 2
    let procs = match sched.newprocs.take() {
        0 => sched.gomaxprocs.get(),
        procs => procs,
    };
    procresize(m, procs)?; // step 3
    sched.gcwaiting.store(m, false)?; // step 4
    if sched.sysmonwait.load(m)? {
        sched.sysmonwait.store(m, false)?; // step 5
    }
    sched.lock.unlock(m)?; // step 6
    let trace = m.trace_acquire()?; // step 8
    if trace.ok() {
        trace.stw_done()?; // step 8
        trace.release()?; // step 8
    }
    wakep(m)?; // step 9
    m.releasem();
    semrelease(gp, SemaName::World)?; // step 9
    Ok(())
}

/// What a goroutine that wants another GOMAXPROCS does.
pub(crate) fn gomaxprocs(gp: G<'_>, procs: u32) -> Steps<()> {
    stop_the_world(gp, StringId::StwGomaxprocs)?;
    gp.rt.sched.newprocs.set(procs);
    start_the_world(gp)?;
    Ok(())
}

/// A garbage collection, as far as the scheduler and the tracer see it here: a stop of the world.
pub(crate) fn gc_stop(gp: G<'_>) -> Steps<()> {
    stop_the_world(gp, StringId::StwGcSweepTermination)?;
    start_the_world(gp)?;
    Ok(())
}
