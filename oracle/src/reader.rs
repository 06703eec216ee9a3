//! The reader: an iterator over a trace's events in Go's order.

use crate::engine::{Engine, Progress, SyncKind};
use crate::error::Error;
use crate::event::{ClockSnapshot, Event, ExperimentalBatch, Form, Sync};
use crate::event_buffer::EventBuffer;
use crate::ids::{Generation, GoId, ProcId, ThreadId, Timestamp};
use crate::stack_table::StackTable;
use crate::tables::{ExperimentalData, Tables};
use procsteal_wire::EventType;
use std::sync::Arc;

/// The experiment whose data Go's reader knows, `AllocFree`.
const ALLOC_FREE: u8 = 1;

/// Reads a trace and yields its events in the order and form of Go's own reader (1.26 and 1.27).
///
/// It yields an error at most once, and nothing after it.
///
/// ```
/// use procsteal_oracle::Reader;
///
/// let trace: &[u8] = b"go 1.26 trace\0\0\0";
/// let events: Result<Vec<_>, _> = Reader::new(trace)?.collect();
/// assert_eq!(events?.len(), 1, "a trace without generations still ends with a sync event");
/// # Ok::<(), procsteal_oracle::Error>(())
/// ```
pub struct Reader<'t> {
    trace: &'t [u8],
    engine: Engine,
    events: EventBuffer<'t>,
    /// What there is to say once the events that were made are taken away.
    error: Option<Error>,
    sync_count: u64,
}

impl<'t> Reader<'t> {
    /// Reads the header of `trace`, a whole file.
    ///
    /// # Errors
    ///
    /// If it is not the header of a trace of Go 1.22 or later.
    pub fn new(trace: &'t [u8]) -> Result<Self, Error> {
        let mut engine = Engine::new();
        engine.open(trace)?;
        Ok(Self { trace, engine, events: EventBuffer::new(trace), error: None, sync_count: 0 })
    }

    /// The next event, which stays in the reader; `None` at the end of the trace. Faster than [`Iterator::next`], which
    /// moves it out.
    ///
    /// ```
    /// let mut reader = procsteal_oracle::Reader::new(b"go 1.26 trace\0\0\0")?;
    /// let mut count = 0;
    /// while reader.next_event()?.is_some() {
    ///     count += 1;
    /// }
    /// assert_eq!(count, 1);
    /// # Ok::<(), procsteal_oracle::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the trace. After an error there are no events.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<&Event<'t>>, Error> {
        Ok(self.read()?.map(|event| &*event))
    }

    /// The next event; `None` at the end of the trace.
    #[inline(always)]
    fn read(&mut self) -> Result<Option<&mut Event<'t>>, Error> {
        if let Some(number) = self.events.take() {
            return Ok(self.events.event(number));
        }
        self.make()?;
        let number = self.events.take();
        Ok(number.and_then(|number| self.events.event(number)))
    }

    /// Makes some of the next events; none at the end of the trace.
    #[inline(never)]
    fn make(&mut self) -> Result<(), Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.events.clear();
        match self.engine.run(self.trace, &mut self.events) {
            Ok(Progress::Events | Progress::End) => Ok(()),
            Ok(Progress::Sample(number)) => {
                self.sample(number);
                Ok(())
            }
            Ok(Progress::Sync(kind)) => {
                self.sync(kind);
                Ok(())
            }
            Err(error) if self.events.any() => {
                self.error = Some(error);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn sample(&mut self, number: usize) {
        let tables = self.engine.tables();
        let sample = tables.samples[number];
        let mut event = Event::outside_streams(Form::StackSample, EventType::CPU_SAMPLE);
        event.thread = ThreadId(sample.thread);
        event.proc = ProcId(sample.proc);
        event.goroutine = GoId(sample.goroutine);
        event.position.generation = Generation(tables.generation);
        event.position.offset = sample.offset as u64;
        // Nothing checks the stacks of samples.
        let _ = event.stacks.set(&self.events.stacks, tables, sample.stack, 0);
        self.events.push(sample.time, event);
    }

    fn sync(&mut self, kind: SyncKind) {
        self.sync_count += 1;
        let mut sync = Sync { number: self.sync_count, clock: None, experimental: Vec::new() };
        let mut event = Event::outside_streams(Form::Sync, EventType::SYNC);
        event.position.offset = self.trace.len() as u64;
        let mut time = self.events.last_time();
        if kind == SyncKind::Generation {
            let tables = self.engine.tables();
            event.position.generation = Generation(tables.generation);
            event.position.offset = tables.offset as u64;
            time = tables.clock.nanoseconds(tables.first_time_units);
            sync.clock = clock_snapshot(tables);
            if tables.experimental.iter().any(|data| data.experiment != ALLOC_FREE) {
                event.flat.form = Form::UnreadableSync;
            }
            let batch = |data: &ExperimentalData| ExperimentalBatch {
                thread: ThreadId(data.thread),
                data: data.payload.of(self.trace),
            };
            sync.experimental = tables.experimental.iter().map(batch).collect();
            self.events.stacks = Arc::new(StackTable::of(self.trace, tables));
        }
        event.flat.sync = Some(Box::new(sync));
        self.events.push(time, event);
    }
}

impl<'t> Iterator for Reader<'t> {
    type Item = Result<Event<'t>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(event) => event.map(|event| Ok(event.leave())),
            Err(error) => Some(Err(error)),
        }
    }
}

/// The clocks at the beginning of a generation, the wall clock's nanoseconds brought below a second.
fn clock_snapshot(tables: &Tables) -> Option<ClockSnapshot> {
    const NANOSECONDS: i64 = 1_000_000_000;
    let snapshot = tables.snapshot?;
    let (seconds, nanoseconds) =
        (snapshot.wall_seconds.cast_signed(), snapshot.wall_nanoseconds.cast_signed());
    Some(ClockSnapshot {
        time: Timestamp(tables.clock.nanoseconds(snapshot.time_units)),
        mono_nanoseconds: snapshot.mono,
        wall_seconds: seconds.wrapping_add(nanoseconds.div_euclid(NANOSECONDS)),
        wall_nanoseconds: nanoseconds.rem_euclid(NANOSECONDS),
    })
}
