//! Reads batches of strings, stacks, CPU samples and clocks into the tables of a generation (format 2.3).

use crate::batch::{Batch, cause};
use crate::error::ErrorKind;
use crate::header::Version;
use crate::ids::signed;
use crate::tables::{FrameRange, RawFrame, Sample, Snapshot, Span, Tables};
use crate::varint::{self, VarintError};
use procsteal_wire::{EventType, MAX_STACK_FRAMES, MAX_STRING_SIZE};

/// Why a batch could not be read.
pub(crate) enum Failure {
    /// It ends just before a number. Go takes that for the end of the trace (format 2.3, EOF-leak quirk).
    LeakedEnd,
    /// It cannot be read; the offset is of the entry at fault.
    Bad(ErrorKind, usize),
}

type Loaded = Result<(), Failure>;

/// A place in a batch's payload.
struct Input<'t> {
    data: &'t [u8],
    at: usize,
    /// Where the current entry began.
    entry: usize,
}

impl<'t> Input<'t> {
    /// Behind the byte that says what the batch holds.
    fn new(trace: &'t [u8], batch: &Batch) -> Self {
        Self { data: &trace[..batch.end], at: batch.start + 1, entry: batch.start }
    }

    fn fail<T>(&self, kind: ErrorKind) -> Result<T, Failure> {
        Err(Failure::Bad(kind, self.entry))
    }

    /// The type byte of the next entry.
    fn next_entry(&mut self) -> Option<EventType> {
        let &byte = self.data.get(self.at)?;
        self.entry = self.at;
        self.at += 1;
        Some(EventType(byte))
    }

    fn number(&mut self) -> Result<u64, Failure> {
        match varint::read(self.data, self.at) {
            Ok((value, next)) => {
                self.at = next;
                Ok(value)
            }
            Err(VarintError::Empty) => Err(Failure::LeakedEnd),
            Err(VarintError::Truncated) => self.fail(ErrorKind::UnexpectedEof {}),
            Err(VarintError::Overflow) => self.fail(ErrorKind::VarintOverflow {}),
        }
    }

    fn frame_field(&mut self, frame: u64, field: &'static str, stack: u64) -> Result<u64, Failure> {
        match varint::read(self.data, self.at) {
            Ok((value, next)) => {
                self.at = next;
                Ok(value)
            }
            Err(error) => self.fail(ErrorKind::StackFrame { frame, field, stack, cause: cause(error) }),
        }
    }
}

/// Reads a batch that begins with `Strings`.
pub(crate) fn strings(tables: &mut Tables, trace: &[u8], batch: &Batch) -> Loaded {
    let mut input = Input::new(trace, batch);
    while let Some(entry) = input.next_entry() {
        if entry != EventType::STRING {
            return input.fail(ErrorKind::ExpectedString { byte: entry.0 });
        }
        let id = input.number()?;
        let size = input.number()?;
        if size > MAX_STRING_SIZE {
            return input.fail(ErrorKind::StringTooLong { size });
        }
        let left = (batch.end - input.at) as u64;
        if left < size {
            return input.fail(ErrorKind::StringTruncated { read: left, wanted: size });
        }
        if tables.strings.contains(id) {
            return input.fail(ErrorKind::DuplicateString { id });
        }
        tables.strings.insert(id, Span { start: input.at, length: size as usize });
        input.at += size as usize;
    }
    Ok(())
}

/// Reads a batch that begins with `Stacks`.
pub(crate) fn stacks(tables: &mut Tables, trace: &[u8], batch: &Batch) -> Loaded {
    let mut input = Input::new(trace, batch);
    while let Some(entry) = input.next_entry() {
        if entry != EventType::STACK {
            return input.fail(ErrorKind::ExpectedStack { byte: entry.0 });
        }
        let id = input.number()?;
        let count = input.number()?;
        if count > MAX_STACK_FRAMES {
            return input.fail(ErrorKind::StackTooDeep { frames: count });
        }
        let start = tables.frames.len();
        for number in 1..=count {
            let pc = input.frame_field(number, "PC", id)?;
            let function = input.frame_field(number, "funcID", id)?;
            let file = input.frame_field(number, "fileID", id)?;
            let line = input.frame_field(number, "line", id)?;
            tables.frames.push(RawFrame { pc, function, file, line });
        }
        if tables.stacks.contains(id) {
            return input.fail(ErrorKind::DuplicateStack { id });
        }
        tables.stacks.insert(id, FrameRange { start, count: count as usize });
        tables.stack_ids.push(id);
    }
    Ok(())
}

/// Reads a batch that begins with `CPUSamples`.
pub(crate) fn cpu_samples(tables: &mut Tables, trace: &[u8], batch: &Batch) -> Loaded {
    let mut input = Input::new(trace, batch);
    while let Some(entry) = input.next_entry() {
        if entry != EventType::CPU_SAMPLE {
            return input.fail(ErrorKind::ExpectedCpuSample { byte: entry.0 });
        }
        let time = signed(input.number()?);
        let thread = signed(input.number()?);
        let proc = signed(input.number()?);
        let goroutine = match input.number()? {
            0 => -1,
            goroutine => signed(goroutine),
        };
        let stack = input.number()?;
        tables.samples.push(Sample { time, thread, proc, goroutine, stack, offset: input.entry });
    }
    Ok(())
}

/// Reads a batch that begins with `Frequency` before go 1.25, with `Sync` since.
pub(crate) fn sync(tables: &mut Tables, trace: &[u8], batch: &Batch, version: Version) -> Loaded {
    let mut input = Input::new(trace, batch);
    if version < Version::Go25 {
        input.at = batch.start;
    }
    let mut time_units = batch.base_time;
    while let Some(entry) = input.next_entry() {
        match entry {
            EventType::FREQUENCY => {
                if tables.frequency.is_some() {
                    return input.fail(ErrorKind::DuplicateFrequency {});
                }
                tables.frequency = Some(input.number()?);
            }
            EventType::CLOCK_SNAPSHOT if version >= Version::Go25 => {
                if tables.snapshot.is_some() {
                    return input.fail(ErrorKind::DuplicateClockSnapshot {});
                }
                time_units = time_units.wrapping_add(input.number()?);
                let (mono, wall_seconds, wall_nanoseconds) =
                    (input.number()?, input.number()?, input.number()?);
                tables.snapshot = Some(Snapshot { time_units, mono, wall_seconds, wall_nanoseconds });
            }
            _ => return input.fail(ErrorKind::ExpectedSyncItem { byte: entry.0 }),
        }
    }
    Ok(())
}
