//! A table keyed by 64-bit ids: an array for small ids, a hash map for the others, emptied quickly.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// The smallest bound below which ids are looked up in an array rather than in the hash map.
///
/// Ids of Ps, strings and stacks are dense from 0. The bound grows with the trace (see [`IdTable::reset`]), so that the
/// memory of the arrays stays below a small multiple of the input.
const LEAST_DENSE_IDS: usize = 4096;

/// The fewest ids for which an array is made; more are added by doubling.
const LEAST_DENSE_LENGTH: usize = 64;

/// What can be made as new without giving its memory back.
pub(crate) trait Recycle: Default {
    /// Returns to the default value, keeping allocations.
    fn recycle(&mut self);
}

/// The place of a value in an [`IdTable`]: valid until the value is removed or the table is reset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SlotIndex(pub(crate) u32);

struct Slot<T> {
    id: u64,
    live: bool,
    value: T,
}

/// Values by id.
pub(crate) struct IdTable<T> {
    /// By id: the number of its slot plus one; 0 for none.
    dense: Vec<u32>,
    dense_limit: usize,
    /// The same for ids from `dense_limit` on.
    sparse: HashMap<u64, u32, RandomState>,
    slots: Vec<Slot<T>>,
    used: usize,
    free: Vec<u32>,
}

impl<T: Recycle> IdTable<T> {
    pub(crate) fn new() -> Self {
        Self {
            dense: Vec::new(),
            dense_limit: LEAST_DENSE_IDS,
            sparse: HashMap::default(),
            slots: Vec::new(),
            used: 0,
            free: Vec::new(),
        }
    }

    /// Empties the table, for a trace of `trace_bytes` bytes.
    pub(crate) fn reset(&mut self, trace_bytes: usize) {
        self.clear();
        self.dense_limit = LEAST_DENSE_IDS.max(trace_bytes / size_of::<u32>()).min(u32::MAX as usize);
    }

    /// Empties the table, in time proportional to what was in it.
    pub(crate) fn clear(&mut self) {
        for slot in &self.slots[..self.used] {
            if let Some(entry) = self.dense.get_mut(index(slot.id)) {
                *entry = 0;
            }
        }
        self.used = 0;
        self.free.clear();
        if !self.sparse.is_empty() {
            self.sparse.clear();
        }
    }

    #[inline]
    pub(crate) fn find(&self, id: u64) -> Option<SlotIndex> {
        match self.dense.get(index(id)) {
            Some(&entry) => entry.checked_sub(1).map(SlotIndex),
            None => self.find_sparse(id),
        }
    }

    fn find_sparse(&self, id: u64) -> Option<SlotIndex> {
        if self.sparse.is_empty() {
            return None;
        }
        self.sparse.get(&id)?.checked_sub(1).map(SlotIndex)
    }

    #[inline]
    pub(crate) fn contains(&self, id: u64) -> bool {
        self.find(id).is_some()
    }

    #[inline]
    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.find(id).map(|slot| self.at(slot))
    }

    #[inline]
    pub(crate) fn at(&self, slot: SlotIndex) -> &T {
        &self.slots[slot.0 as usize].value
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, slot: SlotIndex) -> &mut T {
        &mut self.slots[slot.0 as usize].value
    }

    /// Adds `id`, which must not be in the table, with the default value.
    pub(crate) fn insert(&mut self, id: u64) -> SlotIndex {
        debug_assert!(!self.contains(id), "id {id} is already in the table");
        let slot = self.take_slot();
        let entry = &mut self.slots[slot as usize];
        entry.id = id;
        entry.live = true;
        entry.value.recycle();
        self.point(id, slot + 1);
        SlotIndex(slot)
    }

    /// Removes what is at `slot`.
    pub(crate) fn remove(&mut self, slot: SlotIndex) {
        let entry = &mut self.slots[slot.0 as usize];
        entry.live = false;
        match self.dense.get_mut(index(entry.id)) {
            Some(entry) => *entry = 0,
            None => {
                self.sparse.remove(&entry.id);
            }
        }
        self.free.push(slot.0);
    }

    /// The ids in the order of their slots, with what they stand for.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.slots[..self.used].iter().filter(|slot| slot.live).map(|slot| (slot.id, &slot.value))
    }

    /// The same with the slots.
    pub(crate) fn iter_slots(&self) -> impl Iterator<Item = (SlotIndex, u64, &T)> {
        let slots = (0..).map(SlotIndex).zip(&self.slots[..self.used]);
        slots.filter(|(_, slot)| slot.live).map(|(index, slot)| (index, slot.id, &slot.value))
    }

    /// The id of the value at `slot`.
    pub(crate) fn id(&self, slot: SlotIndex) -> u64 {
        self.slots[slot.0 as usize].id
    }

    fn take_slot(&mut self) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        if self.used == self.slots.len() {
            self.slots.push(Slot { id: 0, live: false, value: T::default() });
        }
        self.used += 1;
        // A trace that declares 2^32 things at once would be tens of GiB large, and its table larger than memory.
        u32::try_from(self.used - 1).unwrap_or(u32::MAX - 1)
    }

    fn point(&mut self, id: u64, entry: u32) {
        let index = index(id);
        if index >= self.dense.len() && index < self.dense_limit {
            let grown = (index + 1).next_power_of_two().clamp(LEAST_DENSE_LENGTH, self.dense_limit);
            self.dense.resize(grown, 0);
        }
        match self.dense.get_mut(index) {
            Some(place) => *place = entry,
            None => {
                self.sparse.insert(id, entry);
            }
        }
    }
}

#[inline]
fn index(id: u64) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl Recycle for u64 {
        fn recycle(&mut self) {
            *self = 0;
        }
    }

    fn id() -> impl Strategy<Value = u64> {
        prop_oneof![0..8_u64, 4090..4100_u64, Just(u64::MAX), Just(1 << 40)]
    }

    proptest! {
        #[test]
        fn behaves_as_a_map(operations in prop::collection::vec((0..4_u8, id()), 0..200)) {
            let mut table = IdTable::<u64>::new();
            let mut map = BTreeMap::new();
            for (number, (operation, id)) in operations.into_iter().enumerate() {
                match (operation, table.find(id)) {
                    (3, _) if number % 16 == 0 => {
                        table.clear();
                        map.clear();
                    }
                    (0, Some(slot)) => {
                        table.remove(slot);
                        map.remove(&id);
                    }
                    (1.., None) => {
                        let slot = table.insert(id);
                        *table.at_mut(slot) = number as u64;
                        map.insert(id, number as u64);
                    }
                    _ => {}
                }
                prop_assert_eq!(table.get(id), map.get(&id));
                let held: BTreeMap<_, _> = table.iter().map(|(id, value)| (id, *value)).collect();
                prop_assert_eq!(&held, &map);
            }
        }
    }
}
