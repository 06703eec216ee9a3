//! Sets of signatures: what executions from a state can show.

/// A set of signatures, a bit for each by the number that it was met with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Shown(u64);

impl Shown {
    pub(super) const NOTHING: Self = Self(0);

    /// The signature that was met as this one. All beyond the last bit share it: a set may say more than there is.
    pub(super) const fn of(number: usize) -> Self {
        let last = u64::BITS as usize - 1;
        Self(1 << if number < last { number } else { last })
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
