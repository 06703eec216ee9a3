//! sysmon, apart from `retake` itself (spec 3.9).

use super::{look, sched_step};
use crate::ids::GoId;
use crate::limits::MAX_GOROUTINES;
use crate::machine::{Access, Object, Request, Until, Verb, step};
use crate::runtime::GoStatus::{Grunnable, Gwaiting};
use crate::runtime::ProcStatus::{Prunning, Psyscall};
use crate::runtime::{M, P, ProcStatus};
use crate::schedule::SysmonRound;
use crate::scheduler::Scheduler;
use std::panic::Location;

/// `sysmon`: as many rounds as the scenario gives it. How long each sleep takes is the schedule's to say.
pub(crate) async fn sysmon<S: Scheduler>(m: M<'_>) {
    let sched = &m.rt.sched;
    let rounds = m.rt.scenario.borrow().sysmon.clone();
    for (round_index, round) in rounds.iter().enumerate() {
        m.rt.executor.checkpoint(m.thread, 2 + round_index as u64);
        sleep(m).await; // step 0
        let all_idle =
            look(m, Object::IdleProcs, || sched.pidle.len() as u32 == sched.gomaxprocs.get()).await;
        if sched.gcwaiting.load(m).await || all_idle {
            deep_sleep(m).await; // step 0
        }
        sched.sysmonlock.lock(m).await; // step 0
        netpoll_inject(m).await; // step 0
        S::retake(m, *round).await;
        sched.sysmonlock.unlock(m).await; // step 14
    }
}

#[track_caller]
fn sleep(m: M<'_>) -> impl Future<Output = ()> {
    let object = Object::Private;
    let site = Location::caller();
    step(m, Request { access: Access::NONE, until: Until::Always, verb: Verb::Sleep, object, site }, || ())
}

/// Nothing runs, or the world is stopped: sysmon lets itself be woken. It also wakes by itself after a while, so how
/// long it sleeps is again the schedule's to say.
async fn deep_sleep(m: M<'_>) {
    let sched = &m.rt.sched;
    sched.lock.lock(m).await; // step 0
    sched.sysmonwait.store(m, true).await; // step 0
    sched.lock.unlock(m).await; // step 0
    sleep(m).await; // step 0
    sched.lock.lock(m).await; // step 0
    sched.sysmonwait.store(m, false).await; // step 0
    sched.lock.unlock(m).await; // step 0
}

/// Goroutines whose network wait is over become runnable (`netpoll`, `injectglist`).
pub(crate) async fn netpoll_inject(m: M<'_>) {
    let sched = &m.rt.sched;
    while !look(m, Object::Netpoll, || sched.netpoll_ready.is_empty()).await {
        let ready = sched_step(m, Verb::Pop, Object::Netpoll, || sched.netpoll_ready.pop_front()).await;
        if let Some(g) = ready {
            injectglist(m, g).await;
        }
    }
}

/// `injectglist` of one goroutine: in this release the event comes before the transition, outside its token (spec
/// 3.17).
pub(crate) async fn injectglist(m: M<'_>, g: GoId) {
    let (sched, gp) = (&m.rt.sched, m.rt.g(g));
    let trace = m.trace_acquire().await;
    if trace.ok() {
        trace.go_unpark(gp).await;
        trace.release().await;
    }
    gp.casgstatus(m, Gwaiting, Grunnable).await;
    sched.lock.lock(m).await;
    sched_step(m, Verb::Push, Object::RunQueue, || sched.runq.push_back(g)).await;
    let idle = super::pidleget(m).await;
    sched.lock.unlock(m).await;
    if let Some(pp) = idle {
        super::handoff::startm(m, pp, super::handoff::Spinning::No).await;
    }
}

/// `incidlelocked`: takes `sched.lock` and gives it back. What it counts, and its deadlock check, are left out.
pub(crate) async fn incidlelocked(m: M<'_>) {
    m.rt.sched.lock.lock(m).await;
    m.rt.sched.lock.unlock(m).await;
}

/// Whether sysmon finds that the P's goroutine has run for too long: the scenario says so. If it has, it is asked to
/// make way (spec 3.9 step 2).
pub(crate) async fn time_slice_is_over<'r>(m: M<'r>, pp: P<'r>, s: ProcStatus, round: SysmonRound) -> bool {
    let over = (s == Prunning || s == Psyscall) && round.preempt.contains(pp.id);
    if over {
        preemptone(m, pp).await;
    }
    over
}

/// `preemptone`: asks the goroutine that runs on the P to make way at its next safe point.
pub(crate) async fn preemptone<'r>(m: M<'r>, pp: P<'r>) {
    let rt = m.rt;
    let object = Object::ProcThread(pp.id);
    let anyone = (0..MAX_GOROUTINES as u8).map(|slot| Object::GoPreempt(GoId(slot)));
    let access = anyone.fold(Access::NONE.read(object), Access::write);
    let site = Location::caller();
    step(m, Request { access, until: Until::Always, verb: Verb::Store, object, site }, || {
        if let Some(gp) = pp.m.get().and_then(|thread| rt.m(thread).curg()) {
            gp.preempt.set(true);
        }
    })
    .await;
}

/// Whether the P has been in a syscall for longer than sysmon tolerates, or its time slice is over; the scenario
/// says so (spec 3.9 steps 3 and 4). The tick that sysmon remembers from its last look is read, for step 3.
pub(crate) async fn in_syscall_for_long<'r>(m: M<'r>, pp: P<'r>, force: bool, round: SysmonRound) -> bool {
    let tick = pp.syscalltick.load(m).await;
    pp.sysmontick.set(tick);
    force || round.retake.contains(pp.id)
}
