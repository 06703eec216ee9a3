//! A thread's life on its system stack: finding a goroutine, running it, doing what it asks for (spec 3.17).

use super::foreign::{startlockedm, stoplockedm};
use super::handoff::{acquire_nextp, pidleput};
use super::park::{goexit0, goschedimpl, park_m, preempt_park};
use super::syscall::exitsyscall0;
use super::sysmon::{injectglist, netpoll};
use super::{
    acquirep, gcstopm, look, pidleget, pop_step, releasep, run_safe_point_fn, sched_step, stopm, wakep,
};
use crate::ids::ThreadId;
use crate::machine::{Access, Object, Request, Verb, step};
use crate::runtime::GoStatus::{Grunnable, Grunning, Gwaiting};
use crate::runtime::{G, M, Mcall};
use crate::tracer::StringId;

/// `mstart` and all that follows. The first thread comes here when its goroutine first calls for `g0`.
pub(super) async fn mstart(m: M<'_>) {
    let call = match m.mcall.take() {
        Some(call) => call,
        None => {
            acquire_nextp(m).await;
            run_next(m, None).await
        }
    };
    serve(m, call).await;
}

/// Does what one goroutine after the other asks `g0` for; ends when a callback returns to C.
pub(super) async fn serve(m: M<'_>, mut call: Mcall) {
    while call != Mcall::CgoReturn {
        let Some(gp) = m.curg() else { return m.rt.check(false, "mcall without a goroutine") };
        m.rt.executor.remember(u64::from(gp.id.0));
        let next = match call {
            Mcall::Park(reason, commit) => park_m(m, gp, reason, commit).await,
            Mcall::Gosched => goschedimpl(m, gp, StringId::Gosched).await,
            Mcall::GoPreempt => goschedimpl(m, gp, StringId::Preempted).await,
            Mcall::PreemptPark => preempt_park(m, gp).await,
            Mcall::GoExit => goexit0(m, gp).await,
            Mcall::ExitSyscall0 => exitsyscall0(m, gp).await,
            Mcall::CgoReturn => None,
        };
        call = run_next(m, next).await;
    }
}

/// The checkpoint of a `g0` that is about to execute a goroutine: the first so many are others.
const EXECUTES: u64 = 1 << 16;

/// Executes `next`, or else what there is to run, until it asks `g0` for something.
async fn run_next<'r>(m: M<'r>, next: Option<G<'r>>) -> Mcall {
    let gp = match next {
        Some(gp) => gp,
        None => schedule(m).await,
    };
    // How it was found does not matter any more.
    m.rt.executor.checkpoint(EXECUTES + u64::from(gp.id.0));
    execute(m, gp).await;
    m.gogo(gp).await
}

/// `schedule` (spec 3.17)
async fn schedule(m: M<'_>) -> G<'_> {
    if let Some(g) = m.lockedg.get() {
        stoplockedm(m).await;
        return m.rt.g(g);
    }
    loop {
        let gp = find_runnable(m).await;
        if m.spinning.get() {
            resetspinning(m).await;
        }
        match gp.lockedm.get() {
            Some(locked) => startlockedm(m, locked).await,
            None => return gp,
        }
    }
}

/// `resetspinning`: this thread has found work; another may look for more.
async fn resetspinning(m: M<'_>) {
    m.spinning.set(false);
    m.rt.sched.nmspinning.add(m, -1).await;
    wakep(m).await;
}

/// `findRunnable` (spec 3.17), with one run queue for all (section 8): a stopping world first, then a function to run at a
/// safe point, then work; and no work means to give the P back and idle.
async fn find_runnable(m: M<'_>) -> G<'_> {
    let sched = &m.rt.sched;
    loop {
        m.rt.executor.checkpoint(0);
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

/// The first goroutine whose network wait is over (`netpoll`); the others go to the run queue.
async fn netpoll_get(m: M<'_>) -> Option<G<'_>> {
    let mut ready = netpoll(m).await;
    let gp = m.rt.g(ready.next()?);
    injectglist(m, ready).await;
    let trace = m.trace_acquire().await;
    gp.casgstatus(m, Gwaiting, Grunnable).await;
    if trace.ok() {
        trace.go_unpark(gp).await;
        trace.release().await;
    }
    Some(gp)
}

/// `execute` (spec 3.17): the transition comes first and its event after, which is legal only for transitions into
/// running.
pub(crate) async fn execute<'r>(m: M<'r>, gp: G<'r>) {
    let pp = m.pp();
    wire_goroutine(m, gp, Some(m.id)).await;
    gp.casgstatus(m, Grunnable, Grunning).await;
    clear_preempt(m, gp).await;
    pp.schedtick.set(pp.schedtick.get().wrapping_add(1));
    let trace = m.trace_acquire().await;
    if trace.ok() {
        trace.go_start(gp).await;
        trace.release().await;
    }
}

/// A request to make way that came before is no longer meant.
#[track_caller]
fn clear_preempt<'r>(m: M<'r>, gp: G<'r>) -> impl IntoFuture<Output = ()> + 'r {
    sched_step(m, Verb::Store, Object::GoPreempt(gp.id), move || gp.preempt.set(false))
}

/// `dropg`: the thread has no goroutine any more.
#[track_caller]
pub(crate) fn dropg<'r>(m: M<'r>, gp: G<'r>) -> impl IntoFuture<Output = ()> + 'r {
    wire_goroutine(m, gp, None)
}

/// `m.curg` and `g.m`, which the tracer looks at when it suspends the goroutine, and sysmon when it preempts it.
#[track_caller]
fn wire_goroutine<'r>(m: M<'r>, gp: G<'r>, to: Option<ThreadId>) -> impl IntoFuture<Output = ()> + 'r {
    let access = move || {
        let status = Access::NONE.write(Object::GoStatus(gp.id));
        m.p.get().map_or(status, |p| status.write(Object::ProcThread(p)))
    };
    step(m, Request::new(Verb::Store, Object::GoStatus(gp.id)), access, move || {
        gp.m.set(to);
        m.curg.set(to.map(|_| gp.id));
    })
}
