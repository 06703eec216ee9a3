//! The events of one generation: a stream for each thread, decoded one event ahead (format 2.6, 4.2).

use crate::batch::Batch;
use crate::error::ErrorKind;
use crate::id_table::IdTable;
use crate::state::ThreadSlot;
use crate::tables::Clock;
use crate::wire_event::{self, DecodeError, WireEvent};
use procsteal_wire::EventType;

/// No further batch.
const NONE: u32 = u32::MAX;

/// An ordinary batch, linked to the next of its thread.
struct Payload {
    start: usize,
    end: usize,
    base_time: u64,
    next: u32,
}

/// The events of one thread in this generation.
pub(crate) struct Stream {
    pub(crate) thread: i64,
    /// Where the thread is, once its first event has been attempted.
    pub(crate) slot: ThreadSlot,
    /// When the event happens that has to happen next, in nanoseconds, not yet made to increase.
    pub(crate) time: i64,
    /// Where that event is.
    pub(crate) cursor: Cursor,
    batch: u32,
    last_batch: u32,
}

/// A place in a batch of events.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    pub(crate) at: usize,
    pub(crate) end: usize,
    /// Of the batch.
    pub(crate) base_time: i64,
    /// What the event's time is counted from.
    pub(crate) from: i64,
}

impl Cursor {
    fn new(payload: &Payload, clock: &Clock) -> Self {
        let Payload { start, end, base_time, .. } = *payload;
        let base_time = clock.nanoseconds(base_time);
        Self { at: start, end, base_time, from: base_time }
    }

    /// The type of the event that is here.
    pub(crate) fn event(&self, trace: &[u8]) -> EventType {
        EventType(trace[self.at])
    }

    /// What the time behind an event is counted from that happened at `time`. A time of 0 counts as none: then the batch's
    /// base time is added once more (format 2.6).
    #[inline(always)]
    pub(crate) fn following(&self, time: i64) -> i64 {
        if time == 0 { self.base_time } else { time }
    }

    /// The event that is here, and the offset behind it; none at the end of the batch.
    #[inline(always)]
    pub(crate) fn find(
        &self,
        trace: &[u8],
        clock: &Clock,
    ) -> Result<Option<(WireEvent, usize)>, Box<BadEvent>> {
        match wire_event::find(trace, self.at, self.end) {
            Ok(Some((event, delta, next))) => {
                let time = self.from.wrapping_add(clock.nanoseconds(delta));
                Ok(Some((WireEvent { time, ..event }, next)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(bad_event(error, trace, self.at)),
        }
    }
}

impl Stream {
    /// The event that has to happen next, and the offset behind it.
    pub(crate) fn event(&self, trace: &[u8]) -> (WireEvent, usize) {
        let Cursor { at, end, .. } = self.cursor;
        // It was found to be whole before.
        let (event, next) = wire_event::read(trace, at, end).unwrap_or((WireEvent::BLANK, at));
        (WireEvent { time: self.time, ..event }, next)
    }
}

/// All streams, in the order of each thread's first batch in the file.
pub(crate) struct Streams {
    pub(crate) list: Vec<Stream>,
    batches: Vec<Payload>,
    /// Where each thread's is in the list.
    by_thread: IdTable<u32>,
}

/// Why a stream's next event cannot be decoded: kind, type byte, offset.
pub(crate) struct BadEvent {
    pub(crate) kind: ErrorKind,
    pub(crate) event: Option<EventType>,
    pub(crate) offset: usize,
}

impl Streams {
    pub(crate) fn new() -> Self {
        Self { list: Vec::new(), batches: Vec::new(), by_thread: IdTable::new() }
    }

    pub(crate) fn reset(&mut self, trace_bytes: usize) {
        self.by_thread.reset(trace_bytes);
        self.clear();
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.batches.clear();
        self.by_thread.clear();
    }

    /// Whether the generation has an ordinary batch.
    pub(crate) fn any_batch(&self) -> bool {
        !self.batches.is_empty()
    }

    /// Adds an ordinary batch.
    pub(crate) fn add(&mut self, batch: &Batch) {
        let number = u32::try_from(self.batches.len()).unwrap_or(NONE);
        let (start, end, base_time) = (batch.start, batch.end, batch.base_time);
        self.batches.push(Payload { start, end, base_time, next: NONE });
        // No thread, -1, gets the smallest number.
        let id = batch.thread.wrapping_add(1).cast_unsigned();
        match self.by_thread.get(id) {
            Some(index) => {
                let stream = &mut self.list[*index as usize];
                self.batches[stream.last_batch as usize].next = number;
                stream.last_batch = number;
            }
            None => {
                self.by_thread.insert(id, u32::try_from(self.list.len()).unwrap_or(NONE));
                let cursor = Cursor { at: start, end, base_time: 0, from: 0 };
                let thread = batch.thread;
                self.list.push(Stream {
                    thread,
                    slot: ThreadSlot::UNKNOWN,
                    time: 0,
                    cursor,
                    batch: number,
                    last_batch: number,
                });
            }
        }
    }

    /// Converts the times of the first batches, now that the clock is known.
    pub(crate) fn start(&mut self, clock: &Clock) {
        for stream in &mut self.list {
            stream.cursor = Cursor::new(&self.batches[stream.batch as usize], clock);
        }
    }

    /// Decodes the next event of stream `index` into its `event`; `false` if there is none.
    pub(crate) fn advance(&mut self, trace: &[u8], clock: &Clock, index: u32) -> Result<bool, Box<BadEvent>> {
        let stream = &mut self.list[index as usize];
        while stream.cursor.at == stream.cursor.end {
            let next = self.batches[stream.batch as usize].next;
            let Some(payload) = self.batches.get(next as usize) else { return Ok(false) };
            stream.batch = next;
            stream.cursor = Cursor::new(payload, clock);
        }
        let Some((event, _)) = stream.cursor.find(trace, clock)? else { return Ok(false) };
        stream.time = event.time;
        Ok(true)
    }

    /// The events of stream `index` from its next one on, up to the first that cannot be decoded.
    pub(crate) fn queued<'s>(
        &'s self,
        trace: &'s [u8],
        index: usize,
    ) -> impl Iterator<Item = WireEvent> + use<'s> {
        let stream = &self.list[index];
        let (mut batch, mut at, mut end) = (stream.batch, stream.cursor.at, stream.cursor.end);
        std::iter::from_fn(move || {
            while at == end {
                batch = self.batches.get(batch as usize)?.next;
                let payload = self.batches.get(batch as usize)?;
                (at, end) = (payload.start, payload.end);
            }
            let (event, next) = wire_event::read(trace, at, end)?;
            at = next;
            Some(event)
        })
    }
}

#[cold]
fn bad_event(error: DecodeError, trace: &[u8], offset: usize) -> Box<BadEvent> {
    let event = EventType(trace[offset]);
    let (kind, event) = match error {
        DecodeError::InvalidType(byte) => (ErrorKind::InvalidEventType { byte }, None),
        DecodeError::Untimed(byte) => {
            (ErrorKind::UntimedEvent { byte }, procsteal_wire::row(event).map(|row| row.event))
        }
        DecodeError::Timestamp => (ErrorKind::InvalidTimestampVarint {}, Some(event)),
        DecodeError::Argument => (ErrorKind::InvalidVarint {}, Some(event)),
    };
    Box::new(BadEvent { kind, event, offset })
}
