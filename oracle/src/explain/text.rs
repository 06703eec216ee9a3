//! An explanation as text.

use super::{Explanation, SHOWN_WAITING, TraceEvent};
use std::fmt::{self, Display, Formatter};

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let error = &self.error;
        writeln!(f, "{} [{}]", error.phrase(), error.code())?;
        writeln!(f, "  at {}", Where(self))?;
        writeln!(f, "\n{}", self.summary)?;
        waiting(f, self)?;
        if !self.before.is_empty() {
            writeln!(f, "\nbefore it:")?;
            events(f, &self.before, " ")?;
        }
        if let Some((at_fault, following)) = self.after.split_first() {
            writeln!(f, "\nnever happened:")?;
            events(f, std::slice::from_ref(at_fault), ">")?;
            events(f, following, " ")?;
        } else if !self.bytes.is_empty() {
            writeln!(f, "\nbytes there: {}", self.bytes)?;
        }
        writeln!(f, "\nwhat to do: {}", error.advice())
    }
}

/// Where the error is.
struct Where<'e>(&'e Explanation);

impl Display for Where<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let place = self.0.error.place();
        write!(f, "byte {}", place.offset)?;
        if let Some(generation) = place.generation {
            write!(f, ", generation {generation}")?;
        }
        if let Some(thread) = place.thread {
            write!(f, ", thread {thread}")?;
        }
        if let Some(event) = place.event {
            write!(f, ", {}", crate::wire_event::name(event))?;
        }
        Ok(())
    }
}

/// The waiting events of a stuck trace, the root marked.
fn waiting(f: &mut Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let Some(stuck) = explanation.error.stuck() else { return Ok(()) };
    writeln!(f, "\nwaiting:")?;
    for waiting in stuck.waiting().iter().take(SHOWN_WAITING) {
        let mark = if Some(waiting) == stuck.root() { ">" } else { " " };
        writeln!(f, "{mark} {waiting}")?;
    }
    let more = stuck.waiting().len().saturating_sub(SHOWN_WAITING);
    if more > 0 {
        writeln!(f, "  and {more} more")?;
    }
    Ok(())
}

fn events(f: &mut Formatter<'_>, events: &[TraceEvent], mark: &str) -> fmt::Result {
    for event in events {
        let arguments: Vec<String> =
            event.arguments.iter().map(|(name, value)| format!("{name}={}", Number(*value))).collect();
        let (offset, thread, generation) = (event.offset, event.thread, event.generation);
        let arguments = arguments.join(" ");
        let line = format!(
            "{mark} byte {offset:>7}  gen {generation}  thread {thread:>7}  {} {arguments}",
            event.event
        );
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A number of the wire; the largest stands for none.
struct Number(u64);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 == procsteal_wire::NONE { f.write_str("-1") } else { self.0.fmt(f) }
    }
}
