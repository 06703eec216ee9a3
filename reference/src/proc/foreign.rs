//! Threads that Go did not make: callbacks from C, and the Ms they borrow (spec 3.18).

use super::script::last_one_out;
use super::syscall::{exitsyscall, reentersyscall};
use super::{acquirep, handoffp, releasep, safe_point, sched_step, stopm};
use crate::ids::{GoId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_THREADS};
use crate::machine::{Access, Here, Object, Request, Steps, Until, Verb, step};
use crate::runtime::GoStatus::{Gdead, Gsyscall};
use crate::runtime::{G, M, Mcall, Rt};
use crate::schedule::foreign_thread;
use crate::scheduler::Scheduler;
use crate::tracer::trace_thread_destroy;

/// Which of the scenario's foreign threads this is.
pub(super) fn foreign_index(rt: &Rt, thread: ThreadId) -> Option<usize> {
    (0..rt.scenario.borrow().foreign.len()).find(|index| foreign_thread(*index) == thread)
}

/// A foreign thread: C code that calls into Go again and again (spec 3.18).
pub(super) fn foreign_main(rt: &Here<'_>, index: usize) -> Steps<()> {
    while rt.sched.callbacks_left[index].get() > 0 {
        let m = needm(rt, foreign_thread(index))?;
        cgocallback(m)?;
        dropm(m)?;
    }
    Ok(())
}

/// `oneNewExtraM`: an M with a goroutine of its own, for a thread that has none. It writes no event (spec 3.18).
pub(crate) fn add_extra_thread(rt: &Rt) {
    let sched = &rt.sched;
    let index = usize::from(sched.extra_threads_made.get());
    let fits = index < rt.scenario.borrow().extra_threads();
    rt.check(fits, "more extra Ms than two for each foreign thread");
    sched.extra_threads_made.set(index as u8 + 1);
    let (id, gp) =
        (ThreadId((MAX_THREADS - 1 - index) as u8), rt.g(GoId((MAX_GOROUTINES - 1 - index) as u8)));
    let m = rt.m(id);
    m.thread.set(None);
    m.curg.set(Some(gp.id));
    m.lockedg.set(Some(gp.id));
    gp.m.set(Some(id));
    gp.lockedm.set(Some(id));
    gp.status.set(Gdead);
    sched.allm.push_front(id);
    sched.allgs.push_back(gp.id);
    sched.extra_threads.push_front(id);
}

/// `newextram` (spec 3.18): the last one was taken, so that there is always one to take.
fn newextram(m: M<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?;
    let request = Request::new(Verb::Push, Object::ExtraThreads);
    let access = || {
        let lists = Access::NONE.write(Object::ExtraThreads).write(Object::AllThreads);
        lists.write(Object::AllGoroutines)
    };
    step(m, request, access, || add_extra_thread(m.rt))?;
    sched.lock.unlock(m)?;
    Ok(())
}

/// `needm`: the thread takes an extra M, and becomes its thread (spec 3.18).
fn needm<'r>(rt: &'r Here<'r>, thread: ThreadId) -> Steps<M<'r>> {
    let sched = &rt.sched;
    let id = {
        let bare = M { rt, state: &rt.threads[thread.0 as usize] };
        let request = Request::new(Verb::Pop, Object::ExtraThreads).when(Until::ExtraThread);
        step(
            bare,
            request,
            || Access::NONE.write(Object::ExtraThreads),
            || {
                let first = sched.extra_threads.pop_front();
                if let Some(id) = first {
                    rt.threads[id.0 as usize].needextram.set(sched.extra_threads.is_empty());
                    rt.threads[id.0 as usize].thread.set(Some(thread));
                }
                first
            },
        )?
    };
    rt.check(id.is_some(), "needm found no extra M");
    let m = rt.m(id.unwrap_or(thread));
    let trace = m.trace_acquire()?;
    if let Some(gp) = m.curg() {
        gp.casgstatus(m, Gdead, Gsyscall)?;
        if trace.ok() {
            trace.go_create_syscall(gp)?;
        }
    }
    if trace.ok() {
        trace.release()?;
    }
    Ok(m)
}

/// `cgocallback`, on the thread's g0: runs the callback's goroutine until it returns to C.
fn cgocallback(m: M<'_>) -> Steps<()> {
    if let Some(gp) = m.curg() {
        let call = m.gogo(gp)?;
        super::schedule::serve(m, call)?;
    }
    Ok(())
}

/// `cgocallbackg`, the goroutine of an extra M: each time round is one callback, from its return from C to its return
/// to C.
pub(super) fn callback_main<S: Scheduler>(rt: &Here<'_>, id: GoId) -> Steps<()> {
    let gp = rt.g(id);
    loop {
        rt.executor.checkpoint_goroutine(id, 0);
        exitsyscall::<S>(gp)?;
        if gp.thread().needextram.take() {
            newextram(gp.thread())?;
        }
        safe_point(gp)?;
        count_callback(gp)?;
        reentersyscall::<S>(gp)?;
        gp.mcall(Mcall::CgoReturn)?;
    }
}

/// What Go code the callback runs: it counts. After its thread's last one, main need not wait for this thread.
fn count_callback(gp: G<'_>) -> Steps<()> {
    let (rt, thread) = (gp.rt, gp.rt.executor.current());
    let Some(index) = foreign_index(rt, thread) else { return Ok(()) };
    let left = &rt.sched.callbacks_left[index];
    left.set(left.get() - 1);
    if left.get() == 0 {
        last_one_out(gp)?;
    }
    Ok(())
}

/// `dropm`: the thread gives the M back. The P it left in the syscall stays where it is, and so does `m.oldp`: the
/// tick is trashed so that whoever has the M next does not take the P for untouched (spec 3.18).
fn dropm(m: M<'_>) -> Steps<()> {
    let (rt, sched) = (m.rt, &m.rt.sched);
    let trace = m.trace_acquire()?;
    if let Some(gp) = m.curg() {
        gp.casgstatus(m, Gsyscall, Gdead)?;
    }
    if trace.ok() {
        trace.go_destroy_syscall()?;
        trace.release()?;
    }
    m.syscalltick.set(m.syscalltick.get().wrapping_sub(1));
    if let Some(gp) = m.curg() {
        sched_step(m, Verb::Store, Object::GoTrace(gp.id), || gp.trace.reset_seqs())?;
    }
    if rt.trace.is_enabled(m)? || rt.trace.is_shutting_down(m)? {
        sched.lock.lock(m)?;
        trace_thread_destroy(m)?;
        sched.lock.unlock(m)?;
    }
    sched_step(m, Verb::Push, Object::ExtraThreads, || {
        m.state.thread.set(None);
        sched.extra_threads.push_front(m.id);
    })?;
    Ok(())
}

/// `stoplockedm` (spec 3.8 and 3.17): this M runs one goroutine only; it gives its P away and waits until somebody has one for it.
pub(super) fn stoplockedm(m: M<'_>) -> Steps<()> {
    if m.p.get().is_some() {
        let pp = releasep(m)?;
        handoffp(m, pp)?;
    }
    super::incidlelocked(m)?;
    m.park.sleep(m)?;
    let nextp = m.nextp.take();
    m.rt.check(nextp.is_some(), "stoplockedm: woken without a P");
    if let Some(p) = nextp {
        acquirep(m, m.rt.p(p))?;
    }
    Ok(())
}

/// `startlockedm` (spec 3.17): the goroutine may run on its own M only, so that one gets this thread's P.
pub(super) fn startlockedm(m: M<'_>, locked: ThreadId) -> Steps<()> {
    let other = m.rt.m(locked);
    super::incidlelocked(m)?;
    let pp = releasep(m)?;
    other.park.wakeup_with(m, || other.nextp.set(Some(pp.id)))?;
    stopm(m)?;
    Ok(())
}
