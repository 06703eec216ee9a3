//! Stacks: which an event names, and their frames once they are asked for.

use super::parts::Text;
use crate::id_table::SlotIndex;
use crate::stack_table::StackTable;
use crate::tables::Tables;
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// One frame of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Frame<'t> {
    /// Program counter.
    pub pc: u64,
    /// Name of the function.
    pub function: Text<'t>,
    /// Path of the source file.
    pub file: Text<'t>,
    /// Line in that file, from 1.
    pub line: u64,
}

/// A stack, the innermost frame first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Stack<'t> {
    /// The event has none.
    #[default]
    None,
    /// The trace names a stack that it does not have. Only CPU samples may do that.
    Unknown,
    /// Its frames.
    Frames(Frames<'t>),
}

/// The frames of a stack. They keep the stacks of their generation in memory.
#[derive(Clone)]
pub struct Frames<'t> {
    table: Arc<StackTable<'t>>,
    slot: SlotIndex,
}

impl<'t> Stack<'t> {
    /// The frames, of which there are none if the stack is none or unknown.
    #[must_use]
    pub fn frames(&self) -> &[Frame<'t>] {
        match self {
            Self::Frames(frames) => frames,
            Self::None | Self::Unknown => &[],
        }
    }
}

impl Serialize for Stack<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_none(),
            Self::None | Self::Frames(_) => self.frames().serialize(serializer),
        }
    }
}

impl<'t> std::ops::Deref for Frames<'t> {
    type Target = [Frame<'t>];

    fn deref(&self) -> &[Frame<'t>] {
        self.table.frames(self.slot)
    }
}

impl PartialEq for Frames<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Frames<'_> {}

impl fmt::Debug for Frames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The stacks that an event names: its own, and that of a goroutine which it creates.
#[derive(Clone)]
pub(crate) struct EventStacks<'t> {
    /// Those of the generation; `None` as long as none was needed.
    table: Option<Arc<StackTable<'t>>>,
    own: Named,
    created: Named,
}

/// Which stack is named: the number of its slot plus one, or none, or an unknown one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Named(u32);

impl Named {
    const NONE: Self = Self(0);
    const UNKNOWN: Self = Self(u32::MAX);

    #[inline(always)]
    fn of(tables: &Tables, id: u64) -> Self {
        if id == 0 { Self::NONE } else { tables.stack(id).map_or(Self::UNKNOWN, |slot| Self(slot.0 + 1)) }
    }

    fn slot(self) -> Option<SlotIndex> {
        self.0.checked_sub(1).map(SlotIndex)
    }
}

impl<'t> EventStacks<'t> {
    pub(crate) const NONE: Self = Self { table: None, own: Named::NONE, created: Named::NONE };

    /// Names no stack, but keeps the table for the next event in this place.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        (self.own, self.created) = (Named::NONE, Named::NONE);
    }

    /// Names the stacks of these ids, of which 0 is none; `false` if one of them is unknown.
    #[inline(always)]
    pub(crate) fn set(&mut self, table: &Arc<StackTable<'t>>, tables: &Tables, own: u64, new: u64) -> bool {
        (self.own, self.created) = (Named::of(tables, own), Named::of(tables, new));
        let names_any = self.own.0 | self.created.0 != 0;
        if names_any && !self.table.as_ref().is_some_and(|known| Arc::ptr_eq(known, table)) {
            self.keep(table);
        }
        self.own != Named::UNKNOWN && self.created != Named::UNKNOWN
    }

    #[cold]
    fn keep(&mut self, table: &Arc<StackTable<'t>>) {
        self.table = Some(Arc::clone(table));
    }

    /// The same for an event that leaves this place, and the table stays for the next one.
    #[inline(always)]
    pub(crate) fn leave(&self) -> Self {
        match (self.own, self.created) {
            (Named::NONE, Named::NONE) => Self::NONE,
            _ => self.clone(),
        }
    }

    pub(crate) fn own(&self) -> Stack<'t> {
        self.stack(self.own)
    }

    pub(crate) fn of_created(&self) -> Stack<'t> {
        self.stack(self.created)
    }

    fn stack(&self, named: Named) -> Stack<'t> {
        match (named.slot(), &self.table) {
            (Some(_), _) if named == Named::UNKNOWN => Stack::Unknown,
            (Some(slot), Some(table)) => Stack::Frames(Frames { table: Arc::clone(table), slot }),
            _ => Stack::None,
        }
    }
}
