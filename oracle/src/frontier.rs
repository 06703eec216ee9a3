//! The heap of each thread's next event, by time, and the turns that two threads take at its top (format 4.2).

use crate::sort;

/// A thread's next event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) time: i64,
    /// The index of its stream.
    pub(crate) stream: u32,
}

/// The two threads whose events are the earliest. Where both run at once they change turns every few events, many times
/// before those of a third are earlier, and for that the heap need not be touched.
pub(crate) struct Turns {
    /// The stream whose turn it is.
    pub(crate) stream: u32,
    /// Its turn is for events up to this time.
    pub(crate) until: i64,
    other: Entry,
    /// Where the other is in the heap, if there is one.
    other_index: usize,
    /// From this time on events may be those of a third, or a CPU sample may come first.
    end: i64,
}

impl Turns {
    /// The stream whose turn it is, and the other.
    #[inline(always)]
    pub(crate) fn streams(&self) -> [u32; 2] {
        [self.stream, self.other.stream]
    }

    /// Sets whose turn it is after some changes.
    #[inline(always)]
    pub(crate) fn set_streams(&mut self, [stream, other]: [u32; 2]) {
        (self.stream, self.other.stream) = (stream, other);
    }

    /// Whether an event of this time is after this turn.
    #[inline(always)]
    pub(crate) fn is_over(&self, time: i64) -> bool {
        time > self.until
    }

    /// Lets it be the other's turn, as the next event, which has this time, is after this turn; `false` if whose turn it is is
    /// for the heap to say.
    #[inline(always)]
    pub(crate) fn change(&mut self, time: i64) -> bool {
        let changes = self.pass(time);
        if changes {
            std::mem::swap(&mut self.stream, &mut self.other.stream);
        }
        changes
    }

    /// The same, but the streams are [set](Self::set_streams) when there have been some changes.
    #[inline(always)]
    pub(crate) fn pass(&mut self, time: i64) -> bool {
        let passes = time < self.end;
        if passes {
            (self.other.time, self.until) = (time, time);
        }
        passes
    }
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

    /// The turns from now on, if there are events that are not after the time of the next CPU sample.
    #[inline(always)]
    pub(crate) fn turns(&self, sample: i64) -> Option<Turns> {
        let entries = self.entries.as_slice();
        let first = entries.first().filter(|first| first.time <= sample)?;
        let none = Entry { time: i64::MAX, stream: first.stream };
        let at = |index| entries.get(index).copied().unwrap_or(none);
        let (left, right) = (at(1), at(2));
        let (other_index, other, third) =
            if right.time < left.time { (2, right, left) } else { (1, left, right) };
        let [below_left, below_right] = [at(2 * other_index + 1), at(2 * other_index + 2)];
        let end = third.time.min(below_left.time).min(below_right.time).min(sample);
        Some(Turns { stream: first.stream, until: other.time.min(end), other, other_index, end })
    }

    /// Puts the two in their places: the one whose turn it is becomes the first, of the time that the first had.
    #[inline(always)]
    pub(crate) fn end_turns(&mut self, turns: &Turns) {
        if let Some(first) = self.entries.first_mut() {
            first.stream = turns.stream;
        }
        if let Some(other) = self.entries.get_mut(turns.other_index) {
            *other = turns.other;
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Times of the events of each thread, in order.
    type Threads = Vec<Vec<i64>>;

    fn frontier_of(threads: &Threads) -> (Frontier, Vec<usize>) {
        let mut frontier = Frontier::default();
        for (stream, times) in (0..).zip(threads) {
            frontier.push(Entry { time: times[0], stream });
        }
        (frontier, vec![0; threads.len()])
    }

    /// Whose event comes next, as Go's reader says it: the heap is asked for each event.
    fn order_by_the_heap(threads: &Threads) -> Vec<u32> {
        let (mut frontier, mut next) = frontier_of(threads);
        let mut order = Vec::new();
        while let Some(&Entry { stream, .. }) = frontier.entries.first() {
            order.push(stream);
            next[stream as usize] += 1;
            match threads[stream as usize].get(next[stream as usize]) {
                Some(time) => frontier.update(0, *time),
                None => frontier.remove(0),
            }
        }
        order
    }

    /// The same in turns, which also end wherever a CPU sample may be.
    fn order_in_turns(threads: &Threads, sample: i64) -> Vec<u32> {
        let (mut frontier, mut next) = frontier_of(threads);
        let mut order = Vec::new();
        let mut until = sample;
        while !frontier.entries.is_empty() {
            let Some(mut turns) = frontier.turns(until) else {
                until = i64::MAX;
                continue;
            };
            let following = loop {
                let stream = turns.stream as usize;
                order.push(turns.stream);
                next[stream] += 1;
                let following = threads[stream].get(next[stream]).copied();
                if following.is_none_or(|time| turns.is_over(time) && !turns.change(time)) {
                    break following;
                }
            };
            frontier.end_turns(&turns);
            match following {
                Some(time) => frontier.update_first(time),
                None => frontier.remove(0),
            }
        }
        order
    }

    proptest! {
        #[test]
        fn turns_keep_the_order_of_the_heap(
            threads in prop::collection::vec(prop::collection::vec(0..40_i64, 1..30), 1..9),
            ascends in any::<bool>(),
            sample in 0..40_i64,
        ) {
            let mut threads = threads;
            if ascends {
                threads.iter_mut().for_each(|times| times.sort_unstable());
            }
            prop_assert_eq!(order_in_turns(&threads, sample), order_by_the_heap(&threads));
        }
    }
}
