//! Groups batches into generations and reads one generation at a time (format 2.4, 2.5).

use crate::batch::{self, Batch};
use crate::error::{Error, ErrorKind, Place};
use crate::header::Version;
use crate::ids::{Generation, ThreadId};
use crate::load_tables::{self, Failure};
use crate::streams::Streams;
use crate::tables::{Required, Tables};
use procsteal_wire::EventType;
use std::rc::Rc;

/// What came of reading a generation.
pub(crate) enum Loaded {
    /// Its tables and streams are there.
    Generation,
    /// The trace has ended.
    End,
    /// It cannot be read.
    Failed(Error),
}

/// Reads generations from a trace, in order.
pub(crate) struct Generations {
    /// Of the last generation. Events may keep them; then the next generation takes others.
    pub(crate) tables: Rc<Tables>,
    pub(crate) streams: Streams,
    source: Source,
}

/// The batches behind the last generation.
struct Source {
    version: Version,
    /// Where the next batch begins.
    at: usize,
    /// The first batch of the next generation, which ended this one.
    spilled: Option<Batch>,
    /// An error behind the end of this generation, to be reported after its events.
    deferred: Option<Error>,
    any_read: bool,
}

/// Reads one generation.
struct Loader<'g> {
    tables: &'g mut Tables,
    streams: &'g mut Streams,
    source: &'g mut Source,
}

/// What to do after a batch.
enum Next {
    Batch,
    EndOfGeneration,
}

type Step = Result<Next, Box<Loaded>>;

impl Generations {
    pub(crate) fn new() -> Self {
        Self {
            tables: Rc::new(Tables::new()),
            streams: Streams::new(),
            source: Source { version: Version::Go22, at: 0, spilled: None, deferred: None, any_read: false },
        }
    }

    /// Starts over, with the first batch of a trace at `at`.
    pub(crate) fn reset(&mut self, trace_bytes: usize, version: Version, at: usize) {
        self.own_tables().reset(trace_bytes);
        self.streams.reset(trace_bytes);
        self.source = Source { version, at, spilled: None, deferred: None, any_read: false };
    }

    /// Tables that no event keeps.
    fn own_tables(&mut self) -> &mut Tables {
        if Rc::get_mut(&mut self.tables).is_none() {
            self.tables = Rc::new(Tables::new());
        }
        Rc::make_mut(&mut self.tables)
    }

    /// The error that ended the generation just read, if one did.
    pub(crate) fn take_deferred(&mut self) -> Option<Error> {
        self.source.deferred.take()
    }

    /// Whether the generation just read is known to be the last.
    pub(crate) fn is_last(&self) -> bool {
        let Source { version, spilled, any_read, .. } = &self.source;
        *any_read && *version < Version::Go26 && spilled.is_none()
    }

    /// Reads the next generation in place of the last.
    pub(crate) fn load(&mut self, trace: &[u8]) -> Loaded {
        self.own_tables();
        let tables = Rc::make_mut(&mut self.tables);
        Loader { tables, streams: &mut self.streams, source: &mut self.source }.load(trace)
    }
}

impl Loader<'_> {
    fn load(&mut self, trace: &[u8]) -> Loaded {
        self.tables.clear();
        self.streams.clear();
        self.tables.offset = self.source.at;
        let version = self.source.version;
        let result =
            if version < Version::Go26 { self.load_spilling(trace) } else { self.load_delimited(trace) };
        if let Err(end) = result {
            return *end;
        }
        let snapshot = if version < Version::Go25 { Required::No } else { Required::Yes };
        if let Err(kind) = self.tables.finish(snapshot) {
            return Loaded::Failed(self.error(kind, None, self.tables.offset));
        }
        self.source.any_read = true;
        Loaded::Generation
    }

    /// Before go 1.26 a generation ends where a batch of the next one begins.
    fn load_spilling(&mut self, trace: &[u8]) -> Result<(), Box<Loaded>> {
        if let Some(batch) = self.source.spilled.take() {
            self.tables.generation = batch.generation;
            self.tables.offset = batch.offset;
            self.tables.first_time_units = batch.base_time;
            self.process(trace, &batch)?;
        }
        loop {
            let batch = match batch::read(trace, self.source.at) {
                Ok(Some(batch)) => batch,
                Ok(None) => return Ok(()),
                Err(kind) => {
                    let error = self.error(kind, None, self.source.at);
                    if self.tables.generation == 0 {
                        return Err(Box::new(Loaded::Failed(error)));
                    }
                    self.source.deferred = Some(error);
                    return Ok(());
                }
            };
            self.source.at = batch.end;
            let current = self.tables.generation;
            if batch.generation == 0 {
                return self.fail(ErrorKind::GenerationZero {}, &batch);
            } else if current == 0 {
                self.tables.generation = batch.generation;
            } else if batch.generation == current.wrapping_add(1) {
                self.source.spilled = Some(batch);
                return Ok(());
            } else if batch.generation != current {
                let (current, batch_generation) = (Generation(current), Generation(batch.generation));
                let kind = ErrorKind::GenerationsOutOfOrder { current, batch: batch_generation };
                return self.fail(kind, &batch);
            }
            self.note_time(&batch);
            self.process(trace, &batch)?;
        }
    }

    /// Since go 1.26 a generation ends at its end-of-generation event.
    fn load_delimited(&mut self, trace: &[u8]) -> Result<(), Box<Loaded>> {
        loop {
            let batch = match batch::read(trace, self.source.at) {
                Ok(Some(batch)) => batch,
                Ok(None) if self.streams.any_batch() => {
                    let current = Generation(self.tables.generation);
                    let error = self.error(ErrorKind::IncompleteGeneration { current }, None, trace.len());
                    return Err(Box::new(Loaded::Failed(error)));
                }
                Ok(None) => return Err(Box::new(Loaded::End)),
                Err(kind) => return Err(Box::new(Loaded::Failed(self.error(kind, None, self.source.at)))),
            };
            self.source.at = batch.end;
            if self.tables.generation == 0 {
                self.tables.generation = batch.generation;
            }
            if batch.first_byte(trace) == Some(EventType::END_OF_GENERATION) {
                return Ok(());
            }
            if batch.generation == 0 {
                return self.fail(ErrorKind::GenerationZero {}, &batch);
            }
            if batch.generation != self.tables.generation {
                let current = Generation(self.tables.generation);
                let batch_generation = Generation(batch.generation);
                return self
                    .fail(ErrorKind::MissingEndOfGeneration { current, batch: batch_generation }, &batch);
            }
            self.note_time(&batch);
            if let Next::EndOfGeneration = self.process(trace, &batch)? {
                return Ok(());
            }
        }
    }

    /// A smallest time of 0 counts as none (format 2.5).
    fn note_time(&mut self, batch: &Batch) {
        let first = &mut self.tables.first_time_units;
        if *first == 0 || batch.base_time < *first {
            *first = batch.base_time;
        }
    }

    fn process(&mut self, trace: &[u8], batch: &Batch) -> Step {
        let sync = if self.source.version < Version::Go25 { EventType::FREQUENCY } else { EventType::SYNC };
        let tables = &mut *self.tables;
        let result = match batch.first_byte(trace) {
            Some(EventType::STRINGS) => load_tables::strings(tables, trace, batch),
            Some(EventType::STACKS) => load_tables::stacks(tables, trace, batch),
            Some(EventType::CPU_SAMPLES) => load_tables::cpu_samples(tables, trace, batch),
            Some(first) if first == sync => load_tables::sync(tables, trace, batch, self.source.version),
            _ if batch.experiment != 0 => {
                tables.add_experimental(batch);
                Ok(())
            }
            Some(EventType::END_OF_GENERATION) if self.source.version >= Version::Go26 => {
                return Ok(Next::EndOfGeneration);
            }
            Some(EventType::END_OF_GENERATION) => {
                Err(Failure::Bad(ErrorKind::UnexpectedEndOfGeneration {}, batch.offset))
            }
            _ => {
                self.streams.add(batch);
                Ok(())
            }
        };
        match result {
            Ok(()) => Ok(Next::Batch),
            Err(Failure::LeakedEnd) => Err(Box::new(Loaded::End)),
            Err(Failure::Bad(kind, offset)) => {
                let thread = Some(ThreadId(batch.thread));
                Err(Box::new(Loaded::Failed(self.error(kind, thread, offset))))
            }
        }
    }

    #[cold]
    fn fail(&self, kind: ErrorKind, batch: &Batch) -> Result<(), Box<Loaded>> {
        let error = self.error(kind, Some(ThreadId(batch.thread)), batch.offset);
        Err(Box::new(Loaded::Failed(error)))
    }

    #[cold]
    fn error(&self, kind: ErrorKind, thread: Option<ThreadId>, offset: usize) -> Error {
        let generation = (self.tables.generation != 0).then_some(Generation(self.tables.generation));
        Error::new(kind, Place { generation, thread, event: None, offset: offset as u64 })
    }
}
