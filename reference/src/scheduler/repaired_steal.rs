//! `repaired`, with the steal of `exitsyscallfast` kept: it too takes a P only out of the syscall that was looked at.
//!
//! The look comes before the token, as in `retake`, and the CAS compares the status and the tick that it found.
//! `docs/repaired.md` explains.

use super::repaired::{cas_status_and_tick, load_status_and_tick};
use super::{Scheduler, Variant, fixed, repaired};
use crate::machine::Steps;
use crate::proc::{exitsyscallfast_pidle, has_idle_p, wirep};
use crate::runtime::ProcStatus::{Pidle, Psyscall};
use crate::runtime::{M, P};
use crate::schedule::SysmonRound;

pub(super) const REPAIRED_STEAL: Variant = Variant::of::<RepairedSteal>(
    "repaired-steal",
    "as repaired, and a thread may take its old P out of another thread's syscall",
);

struct RepairedSteal;

impl Scheduler for RepairedSteal {
    fn entersyscall_gcwait(m: M<'_>, pp: P<'_>) -> Steps<()> {
        fixed::entersyscall_gcwait(m, pp)
    }

    fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> Steps<bool> {
        exitsyscallfast(m, oldp)
    }

    fn retake(m: M<'_>, round: SysmonRound) -> Steps<()> {
        repaired::retake(m, round)
    }
}

/// `exitsyscallfast`: get a P back without the slow path (spec 3.6).
fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> Steps<bool> {
    let mut looked_at = None;
    if let Some(pp) = oldp {
        looked_at = Some((pp, load_status_and_tick(m, pp)?)); // step 3, moved up
    }
    let trace = m.trace_acquire()?; // step 2
    if let Some((pp, (s, tick))) = looked_at
        && s == Psyscall // step 3
        && cas_status_and_tick(m, pp, (s, tick), Pidle)?
    // step 4
    {
        wirep(m, pp)?; // step 5
        fixed::exitsyscallfast_reacquired(m, pp, &trace)?;
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
