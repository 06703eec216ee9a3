//! Stacks: which an event names, and their frames once they are asked for.

use super::parts::Text;
use crate::tables::Tables;
use serde::{Serialize, Serializer};
use std::fmt;
use std::rc::Rc;

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
    trace: &'t [u8],
    tables: Rc<Tables>,
    stack: u64,
}

impl<'t> Frames<'t> {
    pub(crate) fn new(trace: &'t [u8], tables: Rc<Tables>, stack: u64) -> Self {
        Self { trace, tables, stack }
    }

    /// The frames, the innermost first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Frame<'t>> + ExactSizeIterator + use<'_, 't> {
        let Self { trace, tables, stack } = self;
        let text = |id| Text(tables.string(id).unwrap_or_default().of(trace));
        tables.frames_of(*stack).map(move |frame| {
            let (function, file) = (text(frame.function), text(frame.file));
            Frame { pc: frame.pc, function, file, line: frame.line }
        })
    }
}

impl<'t> Stack<'t> {
    /// The frames, the innermost first. There are none if the stack is none or unknown.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = Frame<'t>> + use<'_, 't> {
        let frames = match self {
            Self::Frames(frames) => Some(frames),
            Self::None | Self::Unknown => None,
        };
        frames.into_iter().flat_map(Frames::iter)
    }
}

impl Serialize for Stack<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_none(),
            Self::None | Self::Frames(_) => serializer.collect_seq(self.frames()),
        }
    }
}

impl PartialEq for Frames<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Frames<'_> {}

impl fmt::Debug for Frames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
