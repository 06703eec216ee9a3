//! The states that exploration has been to, each with what can follow it.

use super::touch::Futures;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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

pub(super) type ByFingerprint<T> = HashMap<Fingerprint, T, BuildHasherDefault<Passed>>;

/// The states whose futures are all explored.
#[derive(Default)]
pub(super) struct Store {
    states: ByFingerprint<u32>,
    /// Every different futures once: states share them.
    futures: Vec<Futures>,
    index: HashMap<Futures, u32>,
}

/// What a hash table keeps for each entry besides the entry, on average, and what it has free.
const TABLE_OVERHEAD: usize = 2;

impl Store {
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn get(&self, state: Fingerprint) -> Option<&Futures> {
        self.states.get(&state).map(|index| &self.futures[*index as usize])
    }

    pub(super) fn insert(&mut self, state: Fingerprint, futures: Futures) {
        let known = &mut self.futures;
        let index = *self.index.entry(futures).or_insert_with(|| {
            known.push(futures);
            known.len() as u32 - 1
        });
        self.states.insert(state, index);
    }

    /// About how many bytes the store takes.
    pub(super) fn bytes(&self) -> usize {
        let entry = size_of::<(Fingerprint, u32)>() + 1;
        let futures = size_of::<Futures>() + size_of::<(Futures, u32)>() + 1;
        (self.states.capacity() * entry + self.futures.capacity() * futures) * TABLE_OVERHEAD
    }
}
