//! Export to the Chrome JSON trace format, which Perfetto and chrome://tracing show.
//!
//! Four groups of lanes: goroutines with their states, Ps with the goroutine they run, threads with the P they hold,
//! and the garbage collector. User tasks and regions are asynchronous slices; logs and CPU samples are instants;
//! metrics are counters.
//!
//! The document keeps to the format's rules: each group and lane has a name, a lane's slices do not overlap, and each
//! asynchronous slice that begins ends, the inner before the outer. So what began before the trace has no slice, and
//! what does not end ends with the trace.

use crate::error::Error;
use crate::event::{Details, Event, Log, Range, RangeName, Resource, StateTransition, Transition};
use crate::ids::{GoId, ProcId, ThreadId, Timestamp};
use crate::reader::Reader;
use crate::state::{GoState, ProcState};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// A group of lanes; its number is the format's process id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Goroutines = 1,
    Procs = 2,
    Threads = 3,
    Collector = 4,
}

/// One lane: its number is the format's thread id.
type Lane = (Group, i64);

/// The first lane of a P's sweeps in the collector's group; lane 0 is for marking.
const SWEEP_LANE: i64 = 1;

/// The categories of asynchronous slices.
const TASK: &str = "task";
const REGION: &str = "region";

struct Exporter<'o, W> {
    out: &'o mut W,
    first: bool,
    /// The slice that is open on a lane: its name, and since when.
    open: BTreeMap<Lane, (String, Timestamp)>,
    /// The asynchronous slices that are open, by category and id, the innermost last.
    spans: BTreeMap<(&'static str, u64), Vec<(String, Lane)>>,
    /// The lanes that have a name.
    named: BTreeSet<Lane>,
    /// Which thread holds a P.
    holders: BTreeMap<ProcId, ThreadId>,
    last: Timestamp,
}

/// Writes `trace` as one JSON document. Returns how many events it has, or what is wrong with it; the document then
/// holds the events before the error.
///
/// # Errors
///
/// Those of `out`.
pub fn write(trace: &[u8], out: &mut impl Write) -> io::Result<Result<u64, Error>> {
    let mut exporter = Exporter {
        out,
        first: true,
        open: BTreeMap::new(),
        spans: BTreeMap::new(),
        named: BTreeSet::new(),
        holders: BTreeMap::new(),
        last: Timestamp::default(),
    };
    exporter.out.write_all(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
    for (group, name) in [
        (Group::Goroutines, "goroutines"),
        (Group::Procs, "Ps"),
        (Group::Threads, "threads"),
        (Group::Collector, "garbage collector"),
    ] {
        exporter
            .emit(&json!({"ph": "M", "pid": group as u8, "name": "process_name", "args": {"name": name}}))?;
    }
    let verdict = exporter.export(trace)?;
    exporter.close_all()?;
    exporter.out.write_all(b"\n]}\n")?;
    Ok(verdict)
}

impl<W: Write> Exporter<'_, W> {
    fn export(&mut self, trace: &[u8]) -> io::Result<Result<u64, Error>> {
        let reader = match Reader::new(trace) {
            Ok(reader) => reader,
            Err(error) => return Ok(Err(error)),
        };
        let mut count = 0;
        for event in reader {
            match event {
                Ok(event) => self.event(&event)?,
                Err(error) => return Ok(Err(error)),
            }
            count += 1;
        }
        Ok(Ok(count))
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.last = event.time;
        let goroutine = (Group::Goroutines, event.goroutine.0);
        match event.details() {
            Details::StateTransition(change) => self.transition(event, &change),
            Details::Metric { metric, value } => self.emit(&json!({
                "ph": "C", "pid": Group::Collector as u8, "ts": microseconds(event.time),
                "name": metric.name(), "args": {"value": value},
            })),
            Details::RangeBegin(range) | Details::RangeActive(range) => {
                let (lane, name) = range_lane(&range);
                if lane.0 == Group::Goroutines { self.nest(lane, name) } else { self.begin(lane, name) }
            }
            Details::RangeEnd { range, .. } => {
                let (lane, name) = range_lane(&range);
                if lane.0 == Group::Goroutines { self.unnest(lane, &name) } else { self.end(lane) }
            }
            Details::TaskBegin(task) => self.begin_span(TASK, task.id.0, goroutine, task.name.to_string()),
            Details::TaskEnd(task) => self.end_span(TASK, task.id.0, &task.name.to_string()),
            Details::RegionBegin(region) => self.nest(goroutine, region.name.to_string()),
            Details::RegionEnd(region) => self.unnest(goroutine, &region.name.to_string()),
            Details::Log(Log { category, message, .. }) => {
                self.instant(goroutine, &format!("{category}: {message}"))
            }
            Details::Label { label, .. } => self.instant(goroutine, &format!("label {label}")),
            Details::StackSample if event.goroutine != GoId::NONE => self.instant(goroutine, "CPU sample"),
            Details::StackSample => self.instant((Group::Threads, event.thread.0), "CPU sample"),
            Details::Sync(_) | Details::Experimental(_) | Details::Unreadable { .. } => Ok(()),
        }
    }

    fn transition(&mut self, event: &Event<'_>, change: &StateTransition<'_>) -> io::Result<()> {
        match change.transition {
            Transition::Goroutine { goroutine_changed, from, to } => {
                if from == GoState::NotExist {
                    self.name_goroutine(goroutine_changed, change)?;
                }
                self.goroutine(event, goroutine_changed, from, to)
            }
            Transition::Proc { proc_changed, to, .. } => self.proc(event, proc_changed, to),
        }
    }

    fn goroutine(&mut self, event: &Event<'_>, id: GoId, from: GoState, to: GoState) -> io::Result<()> {
        let lane = (Group::Goroutines, id.0);
        let proc = (Group::Procs, event.proc.0);
        self.end(lane)?;
        if from == GoState::Running && event.proc != ProcId::NONE {
            self.end(proc)?;
        }
        if !matches!(to, GoState::NotExist | GoState::Undetermined) {
            self.begin(lane, to.to_string())?;
        }
        if to == GoState::Running && event.proc != ProcId::NONE {
            self.begin(proc, format!("G {id}"))?;
        }
        Ok(())
    }

    fn proc(&mut self, event: &Event<'_>, id: ProcId, to: ProcState) -> io::Result<()> {
        if let Some(holder) = self.holders.remove(&id) {
            self.end((Group::Threads, holder.0))?;
        }
        if to == ProcState::Running && event.thread != ThreadId::NONE {
            self.holders.insert(id, event.thread);
            self.begin((Group::Threads, event.thread.0), format!("P {id}"))?;
        } else {
            self.end((Group::Procs, id.0))?;
        }
        Ok(())
    }

    /// A created goroutine is named after the function that it starts in.
    fn name_goroutine(&mut self, id: GoId, change: &StateTransition<'_>) -> io::Result<()> {
        let Some(frame) = change.stack.frames().last() else { return Ok(()) };
        self.name((Group::Goroutines, id.0), &format!("G {id} {}", frame.function))
    }

    fn name(&mut self, lane: Lane, name: &str) -> io::Result<()> {
        self.named.insert(lane);
        self.emit(&json!({
            "ph": "M", "pid": lane.0 as u8, "tid": lane.1, "name": "thread_name", "args": {"name": name},
        }))
    }

    /// Something is about to lie on the lane, which needs a name for that.
    fn use_lane(&mut self, lane: Lane) -> io::Result<()> {
        if self.named.contains(&lane) {
            return Ok(());
        }
        let (group, number) = lane;
        let name = match group {
            Group::Goroutines => format!("G {number}"),
            Group::Procs => format!("P {number}"),
            Group::Threads => format!("M {number}"),
            Group::Collector if number < SWEEP_LANE => "marking".to_owned(),
            Group::Collector => format!("sweeping on P {}", number - SWEEP_LANE),
        };
        self.name(lane, &name)
    }

    /// Opens a slice; one that is open on the lane ends there.
    fn begin(&mut self, lane: Lane, name: String) -> io::Result<()> {
        self.end(lane)?;
        self.use_lane(lane)?;
        self.open.insert(lane, (name, self.last));
        Ok(())
    }

    /// Writes the slice that is open on a lane, if one is.
    fn end(&mut self, lane: Lane) -> io::Result<()> {
        let Some((name, since)) = self.open.remove(&lane) else { return Ok(()) };
        let duration = Timestamp(self.last.0.saturating_sub(since.0));
        self.emit(&json!({
            "ph": "X", "pid": lane.0 as u8, "tid": lane.1, "ts": microseconds(since),
            "dur": microseconds(duration), "name": name,
        }))
    }

    fn close_all(&mut self) -> io::Result<()> {
        while let Some((&lane, _)) = self.open.first_key_value() {
            self.end(lane)?;
        }
        while let Some(((category, id), spans)) = self.spans.pop_first() {
            for (name, lane) in spans.into_iter().rev() {
                self.span("e", category, id, lane, &name)?;
            }
        }
        Ok(())
    }

    /// Begins a slice beside the goroutine's states.
    fn nest(&mut self, lane: Lane, name: String) -> io::Result<()> {
        self.begin_span(REGION, lane.1.cast_unsigned(), lane, name)
    }

    /// Ends it.
    fn unnest(&mut self, lane: Lane, name: &str) -> io::Result<()> {
        self.end_span(REGION, lane.1.cast_unsigned(), name)
    }

    /// Begins a slice that lies on no lane, within those of this category and id that are open.
    fn begin_span(&mut self, category: &'static str, id: u64, lane: Lane, name: String) -> io::Result<()> {
        self.use_lane(lane)?;
        self.span("b", category, id, lane, &name)?;
        self.spans.entry((category, id)).or_default().push((name, lane));
        Ok(())
    }

    /// Ends the innermost of that name, and what is still open within it.
    fn end_span(&mut self, category: &'static str, id: u64, name: &str) -> io::Result<()> {
        let Some(open) = self.spans.get_mut(&(category, id)) else { return Ok(()) };
        let Some(place) = open.iter().rposition(|(begun, _)| begun == name) else { return Ok(()) };
        let ended = open.split_off(place);
        for (name, lane) in ended.into_iter().rev() {
            self.span("e", category, id, lane, &name)?;
        }
        Ok(())
    }

    fn span(&mut self, phase: &str, category: &str, id: u64, lane: Lane, name: &str) -> io::Result<()> {
        self.emit(&json!({
            "ph": phase, "cat": category, "id": id, "pid": lane.0 as u8, "tid": lane.1,
            "ts": microseconds(self.last), "name": name,
        }))
    }

    fn instant(&mut self, lane: Lane, name: &str) -> io::Result<()> {
        self.use_lane(lane)?;
        self.emit(&json!({
            "ph": "i", "s": "t", "pid": lane.0 as u8, "tid": lane.1, "ts": microseconds(self.last), "name": name,
        }))
    }

    fn emit(&mut self, event: &Value) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        serde_json::to_writer(&mut *self.out, event)?;
        Ok(())
    }
}

fn range_lane(range: &Range<'_>) -> (Lane, String) {
    let lane = match (range.name, range.scope) {
        (_, Resource::Goroutine(id)) => (Group::Goroutines, id.0),
        (RangeName::GcSweep, Resource::Proc(id)) => (Group::Collector, id.0.saturating_add(SWEEP_LANE)),
        _ => (Group::Collector, 0),
    };
    (lane, range.name.to_string())
}

/// The format's unit, exact to the nanosecond for times below 104 days.
fn microseconds(time: Timestamp) -> f64 {
    const NANOSECONDS_PER_MICROSECOND: f64 = 1000.0;
    time.0 as f64 / NANOSECONDS_PER_MICROSECOND
}
