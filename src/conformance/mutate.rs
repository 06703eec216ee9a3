//! Spoils a trace: bits, bytes, events, batches, the whole.

use fastrand::Rng;
use procsteal_wire::{EventType, HEADER_SIZE, NONE, Row, TABLE, row};

use super::frame::{Batch, Frames, Piece, join_payload, split_payload};

/// The most mutations of one trace, one after the other.
const MAX_MUTATIONS: u32 = 6;

/// The most batches and bytes that doubling and splicing may reach, so that a trace stays quick to read.
const MAX_BATCHES: usize = 400;

/// `trace`, altered in one way or a few; parts of `other` may come into it.
pub(super) fn mutate(trace: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut trace = trace.to_vec();
    let mutations = if rng.bool() { 1 } else { rng.u32(1..=MAX_MUTATIONS) };
    for _ in 0..mutations {
        trace = match rng.u32(..10) {
            0 => mutate_bytes(trace, rng),
            1 => mutate_header(trace, rng),
            2 | 3 => mutate_batches(&trace, other, rng),
            4 => mutate_batch(&trace, rng),
            _ => mutate_events(&trace, rng),
        };
    }
    trace
}

/// Flips, sets, inserts, removes or doubles bytes, or cuts the trace off, without regard to what they mean.
fn mutate_bytes(mut trace: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    if trace.is_empty() {
        return trace;
    }
    let at = rng.usize(..trace.len());
    match rng.u32(..7) {
        0 | 1 => trace[at] ^= 1 << rng.u32(..8),
        2 => trace[at] = odd_byte(rng),
        3 => trace.insert(at, odd_byte(rng)),
        4 => drop(trace.remove(at)),
        5 => trace.truncate(at),
        _ => {
            let end = trace.len().min(at + rng.usize(1..20));
            let piece = trace[at..end].to_vec();
            let to = rng.usize(..=trace.len());
            trace.splice(to..to, piece);
        }
    }
    trace
}

fn odd_byte(rng: &mut Rng) -> u8 {
    const BYTES: [u8; 12] = [0, 1, 2, 4, 5, 8, 49, 50, 52, 0x7f, 0x80, 0xff];
    if rng.bool() { BYTES[rng.usize(..BYTES.len())] } else { rng.u8(..) }
}

/// Another version, or a header that Go's lenient reading takes or does not take (`format 1`).
fn mutate_header(trace: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    const HEADERS: [&str; 22] = [
        "go 1.22 trace\0\0\0",
        "go 1.23 trace\0\0\0",
        "go 1.25 trace\0\0\0",
        "go 1.26 trace\0\0\0",
        "go 1.24 trace\0\0\0",
        "go 1.27 trace\0\0\0",
        "go 1.9 trace\0\0\0\0",
        "go 1.10 trace\0\0\0",
        "go  1. 022  trace\0\0\0",
        "go\t1.\u{a0}23\u{85}trace\0\0\0",
        "go 1.26\u{2003}trace\0\0\0",
        "go 1.000000000022 trace\0\0\0",
        "go 1.+22 trace\0\0\0",
        "go 1.2_2 trace\0\0\0",
        "go 1.0x16 trace\0\0\0",
        "go\n1.22 trace\0\0\0",
        "go 1.22\r\ntrace\0\0\0",
        " go 1.22 trace\0\0\0",
        "go 1.22trace\0\0\0",
        "go1.22 trace\0\0\0",
        "go 1.4294967318 trace\0\0\0",
        "go 1.22 trace\0\0",
    ];
    let likely = if rng.bool() { 4 } else { HEADERS.len() };
    let rest = trace.get(HEADER_SIZE..).unwrap_or_default();
    [HEADERS[rng.usize(..likely)].as_bytes(), rest].concat()
}

/// Drops, doubles, moves or takes over whole batches.
fn mutate_batches(trace: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut frames = Frames::split(trace);
    let count = frames.batches.len();
    if count == 0 || count > MAX_BATCHES {
        return frames.join();
    }
    let (from, to) = (rng.usize(..count), rng.usize(..count));
    match rng.u32(..8) {
        0 | 1 => drop(frames.batches.remove(from)),
        2 => frames.batches.insert(to, frames.batches[from].clone()),
        3 => frames.batches.swap(from, to),
        4 => {
            let batch = frames.batches.remove(from);
            frames.batches.insert(to.min(count - 1), batch);
        }
        5 => rng.shuffle(&mut frames.batches),
        6 => {
            let others = Frames::split(other).batches;
            if !others.is_empty() {
                frames.batches.insert(to, others[rng.usize(..others.len())].clone());
            }
        }
        _ => append_other(&mut frames, other, rng),
    }
    frames.join()
}

/// Appends the batches of another trace, as later generations or as the same ones.
fn append_other(frames: &mut Frames, other: &[u8], rng: &mut Rng) {
    let last = frames.batches.iter().map(|batch| batch.generation).max().unwrap_or(0);
    let first = Frames::split(other).batches.iter().map(|batch| batch.generation).filter(|&it| it > 0).min();
    let shift = last.wrapping_add(1).wrapping_sub(first.unwrap_or(1));
    let renumber = rng.bool();
    for mut batch in Frames::split(other).batches.into_iter().take(MAX_BATCHES) {
        if renumber && batch.kind != EventType::END_OF_GENERATION.0 {
            batch.generation = batch.generation.wrapping_add(shift);
        }
        frames.batches.push(batch);
    }
}

/// Alters one batch's header, or its payload as bytes.
fn mutate_batch(trace: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut frames = Frames::split(trace);
    if frames.batches.is_empty() {
        return mutate_bytes(trace.to_vec(), rng);
    }
    let index = rng.usize(..frames.batches.len());
    let batch = &mut frames.batches[index];
    let length = batch.payload.len() as u64;
    match rng.u32(..10) {
        0 => batch.generation = odd_number(batch.generation, rng),
        1 => batch.thread = odd_number(batch.thread, rng),
        2 => batch.time = odd_number(batch.time, rng),
        3 => batch.false_size = Some(odd_number(length, rng)),
        4 => batch.kind = odd_byte(rng),
        5 => (batch.kind, batch.experiment) = (EventType::EXPERIMENTAL_BATCH.0, rng.u8(..3)),
        6 => frames.batches.insert(index, Batch::end_of_generation()),
        7 => batch.payload.truncate(rng.usize(..=batch.payload.len())),
        _ => batch.payload = mutate_bytes(std::mem::take(&mut batch.payload), rng),
    }
    frames.join()
}

fn odd_number(value: u64, rng: &mut Rng) -> u64 {
    match rng.u32(..8) {
        0 => value.wrapping_add(1),
        1 => value.wrapping_sub(1),
        2 => 0,
        3 => NONE,
        4 => value ^ (1 << rng.u32(..64)),
        5 => value.wrapping_add(256),
        6 => rng.u64(..),
        _ => rng.u64(..6),
    }
}

/// Alters events of one ordinary batch: drops, doubles, swaps, renames, or changes an argument.
fn mutate_events(trace: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut frames = Frames::split(trace);
    if frames.batches.is_empty() {
        return mutate_bytes(trace.to_vec(), rng);
    }
    let index = rng.usize(..frames.batches.len());
    let mut pieces = split_payload(&frames.batches[index].payload);
    if pieces.is_empty() {
        return mutate_batch(trace, rng);
    }
    let (from, to) = (rng.usize(..pieces.len()), rng.usize(..pieces.len()));
    match rng.u32(..8) {
        0 | 1 => drop(pieces.remove(from)),
        2 => pieces.insert(to, pieces[from].clone()),
        3 => pieces.swap(from, to),
        4 => {
            let target = rng.usize(..frames.batches.len());
            let moved = pieces.remove(from);
            let mut others = split_payload(&frames.batches[target].payload);
            others.insert(rng.usize(..=others.len()), moved);
            frames.batches[target].payload = join_payload(&others);
        }
        _ => mutate_piece(&mut pieces[from], rng),
    }
    if frames.batches.get(index).is_some() {
        frames.batches[index].payload = join_payload(&pieces);
    }
    frames.join()
}

fn mutate_piece(piece: &mut Piece, rng: &mut Rng) {
    match piece {
        Piece::Bytes(bytes) => *bytes = mutate_bytes(std::mem::take(bytes), rng),
        Piece::Event { event, arguments } => {
            match rng.u32(..6) {
                0 => *event = EventType(rng.u8(EventType::PROCS_CHANGE.0..=EventType::CLOCK_SNAPSHOT.0)),
                1 | 2 => *event = similar_event(*event, rng),
                _ => {}
            }
            if rng.bool() {
                let index = rng.usize(..arguments.len());
                arguments[index] = odd_number(arguments[index], rng);
            }
        }
    }
}

/// Another event with as many arguments: it is read to its end, and may be wrong where it stands.
fn similar_event(event: EventType, rng: &mut Rng) -> EventType {
    let count = |row: &Row| row.arguments.len();
    let Some(own) = row(event) else { return event };
    let similar: Vec<&Row> =
        TABLE.iter().filter(|row| row.class == own.class && count(row) == count(own)).collect();
    similar[rng.usize(..similar.len())].event
}

#[cfg(test)]
mod tests {
    use super::super::generate::generate;
    use super::*;

    #[test]
    fn a_seed_decides_the_mutation() {
        let mutated = |seed| {
            let mut rng = Rng::with_seed(seed);
            let (trace, other) = (generate(&mut rng), generate(&mut rng));
            let mutant = mutate(&trace, &other, &mut rng);
            (trace, mutant)
        };
        for seed in 0..200 {
            assert_eq!(mutated(seed), mutated(seed));
        }
        assert!(
            (0..200)
                .filter(|&seed| {
                    let (trace, mutant) = mutated(seed);
                    trace != mutant
                })
                .count()
                > 150
        );
    }
}
