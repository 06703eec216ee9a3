//! The tables of one generation: strings, stacks, CPU samples, clock, experimental data (format 2.3, 2.6).

use crate::batch::Batch;
use crate::error::ErrorKind;
use crate::id_table::{IdTable, Recycle, SlotIndex};
use crate::wire_event::{self, WireEvent};
use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Bytes of the trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

impl Span {
    #[inline]
    pub(crate) fn of(self, trace: &[u8]) -> &[u8] {
        &trace[self.start..self.start + self.length]
    }
}

impl Recycle for Span {
    fn recycle(&mut self) {
        *self = Self::default();
    }
}

/// One frame of a stack, its texts as string ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawFrame {
    pub(crate) pc: u64,
    pub(crate) function: u64,
    pub(crate) file: u64,
    pub(crate) line: u64,
}

/// Where a stack's frames lie in [`Tables::frames`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FrameRange {
    pub(crate) start: usize,
    pub(crate) count: usize,
}

impl Recycle for FrameRange {
    fn recycle(&mut self) {
        *self = Self::default();
    }
}

/// One CPU sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// In clock units until the generation is read to its end, then in nanoseconds.
    pub(crate) time: i64,
    pub(crate) thread: i64,
    pub(crate) proc: i64,
    pub(crate) goroutine: i64,
    pub(crate) stack: u64,
    pub(crate) offset: usize,
}

/// The clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    pub(crate) time_units: u64,
    pub(crate) mono: u64,
    pub(crate) wall_seconds: u64,
    pub(crate) wall_nanoseconds: u64,
}

/// The payload of a batch of an experiment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExperimentalData {
    pub(crate) experiment: u8,
    pub(crate) thread: i64,
    pub(crate) payload: Span,
}

/// Converts clock units to nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    nanoseconds_per_unit: f64,
    /// The same as an integer, if it is a small one.
    factor: u64,
    /// Below this number of units integers give what floating point numbers give; 0 if there is no `factor`.
    exact_units: u64,
}

impl Clock {
    fn new(units_per_second: u64) -> Self {
        /// With fewer units and no larger factor a product has at most 53 bits, so a floating point number holds it.
        const EXACT_UNITS: u64 = 1 << 40;
        const LARGEST_FACTOR: f64 = 8192.0;
        let nanoseconds_per_unit = 1.0 / (units_per_second as f64 / 1e9);
        let exact = nanoseconds_per_unit <= LARGEST_FACTOR && nanoseconds_per_unit.fract() == 0.0;
        let factor = nanoseconds_per_unit as u64;
        Self { nanoseconds_per_unit, factor, exact_units: if exact { EXACT_UNITS } else { 0 } }
    }

    #[inline]
    pub(crate) fn nanoseconds(self, units: u64) -> i64 {
        if units < self.exact_units {
            return (units * self.factor).cast_signed();
        }
        self.nanoseconds_rounded(units)
    }

    /// As Go on amd64 converts: what does not fit becomes the smallest integer (format 2.6).
    fn nanoseconds_rounded(self, units: u64) -> i64 {
        let nanoseconds = units as f64 * self.nanoseconds_per_unit;
        if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&nanoseconds) {
            nanoseconds as i64
        } else {
            i64::MIN
        }
    }
}

/// What a generation declares besides its events.
pub(crate) struct Tables {
    pub(crate) generation: u64,
    pub(crate) strings: IdTable<Span>,
    pub(crate) stacks: IdTable<FrameRange>,
    /// In the order of the file.
    pub(crate) frames: Vec<RawFrame>,
    pub(crate) frequency: Option<u64>,
    pub(crate) clock: Clock,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) experimental: Vec<ExperimentalData>,
    /// The smallest base time of its batches, as Go computes it (format 2.5).
    pub(crate) first_time_units: u64,
    /// Where its first batch begins.
    pub(crate) offset: usize,
}

impl Tables {
    pub(crate) fn new() -> Self {
        Self {
            generation: 0,
            strings: IdTable::new(),
            stacks: IdTable::new(),
            frames: Vec::new(),
            frequency: None,
            clock: Clock::default(),
            snapshot: None,
            samples: Vec::new(),
            experimental: Vec::new(),
            first_time_units: 0,
            offset: 0,
        }
    }

    pub(crate) fn reset(&mut self, trace_bytes: usize) {
        self.strings.reset(trace_bytes);
        self.stacks.reset(trace_bytes);
        self.clear();
    }

    pub(crate) fn clear(&mut self) {
        self.generation = 0;
        self.strings.clear();
        self.stacks.clear();
        self.frames.clear();
        self.frequency = None;
        self.snapshot = None;
        self.samples.clear();
        self.experimental.clear();
        self.first_time_units = 0;
    }

    /// Checks what can only be checked at the end of the generation, and converts its samples' times.
    pub(crate) fn finish(&mut self, snapshot: Required) -> Result<(), ErrorKind> {
        let frequency = self.frequency.ok_or(ErrorKind::NoFrequency {})?;
        if snapshot == Required::Yes && self.snapshot.is_none() {
            return Err(ErrorKind::NoClockSnapshot {});
        }
        if !self.frames.iter().all(|frame| self.has_string(frame.function) && self.has_string(frame.file)) {
            self.check_frames()?;
        }
        self.clock = Clock::new(frequency);
        let clock = self.clock;
        for sample in &mut self.samples {
            sample.time = clock.nanoseconds(sample.time.cast_unsigned());
        }
        crate::sort::sort_by_time(&mut self.samples, |sample| sample.time);
        Ok(())
    }

    /// Keeps the payload of a batch of an experiment.
    pub(crate) fn add_experimental(&mut self, batch: &Batch) {
        let payload = Span { start: batch.start, length: batch.end - batch.start };
        let (experiment, thread) = (batch.experiment, batch.thread);
        self.experimental.push(ExperimentalData { experiment, thread, payload });
    }

    /// Only the first frame of each PC counts (format 7.1). Stacks are checked by ascending id, as Go checks them while
    /// their ids are dense; where they are not, Go's order is random.
    #[cold]
    fn check_frames(&self) -> Result<(), ErrorKind> {
        let mut first: HashMap<u64, &RawFrame, RandomState> = HashMap::default();
        for frame in &self.frames {
            first.entry(frame.pc).or_insert(frame);
        }
        let mut stacks: Vec<(u64, FrameRange)> = self.stacks.iter().map(|(id, range)| (id, *range)).collect();
        stacks.sort_unstable_by_key(|(id, _)| *id);
        for (stack, range) in stacks {
            for frame in &self.frames[range.start..range.start + range.count] {
                let frame = first.get(&frame.pc).copied().unwrap_or(frame);
                for (field, string) in [("func", frame.function), ("file", frame.file)] {
                    if !self.has_string(string) {
                        return Err(ErrorKind::InvalidFrameString { field, string, stack });
                    }
                }
            }
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn has_string(&self, id: u64) -> bool {
        id == 0 || self.strings.contains(id)
    }

    /// Where the text of string `id` is; the empty string has id 0.
    #[inline]
    pub(crate) fn string(&self, id: u64) -> Option<Span> {
        if id == 0 { Some(Span::default()) } else { self.strings.get(id).copied() }
    }

    #[inline]
    pub(crate) fn stack(&self, id: u64) -> Option<SlotIndex> {
        self.stacks.find(id)
    }

    /// Whether all strings and stacks that an event names are there (format 4.3).
    #[inline(always)]
    pub(crate) fn has_ids_of(&self, event: &WireEvent) -> bool {
        if !event.names_ids() {
            return true;
        }
        let (stack, new_stack) = (event.stack(), event.new_stack());
        (stack == 0 || self.stacks.contains(stack))
            && (new_stack == 0 || self.stacks.contains(new_stack))
            && event.string().is_none_or(|string| self.has_string(string))
            && event.other_string().is_none_or(|string| self.has_string(string))
    }

    /// Which of the ids that an event names is not there.
    #[cold]
    pub(crate) fn check_ids_of(&self, event: &WireEvent) -> Result<(), ErrorKind> {
        let name = wire_event::name(event.event);
        for stack in [event.stack(), event.new_stack()] {
            if stack != 0 && !self.stacks.contains(stack) {
                return Err(ErrorKind::InvalidStackId { stack, event: name });
            }
        }
        let mut strings = [event.string(), event.other_string()].into_iter().flatten();
        match strings.find(|string| !self.has_string(*string)) {
            Some(string) => Err(ErrorKind::InvalidStringId { string, event: name }),
            None => Ok(()),
        }
    }
}

/// Whether something must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    No,
    Yes,
}
