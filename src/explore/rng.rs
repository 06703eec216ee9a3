//! Random numbers: a generator that one seed and the numbers of a piece of work decide.

/// A source of random numbers, the same for the same seed on every machine.
#[derive(Clone, Debug)]
pub struct Rng(fastrand::Rng);

impl Rng {
    /// The generator of this seed, for the piece of work with this number.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Self {
        let mut outer = fastrand::Rng::with_seed(seed);
        let salt = outer.u64(..);
        let mut inner = fastrand::Rng::with_seed(salt ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self(fastrand::Rng::with_seed(inner.u64(..)))
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        if end == 0 { 0 } else { self.0.u32(..end) }
    }

    /// An index into a list of `len` items, of which there is at least one.
    pub fn index(&mut self, len: usize) -> usize {
        if len == 0 { 0 } else { self.0.usize(..len) }
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of the items; `None` if there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.index(items.len()))
    }

    /// An index, by weight: 0 if all weights are 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return index;
            }
            rest -= weight;
        }
        0
    }
}
