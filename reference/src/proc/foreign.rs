//! Threads that Go did not make: callbacks from C, and the Ms they borrow (spec 3.18).

use super::script::last_one_out;
use super::syscall::{exitsyscall, reentersyscall};
use super::{acquirep, handoffp, releasep, safe_point, sched_step, stopm};
use crate::ids::{GoId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_THREADS};
use crate::machine::{Access, Object, Request, Until, Verb, step};
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
pub(super) async fn foreign_main(rt: &Rt, index: usize) {
    while rt.sched.callbacks_left[index].get() > 0 {
        let m = needm(rt, foreign_thread(index)).await;
        cgocallback(m).await;
        dropm(m).await;
    }
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
    m.state.thread.set(None);
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
async fn newextram(m: M<'_>) {
    let sched = &m.rt.sched;
    sched.lock.lock(m).await;
    let request = Request::new(Verb::Push, Object::ExtraThreads);
    let access = || {
        let lists = Access::NONE.write(Object::ExtraThreads).write(Object::AllThreads);
        lists.write(Object::AllGoroutines)
    };
    step(m, request, access, || add_extra_thread(m.rt)).await;
    sched.lock.unlock(m).await;
}

/// `needm`: the thread takes an extra M, and becomes its thread (spec 3.18).
async fn needm(rt: &Rt, thread: ThreadId) -> M<'_> {
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
        )
        .await
    };
    rt.check(id.is_some(), "needm found no extra M");
    let m = rt.m(id.unwrap_or(thread));
    let trace = m.trace_acquire().await;
    if let Some(gp) = m.curg() {
        gp.casgstatus(m, Gdead, Gsyscall).await;
        if trace.ok() {
            trace.go_create_syscall(gp).await;
        }
    }
    if trace.ok() {
        trace.release().await;
    }
    m
}

/// `cgocallback`, on the thread's g0: runs the callback's goroutine until it returns to C.
async fn cgocallback(m: M<'_>) {
    if let Some(gp) = m.curg() {
        let call = m.gogo(gp).await;
        super::schedule::serve(m, call).await;
    }
}

/// `cgocallbackg`, the goroutine of an extra M: each time round is one callback, from its return from C to its return
/// to C.
pub(super) async fn callback_main<S: Scheduler>(rt: &Rt, id: GoId) {
    let gp = rt.g(id);
    loop {
        rt.executor.checkpoint_goroutine(id, 0);
        exitsyscall::<S>(gp).await;
        if gp.thread().needextram.take() {
            newextram(gp.thread()).await;
        }
        safe_point(gp).await;
        count_callback(gp).await;
        reentersyscall::<S>(gp).await;
        gp.mcall(Mcall::CgoReturn).await;
    }
}

/// What Go code the callback runs: it counts. After its thread's last one, main need not wait for this thread.
async fn count_callback(gp: G<'_>) {
    let (rt, thread) = (gp.rt, gp.rt.executor.current());
    let Some(index) = foreign_index(rt, thread) else { return };
    let left = &rt.sched.callbacks_left[index];
    left.set(left.get() - 1);
    if left.get() == 0 {
        last_one_out(gp).await;
    }
}

/// `dropm`: the thread gives the M back. The P it left in the syscall stays where it is, and so does `m.oldp`: the
/// tick is trashed so that whoever has the M next does not take the P for untouched (spec 3.18).
async fn dropm(m: M<'_>) {
    let (rt, sched) = (m.rt, &m.rt.sched);
    let trace = m.trace_acquire().await;
    if let Some(gp) = m.curg() {
        gp.casgstatus(m, Gsyscall, Gdead).await;
    }
    if trace.ok() {
        trace.go_destroy_syscall().await;
        trace.release().await;
    }
    m.syscalltick.set(m.syscalltick.get().wrapping_sub(1));
    if let Some(gp) = m.curg() {
        sched_step(m, Verb::Store, Object::GoTrace(gp.id), || gp.trace.reset_seqs()).await;
    }
    if rt.trace.is_enabled(m).await || rt.trace.is_shutting_down(m).await {
        sched.lock.lock(m).await;
        trace_thread_destroy(m).await;
        sched.lock.unlock(m).await;
    }
    sched_step(m, Verb::Push, Object::ExtraThreads, || {
        m.state.thread.set(None);
        sched.extra_threads.push_front(m.id);
    })
    .await;
}

/// `stoplockedm` (spec 3.8 and 3.17): this M runs one goroutine only; it gives its P away and waits until somebody has one for it.
pub(super) async fn stoplockedm(m: M<'_>) {
    if m.p.get().is_some() {
        let pp = releasep(m).await;
        handoffp(m, pp).await;
    }
    super::incidlelocked(m).await;
    m.park.sleep(m).await;
    let nextp = m.nextp.take();
    m.rt.check(nextp.is_some(), "stoplockedm: woken without a P");
    if let Some(p) = nextp {
        acquirep(m, m.rt.p(p)).await;
    }
}

/// `startlockedm` (spec 3.17): the goroutine may run on its own M only, so that one gets this thread's P.
pub(super) async fn startlockedm(m: M<'_>, locked: ThreadId) {
    let other = m.rt.m(locked);
    super::incidlelocked(m).await;
    let pp = releasep(m).await;
    other.park.wakeup_with(m, || other.nextp.set(Some(pp.id))).await;
    stopm(m).await;
}
