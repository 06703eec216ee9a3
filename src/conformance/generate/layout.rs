//! Turns the events of a generation into batches, and mixes them with its tables.

use fastrand::Rng;
use procsteal_wire::{EventType, NONE};

use super::super::frame::{Batch, append_varint};
use super::tables;
use super::world::{World, Written};
use super::{MistakeRate, once_in, pick};

/// The 16 bytes that open a trace of this version.
pub(super) fn header(minor: u8) -> Vec<u8> {
    format!("go 1.{minor} trace\0\0\0").into_bytes()
}

/// The batches of the world's generation, in file order.
pub(super) fn generation(world: &mut World, rng: &mut Rng) -> Vec<Batch> {
    let mistakes = world.shape.mistakes;
    let mut streams: Vec<Vec<Batch>> =
        (0..world.threads.len()).map(|thread| thread_batches(world, thread, rng)).collect();
    let start = world.written.first().map_or(world.clock, |written| written.time);
    for (experiment, payload) in tables::payloads(world, rng) {
        let thread = if experiment == 0 && !once_in(rng, 20) { NONE } else { world.threads[0].id };
        let time = start.wrapping_add(rng.u64(..5)).wrapping_sub(u64::from(once_in(rng, 3)));
        let mut batch = Batch::new(world.generation, thread, time, payload);
        if experiment != 0 {
            (batch.kind, batch.experiment) = (EventType::EXPERIMENTAL_BATCH.0, experiment);
        }
        streams.push(vec![batch]);
    }
    let mut batches = interleave(streams, rng);
    for batch in &mut batches {
        if mistakes.strikes(rng) {
            spoil(batch, rng);
        }
    }
    if (world.shape.header_minor >= 26) != mistakes.strikes(rng) {
        batches.push(Batch::end_of_generation());
    }
    batches
}

/// The batches of one thread, in order.
fn thread_batches(world: &mut World, thread: usize, rng: &mut Rng) -> Vec<Batch> {
    let id = world.threads[thread].id;
    let mut batches: Vec<Batch> = Vec::new();
    let mut last_time = 0;
    for written in world.written.iter().filter(|written| written.thread == thread) {
        let limit = rng.usize(1..=world.shape.batch_bytes);
        if batches.last().is_none_or(|batch| batch.payload.len() >= limit) {
            // The base may lie before the first event.
            last_time = written.time.wrapping_sub(rng.u64(..=world.shape.max_step).min(written.time));
            batches.push(Batch::new(world.generation, id, last_time, Vec::new()));
        }
        if let Some(batch) = batches.last_mut() {
            append_event(&mut batch.payload, written, last_time, world.shape.mistakes, rng);
            last_time = written.time;
        }
    }
    if batches.is_empty() && once_in(rng, 30) {
        batches.push(Batch::new(world.generation, id, world.clock, Vec::new()));
    }
    batches
}

fn append_event(
    payload: &mut Vec<u8>,
    written: &Written,
    last_time: u64,
    mistakes: MistakeRate,
    rng: &mut Rng,
) {
    payload.push(written.event.0);
    append_varint(payload, written.time.wrapping_sub(last_time));
    for &argument in &written.arguments {
        if once_in(rng, 200) {
            append_padded(payload, argument, rng)
        } else {
            append_varint(payload, argument)
        }
    }
    if mistakes.strikes(rng) {
        match rng.u32(..3) {
            0 => payload.push(rng.u8(..)),
            1 => payload.extend_from_slice(&[0xff; 11]),
            _ => drop(payload.pop()),
        }
    }
}

/// A number with more bytes than it needs, which is legal up to ten.
fn append_padded(out: &mut Vec<u8>, value: u64, rng: &mut Rng) {
    let start = out.len();
    append_varint(out, value);
    let length = (out.len() - start + rng.usize(1..4)).min(procsteal_wire::MAX_VARINT_SIZE);
    while out.len() - start < length {
        if let Some(last) = out.last_mut() {
            *last |= 0x80;
        }
        out.push(0);
    }
}

/// A mistake in a batch's header or in what it is.
fn spoil(batch: &mut Batch, rng: &mut Rng) {
    let length = batch.payload.len() as u64;
    match rng.u32(..9) {
        0 => {
            batch.generation =
                *pick(rng, &[0, batch.generation.wrapping_add(1), batch.generation.wrapping_add(2)])
        }
        1 => batch.generation = batch.generation.wrapping_sub(1),
        2 => batch.thread = *pick(rng, &[0, 1, NONE, batch.thread.wrapping_add(1)]),
        3 => batch.time = *pick(rng, &[0, 1, NONE, 1 << 63, batch.time.wrapping_add(1_000_000)]),
        4 => {
            batch.false_size =
                Some(*pick(rng, &[0, length + 1, length.wrapping_sub(1), 65_536, 65_537, NONE]))
        }
        5 => batch.kind = rng.u8(..60),
        6 => batch.payload.insert(0, EventType::END_OF_GENERATION.0),
        7 => batch.payload.clear(),
        _ => (batch.kind, batch.experiment) = (EventType::EXPERIMENTAL_BATCH.0, rng.u8(..3)),
    }
}

/// All batches in an order that keeps that of each stream.
fn interleave(streams: Vec<Vec<Batch>>, rng: &mut Rng) -> Vec<Batch> {
    let mut streams: Vec<_> = streams
        .into_iter()
        .filter(|stream| !stream.is_empty())
        .map(|stream| stream.into_iter().peekable())
        .collect();
    let mut batches = Vec::new();
    while !streams.is_empty() {
        let index = rng.usize(..streams.len());
        batches.extend(streams[index].next());
        if streams[index].peek().is_none() {
            drop(streams.swap_remove(index));
        }
    }
    batches
}
