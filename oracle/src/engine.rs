//! The reader's main loop: which event comes next (format 4.2, 4.3, 5).

use crate::error::{Error, ErrorKind, Place};
use crate::frontier::{Entry, Frontier};
use crate::generations::{Generations, Loaded};
use crate::header;
use crate::ids::{Generation, ThreadId};
use crate::order::{Attempt, Ids, Reason, Record, Shown, Wait};
use crate::state::{State, ThreadSlot};
use crate::streams::{BadEvent, Stream};
use crate::stuck;
use crate::tables::Tables;
use crate::turn::{self, Pause};
use crate::wire_event::{self, WireEvent};
use procsteal_wire::EventType;
use std::rc::Rc;

/// The number of the next CPU sample if there are no more.
const NO_SAMPLE: usize = usize::MAX;

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
    /// Takes usual events.
    type Room<'r>: Room
    where
        Self: 'r;

    /// The last event of the trace that was recorded, however it was shown, has not happened: something is wrong with it
    /// after all.
    fn retract(&mut self);

    /// Whether there are events to be taken away.
    fn any(&self) -> bool;

    /// Whether the engine should stop to let the events be taken away.
    fn is_full(&self) -> bool;

    /// Room for usual events.
    fn room(&mut self) -> Self::Room<'_>;
}

/// Takes usual events: each is shown as one, at a later time than all before it. Whoever fills it keeps the last time, so that
/// it need not be looked for.
pub(crate) trait Room {
    /// The last event's time, before the first one of these.
    fn last_time(&self) -> i64;

    /// Whether there is room for no event more.
    fn is_full(&self) -> bool;

    /// Takes an event, if there is room.
    fn record<R>(&mut self, attempt: &Attempt<'_, R>, shown: Shown);

    /// No more come; the last one had this time, if there was one.
    fn close(self, last_time: i64);
}

/// What came of an attempt that is not an error.
enum Tried {
    /// The event at this offset happened.
    Happened {
        offset: usize,
        ids: Ids,
    },
    Waits(Wait),
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

    pub(crate) fn tables(&self) -> &Rc<Tables> {
        &self.generations.tables
    }

    /// Goes on until the recorder is full, or there is something other than events. After an error or the end there
    /// is nothing.
    pub(crate) fn run(&mut self, trace: &[u8], recorder: &mut impl Recorder) -> Result<Progress, Error> {
        while !recorder.is_full() {
            let Some(first) = self.frontier.entries.first() else {
                // The events that were recorded go before the tables change.
                return if recorder.any() { Ok(Progress::Events) } else { self.finish_generation(trace) };
            };
            let sample = self.generations.tables.samples.get(self.next_sample).map(|sample| sample.time);
            if let Some(sample) = sample
                && sample < first.time
            {
                return Ok(self.take_sample());
            }
            match self.take_turns(trace, sample.unwrap_or(i64::MAX), recorder) {
                None => {}
                Some(pause) => self.go_on(trace, pause, recorder)?,
            }
        }
        Ok(Progress::Events)
    }

    /// Does what an event of the earliest thread that ended its turn asks for.
    #[inline]
    fn go_on(&mut self, trace: &[u8], pause: Pause, recorder: &mut impl Recorder) -> Result<(), Error> {
        match pause {
            Pause::Last { names_missing } => self.follow(trace, 0, names_missing, recorder),
            Pause::Waits => {
                self.frontier.entries[0].time = self.first_stream().time;
                self.search(trace, recorder)
            }
            Pause::Fails(kind) => {
                let Stream { thread, cursor, .. } = *self.first_stream();
                Err(self.fail(*kind, thread, cursor.event(trace), cursor.at))
            }
            Pause::CannotDecode(bad) => {
                recorder.retract();
                let thread = self.first_stream().thread;
                Err(self.fail_decoding(*bad, thread))
            }
        }
    }

    fn first_stream(&self) -> &Stream {
        &self.generations.streams.list[self.frontier.entries[0].stream as usize]
    }

    /// Lets the threads take turns, up to the time of the next CPU sample, until one of them pauses or the recorder is full.
    #[inline(never)]
    fn take_turns(&mut self, trace: &[u8], sample: i64, recorder: &mut impl Recorder) -> Option<Pause> {
        let Self { state, generations, frontier, .. } = self;
        let Generations { tables, streams, .. } = generations;
        while let Some(mut turns) = frontier.turns(sample)
            && !recorder.is_full()
        {
            let pause = turn::take(state, tables, &mut streams.list, &mut turns, trace, recorder);
            let time = streams.list[turns.stream as usize].time;
            frontier.end_turns(&turns);
            if pause.is_some() {
                return pause;
            }
            frontier.update_first(time);
        }
        None
    }

    /// The event of frontier entry `index` happened: its thread's next event takes its place. If it is at `names_missing`, it
    /// names something that is not there.
    fn follow(
        &mut self,
        trace: &[u8],
        index: usize,
        names_missing: Option<usize>,
        recorder: &mut impl Recorder,
    ) -> Result<(), Error> {
        let number = self.frontier.entries[index].stream;
        let Generations { tables, streams, .. } = &mut self.generations;
        let thread = streams.list[number as usize].thread;
        match streams.advance(trace, &tables.clock, number) {
            Ok(true) => self.frontier.update(index, streams.list[number as usize].time),
            Ok(false) => self.frontier.remove(index),
            Err(bad) => {
                recorder.retract();
                return Err(self.fail_decoding(*bad, thread));
            }
        }
        if let Some(offset) = names_missing {
            recorder.retract();
            return Err(self.fail_ids(trace, thread, offset));
        }
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
                return Err(self.fail_working(trace));
            }
            if let Tried::Happened { offset, ids } = self.attempt_at(trace, index, recorder)? {
                return self.follow(trace, index, (ids == Ids::Missing).then_some(offset), recorder);
            }
        }
        self.finished = true;
        Err(stuck::error(self, trace))
    }

    #[inline(never)]
    fn attempt_at(&mut self, trace: &[u8], index: usize, record: &mut impl Record) -> Result<Tried, Error> {
        let Generations { tables, streams, .. } = &mut self.generations;
        let stream = &mut streams.list[self.frontier.entries[index].stream as usize];
        if stream.slot == ThreadSlot::UNKNOWN {
            stream.slot = self.state.thread(stream.thread);
        }
        self.state.enter(stream.slot);
        let (event, next) = stream.event(trace);
        let tried = turn::attempt(&mut self.state, tables, stream.thread, &event, trace, record);
        if tried.is_ok() {
            (stream.cursor.at, stream.cursor.from) = (next, stream.cursor.following(event.time));
        }
        let thread = stream.thread;
        match tried {
            Ok(ids) => Ok(Tried::Happened { offset: event.offset, ids }),
            Err(Reason::Waits(wait)) => Ok(Tried::Waits(wait)),
            Err(Reason::Fails(kind)) => Err(self.fail(*kind, thread, event.event, event.offset)),
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
                self.next_sample = NO_SAMPLE;
                Ok(self.end_with(Some(error)))
            }
            Loaded::End => {
                self.next_sample = NO_SAMPLE;
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
        let Generations { tables, streams, .. } = &mut self.generations;
        streams.start(&tables.clock);
        for stream in 0..self.generations.streams.list.len() as u32 {
            let Generations { tables, streams, .. } = &mut self.generations;
            match streams.advance(trace, &tables.clock, stream) {
                Ok(true) => {
                    let time = streams.list[stream as usize].time;
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
            Ok(Tried::Waits(wait)) => Some(wait),
            _ => None,
        }
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind, thread: i64, event: EventType, offset: usize) -> Error {
        self.error(kind, Some(thread), Some(event), offset)
    }

    #[cold]
    fn fail_working(&mut self, trace: &[u8]) -> Error {
        let Stream { thread, cursor, .. } = *self.first_stream();
        let kind = ErrorKind::TooMuchWaiting { tries: self.state.work.done };
        self.fail(kind, thread, cursor.event(trace), cursor.at)
    }

    #[cold]
    fn fail_decoding(&mut self, bad: BadEvent, thread: i64) -> Error {
        self.error(bad.kind, Some(thread), bad.event, bad.offset)
    }

    /// The event at `offset` names something that is not there.
    #[cold]
    fn fail_ids(&mut self, trace: &[u8], thread: i64, offset: usize) -> Error {
        let (event, _) = wire_event::read(trace, offset, trace.len()).unwrap_or((WireEvent::BLANK, offset));
        let missing = self.generations.tables.check_ids_of(&event).err();
        self.fail(missing.unwrap_or(ErrorKind::InvalidVarint {}), thread, event.event, offset)
    }

    #[cold]
    pub(crate) fn error(
        &mut self,
        kind: ErrorKind,
        thread: Option<i64>,
        event: Option<EventType>,
        offset: usize,
    ) -> Error {
        self.finished = true;
        self.frontier.entries.clear();
        self.next_sample = NO_SAMPLE;
        let generation = Some(Generation(self.generations.tables.generation));
        let place = Place { generation, thread: thread.map(ThreadId), event, offset: offset as u64 };
        Error::new(kind, place)
    }
}

/// Records nothing.
struct Ignore;

impl Record for Ignore {
    fn record<R>(&mut self, _attempt: &Attempt<'_, R>, _shown: Shown) {}
}
