//! `StartTrace` (spec 4.1).

use super::{OwnInStw, trace_state, write_proc_status_for_p};
use crate::ids::Generation;
use crate::machine::{Access, Object, Request, Until, Verb, step};
use crate::proc::{semacquire, semrelease, start_the_world, stop_the_world};
use crate::runtime::{G, M, SemaName};
use crate::tracer::StringId;
use std::panic::Location;

/// The heap goal that HeapGoal tells: Go's smallest. The model has no heap.
const HEAP_GOAL_BYTES: u64 = 4 << 20;

/// `StartTrace`
pub(crate) async fn start_trace(gp: G<'_>) {
    let rt = gp.rt;
    let m = gp.thread();
    if rt.trace.gen_.load(m).await != Generation::OFF
        || trace_state(m, Verb::Load, || rt.trace.shutdown.get()).await
    {
        return; // step 1
    }
    semacquire(gp, SemaName::TraceShutdown).await; // step 1
    semrelease(gp, SemaName::TraceShutdown).await; // step 1
    semacquire(gp, SemaName::TraceAdvance).await; // step 1
    let first_gen = rt.trace.last_nonzero_gen.get().next(); // step 2, 3
    rt.executor.remember(rt, gp.thread().thread, first_gen.0);
    stop_the_world(gp, StringId::StwStartTrace).await; // step 4
    let m = gp.thread();
    rt.sched.sysmonlock.lock(m).await; // step 5
    for pp in rt.live_procs() {
        pp.m_syscall_id.set(None); // step 6
    }
    rt.trace.gen_.store(m, first_gen).await; // step 7
    none_exiting(m).await; // step 8
    let trace = m.trace_acquire().await; // step 9
    if trace.ok() {
        trace.procs_change(rt.sched.gomaxprocs.get()).await; // step 9
        trace.stw_start(StringId::StwStartTrace).await; // step 9
        trace.heap_goal(HEAP_GOAL_BYTES).await; // step 9
        for pp in rt.live_procs() {
            write_proc_status_for_p(&trace, pp, OwnInStw::Running).await; // step 9
        }
        trace.release().await; // step 9
    }
    rt.sched.sysmonlock.unlock(m).await; // step 10
    start_the_world(gp).await; // step 11
    semrelease(gp, SemaName::TraceAdvance).await; // step 12
}

/// Step 8: goroutines that leave a syscall slowly may carry a token that is not ok across the start.
async fn none_exiting(m: M<'_>) {
    let object = Object::ExitingSyscall;
    let access = Access::NONE.read(object);
    let site = Location::caller();
    step(m, Request { access, until: Until::NoneExiting, verb: Verb::Wait, object, site }, || ()).await;
}
