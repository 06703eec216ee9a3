//! Goroutines stop and go on: park, ready, gosched, preemption, creation, exit (spec 3.17).

use super::schedule::dropg;
use super::{sched_step, wakep};
use crate::ids::GoId;
use crate::machine::{Access, Object, Request, Until, Verb, step};
use crate::runtime::GoStatus::{Gdead, Gpreempted, Grunnable, Grunning, Gwaiting};
use crate::runtime::{G, M, ParkCommit, WaitReason};
use crate::tracer::StringId;
use std::panic::Location;

/// `park_m`, on g0. Says whether the goroutine is to go on at once, because its wake-up had come already.
pub(crate) async fn park_m<'r>(m: M<'r>, gp: G<'r>, reason: WaitReason, commit: ParkCommit) -> Option<G<'r>> {
    gp.waitreason.set(Some(reason));
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Grunning, Gwaiting).await;
    if trace.ok() {
        trace.go_park(reason).await;
        trace.release().await;
    }
    dropg(m);
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

/// `goready`, called by goroutine `by`.
pub(crate) async fn goready<'r>(by: G<'r>, gp: G<'r>) {
    ready(by.thread(), gp).await;
}

/// `ready`
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
fn runqput<'r>(m: M<'r>, g: GoId) -> impl Future<Output = ()> + 'r {
    let sched = &m.rt.sched;
    let object = Object::RunQueue;
    let access = Access::NONE.write(object);
    let request =
        Request { access, until: Until::Always, verb: Verb::Push, object, site: Location::caller() };
    step(m, request, move || sched.runq.push_back(g))
}

/// `goschedImpl`, on g0: the goroutine makes way, of its own will or preempted.
pub(crate) async fn goschedimpl<'r>(m: M<'r>, gp: G<'r>, reason: StringId) -> Option<G<'r>> {
    let sched = &m.rt.sched;
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Grunning, Grunnable).await;
    if trace.ok() {
        trace.go_stop(reason).await;
        trace.release().await;
    }
    dropg(m);
    sched.lock.lock(m).await;
    runqput(m, gp.id).await;
    sched.lock.unlock(m).await;
    None
}

/// `preemptPark`, on g0: stops for `suspendG`. The scan bit holds that one off until the event is written.
pub(crate) async fn preempt_park<'r>(m: M<'r>, gp: G<'r>) -> Option<G<'r>> {
    let object = Object::GoStatus(gp.id);
    let access = Access::NONE.write(object);
    let site = Location::caller();
    let until = Until::NotScanned(gp.id);
    step(m, Request { access, until, verb: Verb::Cas, object, site }, || {
        gp.scanned.set(true);
        gp.status.set(Gpreempted);
    })
    .await;
    dropg(m);
    let trace = m.trace_acquire().await;
    if trace.ok() {
        trace.go_park(WaitReason::Preempted).await;
    }
    step(m, Request { access, until: Until::Always, verb: Verb::Store, object, site }, || {
        gp.scanned.set(false)
    })
    .await;
    if trace.ok() {
        trace.release().await;
    }
    None
}

/// `newproc`
pub(crate) async fn newproc<'r>(by: G<'r>, new: G<'r>) {
    let (sched, m) = (&by.rt.sched, by.thread());
    m.acquirem();
    let trace = m.trace_acquire().await;
    let object = Object::GoStatus(new.id);
    let access = Access::NONE.write(object).write(Object::GoTrace(new.id)).write(Object::AllGoroutines);
    let site = Location::caller();
    step(m, Request { access, until: Until::NotScanned(new.id), verb: Verb::Cas, object, site }, || {
        new.trace.reset_seqs();
        new.status.set(Grunnable);
        sched.goroutines_alive.set(sched.goroutines_alive.get() + 1);
    })
    .await;
    if trace.ok() {
        trace.go_create(new).await;
        trace.release().await;
    }
    runqput(m, new.id).await;
    m.releasem();
    wakep(m).await;
}

/// `goexit0`, on g0: the event comes first and the transition after, without the token.
pub(crate) async fn goexit0<'r>(m: M<'r>, gp: G<'r>) -> Option<G<'r>> {
    let trace = m.trace_acquire().await;
    if trace.ok() {
        trace.go_destroy().await;
        trace.release().await;
    }
    gp.casgstatus(m, Grunning, Gdead).await;
    dropg(m);
    None
}
