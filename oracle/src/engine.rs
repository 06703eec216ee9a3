//! The reader's main loop: which event comes next (format 4.2, 4.3, 5).

use crate::error::{Error, ErrorKind, Place};
use crate::frontier::{Entry, Frontier};
use crate::generations::{Generations, Loaded};
use crate::header;
use crate::ids::{Generation, ThreadId};
use crate::order::{self, Attempt, Context, Draft, Outcome, Record, Wait};
use crate::state::State;
use crate::streams::{BadEvent, Stream};
use crate::stuck;
use crate::tables::Tables;
use crate::wire_event::{self, WireEvent};

/// What one step of the engine gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// At least one event, handed to the recorder.
    Events,
    /// The CPU sample of this number.
    Sample(usize),
    /// A sync event.
    Sync(SyncKind),
    /// The trace has ended.
    End,
}

/// What a sync event stands before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SyncKind {
    /// A generation, which has been read.
    Generation,
    /// The end of the trace, or an error.
    End,
}

/// Takes what the engine emits: in full, or only its number.
pub(crate) trait Recorder: Record {
    /// Resolves the ids of strings and stacks in the recorded events, which come from `event` of a stream's thread;
    /// `false` if one of them is not there.
    fn resolve(&mut self, tables: &Tables, thread: i64, event: &WireEvent) -> bool;

    /// The events recorded since the last call have happened: nothing can be found wrong with them any more.
    fn commit(&mut self);

    /// Whether the engine should stop to let the events be taken away.
    fn is_full(&self) -> bool;
}

/// Why the earliest thread's events go on no further.
enum Pause {
    /// Another thread's event, or a CPU sample, may be earlier now; or the recorder is full.
    Later,
    /// The last event happened, and was the last of its batch.
    EndOfBatch(Ids),
    /// The next event has to wait.
    Waits,
    /// The next event can never happen.
    Fails(Box<ErrorKind>),
    /// The event behind the last one cannot be decoded.
    CannotDecode(Box<BadEvent>),
    /// The last event, at this offset, names something that is not there.
    MissingIds { offset: usize },
}

/// Whether all strings and stacks are there which an event at this offset names.
struct Ids {
    valid: bool,
    offset: usize,
}

/// Attempts the next event of a stream.
#[inline(always)]
fn attempt(
    state: &mut State,
    tables: &Tables,
    stream: &mut Stream,
    trace: &[u8],
    record: &mut impl Record,
) -> order::Attempted {
    if stream.slot.is_none() {
        stream.slot = state.thread(stream.thread);
    }
    let held = state.held(stream.slot);
    let context = Context { thread: stream.thread, proc: held.proc, goroutine: held.goroutine };
    let generation = tables.generation;
    let attempt = Attempt { event: &stream.event, context, slot: stream.slot, generation, tables, trace };
    order::attempt(state, &attempt, record)
}

/// Reads one trace after another, keeping its memory.
pub(crate) struct Engine {
    pub(crate) state: State,
    pub(crate) generations: Generations,
    pub(crate) frontier: Frontier,
    next_sample: usize,
    /// What to answer after the last sync event.
    ending: Option<Option<Error>>,
    finished: bool,
}

impl Engine {
    pub(crate) fn new() -> Self {
        Self {
            state: State::new(),
            generations: Generations::new(),
            frontier: Frontier::default(),
            next_sample: 0,
            ending: None,
            finished: false,
        }
    }

    /// Reads the header and starts over.
    pub(crate) fn open(&mut self, trace: &[u8]) -> Result<(), Error> {
        let (version, at) = header::read(trace).map_err(|kind| Error::new(kind, Place::default()))?;
        self.state.reset(trace.len());
        self.generations.reset(trace.len(), version, at);
        self.frontier.entries.clear();
        self.next_sample = 0;
        self.ending = None;
        self.finished = false;
        Ok(())
    }

    pub(crate) fn tables(&self) -> &Tables {
        &self.generations.tables
    }

    /// Goes on until the recorder is full, or there is something other than events. After an error or the end there
    /// is nothing.
    pub(crate) fn run(&mut self, trace: &[u8], recorder: &mut impl Recorder) -> Result<Progress, Error> {
        while !recorder.is_full() {
            let Some(first) = self.frontier.entries.first() else { return self.finish_generation(trace) };
            let sample = self.generations.tables.samples.get(self.next_sample).map(|sample| sample.time);
            if let Some(sample) = sample
                && sample < first.time
            {
                return Ok(self.take_sample());
            }
            let until = self.frontier.second_time().min(sample.unwrap_or(i64::MAX));
            match self.run_first(trace, until, recorder) {
                Pause::Later => self.frontier.update(0, self.first_stream().event.time),
                Pause::EndOfBatch(ids) => self.follow(trace, 0, ids, recorder)?,
                Pause::Waits => {
                    self.frontier.entries[0].time = self.first_stream().event.time;
                    self.search(trace, recorder)?;
                }
                Pause::Fails(kind) => {
                    let Stream { thread, event, .. } = *self.first_stream();
                    return Err(self.fail(*kind, thread, &event));
                }
                Pause::CannotDecode(bad) => {
                    let thread = self.first_stream().thread;
                    return Err(self.fail_decoding(*bad, thread));
                }
                Pause::MissingIds { offset } => {
                    let thread = self.first_stream().thread;
                    return Err(self.fail_ids(trace, thread, offset));
                }
            }
        }
        Ok(Progress::Events)
    }

    fn first_stream(&self) -> &Stream {
        &self.generations.streams.list[self.frontier.entries[0].stream as usize]
    }

    /// Lets the events of the earliest thread happen, one after the other, while it stays the earliest: its times are
    /// not after `until`. This is where nearly all time goes.
    #[inline]
    fn run_first(&mut self, trace: &[u8], until: i64, recorder: &mut impl Recorder) -> Pause {
        let Self { state, generations, frontier, .. } = self;
        let Generations { tables, streams, .. } = generations;
        let stream = &mut streams.list[frontier.entries[0].stream as usize];
        let clock = tables.clock;
        loop {
            match attempt(state, tables, stream, trace, recorder) {
                Ok(Outcome::Advanced) => {}
                Ok(Outcome::Waits(_)) => return Pause::Waits,
                Err(kind) => return Pause::Fails(kind),
            }
            let offset = stream.event.offset;
            let valid = recorder.resolve(tables, stream.thread, &stream.event);
            if !stream.has_more() {
                return Pause::EndOfBatch(Ids { valid, offset });
            }
            if let Err(bad) = stream.decode_next(trace, clock) {
                return Pause::CannotDecode(bad);
            }
            if !valid {
                return Pause::MissingIds { offset };
            }
            recorder.commit();
            if stream.event.time > until || recorder.is_full() {
                return Pause::Later;
            }
        }
    }

    /// The event of frontier entry `index` happened: its thread's next event takes its place.
    fn follow(
        &mut self,
        trace: &[u8],
        index: usize,
        ids: Ids,
        recorder: &mut impl Recorder,
    ) -> Result<(), Error> {
        let number = self.frontier.entries[index].stream;
        let Generations { tables, streams, .. } = &mut self.generations;
        let thread = streams.list[number as usize].thread;
        match streams.advance(trace, tables.clock, number) {
            Ok(true) => self.frontier.update(index, streams.list[number as usize].event.time),
            Ok(false) => self.frontier.remove(index),
            Err(bad) => return Err(self.fail_decoding(*bad, thread)),
        }
        if !ids.valid {
            return Err(self.fail_ids(trace, thread, ids.offset));
        }
        recorder.commit();
        Ok(())
    }

    /// The earliest event has to wait: the others are tried in order of time.
    #[inline(never)]
    fn search(&mut self, trace: &[u8], recorder: &mut impl Recorder) -> Result<(), Error> {
        self.frontier.sort();
        self.state.work.done += self.frontier.entries.len() as u64;
        for index in 1..self.frontier.entries.len() {
            self.state.work.done += 1;
            if self.state.work.is_too_much() {
                return Err(self.fail_working());
            }
            if let Outcome::Advanced = self.attempt_at(trace, index, recorder)? {
                let Generations { tables, streams, .. } = &self.generations;
                let stream = &streams.list[self.frontier.entries[index].stream as usize];
                let valid = recorder.resolve(tables, stream.thread, &stream.event);
                let offset = stream.event.offset;
                return self.follow(trace, index, Ids { valid, offset }, recorder);
            }
        }
        self.finished = true;
        Err(stuck::error(self, trace))
    }

    fn attempt_at(&mut self, trace: &[u8], index: usize, record: &mut impl Record) -> Result<Outcome, Error> {
        let stream = &mut self.generations.streams.list[self.frontier.entries[index].stream as usize];
        match attempt(&mut self.state, &self.generations.tables, stream, trace, record) {
            Ok(outcome) => Ok(outcome),
            Err(kind) => {
                let (thread, event) = (stream.thread, stream.event);
                Err(self.fail(*kind, thread, &event))
            }
        }
    }

    /// No thread has events left: CPU samples may.
    fn finish_generation(&mut self, trace: &[u8]) -> Result<Progress, Error> {
        if self.next_sample < self.generations.tables.samples.len() {
            return Ok(self.take_sample());
        }
        self.change_generation(trace)
    }

    fn take_sample(&mut self) -> Progress {
        self.next_sample += 1;
        Progress::Sample(self.next_sample - 1)
    }

    /// Reads the next generation and decodes each thread's first event; or ends.
    fn change_generation(&mut self, trace: &[u8]) -> Result<Progress, Error> {
        if let Some(ending) = self.ending.take() {
            self.finished = true;
            return ending.map_or(Ok(Progress::End), Err);
        }
        if self.finished {
            return Ok(Progress::End);
        }
        if let Some(error) = self.generations.take_deferred() {
            return Ok(self.end_with(Some(error)));
        }
        if self.generations.is_last() {
            return Ok(self.end_with(None));
        }
        self.next_sample = 0;
        match self.generations.load(trace) {
            Loaded::Failed(error) => {
                self.generations.tables.samples.clear();
                Ok(self.end_with(Some(error)))
            }
            Loaded::End => {
                self.generations.tables.samples.clear();
                Ok(self.end_with(None))
            }
            Loaded::Generation => {
                self.build_frontier(trace)?;
                Ok(Progress::Sync(SyncKind::Generation))
            }
        }
    }

    /// One more sync event, and then the end.
    fn end_with(&mut self, error: Option<Error>) -> Progress {
        self.ending = Some(error);
        Progress::Sync(SyncKind::End)
    }

    fn build_frontier(&mut self, trace: &[u8]) -> Result<(), Error> {
        let clock = self.generations.tables.clock;
        self.generations.streams.start(clock);
        for stream in 0..self.generations.streams.list.len() as u32 {
            let streams = &mut self.generations.streams;
            match streams.advance(trace, clock, stream) {
                Ok(true) => {
                    let time = streams.list[stream as usize].event.time;
                    self.frontier.push(Entry { time, stream });
                }
                Ok(false) => {}
                Err(bad) => {
                    let thread = streams.list[stream as usize].thread;
                    return Err(self.fail_decoding(*bad, thread));
                }
            }
        }
        if self.state.initial_generation == 0 && !self.frontier.entries.is_empty() {
            self.state.initial_generation = self.generations.tables.generation;
        }
        Ok(())
    }

    /// Tries the event of frontier entry `index` again, which is known to wait, to learn for what.
    pub(crate) fn why_waiting(&mut self, trace: &[u8], index: usize) -> Option<Wait> {
        match self.attempt_at(trace, index, &mut Ignore) {
            Ok(Outcome::Waits(wait)) => Some(wait),
            _ => None,
        }
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind, thread: i64, event: &WireEvent) -> Error {
        self.error(kind, Some(thread), Some(event.event), event.offset)
    }

    #[cold]
    fn fail_working(&mut self) -> Error {
        let Stream { thread, event, .. } = *self.first_stream();
        self.fail(ErrorKind::TooMuchWaiting { tries: self.state.work.done }, thread, &event)
    }

    #[cold]
    fn fail_decoding(&mut self, bad: BadEvent, thread: i64) -> Error {
        self.error(bad.kind, Some(thread), bad.event, bad.offset)
    }

    /// The event at `offset` names something that is not there.
    #[cold]
    fn fail_ids(&mut self, trace: &[u8], thread: i64, offset: usize) -> Error {
        let mut event = WireEvent::BLANK;
        let decoded = wire_event::decode(trace, offset, trace.len(), &mut event);
        let missing = decoded.ok().and_then(|_| self.generations.tables.check_ids_of(&event).err());
        let kind = missing.unwrap_or(ErrorKind::InvalidVarint {});
        self.fail(kind, thread, &event)
    }

    #[cold]
    pub(crate) fn error(
        &mut self,
        kind: ErrorKind,
        thread: Option<i64>,
        event: Option<procsteal_wire::EventType>,
        offset: usize,
    ) -> Error {
        self.finished = true;
        self.frontier.entries.clear();
        self.generations.tables.samples.clear();
        let generation = Some(Generation(self.generations.tables.generation));
        let place = Place { generation, thread: thread.map(ThreadId), event, offset: offset as u64 };
        Error::new(kind, place)
    }
}

/// Records nothing.
struct Ignore;

impl Record for Ignore {
    fn record(&mut self, _draft: impl FnOnce() -> Draft) {}
}
