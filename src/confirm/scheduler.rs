//! Which of the fix's three hunks a built runtime has, and whether it is repaired.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::error::ConfirmError;

/// One of the three places that the commit changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hunk {
    /// `entersyscall_gcwait` (spec 3.4).
    Gcwait,
    /// `exitsyscallfast` and `exitsyscallfast_reacquired` (spec 3.6).
    Exitsyscallfast,
    /// `retake` (spec 3.9).
    Retake,
}

/// A runtime, by the hunks of the fix that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheduler {
    /// None of the hunks: the runtime before the commit.
    Prefix,
    /// All of them: the runtime as released.
    Fixed,
    /// All but one.
    FixedWithout(Hunk),
    /// Only one.
    PrefixWith(Hunk),
    /// All of them, and the CAS of the P's status compares its tick too (`docs/repaired.md`).
    Repaired,
    /// The same in `retake`; a thread that comes back looks at its old P before its token, and may take it out of another's
    /// system call if that is still the one that it has seen.
    RepairedSteal,
}

impl Scheduler {
    /// Every scheduler, in the order of documentation.
    pub const ALL: [Self; 10] = [
        Self::Prefix,
        Self::Fixed,
        Self::FixedWithout(Hunk::Gcwait),
        Self::FixedWithout(Hunk::Exitsyscallfast),
        Self::FixedWithout(Hunk::Retake),
        Self::PrefixWith(Hunk::Gcwait),
        Self::PrefixWith(Hunk::Exitsyscallfast),
        Self::PrefixWith(Hunk::Retake),
        Self::Repaired,
        Self::RepairedSteal,
    ];

    /// Whether the runtime has the hunk.
    #[must_use]
    pub fn has(self, hunk: Hunk) -> bool {
        match self {
            Self::Prefix => false,
            Self::Fixed | Self::Repaired | Self::RepairedSteal => true,
            Self::FixedWithout(missing) => hunk != missing,
            Self::PrefixWith(only) => hunk == only,
        }
    }

    /// The name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::Fixed => "fixed",
            Self::FixedWithout(Hunk::Gcwait) => "fixed-gcwait",
            Self::FixedWithout(Hunk::Exitsyscallfast) => "fixed-exitsyscallfast",
            Self::FixedWithout(Hunk::Retake) => "fixed-retake",
            Self::PrefixWith(Hunk::Gcwait) => "prefix+gcwait",
            Self::PrefixWith(Hunk::Exitsyscallfast) => "prefix+exitsyscallfast",
            Self::PrefixWith(Hunk::Retake) => "prefix+retake",
            Self::Repaired => "repaired",
            Self::RepairedSteal => "repaired-steal",
        }
    }
}

impl fmt::Display for Scheduler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Scheduler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Scheduler {
    type Err = ConfirmError;

    fn from_str(name: &str) -> Result<Self, ConfirmError> {
        Self::ALL
            .into_iter()
            .find(|scheduler| scheduler.name() == name)
            .ok_or_else(|| ConfirmError::UnknownScheduler { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for scheduler in Scheduler::ALL {
            assert_eq!(scheduler.name().parse::<Scheduler>().unwrap(), scheduler);
        }
        assert_eq!("fix".parse::<Scheduler>().unwrap_err().code(), "confirm-scheduler");
    }

    #[test]
    fn names_say_the_hunks() {
        let hunks = [Hunk::Gcwait, Hunk::Exitsyscallfast, Hunk::Retake];
        let count = |scheduler: Scheduler| hunks.into_iter().filter(|&hunk| scheduler.has(hunk)).count();
        assert_eq!(Scheduler::ALL.map(count), [0, 3, 2, 2, 2, 1, 1, 1, 3, 3]);
        assert!(Scheduler::PrefixWith(Hunk::Retake).has(Hunk::Retake));
        assert!(!Scheduler::FixedWithout(Hunk::Retake).has(Hunk::Retake));
    }
}
