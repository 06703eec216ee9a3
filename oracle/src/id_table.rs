//! A table keyed by 64-bit ids: an array for small ids, a hash map for the others, emptied at once.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The smallest bound below which ids are looked up in an array rather than in the hash map.
///
/// Ids of Ps, strings and stacks are dense from 0. The bound grows with the trace (see [`IdTable::reset`]), so that the
/// memory of the arrays stays below a small multiple of the input.
const LEAST_DENSE_IDS: usize = 4096;

/// The fewest ids for which an array is made; more are added by doubling.
const LEAST_DENSE_LENGTH: usize = 64;

/// The stamp of an entry that is in no table.
const ABSENT: u32 = 0;

/// The place of an id in the array: there is a value if it bears the table's stamp.
#[derive(Clone, Copy)]
struct Entry<T> {
    stamp: u32,
    value: T,
}

/// Values by id.
#[derive(Clone)]
pub(crate) struct IdTable<T> {
    /// By id, for small ones.
    dense: Vec<Entry<T>>,
    dense_limit: usize,
    /// The values of all other ids.
    sparse: Sparse<T>,
    /// Another one each time the table is emptied, so that nothing has to be gone through for that.
    stamp: u32,
    /// All ids below this one are there, which is known since [`IdTable::seal`].
    sealed: u64,
}

/// The values of ids that no array has a place for. Few traces have such ids, so the compiler is told to keep all this out of
/// the way of the others.
#[derive(Clone)]
struct Sparse<T> {
    values: HashMap<u64, Entry<T>, RandomState>,
}

impl<T> Sparse<T> {
    #[inline]
    fn clear(&mut self) {
        if !self.values.is_empty() {
            self.values.clear();
        }
    }

    #[cold]
    #[inline(never)]
    fn get(&self, id: u64) -> Option<&T> {
        if self.values.is_empty() { None } else { self.values.get(&id).map(|entry| &entry.value) }
    }

    #[cold]
    #[inline(never)]
    fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        if self.values.is_empty() { None } else { self.values.get_mut(&id).map(|entry| &mut entry.value) }
    }

    #[cold]
    #[inline(never)]
    fn remove(&mut self, id: u64) -> Option<T> {
        self.values.remove(&id).map(|entry| entry.value)
    }
}

impl<T: Copy + Default> IdTable<T> {
    pub(crate) fn new() -> Self {
        Self {
            dense: Vec::new(),
            dense_limit: LEAST_DENSE_IDS,
            sparse: Sparse { values: HashMap::default() },
            stamp: ABSENT + 1,
            sealed: 0,
        }
    }

    /// Empties the table, for a trace of `trace_bytes` bytes.
    pub(crate) fn reset(&mut self, trace_bytes: usize) {
        self.clear();
        self.dense_limit = LEAST_DENSE_IDS.max(trace_bytes / size_of::<Entry<T>>());
    }

    /// Empties the table.
    pub(crate) fn clear(&mut self) {
        self.sealed = 0;
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == ABSENT {
            self.dense.clear();
            self.stamp = ABSENT + 1;
        }
        self.sparse.clear();
    }

    #[inline(always)]
    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        match self.dense.get(index(id)) {
            Some(entry) => (entry.stamp == self.stamp).then_some(&entry.value),
            None => self.sparse.get(id),
        }
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        match self.dense.get_mut(index(id)) {
            Some(entry) => (entry.stamp == self.stamp).then_some(&mut entry.value),
            None => self.sparse.get_mut(id),
        }
    }

    /// Whether the array has a place for `id`, though there may be nothing in it.
    #[inline(always)]
    pub(crate) fn has_place(&self, id: u64) -> bool {
        index(id) < self.dense.len()
    }

    #[inline(always)]
    pub(crate) fn contains(&self, id: u64) -> bool {
        self.get(id).is_some()
    }

    /// Whether `id` is one of those that were there without a gap when [`IdTable::seal`] was called. Nothing may have been
    /// removed since.
    #[inline(always)]
    pub(crate) fn is_sealed(&self, id: u64) -> bool {
        id < self.sealed
    }

    /// Looks how far the ids go without a gap.
    pub(crate) fn seal(&mut self) {
        let known = self.dense.iter().take_while(|entry| entry.stamp == self.stamp);
        self.sealed = known.count() as u64;
    }

    /// Sets the value of `id`.
    #[inline]
    pub(crate) fn insert(&mut self, id: u64, value: T) {
        let stamp = self.stamp;
        let place = if self.has_place(id) { &mut self.dense[index(id)] } else { self.make_place(id) };
        place.value = value;
        place.stamp = stamp;
    }

    /// The place of an id for which the array has none yet.
    #[cold]
    #[inline(never)]
    fn make_place(&mut self, id: u64) -> &mut Entry<T> {
        let nothing = Entry { stamp: ABSENT, value: T::default() };
        let index = index(id);
        if index >= self.dense_limit {
            return self.sparse.values.entry(id).or_insert(nothing);
        }
        let grown = (index + 1).next_power_of_two().clamp(LEAST_DENSE_LENGTH, self.dense_limit);
        self.dense.resize(grown, nothing);
        &mut self.dense[index]
    }

    /// Removes `id`, and returns its value if it had one.
    #[inline]
    pub(crate) fn remove(&mut self, id: u64) -> Option<T> {
        match self.dense.get_mut(index(id)) {
            Some(entry) => {
                let value = (entry.stamp == self.stamp).then_some(entry.value);
                entry.stamp = ABSENT;
                value
            }
            None => self.sparse.remove(id),
        }
    }
}

#[inline(always)]
fn index(id: u64) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const IDS: [u64; 8] = [0, 1, 7, 4094, 4095, 4096, u64::MAX, 1 << 40];

    proptest! {
        #[test]
        fn behaves_as_a_map(operations in prop::collection::vec((0..8_u8, 0..IDS.len()), 0..200)) {
            let mut table = IdTable::<u64>::new();
            let mut map = BTreeMap::new();
            for (number, (operation, id)) in (1..).zip(operations) {
                let id = IDS[id];
                match operation {
                    0 => {
                        table.clear();
                        map.clear();
                    }
                    1 | 2 => prop_assert_eq!(table.remove(id), map.remove(&id)),
                    3 => {
                        if let (Some(value), Some(same)) = (table.get_mut(id), map.get_mut(&id)) {
                            (*value, *same) = (number, number);
                        }
                    }
                    _ => {
                        table.insert(id, number);
                        map.insert(id, number);
                    }
                }
                for id in IDS {
                    prop_assert_eq!(table.get(id), map.get(&id));
                    prop_assert_eq!(table.contains(id), map.contains_key(&id));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_there_without_a_gap(before in any::<bool>(), ids in prop::collection::btree_set(0..70_u64, 0..70)) {
            let mut table = IdTable::<u64>::new();
            if before {
                (0..100).for_each(|id| table.insert(id, 0));
                table.seal();
                table.clear();
                prop_assert!(!table.is_sealed(0));
            }
            ids.iter().for_each(|id| table.insert(*id, 1));
            table.seal();
            let gap = (0..100).find(|id| !ids.contains(id));
            for id in 0..100 {
                prop_assert_eq!(table.is_sealed(id), gap.is_some_and(|gap| id < gap), "{}", id);
                prop_assert_eq!(table.has_place(id), table.dense.len() as u64 > id);
            }
        }
    }

    #[test]
    fn no_old_value_comes_back_when_the_stamps_have_all_been_used() {
        let mut table = IdTable::<u64>::new();
        table.insert(3, 30);
        table.stamp = u32::MAX;
        table.insert(4, 40);
        table.clear();
        for id in 0..64 {
            assert_eq!(table.get(id), None, "{id}");
        }
    }
}
