//! The schedulers: the functions in which versions of Go differ, and the list of versions by name.

mod fixed;
mod prefix;
mod repaired;
mod repaired_steal;
mod variants;

use crate::machine::{Mains, Steps};
use crate::proc;
use crate::runtime::{M, P};
use crate::schedule::SysmonRound;

/// The functions of a scheduler in which versions differ. Everything else is shared.
pub(crate) trait Scheduler: 'static {
    /// Spec 3.4.
    fn entersyscall_gcwait(m: M<'_>, pp: P<'_>) -> Steps<()>;
    /// Spec 3.6.
    fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> Steps<bool>;
    /// Spec 3.9.
    fn retake(m: M<'_>, round: SysmonRound) -> Steps<()>;
}

/// A scheduler that schedules can be run on.
#[derive(Clone, Copy)]
pub struct Variant {
    /// Its name on the command line and in files.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    pub(crate) mains: Mains,
}

impl std::fmt::Debug for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Variant {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Variant {}

impl Variant {
    const fn of<S: Scheduler>(name: &'static str, about: &'static str) -> Self {
        let mains = Mains { thread: proc::thread_main::<S>, goroutine: proc::goroutine_main::<S> };
        Self { name, about, mains }
    }

    /// The scheduler of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        VARIANTS.iter().find(|variant| variant.name == name)
    }
}

/// Every scheduler: before the fix, after it, with some of its three hunks, and two that go further.
pub const VARIANTS: &[Variant] = &[
    variants::PREFIX,
    variants::FIXED,
    variants::FIXED_GCWAIT,
    variants::FIXED_EXITSYSCALLFAST,
    variants::FIXED_RETAKE,
    variants::PREFIX_GCWAIT,
    variants::PREFIX_EXITSYSCALLFAST,
    variants::PREFIX_RETAKE,
    variants::REPAIRED,
    repaired_steal::REPAIRED_STEAL,
];
