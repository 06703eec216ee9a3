//! What happened, as types (format 7.1).

use super::parts::{Resource, Text};
use super::stack::Stack;
use crate::ids::{GoId, ProcId, TaskId, ThreadId, Timestamp};
use crate::state::{GoState, ProcState};
use procsteal_wire::EventType;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt;

/// The clocks of trace, machine and wall at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ClockSnapshot {
    /// The trace's clock.
    pub time: Timestamp,
    /// The monotonic clock, in nanoseconds.
    pub mono_nanoseconds: u64,
    /// Seconds of the wall clock since 1970.
    pub wall_seconds: i64,
    /// Nanoseconds of the wall clock, below 10^9.
    pub wall_nanoseconds: i64,
}

/// Data of an experiment, which the reader does not look into.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ExperimentalBatch<'t> {
    /// The thread that wrote it.
    pub thread: ThreadId,
    /// What it wrote.
    pub data: &'t [u8],
}

/// The boundary of a generation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Sync<'t> {
    /// Which boundary, from 1.
    pub number: u64,
    /// The clocks, since Go 1.25.
    pub clock: Option<ClockSnapshot>,
    /// Data of the experiment `AllocFree`.
    pub experimental: Vec<ExperimentalBatch<'t>>,
}

/// What a metric measures.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Metric {
    /// GOMAXPROCS.
    #[serde(rename = "/sched/gomaxprocs:threads")]
    Procs,
    /// Bytes of live heap.
    #[serde(rename = "/memory/classes/heap/objects:bytes")]
    HeapObjects,
    /// Heap goal in bytes.
    #[serde(rename = "/gc/heap/goal:bytes")]
    HeapGoal,
}

impl Metric {
    /// Its name in Go's package runtime/metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Procs => "/sched/gomaxprocs:threads",
            Self::HeapObjects => "/memory/classes/heap/objects:bytes",
            Self::HeapGoal => "/gc/heap/goal:bytes",
        }
    }
}

/// What goes on for a while.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RangeName<'t> {
    /// The world is stopped, for this reason.
    StopTheWorld(Text<'t>),
    /// The garbage collector marks.
    GcMark,
    /// The P sweeps.
    GcSweep,
    /// The goroutine helps to mark.
    GcMarkAssist,
}

impl fmt::Display for RangeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StopTheWorld(reason) => write!(f, "stop-the-world ({reason})"),
            Self::GcMark => f.write_str("GC concurrent mark phase"),
            Self::GcSweep => f.write_str("GC incremental sweep"),
            Self::GcMarkAssist => f.write_str("GC mark assist"),
        }
    }
}

impl Serialize for RangeName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A range of time, and on what it goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Range<'t> {
    /// What goes on.
    pub name: RangeName<'t>,
    /// On what.
    pub scope: Resource,
}

/// What a sweep did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Swept {
    /// Bytes looked at.
    pub swept_bytes: u64,
    /// Bytes freed.
    pub reclaimed_bytes: u64,
}

/// A user task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Task<'t> {
    /// Its id.
    pub id: TaskId,
    /// The task it is part of; [`TaskId::NONE`] for none.
    pub parent: TaskId,
    /// Its name.
    pub name: Text<'t>,
}

/// A user region.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Region<'t> {
    /// The task it is part of.
    pub task: TaskId,
    /// Its name.
    pub name: Text<'t>,
}

/// A message of the user's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Log<'t> {
    /// The task it is about.
    pub task: TaskId,
    /// Its category.
    pub category: Text<'t>,
    /// The message.
    pub message: Text<'t>,
}

/// What changed state, and how.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(tag = "resource_kind", rename_all = "snake_case")]
pub enum Transition {
    /// A P.
    Proc {
        /// Which.
        proc_changed: ProcId,
        /// Before.
        from: ProcState,
        /// After.
        to: ProcState,
    },
    /// A goroutine.
    Goroutine {
        /// Which.
        goroutine_changed: GoId,
        /// Before.
        from: GoState,
        /// After.
        to: GoState,
    },
}

/// A change of state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StateTransition<'t> {
    /// What changed.
    #[serde(flatten)]
    pub transition: Transition,
    /// Why a goroutine stopped or blocked; else empty.
    pub reason: Text<'t>,
    /// The stack of what changed, which for a created goroutine is not the event's own.
    #[serde(rename = "stack_of_resource")]
    pub stack: Stack<'t>,
}

impl StateTransition<'_> {
    /// What changed.
    #[must_use]
    pub fn resource(&self) -> Resource {
        match self.transition {
            Transition::Proc { proc_changed, .. } => Resource::Proc(proc_changed),
            Transition::Goroutine { goroutine_changed, .. } => Resource::Goroutine(goroutine_changed),
        }
    }
}

/// An event of the experiment `AllocFree`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Experimental {
    /// Which.
    pub event: EventType,
    pub(crate) values: [u64; 3],
}

impl Experimental {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        crate::wire_event::name(self.event)
    }

    /// Its arguments, by name.
    pub fn arguments(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let names = procsteal_wire::row(self.event).map_or(&[][..], |row| row.arguments);
        names.iter().map(|name| name.name()).zip(self.values)
    }
}

impl Serialize for Experimental {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name())?;
        for (name, value) in self.arguments() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

/// The kind of an event, by Go's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[allow(missing_docs)]
pub enum Kind {
    Sync,
    Metric,
    Label,
    StackSample,
    RangeBegin,
    RangeActive,
    RangeEnd,
    TaskBegin,
    TaskEnd,
    RegionBegin,
    RegionEnd,
    Log,
    StateTransition,
    Experimental,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "kind")]
pub enum Details<'t> {
    /// A generation begins, or the trace ends.
    Sync(Sync<'t>),
    /// A quantity has a new value.
    Metric {
        /// Which quantity.
        metric: Metric,
        /// Its value.
        value: u64,
    },
    /// A goroutine got a label.
    Label {
        /// The label.
        label: Text<'t>,
        /// The goroutine.
        resource: Resource,
    },
    /// A CPU profile's sample.
    StackSample,
    /// Something begins that goes on for a while.
    RangeBegin(Range<'t>),
    /// Something goes on that began before the trace or generation.
    RangeActive(Range<'t>),
    /// Something ends.
    RangeEnd {
        /// What ends.
        #[serde(flatten)]
        range: Range<'t>,
        /// What it did, if it was a sweep.
        swept: Option<Swept>,
    },
    /// A user task begins.
    TaskBegin(Task<'t>),
    /// A user task ends.
    TaskEnd(Task<'t>),
    /// A user region begins.
    RegionBegin(Region<'t>),
    /// A user region ends.
    RegionEnd(Region<'t>),
    /// A message of the user's.
    Log(Log<'t>),
    /// A P or goroutine changes state.
    StateTransition(StateTransition<'t>),
    /// An event of an experiment.
    Experimental(Experimental),
    /// An event that Go's reader accepts, but whose details it cannot give (format 7.1, getter panics).
    Unreadable {
        /// Its kind.
        unreadable_kind: Kind,
    },
}

impl Details<'_> {
    /// The kind of the event.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Details::Sync(_) => Kind::Sync,
            Details::Metric { .. } => Kind::Metric,
            Details::Label { .. } => Kind::Label,
            Details::StackSample => Kind::StackSample,
            Details::RangeBegin(_) => Kind::RangeBegin,
            Details::RangeActive(_) => Kind::RangeActive,
            Details::RangeEnd { .. } => Kind::RangeEnd,
            Details::TaskBegin(_) => Kind::TaskBegin,
            Details::TaskEnd(_) => Kind::TaskEnd,
            Details::RegionBegin(_) => Kind::RegionBegin,
            Details::RegionEnd(_) => Kind::RegionEnd,
            Details::Log(_) => Kind::Log,
            Details::StateTransition(_) => Kind::StateTransition,
            Details::Experimental(_) => Kind::Experimental,
            Details::Unreadable { unreadable_kind } => *unreadable_kind,
        }
    }
}
