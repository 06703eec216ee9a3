//! The scheduler after one more fix: whoever takes a P out of a syscall knows which syscall that is.
//!
//! `p.status` and `p.syscalltick` are one word here, as they could be in Go: the tick never changes while the P is in
//! `Psyscall`, so the store of `Psyscall` writes both. A CAS of that word takes the P out of the very syscall that was
//! looked at, or not at all. `docs/repaired.md` explains.

use crate::ids::ProcId;
use crate::machine::{Access, Object, Request, Verb, step};
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
pub(crate) async fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> bool {
    let own = (Psyscall, m.syscalltick.get());
    if let Some(pp) = oldp
        && load_status_and_tick(m, pp).await == own // step 3
        && cas_status_and_tick(m, pp, own, Pidle).await
    // step 4
    {
        wirep(m, pp).await; // step 5
        return true; // step 11
    }
    has_idle_p(m).await // step 13
        && exitsyscallfast_pidle(m).await // step 14
}

/// `retake`: sysmon takes the Ps that have been in a syscall for long (spec 3.9).
pub(crate) async fn retake(m: M<'_>, round: SysmonRound) {
    for index in 0.. {
        m.rt.executor.begin_round(u64::from(index));
        let pp = m.rt.p(ProcId(index));
        let (s, tick) = load_status_and_tick(m, pp).await; // step 1
        if u32::from(index) >= m.rt.sched.gomaxprocs.get() {
            break;
        }
        let force = time_slice_is_over(m, pp, s, round).await; // step 2
        if s != Psyscall || !in_syscall_for_long(m, pp, force, round).await {
            continue; // steps 3 and 4
        }
        incidlelocked(m).await; // step 5
        let trace = m.trace_acquire().await; // step 6
        if cas_status_and_tick(m, pp, (s, tick), Pidle).await {
            // step 7
            if trace.ok() {
                trace.proc_steal(pp, NotInSyscall).await; // step 9
                trace.release().await; // step 10
            }
            pp.syscalltick.add(m, 1).await; // step 11
            handoffp(m, pp).await; // step 12
        } else if trace.ok() {
            trace.release().await; // step 13
        }
        incidlelocked(m).await; // step 14
    }
}

/// One atomic load of the word that holds the status and the tick.
#[track_caller]
pub(super) fn load_status_and_tick<'r>(
    m: M<'r>,
    pp: P<'r>,
) -> impl IntoFuture<Output = (ProcStatus, u32)> + 'r {
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
) -> impl IntoFuture<Output = bool> + 'r {
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
