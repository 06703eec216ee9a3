//! `traceAdvance`: from one generation to the next, or to none (spec 4.2).

use super::thread::{flush_threads, snapshot_threads};
use super::{OwnInStw, trace_state, write_proc_status_for_p};
use crate::ids::{Generation, GoId};
use crate::limits::MAX_GOROUTINES;
use crate::machine::{Access, Lock, Object, Request, Steps, Until, Verb, step};
use crate::proc::{for_each_p, look, resume_g, safe_point, sched_step, semacquire, semrelease, suspend_g};
use crate::runtime::{G, GoStatus, M, SemaName, WaitReason};
use procsteal_wire::{EventType, NONE, go_status};

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
pub(crate) fn trace_advance(gp: G<'_>, stop: Stop) -> Steps<()> {
    let rt = gp.rt;
    semacquire(gp, SemaName::TraceAdvance)?; // step 1
    let m = gp.thread();
    let generation = rt.trace.gen_.load(m)?; // step 1
    if generation == Generation::OFF {
        semrelease(gp, SemaName::TraceAdvance)?;
        return Ok(());
    }
    flush_step(m, EventType::FREQUENCY, || rt.trace.write_frequency(generation, now(m)))?; // step 2
    let untraced = note_untraced_goroutines(gp, generation)?; // step 3

    semacquire(gp, SemaName::World)?; // step 5
    let m = gp.thread();
    m.acquirem(); // step 5
    change_generation(m, generation, stop)?; // step 6, 7
    if stop == Stop::No {
        let trace = m.trace_acquire()?; // step 8
        if trace.ok() {
            trace.procs_change(rt.sched.gomaxprocs.get())?; // step 8
            trace.release()?; // step 8
        }
    }
    m.releasem(); // step 9
    semrelease(gp, SemaName::World)?; // step 9
    safe_point(gp)?;

    let m = gp.thread();
    let forgets = m.keeping_nothing();
    let list = snapshot_threads(m)?; // step 10
    flush_threads(m, generation, list)?; // step 11
    drop(forgets);
    write_untraced(m, generation, &untraced)?; // step 12
    flush_step(m, EventType::STRINGS, || rt.trace.write_strings(generation, now(m)))?; // step 13
    trace_state(m, Verb::Flush, || rt.trace.drain(generation))?; // step 14
    safe_point(gp)?;

    match stop {
        Stop::Yes => finish_stop(gp, generation)?, // step 15, 17
        Stop::No => write_proc_statuses(gp, generation.next())?, // step 15
    }
    semrelease(gp, SemaName::TraceAdvance)?; // step 18
    Ok(())
}

fn now(m: M<'_>) -> u64 {
    u64::from(m.rt.executor.now())
}

/// One step that flushes a batch of no thread.
#[track_caller]
fn flush_step<'r>(m: M<'r>, what: EventType, action: impl FnOnce()) -> Steps<()> {
    let object = Object::TraceLock;
    let request = Request::new(Verb::Event(what), object).when(Until::Free(Lock::Trace));
    step(m, request, move || Access::NONE.write(object), action)
}

/// Steps 6 and 7: the store of the generation, which no token prevents.
fn change_generation(m: M<'_>, generation: Generation, stop: Stop) -> Steps<()> {
    let rt = m.rt;
    trace_state(m, Verb::Store, || rt.trace.last_nonzero_gen.set(generation))?; // step 6
    match stop {
        Stop::Yes => {
            rt.trace.lock.lock(m)?; // step 7
            trace_state(m, Verb::Store, || rt.trace.shutdown.set(true))?; // step 7
            rt.trace.store_generation(m, Generation::OFF)?; // step 7
            rt.trace.lock.unlock(m)?; // step 7
        }
        Stop::No => {
            rt.trace.store_generation(m, generation.next())?; // step 7
        }
    }
    Ok(())
}

/// Step 3: readies every goroutine for the next generation, and notes those that this one does not have.
fn note_untraced_goroutines(gp: G<'_>, generation: Generation) -> Steps<[Option<UntracedG>; MAX_GOROUTINES]> {
    let (rt, m) = (gp.rt, gp.thread());
    let mut untraced = [None; MAX_GOROUTINES];
    let made = look(m, Object::AllGoroutines, || rt.sched.allgs.len() as u64)? as usize; // step 3
    for other in rt.sched.allgs.iter().take(made).map(|g| rt.g(g)) {
        let ready = || {
            other.trace.ready_next_gen(generation);
            other.trace.status_was_traced(generation)
        };
        let traced = sched_step(m, Verb::Store, Object::GoTrace(other.id), ready)?; // step 3
        if !traced {
            untraced[other.id.0 as usize] = note_goroutine(gp, other)?; // step 3
        }
    }
    Ok(untraced)
}

/// Suspends one goroutine to read where it stands. Meanwhile the tracer's own is waiting, in name.
fn note_goroutine<'r>(me: G<'r>, other: G<'r>) -> Steps<Option<UntracedG>> {
    let m = me.thread();
    me.cas_to_waiting(m, WaitReason::TraceGoroutineStatus)?; // step 3
    let look = || (other.m.get().map_or(NONE, |m| me.rt.m(m).procid()), wire_status(other));
    let suspended = suspend_g(m, other, look)?; // step 3
    let noted = suspended.map(|(_, (procid, status))| UntracedG { id: other.id, procid, status });
    if let Some((suspended, ..)) = suspended {
        resume_g(m, other, suspended)?; // step 3
    }
    me.casgstatus(m, GoStatus::Gwaiting, GoStatus::Grunning)?; // step 3
    Ok(noted)
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

/// Step 12: the noted goroutines that the generation still does not have, in a batch of no thread (spec 4.2).
#[track_caller]
fn write_untraced<'r>(
    m: M<'r>,
    generation: Generation,
    untraced: &'r [Option<UntracedG>; MAX_GOROUTINES],
) -> Steps<()> {
    let object = Object::TraceLock;
    let request = Request::new(Verb::Event(EventType::GO_STATUS), object).when(Until::Free(Lock::Trace));
    let noted = || untraced.iter().flatten();
    let access =
        move || noted().fold(Access::NONE.write(object), |access, g| access.read(Object::GoTrace(g.id)));
    step(m, request, access, move || {
        let mut batch = m.rt.trace.scratch.borrow_mut();
        for noted in noted().filter(|g| !m.rt.g(g.id).trace.status_was_traced(generation)) {
            if batch.is_empty() {
                batch.begin(generation, NONE, now(m));
            }
            let arguments = [noted.id.goid(), noted.procid, u64::from(noted.status)];
            batch.event(EventType::GO_STATUS, now(m), arguments);
            batch.fold_in(EventType::GO_STATUS, &arguments);
        }
        m.rt.trace.flush(generation, &mut batch);
    })
}

/// Step 15 of an advance: the new generation gets the status of every P, at a safe point of each.
fn write_proc_statuses(gp: G<'_>, generation: Generation) -> Steps<()> {
    let rt = gp.rt;
    semacquire(gp, SemaName::World)?; // step 15
    for_each_p(gp)?; // step 15
    for pp in rt.dead_procs() {
        let ready = || pp.trace.ready_next_gen(generation);
        sched_step(gp.thread(), Verb::Store, Object::ProcTrace(pp.id), ready)?; // step 15
    }
    semrelease(gp, SemaName::World)?; // step 15
    Ok(())
}

/// What `forEachP` runs for each P: its status, if this generation lacks it.
pub(crate) fn safe_point_fn<'r>(m: M<'r>, pp: crate::runtime::P<'r>) -> Steps<()> {
    let trace = m.trace_acquire()?;
    if trace.ok() {
        write_proc_status_for_p(&trace, pp, OwnInStw::No)?;
        trace.release()?;
    }
    Ok(())
}

/// Steps 15 and 17 of a stop: the reader has everything; nothing may be left.
fn finish_stop(gp: G<'_>, generation: Generation) -> Steps<()> {
    let rt = gp.rt;
    semacquire(gp, SemaName::TraceShutdown)?; // step 15
    let m = gp.thread();
    trace_state(m, Verb::Store, || {
        // step 17
        rt.check(rt.trace.queues_are_empty(generation), "buffers are left after tracing stopped");
        rt.trace.end_trace();
        rt.trace.shutdown.set(false);
    })?;
    semrelease(gp, SemaName::TraceShutdown)?; // step 17
    Ok(())
}
