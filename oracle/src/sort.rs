//! The order in which Go's `slices.SortFunc` leaves elements, ties included (format, Appendix A).
//!
//! Go's sort is not stable, and which of two events of one time comes first is part of what Go's reader says. So this
//! is the same pattern-defeating quicksort, step for step.

use std::ops::Range;

/// Ranges up to this length are sorted by insertion.
const INSERTION_MAX: usize = 12;
/// From this length on the pivot is chosen among nine elements.
const NINTHER_MIN: usize = 50;
/// From this length on the pivot is chosen among three.
const MEDIAN_MIN: usize = 8;
/// A nearly sorted range may have this many pairs out of order.
const PARTIAL_STEPS: usize = 5;
/// How often the choice among nine compares and swaps, at most.
const MAX_SWAPS: u32 = 12;

/// Sorts by time as Go does.
pub(crate) fn sort_by_time<T>(items: &mut [T], time: impl Fn(&T) -> i64 + Copy) {
    let limit = bit_length(items.len());
    Sorter { items, time }.quicksort(0, limit);
}

fn bit_length(length: usize) -> u32 {
    usize::BITS - length.leading_zeros()
}

#[derive(PartialEq, Eq)]
enum Hint {
    Increasing,
    Decreasing,
    Unknown,
}

struct Sorter<'i, T, F> {
    items: &'i mut [T],
    time: F,
}

impl<T, F: Fn(&T) -> i64 + Copy> Sorter<'_, T, F> {
    fn less(&self, left: usize, right: usize) -> bool {
        (self.time)(&self.items[left]) < (self.time)(&self.items[right])
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.items.swap(left, right);
    }

    fn quicksort(&mut self, start: usize, limit: u32) {
        let end = self.items.len();
        self.quicksort_range(start..end, limit);
    }

    fn quicksort_range(&mut self, range: Range<usize>, mut limit: u32) {
        let Range { start: mut a, end: mut b } = range;
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = b - a;
            if length <= INSERTION_MAX {
                return self.insertion_sort(a, b);
            }
            if limit == 0 {
                return self.heapsort(a, b);
            }
            if !balanced {
                self.break_patterns(a, b);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.choose_pivot(a, b);
            if hint == Hint::Decreasing {
                self.items[a..b].reverse();
                pivot = (b - 1) - (pivot - a);
                hint = Hint::Increasing;
            }
            if balanced && partitioned && hint == Hint::Increasing && self.partial_insertion_sort(a, b) {
                return;
            }
            if a > 0 && !self.less(a - 1, pivot) {
                a = self.partition_equal(a, b, pivot);
                continue;
            }
            let (middle, already) = self.partition(a, b, pivot);
            partitioned = already;
            let (left, right, threshold) = (middle - a, b - middle, length / 8);
            if left < right {
                balanced = left >= threshold;
                self.quicksort_range(a..middle, limit);
                a = middle + 1;
            } else {
                balanced = right >= threshold;
                self.quicksort_range(middle + 1..b, limit);
                b = middle;
            }
        }
    }

    fn insertion_sort(&mut self, a: usize, b: usize) {
        for i in a + 1..b {
            let mut j = i;
            while j > a && self.less(j, j - 1) {
                self.swap(j, j - 1);
                j -= 1;
            }
        }
    }

    fn heapsort(&mut self, a: usize, b: usize) {
        let length = b - a;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift_down(a, root, length);
        }
        for last in (0..length).rev() {
            self.swap(a, a + last);
            self.sift_down(a, 0, last);
        }
    }

    fn sift_down(&mut self, first: usize, mut root: usize, end: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.swap(first + root, first + child);
            root = child;
        }
    }

    fn partition(&mut self, a: usize, b: usize, pivot: usize) -> (usize, bool) {
        self.swap(a, pivot);
        let (mut i, mut j) = (a + 1, b - 1);
        self.close_in(a, &mut i, &mut j);
        if i > j {
            self.swap(j, a);
            return (j, true);
        }
        loop {
            self.swap(i, j);
            i += 1;
            j -= 1;
            self.close_in(a, &mut i, &mut j);
            if i > j {
                break;
            }
        }
        self.swap(j, a);
        (j, false)
    }

    /// Moves `i` up and `j` down to the next pair that stands on the wrong sides of the pivot at `a`.
    fn close_in(&self, a: usize, i: &mut usize, j: &mut usize) {
        while *i <= *j && self.less(*i, a) {
            *i += 1;
        }
        while *i <= *j && !self.less(*j, a) {
            *j -= 1;
        }
    }

    fn partition_equal(&mut self, a: usize, b: usize, pivot: usize) -> usize {
        self.swap(a, pivot);
        let (mut i, mut j) = (a + 1, b - 1);
        loop {
            while i <= j && !self.less(a, i) {
                i += 1;
            }
            while i <= j && self.less(a, j) {
                j -= 1;
            }
            if i > j {
                return i;
            }
            self.swap(i, j);
            i += 1;
            j -= 1;
        }
    }

    fn partial_insertion_sort(&mut self, a: usize, b: usize) -> bool {
        let mut i = a + 1;
        for _ in 0..PARTIAL_STEPS {
            while i < b && !self.less(i, i - 1) {
                i += 1;
            }
            if i == b {
                return true;
            }
            if b - a < NINTHER_MIN {
                return false;
            }
            self.swap(i, i - 1);
            if i - a >= 2 {
                // The lower bound is 1, not `a`: Go's own.
                let mut j = i - 1;
                while j >= 1 && self.less(j, j - 1) {
                    self.swap(j, j - 1);
                    j -= 1;
                }
            }
            if b - i >= 2 {
                let mut j = i + 1;
                while j < b && self.less(j, j - 1) {
                    self.swap(j, j - 1);
                    j += 1;
                }
            }
        }
        false
    }

    fn break_patterns(&mut self, a: usize, b: usize) {
        let length = b - a;
        if length < MEDIAN_MIN {
            return;
        }
        let mut random = length as u64;
        let mask = (1_u64 << bit_length(length)) - 1;
        let middle = a + (length / 4) * 2 - 1;
        for index in middle..middle + 3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = (random & mask) as usize;
            if other >= length {
                other -= length;
            }
            self.swap(index, a + other);
        }
    }

    fn choose_pivot(&self, a: usize, b: usize) -> (usize, Hint) {
        let length = b - a;
        let mut swaps = 0;
        let quarter = length / 4;
        let (mut i, mut j, mut k) = (a + quarter, a + quarter * 2, a + quarter * 3);
        if length >= MEDIAN_MIN {
            if length >= NINTHER_MIN {
                i = self.median(i - 1, i, i + 1, &mut swaps);
                j = self.median(j - 1, j, j + 1, &mut swaps);
                k = self.median(k - 1, k, k + 1, &mut swaps);
            }
            j = self.median(i, j, k, &mut swaps);
        }
        let hint = match swaps {
            0 => Hint::Increasing,
            MAX_SWAPS => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (j, hint)
    }

    fn median(&self, mut p: usize, mut q: usize, mut r: usize, swaps: &mut u32) -> usize {
        self.order(&mut p, &mut q, swaps);
        self.order(&mut q, &mut r, swaps);
        self.order(&mut p, &mut q, swaps);
        q
    }

    fn order(&self, u: &mut usize, v: &mut usize, swaps: &mut u32) {
        if self.less(*v, *u) {
            *swaps += 1;
            std::mem::swap(u, v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts(times in prop::collection::vec(-9..99_i64, 0..300)) {
            let mut expected = times.clone();
            expected.sort_unstable();
            let mut sorted = times;
            sort_by_time(&mut sorted, |time| *time);
            prop_assert_eq!(sorted, expected);
        }

        #[test]
        fn short_slices_keep_the_order_of_equal_times(times in prop::collection::vec(0..4_i64, 0..13)) {
            let mut expected: Vec<(i64, usize)> = times.into_iter().zip(0..).collect();
            let mut sorted = expected.clone();
            expected.sort_by_key(|item| item.0);
            sort_by_time(&mut sorted, |item| item.0);
            prop_assert_eq!(sorted, expected);
        }
    }
}
