//! `repaired`, with the steal of `exitsyscallfast` kept: it too takes a P only out of the syscall that was looked at.
//!
//! The look comes before the token, as in `retake`, and the CAS compares the status and the tick that it found.
//! `docs/repaired.md` explains.

use super::repaired::{cas_status_and_tick, load_status_and_tick};
use super::{Scheduler, Variant, fixed, repaired};
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
    async fn entersyscall_gcwait(m: M<'_>, pp: P<'_>) {
        fixed::entersyscall_gcwait(m, pp).await;
    }

    async fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> bool {
        exitsyscallfast(m, oldp).await
    }

    async fn retake(m: M<'_>, round: SysmonRound) {
        repaired::retake(m, round).await;
    }
}

/// `exitsyscallfast`: get a P back without the slow path (spec 3.6).
async fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> bool {
    let mut looked_at = None;
    if let Some(pp) = oldp {
        looked_at = Some((pp, load_status_and_tick(m, pp).await)); // step 3, moved up
    }
    let trace = m.trace_acquire().await; // step 2
    if let Some((pp, (s, tick))) = looked_at
        && s == Psyscall // step 3
        && cas_status_and_tick(m, pp, (s, tick), Pidle).await
    // step 4
    {
        wirep(m, pp).await; // step 5
        fixed::exitsyscallfast_reacquired(m, pp, &trace).await;
        if trace.ok() {
            trace.release().await; // step 11
        }
        return true; // step 11
    }
    if trace.ok() {
        trace.release().await; // step 12
    }
    has_idle_p(m).await // step 13
        && exitsyscallfast_pidle(m).await // step 14
}
