//! Fills an event's flat form out of the wire event and what the state machine says of it (format 7.1).

use crate::event::{Flat, Form, Stack, Text};
use crate::order::{Draft, Effect};
use crate::stack_cache::StackCache;
use crate::state::{GoState, ProcState};
use crate::tables::Tables;
use crate::wire_event::WireEvent;
use procsteal_wire::EventType;

/// Writes into `flat` what happened in the event that `draft` says `source` emitted. Each field is written where it
/// will stay, because moving an event right after it was made costs more than making it.
#[inline(always)]
pub(crate) fn fill<'t>(
    flat: &mut Flat<'t>,
    trace: &'t [u8],
    tables: &Tables,
    stacks: &mut StackCache<'t>,
    source: &WireEvent,
    draft: &Draft,
) {
    let [first, second, third, _] = source.arguments;
    flat.form = Form::Plain;
    flat.event = source.event;
    (flat.from_proc, flat.to_proc) = (ProcState::Undetermined, ProcState::Undetermined);
    (flat.from_goroutine, flat.to_goroutine) = (GoState::Undetermined, GoState::Undetermined);
    flat.numbers = [first, second, third];
    flat.text = Text(&[]);
    flat.other_text = Text(&[]);
    if !matches!(flat.other_stack, Stack::None) {
        flat.other_stack = Stack::None;
    }
    flat.sync = None;
    let mut strings = source.strings();
    if let Some(string) = strings.next() {
        flat.text = text(trace, tables, string);
        if let Some(string) = strings.next() {
            flat.other_text = text(trace, tables, string);
        }
    }
    match draft.effect {
        Effect::Plain => {}
        Effect::Proc { proc, from, to } => {
            flat.form = Form::Proc;
            flat.numbers[0] = proc.cast_unsigned();
            (flat.from_proc, flat.to_proc) = (from, to);
        }
        Effect::Goroutine { goroutine, from, to } => {
            flat.form = Form::Goroutine;
            flat.numbers[0] = goroutine.cast_unsigned();
            (flat.from_goroutine, flat.to_goroutine) = (from, to);
            if matches!(source.event, EventType::GO_CREATE | EventType::GO_CREATE_BLOCKED) {
                flat.other_stack = stacks.get(trace, tables, source.new_stack());
            }
        }
        Effect::Unreadable => flat.form = Form::UnreadableTransition,
        // The reason is a string id that nothing translates from one generation to the next (format 4.5, STWEnd).
        Effect::WorldStarts { reason } if tables.has_string(reason) => {
            flat.form = Form::WorldStarts;
            flat.text = text(trace, tables, reason);
        }
        Effect::WorldStarts { .. } => flat.form = Form::UnreadableRangeEnd,
        Effect::TaskEnds { parent, name } => {
            flat.form = Form::TaskEnds;
            flat.numbers[1] = parent;
            flat.text = Text(name.of(trace));
        }
    }
}

/// The text of string `id`, which was checked to be there.
#[inline]
fn text<'t>(trace: &'t [u8], tables: &Tables, id: u64) -> Text<'t> {
    Text(tables.string(id).unwrap_or_default().of(trace))
}
