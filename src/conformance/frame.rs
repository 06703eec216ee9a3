//! A trace as its batches, loosely: enough to take one apart, alter it and put it together again.
//!
//! This is neither the oracle's reading nor the model's writing: it never rejects, it keeps what it does not
//! understand as a tail of bytes, and it writes what it is told, right or wrong.

use procsteal_wire::{Class, EventType, HEADER_SIZE, MAX_VARINT_SIZE, row};

/// A header, batches, and the bytes after the last whole batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Frames {
    pub(super) header: Vec<u8>,
    pub(super) batches: Vec<Batch>,
    pub(super) tail: Vec<u8>,
}

/// One batch, or the byte that ends a generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Batch {
    /// The kind byte: `EventBatch`, `ExperimentalBatch` or `EndOfGeneration` (which has no other field).
    pub(super) kind: u8,
    /// The experiment's number, of an `ExperimentalBatch` only.
    pub(super) experiment: u8,
    pub(super) generation: u64,
    pub(super) thread: u64,
    pub(super) time: u64,
    /// The size in the header, where it is not the payload's.
    pub(super) false_size: Option<u64>,
    pub(super) payload: Vec<u8>,
}

impl Batch {
    /// An ordinary batch of `thread`, from `time` on.
    pub(super) fn new(generation: u64, thread: u64, time: u64, payload: Vec<u8>) -> Self {
        let kind = EventType::EVENT_BATCH.0;
        Self { kind, experiment: 0, generation, thread, time, false_size: None, payload }
    }

    /// The byte that ends a generation since Go 1.26.
    pub(super) fn end_of_generation() -> Self {
        Self { kind: EventType::END_OF_GENERATION.0, ..Self::new(0, 0, 0, Vec::new()) }
    }

    fn append(&self, out: &mut Vec<u8>) {
        out.push(self.kind);
        if self.kind == EventType::END_OF_GENERATION.0 {
            return;
        }
        if self.kind == EventType::EXPERIMENTAL_BATCH.0 {
            out.push(self.experiment);
        }
        for value in [self.generation, self.thread, self.time] {
            append_varint(out, value);
        }
        append_varint(out, self.false_size.unwrap_or(self.payload.len() as u64));
        out.extend_from_slice(&self.payload);
    }
}

impl Frames {
    /// Takes `trace` apart as far as it goes.
    pub(super) fn split(trace: &[u8]) -> Self {
        let header_size = trace.len().min(HEADER_SIZE);
        let mut rest = &trace[header_size..];
        let mut batches = Vec::new();
        while let Some((batch, after)) = split_batch(rest) {
            batches.push(batch);
            rest = after;
        }
        Self { header: trace[..header_size].to_vec(), batches, tail: rest.to_vec() }
    }

    /// The bytes.
    pub(super) fn join(&self) -> Vec<u8> {
        let mut out = self.header.clone();
        for batch in &self.batches {
            batch.append(&mut out);
        }
        out.extend_from_slice(&self.tail);
        out
    }
}

fn split_batch(bytes: &[u8]) -> Option<(Batch, &[u8])> {
    let (&kind, mut rest) = bytes.split_first()?;
    if kind == EventType::END_OF_GENERATION.0 {
        return Some((Batch::end_of_generation(), rest));
    }
    let mut experiment = 0;
    if kind == EventType::EXPERIMENTAL_BATCH.0 {
        (experiment, rest) = rest.split_first().map(|(&byte, rest)| (byte, rest))?;
    } else if kind != EventType::EVENT_BATCH.0 {
        return None;
    }
    let mut fields = [0; 4];
    for field in &mut fields {
        (*field, rest) = split_varint(rest)?;
    }
    let [generation, thread, time, size] = fields;
    let (payload, rest) = rest.split_at_checked(usize::try_from(size).ok()?)?;
    Some((
        Batch { kind, experiment, generation, thread, time, false_size: None, payload: payload.to_vec() },
        rest,
    ))
}

/// One event of an ordinary batch; a payload that is none of these is one of the last kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    /// A whole event: its number, its time delta, its other arguments.
    Event { event: EventType, arguments: Vec<u64> },
    /// Anything else, up to the payload's end.
    Bytes(Vec<u8>),
}

/// The events of a batch's payload.
pub(super) fn split_payload(payload: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = payload;
    while let Some((piece, after)) = split_event(rest) {
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Bytes(rest.to_vec()));
    }
    pieces
}

fn split_event(bytes: &[u8]) -> Option<(Piece, &[u8])> {
    let (&number, mut rest) = bytes.split_first()?;
    let row = row(EventType(number)).filter(|row| row.class != Class::Structural)?;
    let mut arguments = vec![0; row.arguments.len() + 1];
    for argument in &mut arguments {
        (*argument, rest) = split_varint(rest)?;
    }
    Some((Piece::Event { event: row.event, arguments }, rest))
}

/// The payload of these pieces.
pub(super) fn join_payload(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Event { event, arguments } => {
                out.push(event.0);
                for &argument in arguments {
                    append_varint(&mut out, argument);
                }
            }
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
        }
    }
    out
}

pub(super) fn append_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn split_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length = bytes.iter().take(MAX_VARINT_SIZE).position(|&byte| byte < 0x80)? + 1;
    let (varint, rest) = bytes.split_at(length);
    let value = varint
        .iter()
        .enumerate()
        .fold(0, |value, (index, &byte)| value | u64::from(byte & 0x7f) << (7 * index));
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_survives_being_taken_apart() {
        let mut frames = Frames {
            header: procsteal_wire::HEADER_1_22.to_vec(),
            batches: vec![Batch::new(1, 2, 300, vec![11, 5]), Batch::end_of_generation()],
            tail: vec![1, 0x80],
        };
        frames.batches.push(Batch { kind: 49, experiment: 1, ..Batch::new(1, u64::MAX, 4, vec![0; 200]) });
        assert_eq!(Frames::split(&frames.join()), frames);
    }

    #[test]
    fn a_payload_survives_being_taken_apart() {
        let payload = [11, 5, 10, 1, 2, 0x83, 1, 13, 1];
        let pieces = split_payload(&payload);
        assert_eq!(
            pieces,
            [
                Piece::Event { event: EventType::PROC_STOP, arguments: vec![5] },
                Piece::Event { event: EventType::PROC_START, arguments: vec![1, 2, 131] },
                Piece::Bytes(vec![13, 1]),
            ]
        );
        assert_eq!(join_payload(&pieces), payload);
    }
}
