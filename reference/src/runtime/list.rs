//! Short lists of ids, each in one word: free lists, run queues, what a thread has yet to look at.

use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::{MAX_GOROUTINES, MAX_PROCS, MAX_THREADS};
use crate::machine::Observed;
use std::cell::Cell;
use std::marker::PhantomData;

/// Bits of one id.
const ID_BITS: u8 = 4;

/// The most ids of a kind.
const MOST_IDS: usize = {
    let most = if MAX_PROCS > MAX_THREADS { MAX_PROCS } else { MAX_THREADS };
    if most > MAX_GOROUTINES { most } else { MAX_GOROUTINES }
};

const _: () = assert!(MOST_IDS <= 1 << ID_BITS, "an id has more bits");
const _: () = assert!(MOST_IDS * ID_BITS as usize <= u64::BITS as usize, "a list has no room for every id");

/// An id that is the number of a slot.
pub(crate) trait Id: Copy {
    fn slot(self) -> u8;
    fn of_slot(slot: u8) -> Self;
}

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl Id for $id {
            fn slot(self) -> u8 {
                self.0
            }

            fn of_slot(slot: u8) -> Self {
                Self(slot)
            }
        }
    )*};
}

ids!(ProcId, ThreadId, GoId);

/// A list that never holds one id twice, and so cannot overflow. As an iterator it gives its ids from the first on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct List<T> {
    /// The ids, the first lowest.
    slots: u64,
    len: u8,
    of: PhantomData<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { slots: 0, len: 0, of: PhantomData }
    }
}

impl<T: Id> List<T> {
    pub(crate) fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(crate) fn push_back(&mut self, id: T) {
        self.slots |= u64::from(id.slot()) << (ID_BITS * self.len);
        self.len += 1;
    }

    pub(crate) fn push_front(&mut self, id: T) {
        self.slots = self.slots << ID_BITS | u64::from(id.slot());
        self.len += 1;
    }
}

impl<T: Id> Iterator for List<T> {
    type Item = T;

    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        let first = T::of_slot((self.slots & ((1 << ID_BITS) - 1)) as u8);
        self.len = self.len.checked_sub(1)?;
        self.slots >>= ID_BITS;
        Some(first)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len.into(), Some(self.len.into()))
    }
}

impl<T: Id> ExactSizeIterator for List<T> {}

impl<T: Copy> Observed for List<T> {
    fn observed(self) -> u64 {
        self.slots << ID_BITS | u64::from(self.len)
    }
}

/// A list that threads share.
#[derive(Debug)]
pub(crate) struct Queue<T: Copy> {
    list: Cell<List<T>>,
}

impl<T: Id> Queue<T> {
    pub(crate) fn new() -> Self {
        Self { list: Cell::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.get().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.get().is_empty()
    }

    pub(crate) fn clear(&self) {
        self.list.set(List::default());
    }

    pub(crate) fn iter(&self) -> List<T> {
        self.list.get()
    }

    pub(crate) fn push_back(&self, id: T) {
        self.change(|list| list.push_back(id));
    }

    pub(crate) fn push_front(&self, id: T) {
        self.change(|list| list.push_front(id));
    }

    /// Takes everything out.
    pub(crate) fn take(&self) -> List<T> {
        self.list.take()
    }

    pub(crate) fn pop_front(&self) -> Option<T> {
        self.change(Iterator::next)
    }

    #[inline(always)]
    fn change<R>(&self, change: impl FnOnce(&mut List<T>) -> R) -> R {
        let mut list = self.list.get();
        let result = change(&mut list);
        self.list.set(list);
        result
    }
}
