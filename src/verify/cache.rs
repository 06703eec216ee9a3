//! A place for results that are worked out again when it is full: it never grows.

/// Results by key, of which those are forgotten whose place another takes.
pub(super) struct Cache<const BITS: u32> {
    entries: Vec<(u64, u32)>,
}

/// No key: keys are made of two numbers, neither of which comes to its greatest value.
const NO_KEY: u64 = u64::MAX;

impl<const BITS: u32> Default for Cache<BITS> {
    fn default() -> Self {
        Self { entries: vec![(NO_KEY, 0); 1 << BITS] }
    }
}

impl<const BITS: u32> Cache<BITS> {
    const fn place(key: u64) -> usize {
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - BITS)) as usize
    }

    pub(super) fn get(&self, key: u64) -> Option<u32> {
        let (kept, value) = self.entries[Self::place(key)];
        (kept == key).then_some(value)
    }

    pub(super) fn put(&mut self, key: u64, value: u32) {
        self.entries[Self::place(key)] = (key, value);
    }
}

/// The key of a pair of numbers.
pub(super) const fn pair(one: u32, other: u32) -> u64 {
    (one as u64) << 32 | other as u64
}
