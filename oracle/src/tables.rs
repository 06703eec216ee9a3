//! The tables of one generation: strings, stacks, CPU samples, clock, experimental data (format 2.3, 2.6).

use crate::batch::Batch;
use crate::error::ErrorKind;
use crate::id_table::IdTable;
use crate::wire_event::{self, MAX_ARGUMENTS, Names, WireEvent};
use procsteal_wire::EventType;
use std::cell::OnceCell;
use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Bytes of the trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

impl Span {
    /// Strings, which are what spans are kept of, have at most this many bits of length.
    const LENGTH_BITS: u32 = 11;

    /// The span of a string as one number.
    pub(crate) fn packed(self) -> u64 {
        (self.start as u64) << Self::LENGTH_BITS | self.length as u64
    }

    /// The span that was packed.
    pub(crate) fn unpacked(packed: u64) -> Self {
        let length = packed & ((1 << Self::LENGTH_BITS) - 1);
        Self { start: (packed >> Self::LENGTH_BITS) as usize, length: length as usize }
    }

    #[inline]
    pub(crate) fn of(self, trace: &[u8]) -> &[u8] {
        &trace[self.start..self.start + self.length]
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

/// The fewest units that take two bytes: most time deltas are less.
const SHORT_UNITS: usize = 128;

/// Converts clock units to nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// What few units are in nanoseconds.
    short: [i64; SHORT_UNITS],
    units_per_second: Option<u64>,
    nanoseconds_per_unit: f64,
    /// The same as an integer, if it is a small one.
    factor: u64,
    /// Below this number of units integers give what floating point numbers give; 0 if there is no `factor`.
    exact_units: u64,
}

impl Clock {
    /// A clock that does not run.
    fn stopped() -> Self {
        Self {
            short: [0; SHORT_UNITS],
            units_per_second: None,
            nanoseconds_per_unit: 0.0,
            factor: 0,
            exact_units: 0,
        }
    }

    /// A clock of that frequency.
    #[cfg(test)]
    pub(crate) fn of(units_per_second: u64) -> Self {
        let mut clock = Self::stopped();
        clock.set(units_per_second);
        clock
    }

    fn set(&mut self, units_per_second: u64) {
        if self.units_per_second == Some(units_per_second) {
            return;
        }
        /// With fewer units and no larger factor a product has at most 53 bits, so a floating point number holds it.
        const EXACT_UNITS: u64 = 1 << 40;
        const LARGEST_FACTOR: f64 = 8192.0;
        let nanoseconds_per_unit = 1.0 / (units_per_second as f64 / 1e9);
        let exact = nanoseconds_per_unit <= LARGEST_FACTOR && nanoseconds_per_unit.fract() == 0.0;
        let factor = nanoseconds_per_unit as u64;
        *self = Self {
            short: [0; SHORT_UNITS],
            units_per_second: Some(units_per_second),
            nanoseconds_per_unit,
            factor,
            exact_units: if exact { EXACT_UNITS } else { 0 },
        };
        for units in 0..SHORT_UNITS {
            self.short[units] = self.nanoseconds(units as u64);
        }
    }

    /// What so few units are, which the clock has at hand.
    #[inline(always)]
    pub(crate) fn nanoseconds_short(&self, units: u8) -> i64 {
        self.short[usize::from(units)]
    }

    #[inline]
    pub(crate) fn nanoseconds(&self, units: u64) -> i64 {
        if units < self.exact_units {
            return (units * self.factor).cast_signed();
        }
        self.nanoseconds_rounded(units)
    }

    /// As Go on amd64 converts: what does not fit becomes the smallest integer (format 2.6).
    fn nanoseconds_rounded(&self, units: u64) -> i64 {
        let nanoseconds = units as f64 * self.nanoseconds_per_unit;
        if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&nanoseconds) {
            nanoseconds as i64
        } else {
            i64::MIN
        }
    }
}

/// What a generation declares besides its events.
#[derive(Clone)]
pub(crate) struct Tables {
    pub(crate) generation: u64,
    /// The empty string, which no one declares, has id 0.
    pub(crate) strings: IdTable<Span>,
    /// The empty stack, which no one declares, has id 0.
    pub(crate) stacks: IdTable<FrameRange>,
    /// Those that were declared, in the order of the file.
    pub(crate) stack_ids: Vec<u64>,
    /// In the order of the file.
    pub(crate) frames: Vec<RawFrame>,
    /// For each frame the first one of the same PC, once it is asked for.
    first_frames: OnceCell<Vec<usize>>,
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
            stack_ids: Vec::new(),
            frames: Vec::new(),
            first_frames: OnceCell::new(),
            frequency: None,
            clock: Clock::stopped(),
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
        self.strings.insert(0, Span::default());
        self.stacks.clear();
        self.stacks.insert(0, FrameRange::default());
        self.stack_ids.clear();
        self.frames.clear();
        self.first_frames.take();
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
        self.strings.seal();
        self.stacks.seal();
        let has = |id| self.strings.contains(id);
        if !self.frames.iter().all(|frame| has(frame.function) && has(frame.file)) {
            self.check_frames()?;
        }
        self.clock.set(frequency);
        let clock = &self.clock;
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
        let mut ids = self.stack_ids.clone();
        ids.sort_unstable();
        for stack in ids {
            for frame in self.frames_of(stack) {
                for (field, string) in [("func", frame.function), ("file", frame.file)] {
                    if !self.strings.contains(string) {
                        return Err(ErrorKind::InvalidFrameString { field, string, stack });
                    }
                }
            }
        }
        Ok(())
    }

    /// The frames of a stack, the innermost first; of an unknown stack none. The first frame of each PC stands for all of
    /// that PC (format 7.1).
    pub(crate) fn frames_of(
        &self,
        stack: u64,
    ) -> impl DoubleEndedIterator<Item = RawFrame> + ExactSizeIterator + use<'_> {
        let range = self.stacks.get(stack).copied().unwrap_or_default();
        let first = self.first_frames.get_or_init(|| first_frames(&self.frames));
        first[range.start..range.start + range.count].iter().map(|index| self.frames[*index])
    }

    /// Where the text of string `id` is.
    #[inline]
    pub(crate) fn string(&self, id: u64) -> Option<Span> {
        self.strings.get(id).copied()
    }

    /// Whether all strings and stacks that an event of this kind names are there (format 4.3).
    #[inline(always)]
    pub(crate) fn has_ids_of(&self, kind: EventType, arguments: &[u64; MAX_ARGUMENTS]) -> bool {
        let names = Names::of(kind);
        !names.any()
            || names.stack(arguments).is_none_or(|id| self.stacks.contains(id))
                && names.new_stack(arguments).is_none_or(|id| self.stacks.contains(id))
                && names.string(arguments).is_none_or(|id| self.strings.contains(id))
                && names.other_string(arguments).is_none_or(|id| self.strings.contains(id))
    }

    /// The same, for ids that are where little code finds them.
    #[inline(always)]
    pub(crate) fn surely_has_ids_of(&self, kind: EventType, arguments: &[u64; MAX_ARGUMENTS]) -> bool {
        let names = Names::of(kind);
        names.stack(arguments).is_none_or(|id| self.stacks.is_sealed(id))
            && names.new_stack(arguments).is_none_or(|id| self.stacks.is_sealed(id))
            && names.string(arguments).is_none_or(|id| self.strings.is_sealed(id))
            && names.other_string(arguments).is_none_or(|id| self.strings.is_sealed(id))
    }

    /// Which of the ids that an event names is not there.
    #[cold]
    pub(crate) fn check_ids_of(&self, event: &WireEvent) -> Result<(), ErrorKind> {
        let name = wire_event::name(event.event);
        let names = Names::of(event.event);
        let arguments = &event.arguments;
        for stack in [names.stack(arguments), names.new_stack(arguments)].into_iter().flatten() {
            if !self.stacks.contains(stack) {
                return Err(ErrorKind::InvalidStackId { stack, event: name });
            }
        }
        for string in [names.string(arguments), names.other_string(arguments)].into_iter().flatten() {
            if !self.strings.contains(string) {
                return Err(ErrorKind::InvalidStringId { string, event: name });
            }
        }
        Ok(())
    }
}

/// For each frame the number of the first one of the same PC.
fn first_frames(frames: &[RawFrame]) -> Vec<usize> {
    let mut first: HashMap<u64, usize, RandomState> = HashMap::default();
    frames.iter().enumerate().map(|(number, frame)| *first.entry(frame.pc).or_insert(number)).collect()
}

/// Whether something must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    No,
    Yes,
}
