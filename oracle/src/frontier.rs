//! The heap of each thread's next event, by time (format 4.2).

use crate::sort;

/// A thread's next event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) time: i64,
    /// The index of its stream.
    pub(crate) stream: u32,
}

/// A binary min-heap. How it breaks ties is part of what Go's reader says, so the steps are Go's.
#[derive(Default)]
pub(crate) struct Frontier {
    pub(crate) entries: Vec<Entry>,
}

impl Frontier {
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.sift_up(self.entries.len() - 1);
    }

    /// Puts all entries in order of time, as Go's sort does.
    pub(crate) fn sort(&mut self) {
        sort::sort_by_time(&mut self.entries, |entry| entry.time);
    }

    /// The first entry stays the first as long as its time is not after this.
    #[inline]
    pub(crate) fn second_time(&self) -> i64 {
        match self.entries.as_slice() {
            [_, left, right, ..] => left.time.min(right.time),
            [_, only] => only.time,
            _ => i64::MAX,
        }
    }

    /// Gives the first entry another time.
    #[inline]
    pub(crate) fn update_first(&mut self, time: i64) {
        if let Some(first) = self.entries.first_mut() {
            first.time = time;
            self.sift_down(0);
        }
    }

    /// Gives entry `index` another time.
    pub(crate) fn update(&mut self, index: usize, time: i64) {
        self.entries[index].time = time;
        if index == 0 || !self.sift_up(index) {
            self.sift_down(index);
        }
    }

    /// Removes entry `index`.
    pub(crate) fn remove(&mut self, mut index: usize) {
        while index > 0 {
            let parent = (index - 1) / 2;
            self.entries.swap(index, parent);
            index = parent;
        }
        self.entries.swap_remove(0);
        self.sift_down(0);
    }

    /// Whether the entry moved.
    fn sift_up(&mut self, start: usize) -> bool {
        let mut index = start;
        while index > 0 {
            let parent = (index - 1) / 2;
            if self.entries[parent].time <= self.entries[index].time {
                break;
            }
            self.entries.swap(index, parent);
            index = parent;
        }
        index != start
    }

    /// Of an entry and its two children the smallest goes up; of equal ones the entry, then the left.
    #[inline]
    fn sift_down(&mut self, start: usize) {
        let entries = self.entries.as_mut_slice();
        let Some(&moving) = entries.get(start) else { return };
        let mut index = start;
        while let Some(&left) = entries.get(2 * index + 1) {
            let mut child = 2 * index + 1;
            let right = entries.get(child + 1).copied().unwrap_or(left);
            // Which of them is less cannot be foreseen, so there is no branch for it.
            child += usize::from(right.time < left.time);
            let least = entries[child];
            if least.time >= moving.time {
                break;
            }
            entries[index] = least;
            index = child;
        }
        entries[index] = moving;
    }
}
