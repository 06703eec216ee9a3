//! Goroutines stop and go on: park, ready, gosched, preemption, creation, exit (spec 3.17).

use super::schedule::dropg;
use super::{sched_step, wakep};
use crate::ids::GoId;
use crate::machine::{Access, Object, Request, Steps, Until, Verb, step};
use crate::runtime::GoStatus::{Gdead, Gpreempted, Grunnable, Grunning, Gwaiting};
use crate::runtime::{G, M, ParkCommit, WaitReason};
use crate::tracer::StringId;

/// `park_m`, on g0 (spec 3.17). Says whether the goroutine is to go on at once, because its wake-up had come already.
pub(crate) fn park_m<'r>(
    m: M<'r>,
    gp: G<'r>,
    reason: WaitReason,
    commit: ParkCommit,
) -> Steps<Option<G<'r>>> {
    gp.waitreason.set(Some(reason));
    let trace = m.trace_acquire()?;
    gp.casgstatus(m, Grunning, Gwaiting)?;
    if trace.ok() {
        trace.go_park(reason)?;
        trace.release()?;
    }
    dropg(m, gp)?;
    if commits(m, gp, commit)? {
        return Ok(None);
    }
    let trace = m.trace_acquire()?;
    gp.casgstatus(m, Gwaiting, Grunnable)?;
    if trace.ok() {
        trace.go_unpark(gp)?;
        trace.release()?;
    }
    Ok(Some(gp))
}

/// `waitunlockf`
fn commits<'r>(m: M<'r>, gp: G<'r>, commit: ParkCommit) -> Steps<bool> {
    let sched = &m.rt.sched;
    match commit {
        ParkCommit::Unlock(name) => {
            sched.sema(name).lock.unlock(m)?;
            Ok(true)
        }
        ParkCommit::UnlessReady => sched_step(m, Verb::Cas, Object::GoSema(gp.id), || {
            let ready = gp.ready_first.take() || sched.draining.get();
            gp.parked.set(!ready);
            !ready
        }),
        ParkCommit::UnlessLastExited => sched_step(m, Verb::Cas, Object::GoSema(gp.id), || {
            let ready = gp.ready_first.take();
            gp.parked.set(!ready);
            !ready
        }),
        ParkCommit::Network => {
            sched_step(m, Verb::Push, Object::Netpoll, || sched.netpoll_ready.push_back(gp.id))?;
            Ok(true)
        }
    }
}

/// `goready` (spec 3.17), called by goroutine `by`.
pub(crate) fn goready<'r>(by: G<'r>, gp: G<'r>) -> Steps<()> {
    ready(by.thread(), gp)
}

/// `ready` (spec 3.17)
pub(crate) fn ready<'r>(m: M<'r>, gp: G<'r>) -> Steps<()> {
    m.acquirem();
    let trace = m.trace_acquire()?;
    gp.casgstatus(m, Gwaiting, Grunnable)?;
    if trace.ok() {
        trace.go_unpark(gp)?;
        trace.release()?;
    }
    runqput(m, gp.id)?;
    wakep(m)?;
    m.releasem();
    Ok(())
}

#[track_caller]
fn runqput<'r>(m: M<'r>, g: GoId) -> Steps<()> {
    let sched = &m.rt.sched;
    sched_step(m, Verb::Push, Object::RunQueue, move || sched.runq.push_back(g))
}

/// `goschedImpl`, on g0 (spec 3.17): the goroutine makes way, of its own will or preempted.
pub(crate) fn goschedimpl<'r>(m: M<'r>, gp: G<'r>, reason: StringId) -> Steps<Option<G<'r>>> {
    let sched = &m.rt.sched;
    let trace = m.trace_acquire()?;
    gp.casgstatus(m, Grunning, Grunnable)?;
    if trace.ok() {
        trace.go_stop(reason)?;
        trace.release()?;
    }
    dropg(m, gp)?;
    sched.lock.lock(m)?;
    runqput(m, gp.id)?;
    sched.lock.unlock(m)?;
    Ok(None)
}

/// `preemptPark`, on g0: stops for `suspendG`. The scan bit holds that one off until the event is written.
pub(crate) fn preempt_park<'r>(m: M<'r>, gp: G<'r>) -> Steps<Option<G<'r>>> {
    let object = Object::GoStatus(gp.id);
    let request = Request::new(Verb::Cas, object).when(Until::NotScanned(gp.id));
    step(
        m,
        request,
        || Access::NONE.write(object),
        || {
            gp.scanned.set(true);
            gp.status.set(Gpreempted);
        },
    )?;
    dropg(m, gp)?;
    let trace = m.trace_acquire()?;
    if trace.ok() {
        trace.go_park(WaitReason::Preempted)?;
    }
    sched_step(m, Verb::Store, object, || gp.scanned.set(false))?;
    if trace.ok() {
        trace.release()?;
    }
    Ok(None)
}

/// `newproc` (spec 3.17)
pub(crate) fn newproc<'r>(by: G<'r>, new: G<'r>) -> Steps<()> {
    let m = by.thread();
    m.acquirem();
    let trace = m.trace_acquire()?;
    new.casgstatus(m, Gdead, Grunnable)?;
    sched_step(m, Verb::Store, Object::GoTrace(new.id), || new.trace.reset_seqs())?;
    if trace.ok() {
        trace.go_create(new)?;
        trace.release()?;
    }
    runqput(m, new.id)?;
    m.releasem();
    wakep(m)?;
    Ok(())
}

/// `goexit0`, on g0 (spec 3.17): the event comes first and the transition after, without the token.
pub(crate) fn goexit0<'r>(m: M<'r>, gp: G<'r>) -> Steps<Option<G<'r>>> {
    let trace = m.trace_acquire()?;
    if trace.ok() {
        trace.go_destroy()?;
        trace.release()?;
    }
    gp.casgstatus(m, Grunning, Gdead)?;
    dropg(m, gp)?;
    Ok(None)
}
