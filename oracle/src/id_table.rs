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
    sparse: HashMap<u64, T, RandomState>,
    /// Another one each time the table is emptied, so that nothing has to be gone through for that.
    stamp: u32,
}

impl<T: Copy + Default> IdTable<T> {
    pub(crate) fn new() -> Self {
        Self {
            dense: Vec::new(),
            dense_limit: LEAST_DENSE_IDS,
            sparse: HashMap::default(),
            stamp: ABSENT + 1,
        }
    }

    /// Empties the table, for a trace of `trace_bytes` bytes.
    pub(crate) fn reset(&mut self, trace_bytes: usize) {
        self.clear();
        self.dense_limit = LEAST_DENSE_IDS.max(trace_bytes / size_of::<Entry<T>>());
    }

    /// Empties the table.
    pub(crate) fn clear(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == ABSENT {
            self.dense.clear();
            self.stamp = ABSENT + 1;
        }
        if !self.sparse.is_empty() {
            self.sparse.clear();
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        match self.dense.get(index(id)) {
            Some(entry) => (entry.stamp == self.stamp).then_some(&entry.value),
            None => self.get_sparse(id),
        }
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        match self.dense.get_mut(index(id)) {
            Some(entry) => (entry.stamp == self.stamp).then_some(&mut entry.value),
            None => self.sparse.get_mut(&id),
        }
    }

    #[inline(never)]
    fn get_sparse(&self, id: u64) -> Option<&T> {
        if self.sparse.is_empty() { None } else { self.sparse.get(&id) }
    }

    #[inline(always)]
    pub(crate) fn contains(&self, id: u64) -> bool {
        self.get(id).is_some()
    }

    /// Sets the value of `id`.
    #[inline]
    pub(crate) fn insert(&mut self, id: u64, value: T) {
        match self.dense.get_mut(index(id)) {
            Some(entry) => *entry = Entry { stamp: self.stamp, value },
            None => self.insert_behind(id, value),
        }
    }

    /// Sets the value of an id for which the array has no place yet.
    #[cold]
    fn insert_behind(&mut self, id: u64, value: T) {
        let index = index(id);
        if index >= self.dense_limit {
            self.sparse.insert(id, value);
            return;
        }
        let grown = (index + 1).next_power_of_two().clamp(LEAST_DENSE_LENGTH, self.dense_limit);
        self.dense.resize(grown, Entry { stamp: ABSENT, value: T::default() });
        self.dense[index] = Entry { stamp: self.stamp, value };
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
            None => self.sparse.remove(&id),
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
