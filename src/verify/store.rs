//! The states that exploration has been to, each with what can follow it.

use super::futures::{Coming, Comings, Futures};
use procsteal_reference::limits::MAX_THREADS;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// A state, by 128 bits of its digest. With a hundred million states, two of them share one with a probability of
/// less than 2^-75.
pub(super) type Fingerprint = u128;

/// Passes the lower half of a fingerprint on: it is a digest already.
#[derive(Default, Clone, Copy)]
pub(super) struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |digest, byte| digest.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}

/// Mixes words, for what is compared in full where it collides.
#[derive(Default, Clone, Copy)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_u128(&mut self, value: u128) {
        self.write_u64(value as u64);
        self.write_u64((value >> 64) as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

pub(super) type ByFingerprint<T> = HashMap<Fingerprint, T, BuildHasherDefault<Passed>>;

/// A list of what one thread does, by its number in the store plus one; 0 for nothing.
type List = u32;

/// The states whose futures are all explored.
#[derive(Default)]
pub(super) struct Store {
    states: ByFingerprint<u32>,
    /// Every different futures once: states share them.
    futures: Vec<[List; MAX_THREADS]>,
    numbers: HashMap<[List; MAX_THREADS], u32, BuildHasherDefault<Mixed>>,
    /// Every different list once: futures share them.
    lists: Vec<Comings>,
    list_numbers: HashMap<Comings, List, BuildHasherDefault<Mixed>>,
    /// The same by where they are kept, which is quicker to look up.
    list_places: HashMap<usize, List, BuildHasherDefault<Mixed>>,
    list_bytes: usize,
}

/// What a hash table keeps for each entry besides the entry, on average, and what it has free.
const TABLE_OVERHEAD: usize = 2;

impl Store {
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn get(&self, state: Fingerprint) -> Option<Futures> {
        let numbers = self.futures[*self.states.get(&state)? as usize];
        Some(self.with_lists(&numbers))
    }

    /// Keeps a state and its futures, and gives them back as they are kept.
    pub(super) fn insert(&mut self, state: Fingerprint, futures: &Futures) -> Futures {
        let numbers = std::array::from_fn(|thread| self.number_of(futures.0[thread].as_ref()));
        let known = &mut self.futures;
        let number = *self.numbers.entry(numbers).or_insert_with(|| {
            known.push(numbers);
            known.len() as u32 - 1
        });
        self.states.insert(state, number);
        self.with_lists(&numbers)
    }

    fn with_lists(&self, numbers: &[List; MAX_THREADS]) -> Futures {
        let list = |number: List| number.checked_sub(1).map(|index| Rc::clone(&self.lists[index as usize]));
        Futures(numbers.map(list))
    }

    fn number_of(&mut self, list: Option<&Comings>) -> List {
        let Some(list) = list else { return 0 };
        if let Some(number) = self.list_places.get(&place(list)) {
            return *number;
        }
        if let Some(number) = self.list_numbers.get(list) {
            return *number;
        }
        self.lists.push(Rc::clone(list));
        let number = self.lists.len() as List;
        self.list_bytes += size_of_val::<[Coming]>(list);
        self.list_numbers.insert(Rc::clone(list), number);
        self.list_places.insert(place(list), number);
        number
    }

    /// About how many bytes the store takes.
    pub(super) fn bytes(&self) -> usize {
        let state = size_of::<(Fingerprint, u32)>() + 1;
        let futures = size_of::<([List; MAX_THREADS], u32)>() + 1 + size_of::<[List; MAX_THREADS]>();
        let list = size_of::<(Comings, List)>() + size_of::<(usize, List)>() + 2 + size_of::<Comings>();
        let tables =
            self.states.capacity() * state + self.futures.capacity() * futures + self.lists.capacity() * list;
        tables * TABLE_OVERHEAD + self.list_bytes
    }
}

/// Where a list is kept: its own for as long as it is.
fn place(list: &Comings) -> usize {
    list.as_ptr() as usize
}
