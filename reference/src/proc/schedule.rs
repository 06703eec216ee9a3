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
use crate::machine::{Access, Object, Request, Steps, Verb, step};
use crate::runtime::GoStatus::{Grunnable, Grunning, Gwaiting};
use crate::runtime::{G, M, Mcall};
use crate::tracer::StringId;

/// `mstart` and all that follows. The first thread comes here when its goroutine first calls for `g0`.
#[inline(always)] // a stack that stops in it has a frame less
pub(super) fn mstart(m: M<'_>) -> Steps<()> {
    let call = match m.mcall.take() {
        Some(call) => call,
        None => {
            acquire_nextp(m)?;
            run_next(m, None)?
        }
    };
    serve(m, call)?;
    Ok(())
}

/// Does what one goroutine after the other asks `g0` for; ends when a callback returns to C.
pub(super) fn serve(m: M<'_>, mut call: Mcall) -> Steps<()> {
    while call != Mcall::CgoReturn {
        let Some(gp) = m.curg() else {
            m.rt.check(false, "mcall without a goroutine");
            return Ok(());
        };
        m.rt.executor.remember(u64::from(gp.id.0));
        let next = match call {
            Mcall::Park(reason, commit) => park_m(m, gp, reason, commit)?,
            Mcall::Gosched => goschedimpl(m, gp, StringId::Gosched)?,
            Mcall::GoPreempt => goschedimpl(m, gp, StringId::Preempted)?,
            Mcall::PreemptPark => preempt_park(m, gp)?,
            Mcall::GoExit => goexit0(m, gp)?,
            Mcall::ExitSyscall0 => exitsyscall0(m, gp)?,
            Mcall::CgoReturn => None,
        };
        call = run_next(m, next)?;
    }
    Ok(())
}

/// The checkpoint of a `g0` that is about to execute a goroutine: the first so many are others.
const EXECUTES: u64 = 1 << 16;

/// Executes `next`, or else what there is to run, until it asks `g0` for something.
#[inline(always)] // a stack that stops in it has a frame less
fn run_next<'r>(m: M<'r>, next: Option<G<'r>>) -> Steps<Mcall> {
    let gp = match next {
        Some(gp) => gp,
        None => schedule(m)?,
    };
    // How it was found does not matter any more.
    m.rt.executor.checkpoint(EXECUTES + u64::from(gp.id.0));
    execute(m, gp)?;
    m.gogo(gp)
}

/// `schedule` (spec 3.17)
fn schedule(m: M<'_>) -> Steps<G<'_>> {
    if let Some(g) = m.lockedg.get() {
        stoplockedm(m)?;
        return Ok(m.rt.g(g));
    }
    loop {
        let gp = find_runnable(m)?;
        if m.spinning.get() {
            resetspinning(m)?;
        }
        match gp.lockedm.get() {
            Some(locked) => startlockedm(m, locked)?,
            None => return Ok(gp),
        }
    }
}

/// `resetspinning`: this thread has found work; another may look for more.
fn resetspinning(m: M<'_>) -> Steps<()> {
    m.spinning.set(false);
    m.rt.sched.nmspinning.add(m, -1)?;
    wakep(m)?;
    Ok(())
}

/// `findRunnable` (spec 3.17), with one run queue for all (section 8): a stopping world first, then a function to run at a
/// safe point, then work; and no work means to give the P back and idle.
fn find_runnable(m: M<'_>) -> Steps<G<'_>> {
    let sched = &m.rt.sched;
    loop {
        m.rt.executor.checkpoint(0);
        if sched.gcwaiting.load(m)? {
            gcstopm(m)?;
            continue;
        }
        let pp = m.pp();
        if pp.run_safe_point_fn.load(m)? != 0 {
            run_safe_point_fn(m, pp)?;
        }
        if let Some(gp) = runq_get(m)? {
            return Ok(gp);
        }
        if let Some(gp) = netpoll_get(m)? {
            return Ok(gp);
        }
        sched.lock.lock(m)?;
        if sched.gcwaiting.load(m)? || pp.run_safe_point_fn.load(m)? != 0 {
            sched.lock.unlock(m)?;
            continue;
        }
        if let Some(gp) = runq_get(m)? {
            sched.lock.unlock(m)?;
            return Ok(gp);
        }
        let pp = releasep(m)?;
        pidleput(m, pp)?;
        sched.lock.unlock(m)?;
        if m.spinning.replace(false) {
            sched.nmspinning.add(m, -1)?;
            if check_again_without_p(m)? == Again::HasP {
                continue;
            }
        }
        stopm(m)?;
    }
}

/// A thread that was the only one looking for work looks once more before it sleeps: work may have come in between,
/// and nobody was woken for it.
fn check_again_without_p(m: M<'_>) -> Steps<Again> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?;
    let mut pp = None;
    if look(m, Object::RunQueue, || !sched.runq.is_empty())? {
        pp = pidleget(m)?;
    }
    sched.lock.unlock(m)?;
    let Some(pp) = pp else { return Ok(Again::Nothing) };
    acquirep(m, pp)?;
    m.spinning.set(true);
    sched.nmspinning.add(m, 1)?;
    Ok(Again::HasP)
}

/// What the last look for work came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// There was work, and an idle P: begin anew.
    HasP,
    /// There was not.
    Nothing,
}

#[inline(always)] // a stack that stops in it has a frame less
fn runq_get(m: M<'_>) -> Steps<Option<G<'_>>> {
    let sched = &m.rt.sched;
    let g = pop_step(m, Object::RunQueue, || sched.runq.pop_front())?;
    Ok(g.map(|g| m.rt.g(g)))
}

/// The first goroutine whose network wait is over (`netpoll`); the others go to the run queue.
fn netpoll_get(m: M<'_>) -> Steps<Option<G<'_>>> {
    let mut ready = netpoll(m)?;
    let Some(gp) = ready.next().map(|g| m.rt.g(g)) else { return Ok(None) };
    injectglist(m, ready)?;
    let trace = m.trace_acquire()?;
    gp.casgstatus(m, Gwaiting, Grunnable)?;
    if trace.ok() {
        trace.go_unpark(gp)?;
        trace.release()?;
    }
    Ok(Some(gp))
}

/// `execute` (spec 3.17): the transition comes first and its event after, which is legal only for transitions into
/// running.
pub(crate) fn execute<'r>(m: M<'r>, gp: G<'r>) -> Steps<()> {
    let pp = m.pp();
    wire_goroutine(m, gp, Some(m.id))?;
    gp.casgstatus(m, Grunnable, Grunning)?;
    clear_preempt(m, gp)?;
    pp.schedtick.set(pp.schedtick.get().wrapping_add(1));
    let trace = m.trace_acquire()?;
    if trace.ok() {
        trace.go_start(gp)?;
        trace.release()?;
    }
    Ok(())
}

/// A request to make way that came before is no longer meant.
#[track_caller]
fn clear_preempt<'r>(m: M<'r>, gp: G<'r>) -> Steps<()> {
    sched_step(m, Verb::Store, Object::GoPreempt(gp.id), move || gp.preempt.set(false))
}

/// `dropg`: the thread has no goroutine any more.
#[track_caller]
pub(crate) fn dropg<'r>(m: M<'r>, gp: G<'r>) -> Steps<()> {
    wire_goroutine(m, gp, None)
}

/// `m.curg` and `g.m`, which the tracer looks at when it suspends the goroutine, and sysmon when it preempts it.
#[track_caller]
fn wire_goroutine<'r>(m: M<'r>, gp: G<'r>, to: Option<ThreadId>) -> Steps<()> {
    let access = move || {
        let status = Access::NONE.write(Object::GoStatus(gp.id));
        m.p.get().map_or(status, |p| status.write(Object::ProcThread(p)))
    };
    step(m, Request::new(Verb::Store, Object::GoStatus(gp.id)), access, move || {
        gp.m.set(to);
        m.curg.set(to.map(|_| gp.id));
    })
}
