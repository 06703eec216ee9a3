//! The stacks of one generation with their texts (format 7.1).

use crate::event::{Frame, Text};
use crate::id_table::SlotIndex;
use crate::tables::{FrameRange, Tables};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Stacks by their place in the generation's table.
#[derive(Default, Debug)]
pub(crate) struct StackTable<'t> {
    frames: Vec<Frame<'t>>,
    stacks: Vec<FrameRange>,
}

impl<'t> StackTable<'t> {
    /// All stacks of a generation. The first frame of each PC stands for all of that PC.
    pub(crate) fn of(trace: &'t [u8], tables: &Tables) -> Self {
        let text = |id| Text(tables.string(id).unwrap_or_default().of(trace));
        let mut first_frames: HashMap<u64, usize, RandomState> = HashMap::default();
        let mut frames: Vec<Frame<'t>> = Vec::with_capacity(tables.frames.len());
        for (number, frame) in tables.frames.iter().enumerate() {
            let first = *first_frames.entry(frame.pc).or_insert(number);
            frames.push(match frames.get(first) {
                Some(shown) => *shown,
                None => {
                    let (function, file) = (text(frame.function), text(frame.file));
                    Frame { pc: frame.pc, function, file, line: frame.line }
                }
            });
        }
        Self { frames, stacks: tables.stacks.iter().map(|(_, range)| *range).collect() }
    }

    /// The frames of a stack, the innermost first.
    pub(crate) fn frames(&self, slot: SlotIndex) -> &[Frame<'t>] {
        let range = self.stacks.get(slot.0 as usize).copied().unwrap_or_default();
        self.frames.get(range.start..range.start + range.count).unwrap_or_default()
    }
}
