//! A thread's life on its system stack: finding a goroutine, running it, doing what it asks for (spec 3.17).

use super::handoff::{acquire_nextp, pidleput};
use super::park::{goexit0, goschedimpl, park_m, preempt_park};
use super::syscall::exitsyscall0;
use super::{
    acquirep, gcstopm, look, pidleget, pop_step, releasep, run_safe_point_fn, sched_step, stopm, wakep,
};
use crate::machine::{Access, Object, Verb};
use crate::runtime::GoStatus::{Grunnable, Grunning, Gwaiting};
use crate::runtime::{G, M, Mcall};
use crate::scheduler::Scheduler;
use crate::tracer::StringId;

/// `mstart` and all that follows. The first thread comes here when its goroutine first calls for `g0`.
pub(crate) async fn mstart<S: Scheduler>(m: M<'_>) {
    let mut next = None;
    let mut first = m.rt.threads[m.id.0 as usize].mcall.take();
    if first.is_none() {
        acquire_nextp(m).await;
    }
    loop {
        let call = match first.take() {
            Some(call) => call,
            None => {
                let gp = match next.take() {
                    Some(gp) => gp,
                    None => schedule(m).await,
                };
                execute(m, gp).await;
                m.gogo(gp).await
            }
        };
        let Some(gp) = m.curg() else { return m.rt.check(false, "mcall without a goroutine") };
        m.rt.executor.remember(m.rt, m.thread, u64::from(gp.id.0));
        next = match call {
            Mcall::Park(reason, commit) => park_m(m, gp, reason, commit).await,
            Mcall::Gosched => goschedimpl(m, gp, StringId::Gosched).await,
            Mcall::GoPreempt => goschedimpl(m, gp, StringId::Preempted).await,
            Mcall::PreemptPark => preempt_park(m, gp).await,
            Mcall::GoExit => goexit0(m, gp).await,
            Mcall::ExitSyscall0 => exitsyscall0(m, gp).await,
        };
    }
}

/// `schedule`
async fn schedule(m: M<'_>) -> G<'_> {
    let gp = find_runnable(m).await;
    if m.spinning.get() {
        resetspinning(m).await;
    }
    gp
}

/// `resetspinning`: this thread has found work; another may look for more.
async fn resetspinning(m: M<'_>) {
    m.spinning.set(false);
    m.rt.sched.nmspinning.add(m, -1).await;
    wakep(m).await;
}

/// `findRunnable`, with one run queue for all (spec section 8): a stopping world first, then a function to run at a
/// safe point, then work; and no work means to give the P back and idle.
async fn find_runnable(m: M<'_>) -> G<'_> {
    let sched = &m.rt.sched;
    loop {
        m.rt.executor.checkpoint(m.thread, 0);
        if sched.gcwaiting.load(m).await {
            gcstopm(m).await;
            continue;
        }
        let pp = m.pp();
        if pp.run_safe_point_fn.load(m).await != 0 {
            run_safe_point_fn(m, pp).await;
        }
        if let Some(gp) = runq_get(m).await {
            return gp;
        }
        if let Some(gp) = netpoll_get(m).await {
            return gp;
        }
        sched.lock.lock(m).await;
        if sched.gcwaiting.load(m).await || pp.run_safe_point_fn.load(m).await != 0 {
            sched.lock.unlock(m).await;
            continue;
        }
        if let Some(gp) = runq_get(m).await {
            sched.lock.unlock(m).await;
            return gp;
        }
        let pp = releasep(m).await;
        pidleput(m, pp).await;
        sched.lock.unlock(m).await;
        if m.spinning.replace(false) {
            sched.nmspinning.add(m, -1).await;
            if check_again_without_p(m).await == Again::HasP {
                continue;
            }
        }
        stopm(m).await;
    }
}

/// A thread that was the only one looking for work looks once more before it sleeps: work may have come in between,
/// and nobody was woken for it.
async fn check_again_without_p(m: M<'_>) -> Again {
    let sched = &m.rt.sched;
    sched.lock.lock(m).await;
    let mut pp = None;
    if look(m, Object::RunQueue, || !sched.runq.is_empty()).await {
        pp = pidleget(m).await;
    }
    sched.lock.unlock(m).await;
    let Some(pp) = pp else { return Again::Nothing };
    acquirep(m, pp).await;
    m.spinning.set(true);
    sched.nmspinning.add(m, 1).await;
    Again::HasP
}

/// What the last look for work came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// There was work, and an idle P: begin anew.
    HasP,
    /// There was not.
    Nothing,
}

async fn runq_get(m: M<'_>) -> Option<G<'_>> {
    let sched = &m.rt.sched;
    let g = pop_step(m, Object::RunQueue, || sched.runq.pop_front()).await;
    g.map(|g| m.rt.g(g))
}

/// A goroutine whose network wait is over.
async fn netpoll_get(m: M<'_>) -> Option<G<'_>> {
    let sched = &m.rt.sched;
    if look(m, Object::Netpoll, || sched.netpoll_ready.is_empty()).await {
        return None;
    }
    let g = sched_step(m, Verb::Pop, Object::Netpoll, || sched.netpoll_ready.pop_front()).await;
    let gp = m.rt.g(g?);
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Gwaiting, Grunnable).await;
    if trace.ok() {
        trace.go_unpark(gp).await;
        trace.release().await;
    }
    Some(gp)
}

/// `execute`: the transition comes first and its event after, which is legal only for transitions into running.
pub(crate) async fn execute<'r>(m: M<'r>, gp: G<'r>) {
    touch_link(m, gp);
    m.curg.set(Some(gp.id));
    gp.m.set(Some(m.id));
    gp.casgstatus(m, Grunnable, Grunning).await;
    m.rt.executor.touch(Access::NONE.write(Object::GoPreempt(gp.id)));
    gp.preempt.set(false);
    let pp = m.pp();
    pp.schedtick.set(pp.schedtick.get().wrapping_add(1));
    let trace = m.trace_acquire().await;
    if trace.ok() {
        trace.go_start(gp).await;
        trace.release().await;
    }
}

/// `dropg`: the thread has no goroutine any more.
pub(crate) fn dropg(m: M<'_>) {
    if let Some(gp) = m.curg() {
        touch_link(m, gp);
        gp.m.set(None);
    }
    m.curg.set(None);
}

/// Who looks at a goroutine's thread has its status scanned, and who looks at a P's goroutine reads the P's thread.
fn touch_link<'r>(m: M<'r>, gp: G<'r>) {
    let access = Access::NONE.write(Object::GoStatus(gp.id));
    let access = m.p.get().map_or(access, |p| access.write(Object::ProcThread(p)));
    m.rt.executor.touch(access);
}
