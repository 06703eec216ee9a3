//! Goroutines stop and go on: park, ready, gosched, preemption, creation, exit (spec 3.17).

use super::schedule::dropg;
use super::{sched_step, wakep};
use crate::ids::GoId;
use crate::machine::{Access, Object, Request, Until, Verb, step};
use crate::runtime::GoStatus::{Gdead, Gpreempted, Grunnable, Grunning, Gwaiting};
use crate::runtime::{G, M, ParkCommit, WaitReason};
use crate::tracer::StringId;

/// `park_m`, on g0 (spec 3.17). Says whether the goroutine is to go on at once, because its wake-up had come already.
pub(crate) async fn park_m<'r>(m: M<'r>, gp: G<'r>, reason: WaitReason, commit: ParkCommit) -> Option<G<'r>> {
    gp.waitreason.set(Some(reason));
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Grunning, Gwaiting).await;
    if trace.ok() {
        trace.go_park(reason).await;
        trace.release().await;
    }
    dropg(m, gp).await;
    if commits(m, gp, commit).await {
        return None;
    }
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Gwaiting, Grunnable).await;
    if trace.ok() {
        trace.go_unpark(gp).await;
        trace.release().await;
    }
    Some(gp)
}

/// `waitunlockf`
async fn commits<'r>(m: M<'r>, gp: G<'r>, commit: ParkCommit) -> bool {
    let sched = &m.rt.sched;
    match commit {
        ParkCommit::Unlock(name) => {
            sched.sema(name).lock.unlock(m).await;
            true
        }
        ParkCommit::UnlessReady => {
            sched_step(m, Verb::Cas, Object::GoSema(gp.id), || {
                let ready = gp.ready_first.take() || sched.draining.get();
                gp.parked.set(!ready);
                !ready
            })
            .await
        }
        ParkCommit::UnlessLastExited => {
            sched_step(m, Verb::Cas, Object::GoSema(gp.id), || {
                let ready = gp.ready_first.take();
                gp.parked.set(!ready);
                !ready
            })
            .await
        }
        ParkCommit::Network => {
            sched_step(m, Verb::Push, Object::Netpoll, || sched.netpoll_ready.push_back(gp.id)).await;
            true
        }
    }
}

/// `goready` (spec 3.17), called by goroutine `by`.
pub(crate) async fn goready<'r>(by: G<'r>, gp: G<'r>) {
    ready(by.thread(), gp).await;
}

/// `ready` (spec 3.17)
pub(crate) async fn ready<'r>(m: M<'r>, gp: G<'r>) {
    m.acquirem();
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Gwaiting, Grunnable).await;
    if trace.ok() {
        trace.go_unpark(gp).await;
        trace.release().await;
    }
    runqput(m, gp.id).await;
    wakep(m).await;
    m.releasem();
}

#[track_caller]
fn runqput<'r>(m: M<'r>, g: GoId) -> impl IntoFuture<Output = ()> + 'r {
    let sched = &m.rt.sched;
    sched_step(m, Verb::Push, Object::RunQueue, move || sched.runq.push_back(g))
}

/// `goschedImpl`, on g0 (spec 3.17): the goroutine makes way, of its own will or preempted.
pub(crate) async fn goschedimpl<'r>(m: M<'r>, gp: G<'r>, reason: StringId) -> Option<G<'r>> {
    let sched = &m.rt.sched;
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Grunning, Grunnable).await;
    if trace.ok() {
        trace.go_stop(reason).await;
        trace.release().await;
    }
    dropg(m, gp).await;
    sched.lock.lock(m).await;
    runqput(m, gp.id).await;
    sched.lock.unlock(m).await;
    None
}

/// `preemptPark`, on g0: stops for `suspendG`. The scan bit holds that one off until the event is written.
pub(crate) async fn preempt_park<'r>(m: M<'r>, gp: G<'r>) -> Option<G<'r>> {
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
    )
    .await;
    dropg(m, gp).await;
    let trace = m.trace_acquire().await;
    if trace.ok() {
        trace.go_park(WaitReason::Preempted).await;
    }
    sched_step(m, Verb::Store, object, || gp.scanned.set(false)).await;
    if trace.ok() {
        trace.release().await;
    }
    None
}

/// `newproc` (spec 3.17)
pub(crate) async fn newproc<'r>(by: G<'r>, new: G<'r>) {
    let m = by.thread();
    m.acquirem();
    let trace = m.trace_acquire().await;
    new.casgstatus(m, Gdead, Grunnable).await;
    sched_step(m, Verb::Store, Object::GoTrace(new.id), || new.trace.reset_seqs()).await;
    if trace.ok() {
        trace.go_create(new).await;
        trace.release().await;
    }
    runqput(m, new.id).await;
    m.releasem();
    wakep(m).await;
}

/// `goexit0`, on g0 (spec 3.17): the event comes first and the transition after, without the token.
pub(crate) async fn goexit0<'r>(m: M<'r>, gp: G<'r>) -> Option<G<'r>> {
    let trace = m.trace_acquire().await;
    if trace.ok() {
        trace.go_destroy().await;
        trace.release().await;
    }
    gp.casgstatus(m, Grunning, Gdead).await;
    dropg(m, gp).await;
    None
}
