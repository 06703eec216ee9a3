//! The bytes of a trace: one buffer is one batch (spec 4.3).

use super::Trace;
use crate::ids::Generation;
use crate::machine::mix;
use procsteal_wire::{EventType, FREQUENCY_HZ, HEADER_1_22, MAX_VARINT_SIZE, NONE};

/// Room that the runtime keeps for a batch, header included.
const BUFFER_SIZE: usize = 64 << 10;

/// The most bytes of one event: its type, a time and four arguments.
const MAX_EVENT_SIZE: usize = 1 + 5 * MAX_VARINT_SIZE;

/// The length of a batch until it is known: a varint of the full ten bytes.
const UNKNOWN_LENGTH: [u8; MAX_VARINT_SIZE] = {
    let mut bytes = [0x80; MAX_VARINT_SIZE];
    bytes[MAX_VARINT_SIZE - 1] = 0;
    bytes
};

/// How many bytes of a length can be other than zero.
const MAX_LENGTH_SIZE: usize = 3;

/// What stands for no thread, as a varint.
const NO_THREAD: [u8; varint_size(NONE)] = varint(NONE);

/// The frequency of the clock, as a varint.
const FREQUENCY: [u8; varint_size(FREQUENCY_HZ)] = varint(FREQUENCY_HZ);

const _: () = assert!(BUFFER_SIZE < 1 << (7 * MAX_LENGTH_SIZE), "the length of a batch has more bytes");

/// A batch that is being written. Empty when no event has come yet.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    length_at: usize,
    last_time: u64,
    /// Folds in every event, but not its time, when somebody watches: what exploration compares.
    digest: u64,
}

impl Buffer {
    pub(crate) fn reset(&mut self) {
        self.bytes.clear();
        self.last_time = 0;
        self.digest = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A digest of the events without their times.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    /// Whether the batch has begun, and one more event is sure to fit.
    pub(crate) fn has_room(&self) -> bool {
        (1..=BUFFER_SIZE - MAX_EVENT_SIZE).contains(&self.bytes.len())
    }

    /// Begins the batch: kind, generation, thread, time, and room for the length.
    #[inline(always)]
    pub(crate) fn begin(&mut self, generation: Generation, thread: u64, now: u64) {
        // A recycled buffer keeps its last time as a lower bound.
        let now = now.max(self.last_time + 1);
        self.bytes.push(EventType::EVENT_BATCH.0);
        [generation.0, thread, now].into_iter().for_each(|value| self.raw_varint(value));
        self.digest = mix(mix(generation.0, thread), self.digest);
        self.length_at = self.bytes.len();
        self.bytes.extend_from_slice(&UNKNOWN_LENGTH);
        self.last_time = now;
    }

    /// Appends a timed event. Within a buffer each time is after the one before.
    #[inline(always)]
    pub(crate) fn event<const N: usize>(&mut self, event: EventType, now: u64, arguments: [u64; N]) {
        let now = now.max(self.last_time + 1);
        let since = now - self.last_time;
        self.last_time = now;
        if arguments.iter().fold(since, |bits, argument| bits | argument) < 0x80 {
            // All of it is one byte each, as nearly always.
            let mut bytes = [0; 8];
            bytes[0] = event.0;
            bytes[1] = since as u8;
            bytes[2..].iter_mut().zip(arguments).for_each(|(byte, argument)| *byte = argument as u8);
            self.bytes.extend_from_slice(&bytes[..2 + N]);
            return;
        }
        self.long_event(event, since, &arguments);
    }

    #[inline(never)]
    fn long_event(&mut self, event: EventType, since: u64, arguments: &[u64]) {
        self.bytes.push(event.0);
        push_varint(&mut self.bytes, since);
        arguments.iter().for_each(|argument| push_varint(&mut self.bytes, *argument));
    }

    /// Folds an event into the digest.
    #[cold]
    pub(crate) fn fold_in(&mut self, event: EventType, arguments: &[u64]) {
        let digest = mix(self.digest, u64::from(event.0));
        self.digest = arguments.iter().fold(digest, |digest, argument| mix(digest, *argument));
    }

    /// Appends bytes that are not a timed event: frequency, strings.
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn raw_varint(&mut self, value: u64) {
        push_varint(&mut self.bytes, value);
    }

    /// Writes the length, ten bytes long, and moves the batch to `queue`.
    #[inline(always)]
    fn flush_to(&mut self, queue: &mut Vec<u8>) {
        let room = self.length_at..self.length_at + MAX_VARINT_SIZE;
        let mut length = self.bytes.len() - room.end;
        for byte in self.bytes[room].iter_mut().take(MAX_LENGTH_SIZE) {
            *byte |= (length & 0x7f) as u8;
            length >>= 7;
        }
        queue.extend_from_slice(&self.bytes);
        self.bytes.clear();
        self.digest = 0;
    }
}

fn push_varint(bytes: &mut Vec<u8>, value: u64) {
    match value {
        // One byte or two, as nearly always, or what stands for no thread.
        0..0x80 => bytes.push(value as u8),
        0x80..0x4000 => bytes.extend_from_slice(&[value as u8 | 0x80, (value >> 7) as u8]),
        NONE => bytes.extend_from_slice(&NO_THREAD),
        _ => bytes.extend_from_slice(&varint::<MAX_VARINT_SIZE>(value)[..varint_size(value)]),
    }
}

const fn varint_size(value: u64) -> usize {
    (value | 1).ilog2() as usize / 7 + 1
}

/// The first `SIZE` bytes of the varint, or less if it has less.
const fn varint<const SIZE: usize>(mut value: u64) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let mut size = 0;
    while value >= 0x80 {
        bytes[size] = value as u8 | 0x80;
        value >>= 7;
        size += 1;
    }
    bytes[size] = value as u8;
    bytes
}

impl Trace {
    /// `traceBufFlush`: the buffer, if it has anything, joins the queue of its generation.
    #[inline(always)]
    pub(crate) fn flush(&self, generation: Generation, buffer: &mut Buffer) {
        if !buffer.is_empty() {
            let queued = &self.queued[generation.slot2()];
            queued.set(queued.get().wrapping_add(buffer.digest()));
            buffer.flush_to(&mut self.full[generation.slot2()].borrow_mut());
        }
    }

    /// A batch of no thread with the clock's frequency (spec 4.2 step 2).
    pub(crate) fn write_frequency(&self, generation: Generation, now: u64) {
        let mut buffer = self.scratch.borrow_mut();
        buffer.begin(generation, NONE, now);
        buffer.raw(&[EventType::FREQUENCY.0]);
        buffer.raw(&FREQUENCY);
        self.flush(generation, &mut buffer);
    }

    /// A batch of no thread with the strings that this generation's events name (spec 4.2 step 13).
    pub(crate) fn write_strings(&self, generation: Generation, now: u64) {
        let named = self.strings[generation.slot2()].take();
        if named == 0 {
            return;
        }
        let mut buffer = self.scratch.borrow_mut();
        buffer.begin(generation, NONE, now);
        buffer.raw(&[EventType::STRINGS.0]);
        buffer.digest = mix(buffer.digest, u64::from(named));
        let mut left = named;
        while left != 0 {
            let string = super::StringId::ALL[left.trailing_zeros() as usize];
            left &= left - 1;
            let text = string.text();
            buffer.raw(&[EventType::STRING.0]);
            [string.wire(), text.len() as u64].into_iter().for_each(|value| buffer.raw_varint(value));
            buffer.raw(text.as_bytes());
        }
        self.flush(generation, &mut buffer);
    }

    pub(super) fn name_string(&self, generation: Generation, string: super::StringId) -> u64 {
        let named = &self.strings[generation.slot2()];
        named.set(named.get() | 1 << string as u32);
        string.wire()
    }

    /// What the reader does once a generation is flushed: carries its batches away, the header before the first.
    pub(crate) fn drain(&self, generation: Generation) {
        let mut output = self.output.borrow_mut();
        if !self.header_written.replace(true) {
            self.trace_starts.borrow_mut().push(output.len());
            output.extend_from_slice(&HEADER_1_22);
        }
        let batches = self.queued[generation.slot2()].take();
        self.carried.set(mix(mix(self.carried.get(), generation.0), batches));
        let mut queue = self.full[generation.slot2()].borrow_mut();
        output.extend_from_slice(&queue);
        queue.clear();
    }

    /// Digests of all that has been written and is not in a thread's buffer, times left out, for state fingerprints.
    pub(crate) fn write_queues(&self, mut word: impl FnMut(u64)) {
        for slot in 0..2 {
            word(self.queued[slot].get());
            word(u64::from(self.strings[slot].get()));
        }
        word(self.carried.get());
        word(self.trace_starts.borrow().len() as u64 * 2 + u64::from(self.header_written.get()));
    }

    /// Whether the trace that was begun is whole, and `traces` have been begun.
    pub(crate) fn is_whole(&self, traces: usize) -> bool {
        let off = self.gen_.get() == Generation::OFF && !self.shutdown.get();
        off && !self.header_written.get() && self.trace_starts.borrow().len() == traces
    }

    /// Whether the last of `traces` traces is being stopped, and its generation is over.
    pub(crate) fn is_stopping(&self, traces: usize) -> bool {
        let begun = self.trace_starts.borrow().len() + usize::from(!self.header_written.get());
        self.gen_.get() == Generation::OFF && self.shutdown.get() && begun == traces
    }

    /// Whether no full buffer waits for the reader, of the generation that ended or of the next.
    pub(crate) fn queues_are_empty(&self, generation: Generation) -> bool {
        self.full[generation.slot2()].borrow().is_empty()
            && self.full[1 - generation.slot2()].borrow().is_empty()
    }

    /// The trace is whole; what comes next is another one, with its own header.
    pub(crate) fn end_trace(&self) {
        self.header_written.set(false);
    }
}
