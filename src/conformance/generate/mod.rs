//! Makes traces up: sound ones in which everything that a runtime writes occurs, and ones with a few mistakes in them.
//!
//! A small world of Ms, Ps and Gs takes one legal step after the other, on a clock that stands still as often as it
//! moves, and each step is written down as the event that the runtime would write. That reaches what random bytes
//! never would: traces that a reader accepts after hundreds of events. Mistakes are then made on purpose, at a rate
//! that is drawn for each trace: a wrong sequence number, an event left out, a table that is not there.

mod actions;
mod arguments;
mod layout;
mod status;
mod tables;
mod world;

use fastrand::Rng;

use super::frame::{Batch, Frames};
use world::World;

/// The most threads of one trace: more than twelve, where Go's sort is no longer stable, and few enough that a stuck
/// frontier, which is sorted for every event, stays cheap.
const MAX_THREADS: usize = 40;

/// The most generations of one trace.
const MAX_GENERATIONS: u64 = 4;

/// How likely it is that something is done wrong, at each of many places: one in so many. Zero is never.
#[derive(Clone, Copy, Debug)]
struct MistakeRate(u32);

impl MistakeRate {
    fn draw(rng: &mut Rng) -> Self {
        Self(*pick(rng, &[0, 0, 0, 0, 2_000, 600, 200, 60, 20]))
    }

    fn strikes(self, rng: &mut Rng) -> bool {
        self.0 != 0 && rng.u32(..self.0) == 0
    }
}

/// One of `choices`, which are not empty.
fn pick<'choice, T>(rng: &mut Rng, choices: &'choice [T]) -> &'choice T {
    &choices[rng.usize(..choices.len())]
}

/// Whether something happens that happens once in `in_` times.
fn once_in(rng: &mut Rng, in_: u32) -> bool {
    rng.u32(..in_) == 0
}

/// What is fixed for one trace.
#[derive(Clone, Debug)]
struct Shape {
    /// The number in the header.
    header_minor: u8,
    mistakes: MistakeRate,
    /// Clock units that pass from one event to the next, at most.
    max_step: u64,
    /// Clock units by which a thread's clock is ahead of the others', at most: events that depend on each other come
    /// in the wrong order of time then.
    max_skew: u64,
    generations: u64,
    first_generation: u64,
    steps_per_generation: usize,
    batch_bytes: usize,
    /// Whether an id names the same string in every generation. If not, regions that cross one are errors.
    has_stable_strings: bool,
}

impl Shape {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            header_minor: *pick(rng, &[22, 22, 23, 25, 26, 26]),
            mistakes: MistakeRate::draw(rng),
            max_step: *pick(rng, &[0, 1, 2, 5, 100, 1_000_000]),
            max_skew: *pick(rng, &[0, 0, 1, 3, 20, 5_000]),
            generations: rng.u64(1..=MAX_GENERATIONS),
            // From the last number on, the next is 0, which is none.
            first_generation: if once_in(rng, 100) {
                u64::MAX - 1
            } else {
                *pick(rng, &[1, 1, 1, 2, 3, 127, 128])
            },
            steps_per_generation: *pick(rng, &[0, 3, 10, 30, 60, 150, 300]),
            batch_bytes: *pick(rng, &[8, 30, 100, 1_000, 60_000]),
            has_stable_strings: !once_in(rng, 8),
        }
    }
}

/// A trace, decided by `rng` alone.
pub(super) fn generate(rng: &mut Rng) -> Vec<u8> {
    let shape = Shape::draw(rng);
    let mut batches = Vec::new();
    let mut world = World::new(shape.clone(), rng.fork());
    for index in 0..shape.generations {
        world.start_generation(shape.first_generation.wrapping_add(index));
        world.declare_all();
        let steps = if world.rng.bool() {
            shape.steps_per_generation
        } else {
            world.rng.usize(..=shape.steps_per_generation)
        };
        for _ in 0..steps {
            world.step();
        }
        world.forget_undeclared();
        batches.extend(layout::generation(&mut world, rng));
    }
    if shape.mistakes.strikes(rng) {
        disorder(&mut batches, rng);
    }
    Frames { header: layout::header(shape.header_minor), batches, tail: Vec::new() }.join()
}

/// A mistake of the whole: a batch too many, too few, or elsewhere.
fn disorder(batches: &mut Vec<Batch>, rng: &mut Rng) {
    if batches.is_empty() {
        return;
    }
    let (from, to) = (rng.usize(..batches.len()), rng.usize(..batches.len()));
    match rng.u32(..3) {
        0 => drop(batches.remove(from)),
        1 => batches.insert(to, batches[from].clone()),
        _ => batches.swap(from, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_trace() {
        let trace = |seed| generate(&mut Rng::with_seed(seed));
        assert!((0..50).all(|seed| trace(seed) == trace(seed)));
        assert!((0..50).any(|seed| trace(seed) != trace(seed + 1)));
    }
}
