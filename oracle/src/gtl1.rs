//! GTL1, the lines in which readers of traces are compared (format 7.2).

use crate::error::Error;
use crate::event::{Details, Event, Range, Stack, StateTransition, Sync, Transition};
use crate::reader::Reader;
use std::fmt::{self, Display};
use std::io::{self, Write};

/// Writes all events of `trace`, one a line, and a last line that says how it ended. A trace that cannot be read is
/// not an error of this function: its last line says so.
///
/// # Errors
///
/// Those of `out`.
pub fn write(trace: &[u8], out: &mut impl Write) -> io::Result<()> {
    let reader = match Reader::new(trace) {
        Ok(reader) => reader,
        Err(error) => return writeln!(out, "END open-error {}", first_line(&error)),
    };
    let mut count = 0_u64;
    for event in reader {
        match event {
            Ok(event) => writeln!(out, "{}", Line(&event))?,
            Err(error) => return writeln!(out, "END error {count} {}", first_line(&error)),
        }
        count += 1;
    }
    writeln!(out, "END ok {count}")
}

fn first_line(error: &Error) -> String {
    let message = error.to_string();
    let line = message.lines().next().unwrap_or_default();
    Quoted(line.as_bytes()).to_string()
}

/// One event as a line, without the line feed.
pub struct Line<'e, 't>(pub &'e Event<'t>);

/// Bytes in quotes, none of them a space, a quote or a separator.
struct Quoted<'b>(&'b [u8]);

/// A stack with its frames.
struct Frames<'e, 't>(&'e Stack<'t>);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for &byte in self.0 {
            match byte {
                b'"' | b'\\' | b',' | b';' => write!(f, "\\x{byte:02x}")?,
                0x21..=0x7e => fmt::Write::write_char(f, char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_str("\"")
    }
}

impl Display for Frames<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self.0 == Stack::Unknown {
            return f.write_str("!");
        }
        let mut frames = self.0.frames().enumerate().peekable();
        if frames.peek().is_none() {
            return f.write_str("-");
        }
        for (number, frame) in frames {
            let separator = if number == 0 { "" } else { ";" };
            let (function, file) = (Quoted(frame.function.0), Quoted(frame.file.0));
            write!(f, "{separator}{:x},{function},{file},{}", frame.pc, frame.line)?;
        }
        Ok(())
    }
}

impl Display for Line<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.0;
        write!(f, "{} {} {} {} {}", event.time, event.thread, event.proc, event.goroutine, event.kind())?;
        details(f, event)?;
        write!(f, " stk={}", Frames(&event.stack()))
    }
}

fn details(f: &mut fmt::Formatter<'_>, event: &Event<'_>) -> fmt::Result {
    match &event.details() {
        Details::Sync(sync) => write_sync(f, sync),
        Details::Metric { metric, value } => {
            write!(f, " name={} value={value}", Quoted(metric.name().as_bytes()))
        }
        Details::Label { label, resource } => write!(f, " label={} res={resource}", Quoted(label.0)),
        Details::StackSample => Ok(()),
        Details::RangeBegin(range) | Details::RangeActive(range) => write_range(f, range),
        Details::RangeEnd { range, swept } => {
            write_range(f, range)?;
            match swept {
                Some(swept) => write!(
                    f,
                    " attr=\"bytes\\x20swept\":{} attr=\"bytes\\x20reclaimed\":{}",
                    swept.swept_bytes, swept.reclaimed_bytes
                ),
                None => Ok(()),
            }
        }
        Details::TaskBegin(task) | Details::TaskEnd(task) => {
            write!(f, " id={} parent={} type={}", task.id, task.parent, Quoted(task.name.0))
        }
        Details::RegionBegin(region) | Details::RegionEnd(region) => {
            write!(f, " task={} type={}", region.task, Quoted(region.name.0))
        }
        Details::Log(log) => {
            write!(f, " task={} cat={} msg={}", log.task, Quoted(log.category.0), Quoted(log.message.0))
        }
        Details::StateTransition(transition) => write_transition(f, transition),
        Details::Experimental(experimental) => {
            write!(f, " name={}", Quoted(experimental.name().as_bytes()))?;
            experimental.arguments().try_for_each(|(name, value)| write!(f, " {name}={value}"))
        }
        Details::Unreadable { .. } => f.write_str(" !"),
    }
}

fn write_range(f: &mut fmt::Formatter<'_>, range: &Range<'_>) -> fmt::Result {
    use crate::event::RangeName;
    f.write_str(" name=")?;
    match range.name {
        RangeName::StopTheWorld(reason) => {
            let name = [b"stop-the-world (", reason.0, b")"].concat();
            Quoted(&name).fmt(f)?;
        }
        name => Quoted(name.to_string().as_bytes()).fmt(f)?,
    }
    write!(f, " scope={}", range.scope)
}

fn write_transition(f: &mut fmt::Formatter<'_>, change: &StateTransition<'_>) -> fmt::Result {
    write!(f, " res={}", change.resource())?;
    match change.transition {
        Transition::Proc { from, to, .. } => write!(f, " from={from} to={to}")?,
        Transition::Goroutine { from, to, .. } => write!(f, " from={from} to={to}")?,
    }
    write!(f, " reason={} tstk={}", Quoted(change.reason.0), Frames(&change.stack))
}

fn write_sync(f: &mut fmt::Formatter<'_>, sync: &Sync<'_>) -> fmt::Result {
    write!(f, " n={}", sync.number)?;
    if let Some(clock) = &sync.clock {
        let (seconds, nanoseconds) = (clock.wall_seconds, clock.wall_nanoseconds);
        write!(f, " clock={},{},{seconds},{nanoseconds}", clock.time, clock.mono_nanoseconds)?;
    }
    for batch in &sync.experimental {
        let (length, hash) = (batch.data.len(), fnv1a(batch.data));
        write!(f, " exp=AllocFree,{},{length},{hash:016x}", batch.thread)?;
    }
    Ok(())
}

/// The 64-bit FNV-1a hash.
fn fnv1a(data: &[u8]) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    data.iter().fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}
