//! What few goroutines and Ps have: ranges and regions under way, kept apart so that all others are small.

use crate::open_ranges::OpenRanges;
use crate::tables::Span;

/// What a goroutine or P has under way.
#[derive(Default)]
pub(crate) struct UnderWay {
    pub(crate) ranges: OpenRanges,
    /// Open user regions, the innermost last: task and name.
    pub(crate) regions: Vec<(u64, Span)>,
}

/// Where it is; by default nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct UnderWaySlot {
    /// Its number plus one.
    number: u32,
}

/// All of them, their memory used again.
#[derive(Default)]
pub(crate) struct UnderWayTable {
    list: Vec<UnderWay>,
    used: usize,
    free: Vec<u32>,
}

impl UnderWayTable {
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.free.clear();
    }

    /// What is at `slot`; if that is nowhere, it becomes a new place.
    pub(crate) fn at(&mut self, slot: &mut UnderWaySlot) -> &mut UnderWay {
        if slot.number == 0 {
            slot.number = self.take();
        }
        &mut self.list[slot.number as usize - 1]
    }

    fn take(&mut self) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.used += 1;
            if self.used > self.list.len() {
                self.list.push(UnderWay::default());
            }
            // Each takes an event to begin, and 2^32 events would be a trace of many GiB.
            u32::try_from(self.used).unwrap_or(u32::MAX)
        });
        let new = &mut self.list[number as usize - 1];
        new.ranges.clear();
        new.regions.clear();
        number
    }

    /// Lets the place be used again.
    #[inline(always)]
    pub(crate) fn free(&mut self, slot: UnderWaySlot) {
        if slot.number != 0 {
            self.free.push(slot.number);
        }
    }
}
