//! The states that exploration has been to, each with what can follow it.

use super::futures::Futures;
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

/// The states whose futures are all explored.
#[derive(Default)]
pub(super) struct Store {
    states: ByFingerprint<u32>,
    /// Every different futures once: states share them.
    futures: Vec<Futures>,
    numbers: HashMap<Futures, u32, BuildHasherDefault<Mixed>>,
}

/// What a hash table keeps for each entry besides the entry, on average, and what it has free.
const TABLE_OVERHEAD: usize = 2;

impl Store {
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn get(&self, state: Fingerprint) -> Option<Futures> {
        Some(self.futures[*self.states.get(&state)? as usize])
    }

    /// Keeps a state and its futures.
    pub(super) fn insert(&mut self, state: Fingerprint, futures: Futures) {
        let known = &mut self.futures;
        let number = *self.numbers.entry(futures).or_insert_with(|| {
            known.push(futures);
            known.len() as u32 - 1
        });
        self.states.insert(state, number);
    }

    /// About how many bytes the store takes.
    pub(super) fn bytes(&self) -> usize {
        let state = size_of::<(Fingerprint, u32)>() + 1;
        let futures = size_of::<(Futures, u32)>() + 1 + size_of::<Futures>();
        let tables = self.states.capacity() * state + self.futures.capacity() * futures;
        tables * TABLE_OVERHEAD
    }
}
