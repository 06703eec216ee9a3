//! The numbers that name things in a trace, each with a type of its own.

use serde::Serialize;
use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// A thread (M): the operating system's number for it.
    ThreadId(i64)
}
number! {
    /// A processor (P).
    ProcId(i64)
}
number! {
    /// A goroutine (G).
    GoId(i64)
}
number! {
    /// A user task; 0 is the background task, [`TaskId::NONE`] is none.
    TaskId(u64)
}
number! {
    /// A generation of the trace, from 1.
    Generation(u64)
}
number! {
    /// A sequence number of a P, of a goroutine or of the garbage collector.
    Seq(u64)
}
number! {
    /// A point in time in nanoseconds of the trace's own clock.
    Timestamp(i64)
}

impl ThreadId {
    /// No thread.
    pub const NONE: Self = Self(-1);
}

impl ProcId {
    /// No P.
    pub const NONE: Self = Self(-1);
}

impl GoId {
    /// No goroutine.
    pub const NONE: Self = Self(-1);
}

impl TaskId {
    /// No task.
    pub const NONE: Self = Self(u64::MAX);
}

/// The id of the wire, whose `2^64 - 1` means -1 (format, number conventions).
pub(crate) const fn signed(wire: u64) -> i64 {
    wire.cast_signed()
}
