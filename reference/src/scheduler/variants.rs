//! The schedulers by name: which of the three hunks of the fix each has.

use super::{Scheduler, Variant, fixed, prefix, repaired};
use crate::machine::Steps;
use crate::runtime::{M, P};
use crate::schedule::SysmonRound;

/// A scheduler put together from the functions of others, one module for each hunk.
macro_rules! variant {
    ($constant:ident, $name:literal, $about:literal, $gcwait:ident, $exitsyscallfast:ident, $retake:ident) => {
        pub(super) const $constant: Variant = {
            struct Hunks;
            impl Scheduler for Hunks {
                fn entersyscall_gcwait(m: M<'_>, pp: P<'_>) -> Steps<()> {
                    $gcwait::entersyscall_gcwait(m, pp)
                }

                fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> Steps<bool> {
                    $exitsyscallfast::exitsyscallfast(m, oldp)
                }

                fn retake(m: M<'_>, round: SysmonRound) -> Steps<()> {
                    $retake::retake(m, round)
                }
            }
            Variant::of::<Hunks>($name, $about)
        };
    };
}

// constant, name, about, and whose entersyscall_gcwait, exitsyscallfast and retake
variant!(PREFIX, "prefix", "before Go commit c9d88ea2", prefix, prefix, prefix);
variant!(FIXED, "fixed", "after Go commit c9d88ea2", fixed, fixed, fixed);
variant!(FIXED_GCWAIT, "fixed-gcwait", "the fix without entersyscall_gcwait", prefix, fixed, fixed);
variant!(
    FIXED_EXITSYSCALLFAST,
    "fixed-exitsyscallfast",
    "the fix without exitsyscallfast",
    fixed,
    prefix,
    fixed
);
variant!(FIXED_RETAKE, "fixed-retake", "the fix without retake", fixed, fixed, prefix);
variant!(PREFIX_GCWAIT, "prefix+gcwait", "only the fix of entersyscall_gcwait", fixed, prefix, prefix);
variant!(
    PREFIX_EXITSYSCALLFAST,
    "prefix+exitsyscallfast",
    "only the fix of exitsyscallfast",
    prefix,
    fixed,
    prefix
);
variant!(PREFIX_RETAKE, "prefix+retake", "only the fix of retake", prefix, prefix, fixed);
variant!(
    REPAIRED,
    "repaired",
    "the fix, and a P is only taken out of the syscall that was looked at",
    fixed,
    repaired,
    repaired
);
