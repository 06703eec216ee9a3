//! Batches: the headers that frame the trace (format 2.2).

use crate::error::ErrorKind;
use crate::ids::signed;
use crate::varint::{self, VarintError};
use procsteal_wire::{EventType, MAX_BATCH_SIZE};

/// One batch, its payload still in the trace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// 0 for none.
    pub(crate) experiment: u8,
    pub(crate) generation: u64,
    pub(crate) thread: i64,
    pub(crate) base_time: u64,
    /// Where its header begins.
    pub(crate) offset: usize,
    /// Where its payload begins.
    pub(crate) start: usize,
    /// Where its payload ends, and the next batch begins.
    pub(crate) end: usize,
}

impl Batch {
    /// The first byte of its payload, which says what it holds; `None` for none or data of an experiment.
    pub(crate) fn first_byte(&self, trace: &[u8]) -> Option<EventType> {
        (self.experiment == 0 && self.start < self.end).then(|| EventType(trace[self.start]))
    }
}

/// Reads the batch at `offset`; `None` at the end of the trace.
pub(crate) fn read(trace: &[u8], offset: usize) -> Result<Option<Batch>, ErrorKind> {
    if let Some(batch) = read_usual(trace, offset) {
        return Ok(Some(batch));
    }
    let Some(&kind) = trace.get(offset) else { return Ok(None) };
    let mut at = offset + 1;
    let mut experiment = 0;
    match EventType(kind) {
        EventType::EVENT_BATCH => {}
        EventType::EXPERIMENTAL_BATCH => {
            // Go takes the end of the trace here for its proper end (format 2.2, quirk).
            let Some(&byte) = trace.get(at) else { return Ok(None) };
            experiment = byte;
            at += 1;
        }
        EventType::END_OF_GENERATION => {
            let (thread, base_time) = (-1, 0);
            return Ok(Some(Batch {
                experiment,
                generation: 0,
                thread,
                base_time,
                offset,
                start: offset,
                end: at,
            }));
        }
        _ => return Err(ErrorKind::ExpectedBatch { byte: kind }),
    }
    let mut field = |name| -> Result<u64, ErrorKind> {
        let (value, next) = varint::read(trace, at).map_err(|error| bad_header(name, error))?;
        at = next;
        Ok(value)
    };
    let generation = field("gen")?;
    let thread = signed(field("M ID")?);
    let base_time = field("timestamp")?;
    let (size, at) = varint::read(trace, at).map_err(|error| bad_header("size", error))?;
    if size > MAX_BATCH_SIZE {
        return Err(ErrorKind::BatchTooLarge { size });
    }
    let left = (trace.len() - at) as u64;
    if left < size {
        return Err(ErrorKind::BatchTruncated { read: left, wanted: size });
    }
    Ok(Some(Batch { experiment, generation, thread, base_time, offset, start: at, end: at + size as usize }))
}

/// Reads the batch at `offset` if its header is one that the runtime writes: whole, of short numbers but for the size, which
/// is padded. Nearly all are; the others are for [`read`].
#[inline(always)]
fn read_usual(trace: &[u8], offset: usize) -> Option<Batch> {
    /// A type byte, three numbers of at most three, ten and three bytes, and the size.
    const LONGEST: usize = 1 + 3 + 10 + 3 + 10;
    let header = trace.get(offset..)?.first_chunk::<LONGEST>()?;
    if EventType(header[0]) != EventType::EVENT_BATCH {
        return None;
    }
    let (generation, at) = varint::read_short(header, 1)?;
    let (thread, at) = varint::read_id(header, at)?;
    let (base_time, at) = varint::read_short(header, at)?;
    let start = offset + at + varint::PADDED_SIZE;
    let size = varint::read_padding(header, at).filter(|size| *size <= MAX_BATCH_SIZE)?;
    let end = start + size as usize;
    let (experiment, thread) = (0, signed(thread));
    (end <= trace.len()).then_some(Batch { experiment, generation, thread, base_time, offset, start, end })
}

#[cold]
fn bad_header(field: &'static str, error: VarintError) -> ErrorKind {
    ErrorKind::BatchHeader { field, cause: cause(error) }
}

/// Go's words for what is wrong with a number.
pub(crate) fn cause(error: VarintError) -> &'static str {
    match error {
        VarintError::Empty => "EOF",
        VarintError::Truncated => "unexpected EOF",
        VarintError::Overflow => "binary: varint overflows a 64-bit integer",
    }
}
