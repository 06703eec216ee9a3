//! Builds small traces by hand, right or wrong.
#![allow(dead_code, reason = "each test uses a part")]

use procsteal_wire::EventType;

/// The argument that means no thread, P or goroutine.
pub(crate) const NONE: u64 = u64::MAX;

/// A trace under construction.
#[derive(Clone)]
pub(crate) struct Builder {
    bytes: Vec<u8>,
}

impl Builder {
    /// A trace whose header says `go 1.<minor>`.
    pub(crate) fn new(minor: u32) -> Self {
        Self { bytes: format!("go 1.{minor} trace\0\0\0").into_bytes() }
    }

    /// Bytes as they are.
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A batch with this payload; its time is 0.
    pub(crate) fn batch(mut self, generation: u64, thread: u64, payload: &[u8]) -> Self {
        self.bytes.push(EventType::EVENT_BATCH.0);
        for number in [generation, thread, 0, payload.len() as u64] {
            varint(&mut self.bytes, number);
        }
        self.raw(payload)
    }

    /// A batch of events of one thread.
    pub(crate) fn events(self, generation: u64, thread: u64, events: &[Vec<u8>]) -> Self {
        self.batch(generation, thread, &events.concat())
    }

    /// The frequency, of one unit a nanosecond.
    pub(crate) fn frequency(self, generation: u64) -> Self {
        self.batch(generation, NONE, &numbers(EventType::FREQUENCY, &[1_000_000_000]))
    }

    /// A string table.
    pub(crate) fn strings(self, generation: u64, strings: &[(u64, &str)]) -> Self {
        let mut payload = vec![EventType::STRINGS.0];
        for (id, text) in strings {
            payload.extend(numbers(EventType::STRING, &[*id, text.len() as u64]));
            payload.extend(text.as_bytes());
        }
        self.batch(generation, NONE, &payload)
    }

    /// A stack table; a frame is PC, function, file, line.
    pub(crate) fn stacks(self, generation: u64, stacks: &[(u64, &[[u64; 4]])]) -> Self {
        let mut payload = vec![EventType::STACKS.0];
        for (id, frames) in stacks {
            payload.extend(numbers(EventType::STACK, &[*id, frames.len() as u64]));
            for number in frames.iter().flatten() {
                varint(&mut payload, *number);
            }
        }
        self.batch(generation, NONE, &payload)
    }

    /// The whole trace.
    pub(crate) fn build(self) -> Vec<u8> {
        self.bytes
    }
}

/// An event of an ordinary batch, ten units after the one before.
pub(crate) fn event(event: EventType, arguments: &[u64]) -> Vec<u8> {
    numbers(event, &[&[10], arguments].concat())
}

/// A type byte and the numbers behind it.
pub(crate) fn numbers(event: EventType, numbers: &[u64]) -> Vec<u8> {
    let mut bytes = vec![event.0];
    for number in numbers {
        varint(&mut bytes, *number);
    }
    bytes
}

/// Appends an unsigned LEB128 integer.
pub(crate) fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
