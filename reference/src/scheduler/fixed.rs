//! The scheduler after the fix: whoever may take a P holds the trace lock from before the CAS until the event is written.

use crate::ids::ProcId;
use crate::machine::Steps;
use crate::proc::{
    exitsyscallfast_pidle, handoffp, has_idle_p, in_syscall_for_long, incidlelocked, one_less_to_wait_for,
    status_of_live_p, time_slice_is_over, wirep,
};
use crate::runtime::ProcStatus::{Pgcstop, Pidle, Psyscall};
use crate::runtime::{M, P};
use crate::schedule::SysmonRound;
use crate::tracer::StealerState::{InSyscall, NotInSyscall};
use crate::tracer::TraceLocker;

/// `entersyscall_gcwait`: the world is being stopped; give up the P that was just left behind (spec 3.4).
pub(crate) fn entersyscall_gcwait(m: M<'_>, pp: P<'_>) -> Steps<()> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?; // step 1
    let trace = m.trace_acquire()?; // step 2
    if sched.stopwait.load(m)? > 0 && pp.status.cas(m, Psyscall, Pgcstop)? {
        // step 3
        if trace.ok() {
            trace.proc_steal(pp, InSyscall)?; // step 5
            trace.release()?; // step 6
        }
        pp.syscalltick.add(m, 1)?; // step 7
        one_less_to_wait_for(m)?; // step 8
    } else if trace.ok() {
        trace.release()?; // step 9
    }
    sched.lock.unlock(m)?; // step 10
    Ok(())
}

/// `exitsyscallfast`: get a P back without the slow path (spec 3.6).
pub(crate) fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> Steps<bool> {
    let trace = m.trace_acquire()?; // step 2
    if let Some(pp) = oldp
        && pp.status.load(m)? == Psyscall // step 3
        && pp.status.cas(m, Psyscall, Pidle)?
    // step 4
    {
        wirep(m, pp)?; // step 5
        exitsyscallfast_reacquired(m, pp, &trace)?;
        if trace.ok() {
            trace.release()?; // step 11
        }
        return Ok(true); // step 11
    }
    if trace.ok() {
        trace.release()?; // step 12
    }
    Ok(has_idle_p(m)? // step 13
        && exitsyscallfast_pidle(m)?) // step 14
}

/// `exitsyscallfast_reacquired`: the P is ours again; was it somebody else's in between (spec 3.6)?
pub(super) fn exitsyscallfast_reacquired<'r>(m: M<'r>, pp: P<'r>, trace: &TraceLocker<'r>) -> Steps<()> {
    if m.syscalltick.get() != pp.syscalltick.load(m)? {
        // step 6
        if trace.ok() {
            trace.proc_steal(pp, InSyscall)?; // step 8
            trace.proc_start(pp)?; // step 8
        }
        pp.syscalltick.add(m, 1)?; // step 10
    }
    Ok(())
}

/// `retake`: sysmon takes the Ps that have been in a syscall for long (spec 3.9).
pub(crate) fn retake(m: M<'_>, round: SysmonRound) -> Steps<()> {
    for index in 0.. {
        let Some(s) = status_of_live_p(m, index)? else { break }; // step 1
        let pp = m.rt.p(ProcId(index));
        let force = time_slice_is_over(m, pp, s, round)?; // step 2
        if s != Psyscall || !in_syscall_for_long(m, pp, force, round)? {
            continue; // steps 3 and 4
        }
        incidlelocked(m)?; // step 5
        let trace = m.trace_acquire()?; // step 6
        if pp.status.cas(m, s, Pidle)? {
            // step 7
            if trace.ok() {
                trace.proc_steal(pp, NotInSyscall)?; // step 9
                trace.release()?; // step 10
            }
            pp.syscalltick.add(m, 1)?; // step 11
            handoffp(m, pp)?; // step 12
        } else if trace.ok() {
            trace.release()?; // step 13
        }
        incidlelocked(m)?; // step 14
    }
    Ok(())
}
