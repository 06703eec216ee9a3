//! The page for a real trace that cannot be parsed: the timeline around the failure, and what waits for what.

use super::html;
use super::svg::Picture;
use super::text::Escaped;
use super::timeline::{EventMark, Lane, Span, SpanKind, Timeline};
use procsteal_oracle::{
    Details, Error, Event, Explanation, GoState, ProcState, Reader, ThreadId, Transition, gtl1,
};
use procsteal_reference::ProcId;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

/// How many events before the end or the failure the page shows: enough to see where each P came from, few enough
/// to look at.
const EVENTS_SHOWN: usize = 160;

/// How many threads the picture shows: those of the waiting events first, then those that wrote last.
const LANES_SHOWN: usize = 16;

/// The page for one trace.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceReport {
    file_name: String,
    events: u64,
    failure: Option<Box<Explanation>>,
    shown: VecDeque<Shown>,
    /// Who held which P before the first of them.
    held_before: BTreeMap<i64, Held>,
}

/// An event near the end.
#[derive(Clone, PartialEq, Debug)]
struct Shown {
    number: u64,
    thread: ThreadId,
    line: String,
    /// Ps whose holder changed with this event.
    changes: Vec<(i64, Option<Held>)>,
}

/// Who holds a P, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Held {
    thread: ThreadId,
    kind: SpanKind,
}

/// Reads a trace, and keeps what its page shows. `file_name` is what the page calls it.
#[must_use]
pub fn trace_report(trace: &[u8], file_name: &str) -> TraceReport {
    let mut report = TraceReport {
        file_name: file_name.to_owned(),
        events: 0,
        failure: None,
        shown: VecDeque::new(),
        held_before: BTreeMap::new(),
    };
    if let Err(error) = report.read(trace) {
        report.failure = Some(Box::new(Explanation::new(trace, &error)));
    }
    report
}

impl TraceReport {
    fn read(&mut self, trace: &[u8]) -> Result<(), Error> {
        let mut held = BTreeMap::new();
        for event in Reader::new(trace)? {
            self.keep(&event?, &mut held);
            self.events += 1;
        }
        Ok(())
    }

    fn keep(&mut self, event: &Event<'_>, held: &mut BTreeMap<i64, Held>) {
        if self.shown.len() == EVENTS_SHOWN
            && let Some(oldest) = self.shown.pop_front()
        {
            oldest.changes.iter().for_each(|(proc, now)| set(&mut self.held_before, *proc, *now));
        }
        // Stacks would fill the page; `procsteal events` has them.
        let line = gtl1::Line(event).to_string();
        let line = line.split(" tstk=").next().unwrap_or_default().split(" stk=").next().unwrap_or_default();
        let line = line.replace(" reason=\"\"", "").replace("\\x20", " ");
        let changes = changes(event, held);
        changes.iter().for_each(|(proc, now)| set(held, *proc, *now));
        self.shown.push_back(Shown { number: self.events, thread: event.thread, line, changes });
    }

    /// Why the trace cannot be parsed; none if it can.
    #[must_use]
    pub fn failure(&self) -> Option<&Explanation> {
        self.failure.as_deref()
    }

    /// How many events could be read.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Writes the page.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_html(&self, out: &mut dyn Write) -> io::Result<()> {
        let name = Escaped(&self.file_name);
        html::begin(out, &format!("procsteal: {}", self.file_name))?;
        writeln!(out, "<h1>{name}</h1>")?;
        match &self.failure {
            None => writeln!(out, r#"<p class="good">parseable, {} events</p>"#, self.events)?,
            Some(explanation) => self.write_failure(explanation, out)?,
        }
        self.write_picture(out)?;
        writeln!(out, "<h3>The last events that could be read</h3>")?;
        writeln!(
            out,
            r#"<p class="soft">In form GTL1 without stacks: time, M, P, G, what happened.</p><pre>"#
        )?;
        for event in &self.shown {
            writeln!(out, "{:>8}  {}", event.number, Escaped(&event.line))?;
        }
        writeln!(out, "</pre>")?;
        html::end(out)
    }

    fn write_failure(&self, explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
        let error = &explanation.error;
        let (code, phrase) = (error.code(), Escaped(error.phrase()));
        writeln!(
            out,
            r#"<p class="bad">unparseable after {} events: {phrase} (<code>{code}</code>)</p>"#,
            self.events
        )?;
        writeln!(out, r#"<p class="story">{}</p>"#, Escaped(&explanation.summary))?;
        if let Some(stuck) = error.stuck() {
            writeln!(out, "<h3>What waits for what</h3>")?;
            writeln!(
                out,
                r#"<div class="scroll" tabindex="0"><table class="overview"><tr><th>thread</th><th>event</th><th>waits until</th><th>which would be done by</th></tr>"#
            )?;
            for waiting in stuck.waiting() {
                let event = procsteal_wire::row(waiting.event).map_or("?", |row| row.name);
                let by = match &waiting.provider {
                    None => format!("{}, which the trace does not have", waiting.waits_for.missing()),
                    Some(provider) => {
                        let name = procsteal_wire::row(provider.event).map_or("?", |row| row.name);
                        format!("{name} of thread {}, which waits too", provider.thread)
                    }
                };
                let class = if stuck.root() == Some(waiting) { "bad" } else { "" };
                let (thread, waits_for, by) = (waiting.thread, Escaped(&waiting.waits_for), Escaped(by));
                writeln!(
                    out,
                    r#"<tr class="{class}"><td>{thread}</td><td>{event}</td><td>{waits_for}</td><td>{by}</td></tr>"#
                )?;
            }
            writeln!(out, "</table></div>")?;
        }
        writeln!(out, "<h3>The explanation in full</h3>\n<pre class=\"prose\">{}</pre>", Escaped(explanation))
    }

    fn write_picture(&self, out: &mut dyn Write) -> io::Result<()> {
        let timeline = self.timeline();
        if timeline.lanes.is_empty() {
            return Ok(());
        }
        let label = format!("the last {} events of {}, thread by thread", self.shown.len(), self.file_name);
        let picture = Picture { timeline: &timeline, label: &label, id: "trace" };
        writeln!(out, "<h3>Who held which P at the end</h3>")?;
        html::legend(out, &html::TRACE_LEGEND)?;
        writeln!(out, r#"<div class="picture">{picture}</div>"#)
    }

    /// The last events as a picture: a step is an event, and the failure stands behind them all.
    fn timeline(&self) -> Timeline {
        let threads = self.threads();
        let steps = self.shown.len() + 1;
        let lanes = threads.iter().map(|thread| self.lane(*thread)).collect();
        Timeline { steps, lanes, wide: (0..steps).collect(), ..Timeline::default() }
    }

    /// The threads worth a lane: of waiting events, then those that wrote last; in order of their numbers.
    fn threads(&self) -> Vec<ThreadId> {
        let error = self.failure.as_ref().map(|explanation| &explanation.error);
        let at_fault = error.and_then(|error| error.place().thread);
        let waiting = error.and_then(Error::stuck).into_iter().flat_map(|stuck| stuck.waiting());
        let wrote = self.shown.iter().rev().map(|event| event.thread);
        let mut threads: Vec<ThreadId> = Vec::new();
        for thread in at_fault.into_iter().chain(waiting.map(|waiting| waiting.thread)).chain(wrote) {
            if thread != ThreadId::NONE && !threads.contains(&thread) && threads.len() < LANES_SHOWN {
                threads.push(thread);
            }
        }
        threads.sort_unstable();
        threads
    }

    fn lane(&self, thread: ThreadId) -> Lane {
        let own = self.shown.iter().enumerate().filter(|(_, event)| event.thread == thread);
        let mut marks: Vec<EventMark> = own
            .map(|(step, event)| EventMark {
                step,
                event: String::new(),
                about: event.line.clone(),
                failing: false,
            })
            .collect();
        if let Some(explanation) =
            self.failure.as_ref().filter(|why| why.error.place().thread == Some(thread))
        {
            let (step, about) = (self.shown.len(), explanation.summary.clone());
            marks.push(EventMark { step, event: String::new(), about, failing: true });
        }
        Lane { name: format!("M{thread}"), start: 0, spans: self.spans(thread), marks }
    }

    /// The stretches in which a thread held a P.
    fn spans(&self, thread: ThreadId) -> Vec<Span> {
        let mut spans = Vec::new();
        let of_thread = |held: Option<Held>| held.filter(|held| held.thread == thread);
        let mut open: BTreeMap<i64, (SpanKind, usize)> = BTreeMap::new();
        for (proc, held) in &self.held_before {
            open.extend(of_thread(Some(*held)).map(|held| (*proc, (held.kind, 0))));
        }
        for (step, event) in self.shown.iter().enumerate() {
            for (proc, now) in &event.changes {
                spans.extend(open.remove(proc).map(|(kind, from)| span(*proc, kind, from, step)));
                open.extend(of_thread(*now).map(|held| (*proc, (held.kind, step))));
            }
        }
        spans.extend(
            open.into_iter().map(|(proc, (kind, from))| span(proc, kind, from, self.shown.len() + 1)),
        );
        spans
    }
}

fn span(proc: i64, kind: SpanKind, from: usize, to: usize) -> Span {
    // A P beyond those that the model knows shares its colour with others, and has its name all the same.
    Span { proc: ProcId(u8::try_from(proc).unwrap_or(u8::MAX)), kind, from, to }
}

fn set(held: &mut BTreeMap<i64, Held>, proc: i64, now: Option<Held>) {
    match now {
        Some(now) => held.insert(proc, now),
        None => held.remove(&proc),
    };
}

/// Whose holder an event changes: events of Ps say so, and a goroutine that enters or leaves a syscall takes the P of
/// its thread along.
fn changes(event: &Event<'_>, held: &BTreeMap<i64, Held>) -> Vec<(i64, Option<Held>)> {
    let (thread, own) = (event.thread, event.proc.0);
    let transition = match event.details() {
        Details::StateTransition(change) => Some(change.transition),
        _ => None,
    };
    let (proc, now) = match transition {
        Some(Transition::Proc { proc_changed, to, .. }) => {
            let now = (to == ProcState::Running).then_some(Held { thread, kind: SpanKind::Wired });
            (proc_changed.0, now)
        }
        Some(Transition::Goroutine { to: GoState::Syscall, .. }) => {
            (own, Some(Held { thread, kind: SpanKind::Syscall }))
        }
        _ => (own, Some(Held { thread, kind: SpanKind::Wired })),
    };
    let is_known = proc < 0 || (now.is_some() && thread == ThreadId::NONE) || held.get(&proc).copied() == now;
    if is_known { Vec::new() } else { vec![(proc, now)] }
}
