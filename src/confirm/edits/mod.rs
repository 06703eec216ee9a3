//! The edits of the Go runtime, one file for each set: what is taken out, what is put in, where a thread may be delayed.

mod delays;
mod exitsyscallfast;
mod gcwait;
mod repaired;
mod retake;

pub use delays::Site;

use super::edit::Edit;
use super::scheduler::{Hunk, Scheduler};

/// The edits that make the released runtime into `scheduler`.
pub(super) fn scheduler_edits(scheduler: Scheduler) -> Vec<Edit> {
    let sets = [
        (Hunk::Gcwait, gcwait::TAKEN_OUT),
        (Hunk::Exitsyscallfast, exitsyscallfast::TAKEN_OUT),
        (Hunk::Retake, retake::TAKEN_OUT),
    ];
    let taken_out =
        sets.iter().filter(|(hunk, _)| !scheduler.has(*hunk)).flat_map(|(_, edits)| edits.iter().copied());
    let put_in: [&[Edit]; 2] = match scheduler {
        Scheduler::Repaired => [repaired::PUT_IN, repaired::OWN_SYSCALL],
        Scheduler::RepairedSteal => [repaired::PUT_IN, repaired::ANY_SYSCALL],
        _ => [&[], &[]],
    };
    taken_out.chain(put_in.into_iter().flatten().copied()).collect()
}

/// The edits that let a thread be delayed, one or more for each [`Site`]. They fit every scheduler.
pub(super) fn delay_edits() -> &'static [Edit] {
    delays::EDITS
}
