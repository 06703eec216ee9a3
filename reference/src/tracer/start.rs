//! `StartTrace` (spec 4.1).

use super::{OwnInStw, trace_state, write_proc_status_for_p};
use crate::ids::Generation;
use crate::machine::{Access, Object, Request, Steps, Until, Verb, step};
use crate::proc::{semacquire, semrelease, start_the_world, stop_the_world};
use crate::runtime::{G, M, SemaName};
use crate::tracer::StringId;

/// The heap goal that HeapGoal tells: Go's smallest. The model has no heap.
const HEAP_GOAL_BYTES: u64 = 4 << 20;

/// `StartTrace`
pub(crate) fn start_trace(gp: G<'_>) -> Steps<()> {
    let rt = gp.rt;
    let m = gp.thread();
    if rt.trace.gen_.load(m)? != Generation::OFF || trace_state(m, Verb::Load, || rt.trace.shutdown.get())? {
        return Ok(()); // step 1
    }
    semacquire(gp, SemaName::TraceShutdown)?; // step 1
    semrelease(gp, SemaName::TraceShutdown)?; // step 1
    semacquire(gp, SemaName::TraceAdvance)?; // step 1
    let m = gp.thread();
    let first_gen = trace_state(m, Verb::Load, || rt.trace.last_nonzero_gen.get().next())?; // step 2
    stop_the_world(gp, StringId::StwStartTrace)?; // step 4
    let m = gp.thread();
    rt.sched.sysmonlock.lock(m)?; // step 5
    forget_syscalls(m)?; // step 6
    rt.trace.store_generation(m, first_gen)?; // step 7
    none_exiting(m)?;
    let trace = m.trace_acquire()?; // step 9
    if trace.ok() {
        trace.procs_change(rt.sched.gomaxprocs.get())?; // step 9
        trace.stw_start(StringId::StwStartTrace)?; // step 9
        trace.heap_goal(HEAP_GOAL_BYTES)?; // step 9
        for pp in rt.live_procs() {
            write_proc_status_for_p(&trace, pp, OwnInStw::Running)?; // step 9
        }
        trace.release()?; // step 9
    }
    rt.sched.sysmonlock.unlock(m)?; // step 10
    start_the_world(gp)?; // step 11
    semrelease(gp, SemaName::TraceAdvance)?; // step 12
    Ok(())
}

/// Step 8 (spec 4.1): goroutines that leave a syscall slowly may carry a token that is not ok across the start.
fn none_exiting(m: M<'_>) -> Steps<()> {
    let object = Object::ExitingSyscall;
    let request = Request::new(Verb::Wait, object).when(Until::NoneExiting); // step 8
    step(m, request, || Access::NONE.read(object), || ())?;
    Ok(())
}

/// Step 6: no P is in a syscall that this trace knows of (spec 4.1).
#[track_caller]
fn forget_syscalls(m: M<'_>) -> Steps<()> {
    let procs = || m.rt.live_procs();
    let access = move || procs().fold(Access::NONE, |access, pp| access.write(Object::ProcTrace(pp.id)));
    step(m, Request::new(Verb::Store, Object::AllProcs), access, move || {
        procs().for_each(|pp| pp.m_syscall_id.set(None));
    })
}
