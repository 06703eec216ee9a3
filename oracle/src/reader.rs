//! The reader: an iterator over a trace's events in Go's order.

use crate::engine::{Engine, Progress, Recorder, SyncKind};
use crate::error::Error;
use crate::event::{Event, Form};
use crate::event_buffer::EventBuffer;
use crate::order::Context;
use crate::state::NONE;

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
    #[inline(always)]
    pub fn next_event(&mut self) -> Result<Option<&Event<'t>>, Error> {
        if !self.events.any() {
            self.make()?;
        }
        Ok(self.events.take())
    }

    /// The next events, as many as there are at once, which stay in the reader; none at the end of the trace. Faster than
    /// [`Reader::next_event`], which goes back to the reader for each.
    ///
    /// ```
    /// let mut reader = procsteal_oracle::Reader::new(b"go 1.26 trace\0\0\0")?;
    /// let mut count = 0;
    /// loop {
    ///     let events = reader.next_events()?;
    ///     if events.is_empty() {
    ///         break;
    ///     }
    ///     count += events.len();
    /// }
    /// assert_eq!(count, 1);
    /// # Ok::<(), procsteal_oracle::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the trace. After an error there are no events.
    pub fn next_events(&mut self) -> Result<&[Event<'t>], Error> {
        if !self.events.any() {
            self.make()?;
        }
        Ok(self.events.take_all())
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
        let sample = self.engine.tables().samples[number];
        let context = Context { thread: sample.thread, proc: sample.proc, goroutine: sample.goroutine };
        self.events.push(sample.time, context, Form::StackSample, sample.stack, sample.offset);
    }

    fn sync(&mut self, kind: SyncKind) {
        self.sync_count += 1;
        let (mut form, mut offset, mut time) = (Form::Sync, self.trace.len(), self.events.last_time());
        match kind {
            SyncKind::Generation => {
                let tables = self.engine.tables();
                if tables.experimental.iter().any(|data| data.experiment != ALLOC_FREE) {
                    form = Form::UnreadableSync;
                }
                offset = tables.offset;
                time = tables.clock.nanoseconds(tables.first_time_units);
                self.events.start(tables);
            }
            SyncKind::End => self.events.end(),
        }
        let context = Context { thread: NONE, proc: NONE, goroutine: NONE };
        self.events.push(time, context, form, self.sync_count, offset);
    }
}

impl<'t> Iterator for Reader<'t> {
    type Item = Result<Event<'t>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.next_event() {
            Ok(event) => event.map(|event| Ok(event.clone())),
            Err(error) => Some(Err(error)),
        }
    }
}
