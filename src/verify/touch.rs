//! What steps touch: the relation of dependence between steps.

use procsteal_reference::Access;

/// The objects that a step, or a set of steps, reads and writes: a bit for each object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Touch {
    pub(super) reads: u128,
    pub(super) writes: u128,
}

impl From<Access> for Touch {
    fn from(access: Access) -> Self {
        Self { reads: access.reads.bits(), writes: access.writes.bits() }
    }
}

impl Touch {
    pub(super) const NOTHING: Self = Self { reads: 0, writes: 0 };

    /// Whether the order of a step of each can matter.
    pub(super) const fn conflicts(self, other: Self) -> bool {
        self.writes & (other.writes | other.reads) != 0 || self.reads & other.writes != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self { reads: self.reads | other.reads, writes: self.writes | other.writes }
    }

    /// What is in both.
    pub(super) const fn common(self, other: Self) -> Self {
        Self { reads: self.reads & other.reads, writes: self.writes & other.writes }
    }

    /// The same objects, all only read.
    pub(super) const fn reading(self) -> Self {
        Self { reads: self.reads | self.writes, writes: 0 }
    }

    /// The same, but these objects only read.
    pub(super) const fn only_reading(self, objects: u128) -> Self {
        Self { reads: self.reads | self.writes & objects, writes: self.writes & !objects }
    }

    /// How `words` are touched if it is as `object` is.
    pub(super) const fn of(self, object: u128, words: u128) -> Self {
        let reads = if self.reads & object != 0 { words } else { 0 };
        let writes = if self.writes & object != 0 { words } else { 0 };
        Self { reads, writes }
    }

    pub(super) const fn without(self, objects: u128) -> Self {
        Self { reads: self.reads & !objects, writes: self.writes & !objects }
    }
}
