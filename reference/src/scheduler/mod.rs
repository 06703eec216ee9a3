//! The schedulers: the functions in which versions of Go differ, and the list of versions by name.

mod fixed;
mod prefix;
mod repaired;
mod repaired_steal;
mod variants;

use crate::machine::{Chooser, Fault, run_threads};
use crate::runtime::{M, P, Rt};
use crate::schedule::SysmonRound;

/// The functions of a scheduler in which versions differ. Everything else is shared.
#[allow(async_fn_in_trait, reason = "the model has no threads; nothing needs to be Send")]
pub(crate) trait Scheduler: 'static {
    /// Spec 3.4.
    async fn entersyscall_gcwait(m: M<'_>, pp: P<'_>);
    /// Spec 3.6.
    async fn exitsyscallfast(m: M<'_>, oldp: Option<P<'_>>) -> bool;
    /// Spec 3.9.
    async fn retake(m: M<'_>, round: SysmonRound);
}

/// A scheduler that schedules can be run on.
#[derive(Clone, Copy)]
pub struct Variant {
    /// Its name on the command line and in files.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    pub(crate) run: fn(&Rt, &mut dyn Chooser) -> Result<(), Fault>,
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
        Self { name, about, run: |rt, chooser| run_threads::<S>(rt, chooser) }
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
