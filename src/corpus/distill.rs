//! A small set of schedules that covers all that a corpus covers.

use super::Entry;
use crate::execution::Bench;
use crate::explore::{Feature, Features, features_of};
use procsteal_reference::{Schedule, VARIANTS, Variant};

/// The entries to keep, in their order: together they show every feature on every scheduler that all of them show.
/// Again and again the entry that adds most for its size is taken; then those that the others made needless are left
/// out.
#[must_use]
pub fn distill(entries: &[Entry]) -> Vec<Entry> {
    let shown: Vec<Vec<(usize, Feature)>> =
        entries.iter().map(|entry| all_features(&entry.schedule)).collect();
    let sizes: Vec<usize> = entries.iter().map(|entry| entry.schedule.to_byte_vec().len()).collect();
    let mut kept = greedy(&shown, &sizes);
    // The largest first: whatever the others show as well can go.
    kept.sort_by_key(|index| (std::cmp::Reverse(sizes[*index]), *index));
    let mut at = 0;
    while at < kept.len() {
        let mut others = Cover::default();
        for (_, index) in kept.iter().enumerate().filter(|(other, _)| *other != at) {
            others.add(&shown[*index]);
        }
        if others.gain(&shown[kept[at]]) == 0 {
            kept.remove(at);
        } else {
            at += 1;
        }
    }
    kept.sort_unstable();
    kept.into_iter().map(|index| entries[index].clone()).collect()
}

fn greedy(shown: &[Vec<(usize, Feature)>], sizes: &[usize]) -> Vec<usize> {
    let mut covered = Cover::default();
    let mut kept = Vec::new();
    loop {
        let gains = shown.iter().enumerate().map(|(index, features)| (covered.gain(features), index));
        // More for fewer bytes first; of equals, the first.
        let best = gains.filter(|(gain, _)| *gain > 0).max_by(|(gain, index), (other_gain, other)| {
            let (value, other_value) = (gain * sizes[*other].max(1), other_gain * sizes[*index].max(1));
            value.cmp(&other_value).then(other.cmp(index))
        });
        let Some((_, index)) = best else { return kept };
        covered.add(&shown[index]);
        kept.push(index);
    }
}

fn all_features(schedule: &Schedule) -> Vec<(usize, Feature)> {
    let mut bench = Bench::new();
    let mut of = |scheduler: &Variant| {
        let recording = bench.record(scheduler, schedule);
        features_of(&recording.execution, &recording.touches())
    };
    VARIANTS
        .iter()
        .enumerate()
        .flat_map(|(at, scheduler)| of(scheduler).into_iter().map(move |f| (at, f)))
        .collect()
}

/// Features by scheduler.
#[derive(Default)]
struct Cover {
    of: [Features; VARIANTS.len()],
}

impl Cover {
    fn gain(&self, features: &[(usize, Feature)]) -> usize {
        features.iter().filter(|(scheduler, feature)| !self.of[*scheduler].contains(*feature)).count()
    }

    fn add(&mut self, features: &[(usize, Feature)]) {
        for (scheduler, feature) in features {
            self.of[*scheduler].extend(&[*feature]);
        }
    }
}
