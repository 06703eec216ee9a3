//! The ranges under way on a P or goroutine, in the order in which Go keeps them (format 4.1).

use foldhash::fast::RandomState;
use procsteal_wire::EventType;
use std::collections::HashMap;

/// A range under way: the event that began it, and for a stopped world the string id of the reason.
pub(crate) type OpenRange = (EventType, u64);

/// Up to this many ranges are looked through one by one; the runtime opens one or two. A trace may open more, one for
/// each reason to stop the world, and must not make the reader slow by that.
const LOOKED_THROUGH: usize = 8;

/// Ranges, none of them twice.
#[derive(Default)]
pub(crate) struct OpenRanges {
    list: Vec<OpenRange>,
    /// Where each range is in the list, if they are more than are looked through.
    #[allow(clippy::box_collection, reason = "every goroutine has this field, and hardly any uses it")]
    places: Option<Box<HashMap<OpenRange, usize, RandomState>>>,
}

impl OpenRanges {
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.places = None;
    }

    /// Where a range is; `work` grows by the ranges that were looked at.
    pub(crate) fn find(&self, range: OpenRange, work: &mut u64) -> Option<usize> {
        if let Some(places) = &self.places {
            *work += 1;
            return places.get(&range).copied();
        }
        *work += self.list.len() as u64;
        self.list.iter().position(|open| *open == range)
    }

    /// Where the first range is for which the world was stopped. All others are of kinds that can be open once, so few
    /// come before it.
    pub(crate) fn find_stop_the_world(&self, work: &mut u64) -> Option<usize> {
        let found = self.list.iter().position(|range| range.0 == EventType::STW_BEGIN);
        *work += found.unwrap_or(self.list.len()) as u64;
        found
    }

    /// Adds a range that is not there.
    pub(crate) fn push(&mut self, range: OpenRange) {
        self.list.push(range);
        if let Some(places) = &mut self.places {
            places.insert(range, self.list.len() - 1);
        } else if self.list.len() > LOOKED_THROUGH {
            self.places = Some(Box::new(self.list.iter().copied().zip(0..).collect()));
        }
    }

    /// Removes the range at `place`, which the last one takes.
    pub(crate) fn swap_remove(&mut self, place: usize) -> OpenRange {
        let removed = self.list.swap_remove(place);
        if self.list.len() <= LOOKED_THROUGH {
            self.places = None;
        } else if let Some(places) = &mut self.places {
            places.remove(&removed);
            if let Some(moved) = self.list.get(place) {
                places.insert(*moved, place);
            }
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_as_a_list(operations in prop::collection::vec((0..3_u8, 0..24_u64), 0..200)) {
            let (mut ranges, mut list, mut work) = (OpenRanges::default(), Vec::new(), 0);
            for (operation, reason) in &operations {
                let range = (EventType::STW_BEGIN, *reason);
                let place = list.iter().position(|open| *open == range);
                prop_assert_eq!(ranges.find(range, &mut work), place);
                match (operation, place) {
                    (0, Some(place)) => prop_assert_eq!(ranges.swap_remove(place), list.swap_remove(place)),
                    (1.., None) => {
                        ranges.push(range);
                        list.push(range);
                    }
                    _ => {}
                }
                prop_assert_eq!(&ranges.list, &list);
            }
            prop_assert!(work <= (LOOKED_THROUGH * operations.len()) as u64, "{work} is too much work");
        }
    }
}
