//! The reader: an iterator over a trace's events in Go's order.

use crate::engine::{Engine, Progress, Recorder, SyncKind};
use crate::error::Error;
use crate::event::{ClockSnapshot, Event, ExperimentalBatch, Flat, Form, Position, Stack, Sync};
use crate::ids::{Generation, GoId, ProcId, ThreadId, Timestamp};
use crate::materialize;
use crate::order::{Context, Draft, Effect, Record};
use crate::stack_cache::StackCache;
use crate::state::NONE;
use crate::tables::Tables;
use crate::wire_event::WireEvent;
use procsteal_wire::EventType;

/// The most events that one wire event stands for (a coroutine switch).
const MAX_DRAFTS: usize = 3;

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
    drafts: Drafts,
    stacks: StackCache<'t>,
    last_time: i64,
    sync_count: u64,
    current: Event<'t>,
}

/// What the last wire event emitted.
struct Drafts {
    drafts: [Draft; MAX_DRAFTS],
    count: usize,
    taken: usize,
    source: WireEvent,
    thread: i64,
}

impl Record for Drafts {
    #[inline]
    fn record(&mut self, draft: impl FnOnce() -> Draft) {
        if let Some(free) = self.drafts.get_mut(self.count) {
            *free = draft();
            self.count += 1;
        }
    }
}

impl Recorder for Drafts {
    #[inline]
    fn source(&mut self, thread: i64, event: &WireEvent) {
        self.source = *event;
        self.thread = thread;
    }
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
        let nowhere = Context { thread: NONE, proc: NONE, goroutine: NONE };
        let blank = Draft { context: nowhere, effect: Effect::Plain };
        let drafts = Drafts {
            drafts: [blank; MAX_DRAFTS],
            count: 0,
            taken: 0,
            source: WireEvent::BLANK,
            thread: NONE,
        };
        let (stacks, current) = (StackCache::default(), Event::BLANK);
        Ok(Self { trace, engine, drafts, stacks, last_time: 0, sync_count: 0, current })
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
        Ok(if self.read()? { Some(&self.current) } else { None })
    }

    /// Makes the next event the current one; `false` at the end of the trace.
    #[inline(always)]
    fn read(&mut self) -> Result<bool, Error> {
        if self.drafts.taken < self.drafts.count {
            self.take_draft();
            return Ok(true);
        }
        (self.drafts.taken, self.drafts.count) = (0, 0);
        let progress = match self.engine.advance(self.trace, &mut self.drafts) {
            Ok(progress) => progress,
            Err(error) => {
                // An event may have happened whose ids or whose successor are then found to be wrong: it is not shown.
                self.drafts.count = 0;
                return Err(error);
            }
        };
        match progress {
            Progress::Events => self.take_draft(),
            Progress::Sample(number) => self.current = self.sample(number),
            Progress::Sync(kind) => {
                self.stacks.clear();
                self.current = self.sync(kind);
            }
            Progress::End => return Ok(false),
        }
        Ok(true)
    }

    /// The next event of the last wire event. Drafts are read where they lie: copying what was just written would wait
    /// for the writes.
    #[inline(always)]
    fn take_draft(&mut self) {
        let Self { trace, engine, drafts, stacks, last_time, current, .. } = self;
        let Drafts { drafts, taken, source, thread, .. } = drafts;
        let draft = &drafts[*taken];
        *taken += 1;
        let tables = engine.tables();
        current.time = increase(last_time, source.time);
        current.thread = ThreadId(draft.context.thread);
        current.proc = ProcId(draft.context.proc);
        current.goroutine = GoId(draft.context.goroutine);
        current.stack = stacks.get(trace, tables, source.stack());
        current.position.generation = Generation(tables.generation);
        current.position.thread = ThreadId(*thread);
        current.position.offset = source.offset as u64;
        materialize::fill(&mut current.flat, trace, tables, stacks, source, draft);
    }

    fn sample(&mut self, number: usize) -> Event<'t> {
        let sample = self.engine.tables().samples[number];
        let time = increase(&mut self.last_time, sample.time);
        let tables = self.engine.tables();
        Event {
            time,
            thread: ThreadId(sample.thread),
            proc: ProcId(sample.proc),
            goroutine: GoId(sample.goroutine),
            flat: Flat::new(Form::StackSample, EventType::CPU_SAMPLE),
            stack: self.stacks.get(self.trace, tables, sample.stack),
            position: Position {
                generation: Generation(tables.generation),
                thread: ThreadId::NONE,
                offset: sample.offset as u64,
            },
        }
    }

    fn sync(&mut self, kind: SyncKind) -> Event<'t> {
        self.sync_count += 1;
        let mut position =
            Position { generation: Generation(0), thread: ThreadId::NONE, offset: self.trace.len() as u64 };
        let mut time = self.last_time;
        let mut sync = Sync { number: self.sync_count, clock: None, experimental: Vec::new() };
        let mut readable = true;
        if kind == SyncKind::Generation {
            let tables = self.engine.tables();
            position.generation = Generation(tables.generation);
            position.offset = tables.offset as u64;
            time = tables.clock.nanoseconds(tables.first_time_units);
            sync.clock = clock_snapshot(tables);
            readable = tables.experimental.iter().all(|data| data.experiment == ALLOC_FREE);
            sync.experimental = tables
                .experimental
                .iter()
                .map(|data| ExperimentalBatch {
                    thread: ThreadId(data.thread),
                    data: data.payload.of(self.trace),
                })
                .collect();
        }
        let mut flat = Flat::new(if readable { Form::Sync } else { Form::UnreadableSync }, EventType::SYNC);
        flat.sync = Some(Box::new(sync));
        Event {
            time: increase(&mut self.last_time, time),
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId::NONE,
            flat,
            stack: Stack::None,
            position,
        }
    }
}

impl<'t> Iterator for Reader<'t> {
    type Item = Result<Event<'t>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(true) => Some(Ok(std::mem::replace(&mut self.current, Event::BLANK))),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// A time is later than all before it (format 4.3).
#[inline]
fn increase(last: &mut i64, time: i64) -> Timestamp {
    *last = if time <= *last { last.wrapping_add(1) } else { time };
    Timestamp(*last)
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
