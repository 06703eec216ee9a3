//! The runtime's semaphores, on which goroutines wait (`semacquire`, `semrelease`).

use super::{goready, sched_step};
use crate::machine::{Object, Steps, Verb};
use crate::runtime::{G, Mcall, ParkCommit, SemaName, WaitReason};

/// `semacquire`: takes the semaphore; while it cannot, the goroutine is parked.
pub(crate) fn semacquire(gp: G<'_>, name: SemaName) -> Steps<()> {
    let sema = gp.rt.sched.sema(name);
    let mut m = gp.thread();
    if sema.count.cas(m, 1, 0)? {
        return Ok(());
    }
    loop {
        sema.lock.lock(m)?;
        if sema.count.cas(m, 1, 0)? {
            sema.lock.unlock(m)?;
            return Ok(());
        }
        sched_step(m, Verb::Push, Object::Private, || sema.waiters.push_back(gp.id))?;
        gp.mcall(Mcall::Park(WaitReason::Sync, ParkCommit::Unlock(name)))?;
        m = gp.thread();
        if sema.count.cas(m, 1, 0)? {
            return Ok(());
        }
    }
}

/// `semrelease`: gives the semaphore back, and readies who waits first.
pub(crate) fn semrelease(gp: G<'_>, name: SemaName) -> Steps<()> {
    let sema = gp.rt.sched.sema(name);
    let m = gp.thread();
    sema.count.add(m, 1)?;
    if sema.waiters.is_empty() && sema.lock.is_free() {
        return Ok(());
    }
    sema.lock.lock(m)?;
    let waiter = sched_step(m, Verb::Pop, Object::Private, || sema.waiters.pop_front())?;
    sema.lock.unlock(m)?;
    if let Some(waiter) = waiter {
        goready(gp, gp.rt.g(waiter))?;
    }
    Ok(())
}
