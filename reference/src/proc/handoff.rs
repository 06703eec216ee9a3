//! Handing Ps to threads: `handoffp`, `startm`, `stopm`, `gcstopm`, `wakep` (spec 3.11 and 3.17).

use super::foreach::safe_point_for;
use super::{acquirep, look, pop_step, releasep, sched_step};
use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::MAX_THREADS;
use crate::machine::{Access, Object, Request, Steps, Verb, step};
use crate::runtime::ProcStatus::{Pgcstop, Psyscall};
use crate::runtime::{M, P, Rt, Stack, ThreadState};

/// Whether the thread that a P is given to looks for work that is not there yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Spinning {
    Yes,
    No,
}

/// `handoffp`: the P, in limbo, goes to whoever needs one (spec 3.11). The steps about the trace reader and the
/// garbage collector's workers have no counterpart here (spec section 8).
pub(crate) fn handoffp<'r>(m: M<'r>, pp: P<'r>) -> Steps<()> {
    let _forgets = m.keeping_nothing();
    let sched = &m.rt.sched;
    if look(m, Object::RunQueue, || !sched.runq.is_empty())? {
        startm(m, pp, Spinning::No)?; // step 1
        return Ok(());
    }
    let nobody_looks =
        sched.nmspinning.load(m)? == 0 && look(m, Object::IdleProcs, || sched.pidle.is_empty())?; // step 4
    if nobody_looks && sched.nmspinning.cas(m, 0, 1)? {
        startm(m, pp, Spinning::Yes)?; // step 4
        return Ok(());
    }
    sched.lock.lock(m)?; // step 5
    if sched.gcwaiting.load(m)? {
        pp.status.store(m, Pgcstop)?; // step 6
        one_less_to_wait_for(m)?; // step 6
        sched.lock.unlock(m)?; // step 6
        return Ok(());
    }
    if pp.run_safe_point_fn.load(m)? != 0 && pp.run_safe_point_fn.cas(m, 1, 0)? {
        safe_point_for(m, pp)?; // step 7
    }
    if look(m, Object::RunQueue, || !sched.runq.is_empty())? {
        sched.lock.unlock(m)?; // step 8
        startm(m, pp, Spinning::No)?; // step 8
        return Ok(());
    }
    let last_running = look(m, Object::IdleProcs, || sched.pidle.len() as u32 + 1 == sched.gomaxprocs.get())?;
    if last_running {
        sched.lock.unlock(m)?; // step 9
        startm(m, pp, Spinning::No)?; // step 9
        return Ok(());
    }
    pidleput(m, pp)?; // step 10
    sched.lock.unlock(m)?; // step 10
    Ok(())
}

/// `stopwait--`, and the one who stops the world is woken by the last (under `sched.lock`).
#[inline(always)] // a stack that stops in it has a frame less
pub(crate) fn one_less_to_wait_for(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    if sched.stopwait.add(m, -1)? == 0 {
        sched.stopnote.wakeup(m)?;
    }
    Ok(())
}

/// `pidleget`, under `sched.lock`.
#[inline(always)] // a stack that stops in it has a frame less
pub(crate) fn pidleget(m: M<'_>) -> Steps<Option<P<'_>>> {
    let sched = &m.rt.sched;
    let pp = pop_step(m, Object::IdleProcs, || sched.pidle.pop_front())?;
    Ok(pp.map(|p| m.rt.p(p)))
}

/// `pidleput`, under `sched.lock`.
pub(crate) fn pidleput<'r>(m: M<'r>, pp: P<'r>) -> Steps<()> {
    let sched = &m.rt.sched;
    sched_step(m, Verb::Push, Object::IdleProcs, || sched.pidle.push_front(pp.id))?;
    Ok(())
}

/// `startm`: an idle thread, or a new one, gets the P and runs (spec 3.17).
pub(crate) fn startm<'r>(m: M<'r>, pp: P<'r>, spinning: Spinning) -> Steps<()> {
    let _forgets = m.keeping_nothing();
    let (rt, sched) = (m.rt, &m.rt.sched);
    m.acquirem();
    sched.lock.lock(m)?;
    let idle = pop_step(m, Object::IdleThreads, || sched.midle.pop_front())?;
    match idle {
        Some(thread) => {
            sched.lock.unlock(m)?;
            let nmp = rt.m(thread);
            let give = || {
                nmp.spinning.set(spinning == Spinning::Yes);
                nmp.nextp.set(Some(pp.id));
            };
            nmp.park.wakeup_with(m, give)?;
        }
        None => {
            newm(m, pp, spinning)?;
            sched.lock.unlock(m)?;
        }
    }
    m.releasem();
    Ok(())
}

/// `newm`: a thread is made, and starts whenever it starts. Once the scenario's threads are all there, the new one
/// is late: it starts when another goes idle, and is not told apart from that one. That leaves out nothing but the
/// executions that need more threads.
fn newm<'r>(m: M<'r>, pp: P<'r>, spinning: Spinning) -> Steps<()> {
    let (rt, sched) = (m.rt, &m.rt.sched);
    let limit = {
        let scenario = rt.scenario.borrow();
        usize::from(scenario.threads.0).min(MAX_THREADS - scenario.extra_threads())
    };
    let object = Object::AllThreads;
    let access = || Access::NONE.write(object).write(Object::Spinning).write(Object::IdleThreads);
    step(m, Request::new(Verb::Push, object), access, || {
        if usize::from(sched.threads_made.get()) < limit {
            let nmp = start_thread(rt, pp.id);
            nmp.spinning.set(spinning == Spinning::Yes);
        } else {
            sched.late_threads.push_back(pp.id);
            if spinning == Spinning::Yes {
                sched.nmspinning.set(sched.nmspinning.get().wrapping_sub(1));
            }
        }
    })?;
    Ok(())
}

/// A new thread, with a P to start with.
fn start_thread(rt: &Rt, p: ProcId) -> &ThreadState {
    let sched = &rt.sched;
    let made = sched.threads_made.get();
    let has_room = usize::from(made) < MAX_THREADS - rt.scenario.borrow().extra_threads();
    rt.check(has_room, "more threads than the model has room for");
    let nmp = rt.m(ThreadId(made));
    if has_room {
        sched.threads_made.set(made + 1);
        sched.allm.push_front(nmp.id);
        nmp.nextp.set(Some(p));
        rt.executor.start_thread(nmp.id, Stack::system(nmp.id));
    }
    nmp
}

/// When nothing else can happen, a late thread starts after all, or sysmon has one more round, or main's `park` times
/// out. Says whether something happens now.
pub(crate) fn happens_at_last(rt: &Rt) -> bool {
    let late = rt.sched.late_threads.pop_front();
    if let Some(p) = late {
        start_thread(rt, p);
    }
    late.is_some() || call_sysmon(rt) || time_out_main(rt)
}

/// A P that a foreign thread has left in a syscall for good is sysmon's to take, sooner or later.
fn call_sysmon(rt: &Rt) -> bool {
    let left = rt.live_procs().any(|pp| pp.status.get() == Psyscall);
    if left {
        rt.sched.sysmonnote.wake_now(rt);
    }
    left
}

/// A `park` of main's that nobody has ended ends by itself: the thread that sleeps in the network poller until then
/// takes an idle P and finds main.
fn time_out_main(rt: &Rt) -> bool {
    let (sched, main) = (&rt.sched, rt.g(GoId(0)));
    if !main.parked.get() || sched.main_waits.get() || sched.pidle.is_empty() {
        return false;
    }
    let Some(poller) = sched.midle.pop_front() else { return false };
    main.parked.set(false);
    sched.netpoll_ready.push_back(main.id);
    let m = rt.m(poller);
    m.nextp.set(sched.pidle.pop_front());
    m.park.wake_now(rt);
    true
}

/// `stopm`: idles until somebody has a P for this thread (spec 3.17).
#[inline(always)] // a stack that stops in it has a frame less
pub(crate) fn stopm(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?;
    let late = sched_step(m, Verb::Push, Object::IdleThreads, || {
        let late = sched.late_threads.pop_front();
        if late.is_none() {
            sched.midle.push_front(m.id);
        }
        late
    })?;
    sched.lock.unlock(m)?;
    m.rt.executor.checkpoint(1);
    if late.is_none() {
        m.park.sleep(m)?;
    } else {
        m.nextp.set(late);
    }
    acquire_nextp(m)?;
    Ok(())
}

/// `acquirep(nextp)`: a thread's first act when it is given a P.
pub(crate) fn acquire_nextp(m: M<'_>) -> Steps<()> {
    m.rt.check(m.nextp.get().is_some(), "a thread was started without a P");
    if let Some(p) = m.nextp.take() {
        acquirep(m, m.rt.p(p))?;
    }
    Ok(())
}

/// `gcstopm`: gives the P to the stopped world, and idles (spec 3.17).
pub(crate) fn gcstopm(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    if m.spinning.replace(false) {
        sched.nmspinning.add(m, -1)?;
    }
    let pp = releasep(m)?;
    sched.lock.lock(m)?;
    pp.status.store(m, Pgcstop)?;
    one_less_to_wait_for(m)?;
    sched.lock.unlock(m)?;
    stopm(m)?;
    Ok(())
}

/// `wakep`: there is work; an idle P, if nobody is looking for work already, goes to a thread that looks.
pub(crate) fn wakep(m: M<'_>) -> Steps<()> {
    let _forgets = m.keeping_nothing();
    let sched = &m.rt.sched;
    if sched.nmspinning.load(m)? != 0 || !sched.nmspinning.cas(m, 0, 1)? {
        return Ok(());
    }
    m.acquirem();
    sched.lock.lock(m)?;
    let pp = pidleget(m)?;
    if pp.is_none() {
        sched.nmspinning.add(m, -1)?;
    }
    sched.lock.unlock(m)?;
    if let Some(pp) = pp {
        startm(m, pp, Spinning::Yes)?;
    }
    m.releasem();
    Ok(())
}
