//! `traceAdvance`: from one generation to the next, or to none (spec 4.2).

use super::buffer::Buffer;
use super::{OwnInStw, trace_state, write_proc_status_for_p};
use crate::ids::{Generation, GoId};
use crate::limits::{MAX_GOROUTINES, MAX_THREADS};
use crate::machine::{Access, Object, Request, Until, Verb, step};
use crate::proc::{for_each_p, resume_g, safe_point, semacquire, semrelease, suspend_g};
use crate::runtime::{G, GoStatus, M, SemaName, WaitReason};
use procsteal_wire::{EventType, NONE, go_status};
use std::panic::Location;

/// Whether tracing ends or only its generation does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// Tracing ends.
    Yes,
    /// A new generation begins.
    No,
}

/// A goroutine whose status the generation did not have when it was about to end.
#[derive(Clone, Copy)]
struct UntracedG {
    id: GoId,
    procid: u64,
    status: u8,
}

/// `traceAdvance`
pub(crate) async fn trace_advance(gp: G<'_>, stop: Stop) {
    let rt = gp.rt;
    semacquire(gp, SemaName::TraceAdvance).await; // step 1
    let m = gp.thread();
    let generation = rt.trace.gen_.load(m).await; // step 1
    if generation == Generation::OFF {
        semrelease(gp, SemaName::TraceAdvance).await;
        return;
    }
    flush_step(m, EventType::FREQUENCY, || rt.trace.write_frequency(generation, now(m))).await; // step 2
    let untraced = note_untraced_goroutines(gp, generation).await; // step 3, 4

    semacquire(gp, SemaName::World).await; // step 5
    let m = gp.thread();
    m.acquirem(); // step 5
    change_generation(m, generation, stop).await; // step 6, 7
    if stop == Stop::No {
        let trace = m.trace_acquire().await; // step 8
        if trace.ok() {
            trace.procs_change(rt.sched.gomaxprocs.get()).await; // step 8
            trace.release().await; // step 8
        }
    }
    m.releasem(); // step 9
    semrelease(gp, SemaName::World).await; // step 9
    safe_point(gp).await;

    let m = gp.thread();
    let mut list = snapshot_threads(m).await; // step 10
    flush_threads(m, generation, &mut list).await; // step 11
    flush_step(m, EventType::GO_STATUS, || write_untraced(m, generation, &untraced)).await; // step 12
    flush_step(m, EventType::STRINGS, || rt.trace.write_strings(generation, now(m))).await; // step 13
    trace_state(m, Verb::Flush, || rt.trace.drain(generation)).await; // step 14
    safe_point(gp).await;

    match stop {
        Stop::Yes => finish_stop(gp, generation).await, // step 15, 17
        Stop::No => write_proc_statuses(gp, generation.next()).await, // step 15
    }
    semrelease(gp, SemaName::TraceAdvance).await; // step 18
}

fn now(m: M<'_>) -> u64 {
    u64::from(m.rt.executor.steps())
}

/// One step that flushes a batch of no thread.
#[track_caller]
fn flush_step<'r>(
    m: M<'r>,
    what: EventType,
    action: impl FnOnce() + Unpin + 'r,
) -> impl Future<Output = ()> + 'r {
    let object = Object::TraceLock;
    let access = Access::NONE.write(object);
    let site = Location::caller();
    step(
        m,
        Request {
            access,
            until: Until::Free(crate::machine::Lock::Trace),
            verb: Verb::Event(what),
            object,
            site,
        },
        action,
    )
}

/// Steps 6 and 7: the store of the generation, which no token prevents.
async fn change_generation(m: M<'_>, generation: Generation, stop: Stop) {
    let rt = m.rt;
    trace_state(m, Verb::Store, || rt.trace.last_nonzero_gen.set(generation)).await; // step 6
    match stop {
        Stop::Yes => {
            rt.trace.lock.lock(m).await; // step 7
            trace_state(m, Verb::Store, || rt.trace.shutdown.set(true)).await; // step 7
            rt.trace.gen_.store(m, Generation::OFF).await; // step 7
            rt.trace.lock.unlock(m).await; // step 7
        }
        Stop::No => {
            rt.trace.gen_.store(m, generation.next()).await; // step 7
        }
    }
}

/// Step 3: readies every goroutine for the next generation, and notes those that this one does not have.
async fn note_untraced_goroutines(gp: G<'_>, generation: Generation) -> [Option<UntracedG>; MAX_GOROUTINES] {
    let (rt, m) = (gp.rt, gp.thread());
    let mut untraced = [None; MAX_GOROUTINES];
    let made = {
        let object = Object::AllGoroutines;
        let access = Access::NONE.read(object);
        let site = Location::caller();
        let request = Request { access, until: Until::Always, verb: Verb::Load, object, site };
        step(m, request, || u32::from(rt.sched.goroutines_made.get())).await
    };
    for slot in 0..made as u8 {
        let other = rt.g(GoId(slot));
        let object = Object::GoTrace(other.id);
        let access = Access::NONE.write(object);
        let request =
            Request { access, until: Until::Always, verb: Verb::Load, object, site: Location::caller() };
        let traced = step(m, request, || {
            other.trace.ready_next_gen(generation);
            other.trace.status_was_traced(generation)
        })
        .await; // step 3
        if !traced {
            untraced[slot as usize] = note_goroutine(gp, other).await; // step 3
        }
    }
    untraced
}

/// Suspends one goroutine to read where it stands. Meanwhile the tracer's own is waiting, in name.
async fn note_goroutine<'r>(me: G<'r>, other: G<'r>) -> Option<UntracedG> {
    let m = me.thread();
    me.cas_to_waiting(m, WaitReason::TraceGoroutineStatus).await; // step 3
    let look = || (other.m.get().map_or(NONE, |m| me.rt.m(m).procid()), wire_status(other));
    let suspended = suspend_g(m, other, look).await; // step 3
    let noted = suspended.map(|(_, (procid, status))| UntracedG { id: other.id, procid, status });
    if let Some((suspended, ..)) = suspended {
        resume_g(m, other, suspended).await; // step 3
    }
    me.casgstatus(m, GoStatus::Gwaiting, GoStatus::Grunning).await; // step 3
    noted
}

fn wire_status(gp: G<'_>) -> u8 {
    match gp.status.get() {
        GoStatus::Grunning => go_status::RUNNING,
        GoStatus::Gsyscall => go_status::SYSCALL,
        // Step 12: some wait only in name.
        GoStatus::Gwaiting if gp.waitreason.get().is_some_and(WaitReason::is_running) => go_status::RUNNING,
        GoStatus::Gwaiting | GoStatus::Gpreempted => go_status::WAITING,
        GoStatus::Grunnable => go_status::RUNNABLE,
        GoStatus::Gidle | GoStatus::Gdead => go_status::BAD,
    }
}

/// Step 10: `allm`, newest first, under `sched.lock`.
async fn snapshot_threads(m: M<'_>) -> u16 {
    let sched = &m.rt.sched;
    sched.lock.lock(m).await; // step 10
    let list = sched.allm.iter().fold(0, |mask, thread| mask | 1 << thread.0);
    m.rt.executor.remember(m.rt, m.thread, u64::from(list));
    sched.lock.unlock(m).await; // step 10
    list
}

/// Step 11: flushes each thread of the list once its seqlock is even. The look and the flush are two steps: a thread
/// that turns odd in between must load the new generation.
async fn flush_threads(m: M<'_>, generation: Generation, list: &mut u16) {
    let rt = m.rt;
    while *list != 0 {
        for thread in (0..MAX_THREADS).rev().map(|slot| &rt.threads[slot]) {
            let bit = 1 << thread.id.0;
            if *list & bit == 0 || !thread.seqlock.load(m).await.is_multiple_of(2) {
                continue; // step 11
            }
            rt.trace.lock.lock(m).await; // step 11
            let object = Object::ThreadBuffer(thread.id);
            let access = Access::NONE.write(object).write(Object::TraceLock);
            let site = Location::caller();
            let request = Request { access, until: Until::Always, verb: Verb::Flush, object, site };
            step(m, request, || {
                rt.trace.flush(generation, &mut thread.buf[generation.slot2()].borrow_mut());
            })
            .await; // step 11
            rt.trace.lock.unlock(m).await; // step 11
            *list &= !bit;
        }
        if *list != 0 {
            let object = Object::Private;
            let access = threads_in(*list)
                .fold(Access::NONE, |access, thread| access.read(Object::ThreadSeqlock(thread)));
            let site = Location::caller();
            step(m, Request { access, until: Until::AnyEven(*list), verb: Verb::Wait, object, site }, || ())
                .await; // step 11
        }
    }
}

fn threads_in(list: u16) -> impl Iterator<Item = crate::ids::ThreadId> {
    (0..MAX_THREADS as u8).filter(move |slot| list & 1 << slot != 0).map(crate::ids::ThreadId)
}

/// Step 12: the noted goroutines that the generation still does not have, in a batch of no thread.
fn write_untraced(m: M<'_>, generation: Generation, untraced: &[Option<UntracedG>]) {
    let mut buffer = Buffer::default();
    for noted in untraced.iter().flatten() {
        if !m.rt.g(noted.id).trace.status_was_traced(generation) {
            if buffer.is_empty() {
                buffer.begin(generation, NONE, now(m));
            }
            let arguments = [noted.id.goid(), noted.procid, u64::from(noted.status)];
            buffer.event(EventType::GO_STATUS, now(m), &arguments);
        }
    }
    m.rt.trace.flush(generation, &mut buffer);
}

/// Step 15 of an advance: the new generation gets the status of every P, at a safe point of each.
async fn write_proc_statuses(gp: G<'_>, generation: Generation) {
    let rt = gp.rt;
    semacquire(gp, SemaName::World).await; // step 15
    for_each_p(gp).await; // step 15
    for pp in rt.dead_procs() {
        pp.trace.ready_next_gen(generation); // step 15
    }
    semrelease(gp, SemaName::World).await; // step 15
}

/// What `forEachP` runs for each P: its status, if this generation lacks it.
pub(crate) async fn safe_point_fn<'r>(m: M<'r>, pp: crate::runtime::P<'r>) {
    let trace = m.trace_acquire().await;
    if trace.ok() {
        if !pp.trace.status_was_traced(trace.generation()) {
            write_proc_status_for_p(&trace, pp, OwnInStw::No).await;
        }
        trace.release().await;
    }
}

/// Steps 15 and 17 of a stop: the reader has everything; nothing may be left.
async fn finish_stop(gp: G<'_>, generation: Generation) {
    let rt = gp.rt;
    semacquire(gp, SemaName::TraceShutdown).await; // step 15
    let m = gp.thread();
    trace_state(m, Verb::Store, || {
        rt.check(rt.trace.queues_are_empty(generation), "buffers are left after tracing stopped");
        rt.trace.end_trace();
        rt.trace.shutdown.set(false);
    })
    .await; // step 17
    semrelease(gp, SemaName::TraceShutdown).await; // step 17
}
