//! A trace as a flat list of raw events: what the text form and the binary form have in common.

use std::fmt;

use procsteal_wire::{Argument, EventType, Row, row};

/// The version in a trace's header, of those that have a text form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// Written by Go 1.22.
    Go1_22,
    /// Written by Go 1.23 and 1.24.
    Go1_23,
    /// Written by Go 1.25.
    Go1_25,
    /// Written by Go 1.26 and 1.27.
    Go1_26,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Self; 4] = [Self::Go1_22, Self::Go1_23, Self::Go1_25, Self::Go1_26];

    /// The minor number in the header, as in 22.
    #[must_use]
    pub const fn minor(self) -> u8 {
        match self {
            Self::Go1_22 => 22,
            Self::Go1_23 => 23,
            Self::Go1_25 => 25,
            Self::Go1_26 => 26,
        }
    }

    /// The version with this minor number in its header.
    #[must_use]
    pub fn from_minor(minor: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|version| u64::from(version.minor()) == minor)
    }

    /// The highest event number that has a name under this version (`format 8`). It is lower than what readers
    /// accept under the same header.
    const fn last_named_event(self) -> EventType {
        match self {
            Self::Go1_22 => EventType::USER_LOG,
            Self::Go1_23 => EventType::EXPERIMENTAL_BATCH,
            Self::Go1_25 => EventType::CLOCK_SNAPSHOT,
            Self::Go1_26 => EventType::GOROUTINE_STACK_FREE,
        }
    }

    /// The table row of `event`, if this version has a name for it.
    #[must_use]
    pub fn row(self, event: EventType) -> Option<&'static Row> {
        row(event).filter(|row| row.event <= self.last_named_event())
    }

    /// The table row of the event that has this `name`, if this version knows it.
    #[must_use]
    pub fn row_by_name(self, name: &str) -> Option<&'static Row> {
        procsteal_wire::TABLE
            .iter()
            .take_while(|row| row.event <= self.last_named_event())
            .find(|row| row.name == name)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Go1.{}", self.minor())
    }
}

/// A trace as it stands in a file: its header and its events, those that frame and fill tables included.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RawTrace {
    /// The version in the header; it says which events have names.
    pub version: Version,
    /// The events in file order.
    pub events: Vec<RawEvent>,
}

/// One raw event.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RawEvent {
    /// Which event.
    pub event: EventType,
    /// Its arguments in wire order; for a timed event the time delta is the first.
    pub arguments: Vec<u64>,
    /// The frames of a `Stack`, as many as its argument `nframes` says; else none.
    pub frames: Vec<Frame>,
    /// The bytes of a `String` or an `ExperimentalBatch`; else none. Their number is not an argument.
    pub data: Vec<u8>,
}

/// One frame of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frame {
    /// Program counter.
    pub pc: u64,
    /// String id of the function's name.
    pub func: u64,
    /// String id of the file's name.
    pub file: u64,
    /// Line number.
    pub line: u64,
}

impl Frame {
    /// The names of the fields in the text form, in wire order.
    pub(super) const NAMES: [&'static str; 4] = ["pc", "func", "file", "line"];

    pub(super) const fn fields(self) -> [u64; 4] {
        [self.pc, self.func, self.file, self.line]
    }

    pub(super) const fn from_fields([pc, func, file, line]: [u64; 4]) -> Self {
        Self { pc, func, file, line }
    }
}

/// The names of an event's arguments in the text form: the time delta of a timed event, then those of the table.
pub(super) fn argument_names(row: &Row) -> impl Iterator<Item = &'static str> + use<> {
    let delta = (row.class != procsteal_wire::Class::Structural).then_some("dt");
    delta.into_iter().chain(row.arguments.iter().copied().map(Argument::name))
}

/// How many frames follow a `Stack` with these arguments. As in Go the number is signed: one from 2^63 on is none.
pub(super) fn frame_count(event: EventType, arguments: &[u64]) -> u64 {
    match arguments {
        [_, count] if event == EventType::STACK => i64::try_from(*count).map_or(0, |_| *count),
        _ => 0,
    }
}

/// Whether bytes follow the arguments of `event`.
pub(super) fn has_data(event: EventType) -> bool {
    matches!(event, EventType::STRING | EventType::EXPERIMENTAL_BATCH)
}
