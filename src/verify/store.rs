//! The states that exploration has been to, each with what can follow it.

use super::futures::Futures;
use super::shown::Shown;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hash, Hasher};

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

/// The numbers of what each is kept only once of.
pub(super) type Numbers<K> = HashMap<K, u32, BuildHasherDefault<Mixed>>;

pub(super) type ByFingerprint<T> = HashMap<Fingerprint, T, BuildHasherDefault<Passed>>;

/// A fingerprint as it is kept: a table of these and their numbers has no gaps.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kept([u32; 4]);

impl From<Fingerprint> for Kept {
    fn from(state: Fingerprint) -> Self {
        Self(std::array::from_fn(|place| (state >> (32 * place)) as u32))
    }
}

impl Hash for Kept {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u128(u128::from(self.0[0]) | u128::from(self.0[1]) << 32);
    }
}

/// What stands for the futures of a state that are still explored.
const ON_PATH: u32 = u32::MAX;

/// What is known of a state.
pub(super) enum Met {
    /// Nothing, up to now.
    Never,
    /// It is on the path.
    OnPath,
    /// What can follow it, which is all explored.
    Left(Known),
}

/// What is known of a state that has been left for good.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Known {
    /// What can follow it.
    pub(super) futures: Futures,
    /// What executions from it show.
    pub(super) shown: Shown,
}

/// The states that have been met, and what is known of those that have been left for good.
#[derive(Default)]
pub(super) struct Store {
    states: HashMap<Kept, u32, BuildHasherDefault<Passed>>,
    /// Everything different that is known once: states share it.
    known: Vec<Known>,
    numbers: Numbers<Known>,
}

/// What a hash table keeps for each entry besides the entry: its mark, and while it grows all that it had before.
const TABLE_OVERHEAD: usize = 2;

impl Store {
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// Notes that the path has come to a state, and says what was known of it.
    pub(super) fn arrive(&mut self, state: Fingerprint) -> Met {
        match self.states.entry(state.into()) {
            Entry::Vacant(vacant) => {
                vacant.insert(ON_PATH);
                Met::Never
            }
            Entry::Occupied(known) if *known.get() == ON_PATH => Met::OnPath,
            Entry::Occupied(known) => Met::Left(self.known[*known.get() as usize]),
        }
    }

    /// Keeps what is known of a state that is left for good.
    pub(super) fn leave(&mut self, state: Fingerprint, left: Known) {
        let known = &mut self.known;
        let number = *self.numbers.entry(left).or_insert_with(|| {
            known.push(left);
            known.len() as u32 - 1
        });
        self.states.insert(state.into(), number);
    }

    /// Takes back that the path has come to a state: what can follow it has not been explored to its end.
    pub(super) fn forget(&mut self, state: Fingerprint) {
        self.states.remove(&state.into());
    }

    /// What executions from a state show, if it has been left for good.
    pub(super) fn shown(&self, state: Fingerprint) -> Option<Shown> {
        let number = *self.states.get(&state.into())?;
        self.known.get(number as usize).map(|known| known.shown)
    }

    /// About how many bytes the store takes.
    pub(super) fn bytes(&self) -> usize {
        let state = size_of::<(Kept, u32)>() + 1;
        let known = size_of::<(Known, u32)>() + 1 + size_of::<Known>();
        let tables = self.states.capacity() * state + self.known.capacity() * known;
        tables * TABLE_OVERHEAD
    }
}
