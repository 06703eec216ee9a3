//! Stopping and starting the world (spec 3.10).

use super::{pidleget, procresize, semacquire, semrelease, wakep};
use crate::runtime::GoStatus::{Grunning, Gwaiting};
use crate::runtime::ProcStatus::{Pgcstop, Psyscall};
use crate::runtime::{G, M, SemaName, WaitReason};
use crate::tracer::StealerState::NotInSyscall;
use crate::tracer::StringId;

/// `stopTheWorld`: until [`start_the_world`], no other goroutine runs user code.
pub(crate) async fn stop_the_world(gp: G<'_>, kind: StringId) {
    semacquire(gp, SemaName::World).await; // step 0
    let m = gp.thread();
    gp.cas_to_waiting(m, WaitReason::StoppingTheWorld).await; // step 0
    stop_the_world_with_sema(m, kind).await;
    gp.casgstatus(m, Gwaiting, Grunning).await;
}

/// `stopTheWorldWithSema`. `preemptall` needs no step of its own: running goroutines see `gcwaiting` at their next
/// safe point, which is where repeating it every 100 microseconds leads.
async fn stop_the_world_with_sema(m: M<'_>, kind: StringId) {
    let (rt, sched) = (m.rt, &m.rt.sched);
    let _forgets = m.keeping_nothing();
    let trace = m.trace_acquire().await; // step 1
    if trace.ok() {
        trace.stw_start(kind).await; // step 1
        trace.release().await; // step 1
    }
    sched.lock.lock(m).await; // step 2
    sched.stopwait.store(m, sched.gomaxprocs.get()).await; // step 3
    sched.gcwaiting.store(m, true).await; // step 4
    m.pp().status.store(m, Pgcstop).await; // step 6
    sched.stopwait.add(m, -1).await; // step 6
    let trace = m.trace_acquire().await; // step 7
    for pp in rt.live_procs() {
        // step 8
        if pp.status.load(m).await == Psyscall && pp.status.cas(m, Psyscall, Pgcstop).await {
            if trace.ok() {
                trace.proc_steal(pp, NotInSyscall).await; // step 8
            }
            pp.syscalltick.add(m, 1).await; // step 8
            sched.stopwait.add(m, -1).await; // step 8
        }
    }
    if trace.ok() {
        trace.release().await; // step 9
    }
    while let Some(pp) = pidleget(m).await {
        pp.status.store(m, Pgcstop).await; // step 10
        sched.stopwait.add(m, -1).await; // step 10
    }
    let wait = sched.stopwait.load(m).await > 0; // step 11
    sched.lock.unlock(m).await; // step 11
    if wait {
        sched.stopnote.sleep(m).await; // step 12
    }
    let stopped = rt.live_procs().all(|pp| pp.status.get() == Pgcstop);
    rt.check(stopped && sched.stopwait.get() == 0, "the world is stopped, but a P is not"); // step 13
}

/// `startTheWorld`, `startTheWorldWithSema`
pub(crate) async fn start_the_world(gp: G<'_>) {
    let (m, sched) = (gp.thread(), &gp.rt.sched);
    m.acquirem();
    super::sysmon::netpoll_inject(m).await; // step 1
    sched.lock.lock(m).await; // step 2
    let procs = match sched.newprocs.take() {
        0 => sched.gomaxprocs.get(),
        procs => procs,
    };
    procresize(m, procs).await; // step 3
    sched.gcwaiting.store(m, false).await; // step 4
    if sched.sysmonwait.load(m).await {
        sched.sysmonwait.store(m, false).await; // step 5
    }
    sched.lock.unlock(m).await; // step 6
    let trace = m.trace_acquire().await; // step 8
    if trace.ok() {
        trace.stw_done().await; // step 8
        trace.release().await; // step 8
    }
    wakep(m).await; // step 9
    m.releasem();
    semrelease(gp, SemaName::World).await; // step 9
}

/// What a goroutine that wants another GOMAXPROCS does.
pub(crate) async fn gomaxprocs(gp: G<'_>, procs: u32) {
    stop_the_world(gp, StringId::StwGomaxprocs).await;
    gp.rt.sched.newprocs.set(procs);
    start_the_world(gp).await;
}

/// A garbage collection, as far as the scheduler and the tracer see it here: a stop of the world.
pub(crate) async fn gc_stop(gp: G<'_>) {
    stop_the_world(gp, StringId::StwGcSweepTermination).await;
    start_the_world(gp).await;
}
