//! The batches that are no events: strings, stacks, CPU samples, clocks, experiments.

use fastrand::Rng;
use procsteal_wire::{EventType, MAX_STACK_FRAMES, MAX_STRING_SIZE, NONE};

use super::super::frame::append_varint;
use super::world::World;
use super::{MistakeRate, once_in, pick};

/// What strings of a table hold: names as Go writes them, and everything that a quoting might trip over.
const TEXTS: [&[u8]; 9] = [
    b"",
    b"main.main",
    b"/go/src/main.go",
    b"GC (dedicated)",
    b"stop-the-world \"x\", y; z\\",
    b"\xff\xfe\x00\n",
    "caf\u{e9} \u{1f600}".as_bytes(),
    b"chan receive",
    b"user",
];

/// The payloads of a generation's tables, with the experiment each belongs to (0 for none).
pub(super) fn payloads(world: &World, rng: &mut Rng) -> Vec<(u8, Vec<u8>)> {
    let mistakes = world.shape.mistakes;
    let mut payloads = Vec::new();
    let (strings, stacks) = (strings(world, rng), stacks(world, rng));
    payloads.extend(split(EventType::STRINGS, &strings, mistakes, rng));
    payloads.extend(split(EventType::STACKS, &stacks, mistakes, rng));
    if once_in(rng, 3) {
        let samples = cpu_samples(world, rng);
        payloads.extend(split(EventType::CPU_SAMPLES, &samples, mistakes, rng));
    }
    payloads.extend(sync(world, rng));
    let mut payloads: Vec<(u8, Vec<u8>)> = payloads.into_iter().map(|payload| (0, payload)).collect();
    if once_in(rng, 6) {
        for _ in 0..rng.usize(1..4) {
            let experiment = if once_in(rng, 15) { rng.u8(..4) } else { 1 };
            payloads.push((experiment, (0..rng.usize(..30)).map(|_| rng.u8(..)).collect()));
        }
    }
    if mistakes.strikes(rng) && !payloads.is_empty() {
        let index = rng.usize(..payloads.len());
        if rng.bool() { drop(payloads.remove(index)) } else { payloads.push(payloads[index].clone()) }
    }
    payloads
}

/// One or two payloads with `entries`, some of them wrong: an entry of another table, one cut short.
fn split(kind: EventType, entries: &[Vec<u8>], mistakes: MistakeRate, rng: &mut Rng) -> Vec<Vec<u8>> {
    let middle = if once_in(rng, 3) { rng.usize(..=entries.len()) } else { entries.len() };
    let mut payloads = Vec::new();
    for part in [&entries[..middle], &entries[middle..]] {
        if part.is_empty() && rng.bool() {
            continue;
        }
        let mut payload = [vec![kind.0], part.concat()].concat();
        if mistakes.strikes(rng) {
            match rng.u32(..3) {
                0 => payload.truncate(rng.usize(..=payload.len())),
                1 => payload.push(rng.u8(..10)),
                _ => payload.extend_from_slice(&[kind.0 + 1, 0x85]),
            }
        }
        payloads.push(payload);
    }
    payloads
}

fn strings(world: &World, rng: &mut Rng) -> Vec<Vec<u8>> {
    let ids = ids(world.strings, world.shape.mistakes, rng);
    let entry = |id: u64| {
        let index =
            if world.shape.has_stable_strings { id as usize % TEXTS.len() } else { rng.usize(..TEXTS.len()) };
        let mut text = TEXTS[index].to_vec();
        if !world.shape.has_stable_strings && once_in(rng, 30) {
            text = vec![b'x'; rng.usize(..=MAX_STRING_SIZE as usize)];
        }
        let mut size = text.len() as u64;
        if world.shape.mistakes.strikes(rng) {
            size = *pick(rng, &[0, size + 1, MAX_STRING_SIZE, MAX_STRING_SIZE + 1, NONE]);
        }
        let mut entry = vec![EventType::STRING.0];
        append_varint(&mut entry, id);
        append_varint(&mut entry, size);
        entry.extend_from_slice(&text);
        entry
    };
    ids.into_iter().map(entry).collect()
}

fn stacks(world: &World, rng: &mut Rng) -> Vec<Vec<u8>> {
    let mistakes = world.shape.mistakes;
    let ids = ids(world.stacks, mistakes, rng);
    let entry = |id: u64| {
        let frames = if once_in(rng, 60) { rng.u64(..=MAX_STACK_FRAMES) } else { rng.u64(..4) };
        let mut count = frames;
        if mistakes.strikes(rng) {
            count = *pick(rng, &[0, frames + 1, MAX_STACK_FRAMES, MAX_STACK_FRAMES + 1, NONE]);
        }
        let mut entry = vec![EventType::STACK.0];
        append_varint(&mut entry, id);
        append_varint(&mut entry, count);
        for _ in 0..frames {
            // Few program counters, so that stacks share them and disagree about them.
            let pc = if once_in(rng, 9) { rng.u64(..) } else { rng.u64(..5) };
            let mut string = || if mistakes.strikes(rng) { 99 } else { rng.u64(..=world.strings) };
            let (func, file) = (string(), string());
            for field in [pc, func, file, rng.u64(..2_000)] {
                append_varint(&mut entry, field);
            }
        }
        entry
    };
    ids.into_iter().map(entry).collect()
}

/// The ids from 1 to `count`, in any order; by mistake one is 0, one is there twice or one is not there.
fn ids(count: u64, mistakes: MistakeRate, rng: &mut Rng) -> Vec<u64> {
    let mut ids: Vec<u64> = (1..=count).collect();
    if rng.bool() {
        rng.shuffle(&mut ids);
    }
    if mistakes.strikes(rng) && !ids.is_empty() {
        let index = rng.usize(..ids.len());
        match rng.u32(..3) {
            0 => ids[index] = 0,
            1 => ids.push(ids[index]),
            _ => drop(ids.remove(index)),
        }
    }
    ids
}

/// Samples, more of them now and then than Go's sort handles by insertion, with ties, runs up and runs down.
fn cpu_samples(world: &World, rng: &mut Rng) -> Vec<Vec<u8>> {
    let count =
        if once_in(rng, 10) { rng.u64(121..1_500) } else { *pick(rng, &[1, 3, 12, 13, 20, 49, 50, 60, 120]) };
    let spread = *pick(rng, &[0, 1, 10, 3_000]);
    let slope = *pick(rng, &[0, 0, 1, -1, 7, -7]);
    let turn = if rng.bool() { rng.u64(1..=count) } else { count };
    let start = world.written.first().map_or(0, |written| written.time);
    let sample = |index: u64| {
        let mut entry = vec![EventType::CPU_SAMPLE.0];
        // Up to the turn one way, then the same way again: a saw.
        let way = (index % turn).wrapping_mul(i64::cast_unsigned(slope));
        let time = start.wrapping_add(way).wrapping_add(rng.u64(..=spread));
        let thread = world.threads[rng.usize(..world.threads.len())].id;
        let (proc, goroutine) = (*pick(rng, &[0, 1, NONE, 77]), rng.u64(..5));
        let stack = if once_in(rng, 40) { 99 } else { rng.u64(..=world.stacks) };
        for field in [time, thread, proc, goroutine, stack] {
            append_varint(&mut entry, field);
        }
        entry
    };
    (0..count).map(sample).collect()
}

/// The frequency, and since Go 1.25 the clocks, in one batch or two.
fn sync(world: &World, rng: &mut Rng) -> Vec<Vec<u8>> {
    let mistakes = world.shape.mistakes;
    let mut frequency = vec![EventType::FREQUENCY.0];
    let units = *pick(rng, &[15_625_000, 15_625_000, 1_000_000_000, 1_000_000_000, 1, 3, 2_399_999_999]);
    let units = if once_in(rng, 50) { *pick(rng, &[0, NONE, 1 << 63]) } else { units };
    append_varint(&mut frequency, units);
    let mut clock = vec![EventType::CLOCK_SNAPSHOT.0];
    let nanoseconds = if once_in(rng, 20) { rng.u64(..) } else { rng.u64(..1_000_000_000) };
    let seconds = if once_in(rng, 20) { rng.u64(..) } else { 1_740_755_049 };
    for field in [rng.u64(..9), rng.u64(..) >> 8, seconds, nanoseconds] {
        append_varint(&mut clock, field);
    }
    let mut frequency_head = Vec::new();
    let mut entries = vec![frequency];
    if world.shape.header_minor >= 25 {
        frequency_head.push(EventType::SYNC.0);
        entries.push(clock);
        rng.shuffle(&mut entries);
    }
    if mistakes.strikes(rng) {
        let index = rng.usize(..entries.len());
        match rng.u32(..4) {
            0 => drop(entries.remove(index)),
            1 => entries.push(entries[index].clone()),
            2 => entries.push(vec![rng.u8(..60)]),
            _ => {
                let length = entries[index].len();
                entries[index].truncate(rng.usize(..length));
            }
        }
    }
    if entries.len() == 2 && once_in(rng, 4) {
        entries.iter().map(|entry| [frequency_head.as_slice(), entry].concat()).collect()
    } else {
        vec![[frequency_head, entries.concat()].concat()]
    }
}
