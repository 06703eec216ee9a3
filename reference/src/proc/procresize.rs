//! Ps and threads come together and part: `acquirep`, `releasep`, `procresize` (spec 3.14 to 3.16).

use super::handoff::pidleput;
use super::sched_step;
use crate::ids::ProcId;
use crate::machine::{Access, Object, Request, Steps, Verb, step};
use crate::runtime::ProcStatus::{Pdead, Pgcstop, Pidle, Prunning};
use crate::runtime::{M, P, ProcStatus};
use crate::tracer::StringId;
use std::panic::Location;

/// `acquirep` (spec 3.14)
pub(crate) fn acquirep<'r>(m: M<'r>, pp: P<'r>) -> Steps<()> {
    wirep(m, pp)?; // step 1
    let trace = m.trace_acquire()?; // step 2
    if trace.ok() {
        trace.proc_start(pp)?; // step 3
        trace.release()?; // step 4
    }
    Ok(())
}

/// `wirep`: plain stores, by the one that owns the P (spec 3.14 step 1).
#[track_caller]
#[inline(always)] // a stack that stops in it has a frame less
pub(crate) fn wirep<'r>(m: M<'r>, pp: P<'r>) -> Steps<()> {
    wiring_step(m, pp, Location::caller(), move || {
        m.rt.check(m.p.get().is_none(), "wirep: the thread already has a P");
        m.rt.check(pp.m.get().is_none(), "wirep: the P already has a thread (I1)");
        m.p.set(Some(pp.id));
        pp.m.set(Some(m.id));
        pp.status.set(Prunning);
    })
}

#[inline(always)] // a stack that stops in it has a frame less
fn wiring_step<'r>(
    m: M<'r>,
    pp: P<'r>,
    site: &'static Location<'static>,
    action: impl FnOnce(),
) -> Steps<()> {
    let object = Object::ProcStatus(pp.id);
    let access = move || Access::NONE.write(object).write(Object::ProcThread(pp.id));
    step(m, Request::new(Verb::Store, object).at(site), access, action)
}

/// `releasep` (spec 3.15): the P is in limbo afterwards.
pub(crate) fn releasep(m: M<'_>) -> Steps<P<'_>> {
    let pp = m.pp();
    m.rt.executor.remember(u64::from(pp.id.0));
    let trace = m.trace_acquire()?; // step 1
    if trace.ok() {
        trace.proc_stop()?; // step 2
        trace.release()?; // step 3
    }
    unwire(m, pp, Pidle)?; // step 4
    Ok(pp)
}

#[track_caller]
fn unwire<'r>(m: M<'r>, pp: P<'r>, status: ProcStatus) -> Steps<()> {
    wiring_step(m, pp, Location::caller(), move || {
        m.p.set(None);
        pp.m.set(None);
        pp.status.set(status);
    })
}

/// `procresize`, with the world stopped and `sched.lock` held (spec 3.16; the numbers count its clauses).
pub(crate) fn procresize(m: M<'_>, procs: u32) -> Steps<()> {
    let (rt, sched) = (m.rt, &m.rt.sched);
    let trace = m.trace_acquire()?; // step 1
    if trace.ok() {
        trace.procs_change(procs)?; // step 2
        trace.release()?; // step 3
    }
    let before = sched.gomaxprocs.get();
    for slot in before..procs {
        let pp = rt.p(ProcId(slot as u8));
        pp.status.store(m, Pgcstop)?; // step 4
    }
    let own = m.pp();
    if u32::from(own.id.0) < procs {
        own.status.store(m, Prunning)?; // step 5
    } else {
        let trace = m.trace_acquire()?; // step 6
        if trace.ok() {
            trace.go_stop(StringId::Gosched)?; // step 7
            trace.proc_stop()?; // step 8
            trace.release()?; // step 9
        }
        unwire(m, own, Pgcstop)?; // step 10
        let first = rt.p(ProcId(0));
        first.status.store(m, Pidle)?; // step 11
        acquirep(m, first)?; // step 12
        let trace = m.trace_acquire()?; // step 13
        if trace.ok() {
            if let Some(gp) = m.curg() {
                trace.go_start(gp)?; // step 14
            }
            trace.release()?; // step 15
        }
    }
    for slot in procs..before {
        let pp = rt.p(ProcId(slot as u8));
        pp.status.store(m, Pdead)?; // step 16
    }
    sched_step(m, Verb::Store, Object::AllProcs, || sched.gomaxprocs.set(procs))?; // step 16
    for pp in rt.live_procs().rev() {
        if m.p.get() != Some(pp.id) {
            pp.status.store(m, Pidle)?; // step 17
            pidleput(m, pp)?; // step 17
        }
    }
    Ok(())
}
