//! The stacks of one generation with their texts, each made when an event first shows it (format 7.1).

use crate::event::{Frame, Stack, Text};
use crate::tables::Tables;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Stacks by their place in the generation's table.
#[derive(Default)]
pub(crate) struct StackCache<'t> {
    stacks: Vec<Option<Arc<Vec<Frame<'t>>>>>,
    /// The first frame of each PC, which stands for all of that PC. Filled when the first stack is shown.
    first_frames: HashMap<u64, u32, RandomState>,
}

impl<'t> StackCache<'t> {
    /// Forgets the last generation's stacks.
    pub(crate) fn clear(&mut self) {
        self.stacks.clear();
        self.first_frames.clear();
    }

    /// The stack of id `id`; an id of 0 is none.
    #[inline]
    pub(crate) fn get(&mut self, trace: &'t [u8], tables: &Tables, id: u64) -> Stack<'t> {
        if id == 0 {
            return Stack::None;
        }
        let Some(slot) = tables.stack(id) else { return Stack::Unknown };
        if let Some(Some(frames)) = self.stacks.get(slot.0 as usize) {
            return Stack::Frames(Arc::clone(frames));
        }
        self.make(trace, tables, slot)
    }

    #[cold]
    fn make(&mut self, trace: &'t [u8], tables: &Tables, slot: crate::id_table::SlotIndex) -> Stack<'t> {
        if self.first_frames.is_empty() {
            for (number, frame) in (0..).zip(&tables.frames) {
                self.first_frames.entry(frame.pc).or_insert(number);
            }
        }
        let range = *tables.stacks.at(slot);
        let text = |id| Text(tables.string(id).unwrap_or_default().of(trace));
        let frames = tables.frames[range.start..range.start + range.count]
            .iter()
            .map(|frame| {
                let first = self.first_frames.get(&frame.pc);
                let shown = first.and_then(|&number| tables.frames.get(number as usize)).unwrap_or(frame);
                let (function, file) = (text(shown.function), text(shown.file));
                Frame { pc: shown.pc, function, file, line: shown.line }
            })
            .collect();
        let frames = Arc::new(frames);
        let index = slot.0 as usize;
        if self.stacks.len() <= index {
            self.stacks.resize(index + 1, None);
        }
        self.stacks[index] = Some(Arc::clone(&frames));
        Stack::Frames(frames)
    }
}
