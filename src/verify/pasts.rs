//! What steps touched that come before something, every different one once and under a number.

use super::cache::{Cache, pair};
use super::store::Numbers;
use super::touch::Touch;

/// What the steps touch that come before something, by its number.
pub(super) type Past = u32;

/// Nothing comes before.
pub(super) const NO_PAST: Past = 0;

/// So many results are kept, a power of two: a list has a few different pasts, and the next has mostly the same.
const RESULT_BITS: u32 = 12;

/// All that come up in an exploration: few, and each as large as four lines of a list.
pub(super) struct Pasts {
    touches: Vec<Touch>,
    numbers: Numbers<Touch>,
    longer: Cache<RESULT_BITS>,
    common: Cache<RESULT_BITS>,
}

impl Default for Pasts {
    fn default() -> Self {
        let (longer, common) = (Cache::default(), Cache::default());
        let mut pasts = Self { touches: Vec::new(), numbers: Numbers::default(), longer, common };
        pasts.keep(Touch::NOTHING);
        pasts
    }
}

impl Pasts {
    pub(super) fn touch(&self, past: Past) -> Touch {
        self.touches[past as usize]
    }

    /// A past with a step before it that touches what another past is.
    pub(super) fn behind(&mut self, past: Past, step: Past) -> Past {
        let key = pair(past, step);
        if let Some(longer) = self.longer.get(key) {
            return longer;
        }
        let longer = self.keep(self.touch(past).and(self.touch(step)));
        self.longer.put(key, longer);
        longer
    }

    /// What is in both.
    pub(super) fn common(&mut self, one: Past, other: Past) -> Past {
        if one == other {
            return one;
        }
        let key = pair(one, other);
        if let Some(common) = self.common.get(key) {
            return common;
        }
        let common = self.keep(self.touch(one).common(self.touch(other)));
        self.common.put(key, common);
        common
    }

    /// The number of a past.
    pub(super) fn keep(&mut self, touch: Touch) -> Past {
        let next = self.touches.len() as Past;
        let past = *self.numbers.entry(touch).or_insert(next);
        if past == next {
            self.touches.push(touch);
        }
        past
    }

    pub(super) fn bytes(&self) -> usize {
        self.touches.capacity() * (2 * size_of::<Touch>() + size_of::<Past>())
    }
}
