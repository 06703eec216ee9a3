//! Work on several threads, with results in the order of the work.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `work` for each number below `count`, on so many threads. What comes out does not depend on how many.
pub(super) fn map<T: Send>(jobs: NonZeroUsize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    map_with(jobs, count, &mut (), || (), |(), index| work(index))
}

/// The same for work that needs something which stays on its thread: `own` on this one, and on each other what `fresh`
/// makes.
pub(super) fn map_with<S, T: Send>(
    jobs: NonZeroUsize,
    count: usize,
    own: &mut S,
    fresh: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let worker = |own: &mut S| {
        // The last first: scenarios come in the order of their sizes, and the longest must not begin last.
        while let Some(index) = count.checked_sub(1 + next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(own, index);
            if let Ok(mut slot) = results[index].lock() {
                *slot = Some(result);
            }
        }
    };
    std::thread::scope(|scope| {
        let others = jobs.get().min(count).saturating_sub(1);
        (0..others).for_each(|_| {
            scope.spawn(|| worker(&mut fresh()));
        });
        worker(own);
    });
    results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_work() {
        for jobs in [1, 2, 5].into_iter().filter_map(NonZeroUsize::new) {
            assert_eq!(map(jobs, 4, |index| index * index), [0, 1, 4, 9]);
        }
    }
}
