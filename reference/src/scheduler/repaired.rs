//! The scheduler after one more fix: whoever takes a P out of a syscall knows which syscall that is.
//!
//! `p.status` and `p.syscalltick` are one word here, as they could be in Go: the tick never changes while the P is in
//! `Psyscall`, so the store of `Psyscall` writes both. A CAS of that word takes the P out of the very syscall that was
//! looked at, or not at all. `docs/repaired.md` explains.

use crate::ids::ProcId;
use crate::machine::{Access, Object, Request, Steps, Verb, step};
use crate::proc::{
    exitsyscallfast_pidle, handoffp, has_idle_p, in_syscall_for_long, incidlelocked, time_slice_is_over,
    wirep,
};
use crate::runtime::ProcStatus::{Pidle, Psyscall};
use crate::runtime::{M, P, ProcStatus};
use crate::schedule::SysmonRound;
use crate::tracer::StealerState::NotInSyscall;

/// `exitsyscallfast`: get a P back without the slow path (spec 3.6). Only out of the syscall that this thread itself
/// left it in: then nobody has had it in between, nothing is stolen, and no token is needed.
pub(crate) fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> Steps<bool> {
    let own = (Psyscall, m.syscalltick.get());
    if let Some(pp) = oldp
        && load_status_and_tick(m, pp)? == own // step 3
        && cas_status_and_tick(m, pp, own, Pidle)?
    // step 4
    {
        wirep(m, pp)?; // step 5
        return Ok(true); // step 11
    }
    Ok(has_idle_p(m)? // step 13
        && exitsyscallfast_pidle(m)?) // step 14
}

/// `retake`: sysmon takes the Ps that have been in a syscall for long (spec 3.9).
pub(crate) fn retake(m: M<'_>, round: SysmonRound) -> Steps<()> {
    for index in 0.. {
        m.rt.executor.begin_round(u64::from(index));
        let pp = m.rt.p(ProcId(index));
        let (s, tick) = load_status_and_tick(m, pp)?; // step 1
        if u32::from(index) >= m.rt.sched.gomaxprocs.get() {
            break;
        }
        let force = time_slice_is_over(m, pp, s, round)?; // step 2
        if s != Psyscall || !in_syscall_for_long(m, pp, force, round)? {
            continue; // steps 3 and 4
        }
        incidlelocked(m)?; // step 5
        let trace = m.trace_acquire()?; // step 6
        if cas_status_and_tick(m, pp, (s, tick), Pidle)? {
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

/// One atomic load of the word that holds the status and the tick.
#[track_caller]
pub(super) fn load_status_and_tick<'r>(m: M<'r>, pp: P<'r>) -> Steps<(ProcStatus, u32)> {
    let object = Object::ProcStatus(pp.id);
    let access = move || Access::NONE.read(object).read(Object::ProcTick(pp.id)).read(Object::AllProcs);
    step(m, Request::new(Verb::Load, object), access, move || (pp.status.get(), pp.syscalltick.get()))
}

/// One CAS of that word.
#[track_caller]
pub(super) fn cas_status_and_tick<'r>(
    m: M<'r>,
    pp: P<'r>,
    from: (ProcStatus, u32),
    to: ProcStatus,
) -> Steps<bool> {
    let object = Object::ProcStatus(pp.id);
    let access = move || Access::NONE.write(object).read(Object::ProcTick(pp.id));
    step(m, Request::new(Verb::Cas, object), access, move || {
        let equal = (pp.status.get(), pp.syscalltick.get()) == from;
        if equal {
            pp.status.set(to);
        } else {
            m.rt.executor.only_reads();
        }
        equal
    })
}
