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
    new: Named,
}

/// Which stack is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    None,
    Unknown,
    At(SlotIndex),
}

impl<'t> EventStacks<'t> {
    pub(crate) const NONE: Self = Self { table: None, own: Named::None, new: Named::None };

    /// Names no stack, but keeps the table for the next event in this place.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        (self.own, self.new) = (Named::None, Named::None);
    }

    /// Names the stacks of these ids, of which 0 is none; `false` if one of them is unknown.
    #[inline(always)]
    pub(crate) fn set(&mut self, table: &Arc<StackTable<'t>>, tables: &Tables, own: u64, new: u64) -> bool {
        (self.own, self.new) = (named(tables, own), named(tables, new));
        let names_any = (self.own, self.new) != (Named::None, Named::None);
        if names_any && !self.table.as_ref().is_some_and(|known| Arc::ptr_eq(known, table)) {
            self.keep(table);
        }
        self.own != Named::Unknown && self.new != Named::Unknown
    }

    #[cold]
    fn keep(&mut self, table: &Arc<StackTable<'t>>) {
        self.table = Some(Arc::clone(table));
    }

    /// The same for an event that leaves this place, and the table stays for the next one.
    #[inline(always)]
    pub(crate) fn leave(&self) -> Self {
        match (self.own, self.new) {
            (Named::None, Named::None) => Self::NONE,
            _ => self.clone(),
        }
    }

    pub(crate) fn own(&self) -> Stack<'t> {
        self.stack(self.own)
    }

    pub(crate) fn new(&self) -> Stack<'t> {
        self.stack(self.new)
    }

    fn stack(&self, named: Named) -> Stack<'t> {
        match (named, &self.table) {
            (Named::At(slot), Some(table)) => Stack::Frames(Frames { table: Arc::clone(table), slot }),
            (Named::Unknown, _) => Stack::Unknown,
            _ => Stack::None,
        }
    }
}

#[inline(always)]
fn named(tables: &Tables, id: u64) -> Named {
    if id == 0 { Named::None } else { tables.stack(id).map_or(Named::Unknown, Named::At) }
}
