//! The runtime's semaphores, on which goroutines wait (`semacquire`, `semrelease`).

use super::{goready, sched_step};
use crate::machine::{Object, Verb};
use crate::runtime::{G, Mcall, ParkCommit, SemaName, WaitReason};

/// `semacquire`: takes the semaphore; while it cannot, the goroutine is parked.
pub(crate) async fn semacquire(gp: G<'_>, name: SemaName) {
    let sema = gp.rt.sched.sema(name);
    let mut m = gp.thread();
    if sema.count.cas(m, 1, 0).await {
        return;
    }
    loop {
        sema.lock.lock(m).await;
        if sema.count.cas(m, 1, 0).await {
            sema.lock.unlock(m).await;
            return;
        }
        sched_step(m, Verb::Push, Object::Private, || sema.waiters.push_back(gp.id)).await;
        gp.mcall(Mcall::Park(WaitReason::Sync, ParkCommit::Unlock(name))).await;
        m = gp.thread();
        if sema.count.cas(m, 1, 0).await {
            return;
        }
    }
}

/// `semrelease`: gives the semaphore back, and readies who waits first.
pub(crate) async fn semrelease(gp: G<'_>, name: SemaName) {
    let sema = gp.rt.sched.sema(name);
    let m = gp.thread();
    sema.count.add(m, 1).await;
    if sema.waiters.is_empty() && sema.lock.is_free() {
        return;
    }
    sema.lock.lock(m).await;
    let waiter = sched_step(m, Verb::Pop, Object::Private, || sema.waiters.pop_front()).await;
    sema.lock.unlock(m).await;
    if let Some(waiter) = waiter {
        goready(gp, gp.rt.g(waiter)).await;
    }
}
