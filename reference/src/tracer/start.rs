//! `StartTrace` (spec 4.1).

use super::{OwnInStw, trace_state, write_proc_status_for_p};
use crate::ids::Generation;
use crate::machine::{Access, Object, Request, Until, Verb, step};
use crate::proc::{semacquire, semrelease, start_the_world, stop_the_world};
use crate::runtime::{G, M, SemaName};
use crate::tracer::StringId;

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
    let m = gp.thread();
    let first_gen = trace_state(m, Verb::Load, || rt.trace.last_nonzero_gen.get().next()).await; // step 2
    stop_the_world(gp, StringId::StwStartTrace).await; // step 4
    let m = gp.thread();
    rt.sched.sysmonlock.lock(m).await; // step 5
    forget_syscalls(m).await; // step 6
    rt.trace.store_generation(m, first_gen).await; // step 7
    none_exiting(m).await;
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

/// Step 8 (spec 4.1): goroutines that leave a syscall slowly may carry a token that is not ok across the start.
async fn none_exiting(m: M<'_>) {
    let object = Object::ExitingSyscall;
    let request = Request::new(Verb::Wait, object).when(Until::NoneExiting); // step 8
    step(m, request, || Access::NONE.read(object), || ()).await;
}

/// Step 6: no P is in a syscall that this trace knows of (spec 4.1).
#[track_caller]
fn forget_syscalls(m: M<'_>) -> impl IntoFuture<Output = ()> {
    let procs = || m.rt.live_procs();
    let access = move || procs().fold(Access::NONE, |access, pp| access.write(Object::ProcTrace(pp.id)));
    step(m, Request::new(Verb::Store, Object::AllProcs), access, move || {
        procs().for_each(|pp| pp.m_syscall_id.set(None));
    })
}
