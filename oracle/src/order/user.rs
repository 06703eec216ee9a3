//! Events of user tasks and regions.

use super::{Attempt, Attempted, Effect, Outcome, Record, fail};
use crate::error::ErrorKind;
use crate::id_table::SlotIndex;
use crate::ids::{GoId, TaskId};
use crate::state::{State, TaskRecord};
use crate::tables::Span;

pub(super) fn task_begin(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let (id, parent) = (attempt.argument(0), attempt.argument(1));
    if state.tasks.contains(id) {
        return fail(ErrorKind::TaskConflict { task: TaskId(id) });
    }
    let name = resolve(attempt, 2)?;
    attempt.needs_user()?;
    let slot = state.tasks.insert(id);
    *state.tasks.at_mut(slot) = TaskRecord { parent: shown_parent(parent), name };
    record.record(|| attempt.draft(Effect::Plain));
    Ok(Outcome::Advanced)
}

/// The background task is shown as no parent.
pub(crate) fn shown_parent(parent: u64) -> u64 {
    if parent == 0 { TaskId::NONE.0 } else { parent }
}

pub(super) fn task_end(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    attempt.needs_user()?;
    let mut ended = TaskRecord { parent: TaskId::NONE.0, name: Span::default() };
    if let Some(slot) = state.tasks.find(attempt.argument(0)) {
        std::mem::swap(&mut ended, state.tasks.at_mut(slot));
        state.tasks.remove(slot);
    }
    record.record(|| attempt.draft(Effect::TaskEnds { parent: ended.parent, name: ended.name }));
    Ok(Outcome::Advanced)
}

pub(super) fn region_begin(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let (slot, name) = region(state, attempt)?;
    state.goroutines.at_mut(slot).regions.push((attempt.argument(0), name));
    record.record(|| attempt.draft(Effect::Plain));
    Ok(Outcome::Advanced)
}

pub(super) fn region_end(state: &mut State, attempt: &Attempt<'_>, record: &mut impl Record) -> Attempted {
    let (slot, name) = region(state, attempt)?;
    let regions = &mut state.goroutines.at_mut(slot).regions;
    if let Some((open_task, open_name)) = regions.pop() {
        let (open, ended) = (open_name.of(attempt.trace), name.of(attempt.trace));
        if open_task != attempt.argument(0) || open != ended {
            return fail(ErrorKind::RegionMisuse {
                goroutine: GoId(attempt.context.goroutine),
                open_task: TaskId(open_task),
                open_name: String::from_utf8_lossy(open).into_owned(),
                ended_task: TaskId(attempt.argument(0)),
                ended_name: String::from_utf8_lossy(ended).into_owned(),
            });
        }
    }
    record.record(|| attempt.draft(Effect::Plain));
    Ok(Outcome::Advanced)
}

/// The goroutine and the name of a region's event.
fn region(state: &State, attempt: &Attempt<'_>) -> Result<(SlotIndex, Span), Box<ErrorKind>> {
    attempt.needs_user()?;
    let name = resolve(attempt, 1)?;
    let goroutine = GoId(attempt.context.goroutine);
    match state.find_goroutine(goroutine.0) {
        Some(slot) => Ok((slot, name)),
        None => fail(ErrorKind::RegionWithoutState { event: attempt.name(), goroutine }),
    }
}

fn resolve(attempt: &Attempt<'_>, index: usize) -> Result<Span, Box<ErrorKind>> {
    let string = attempt.argument(index);
    match attempt.tables.string(string) {
        Some(name) => Ok(name),
        None => fail(ErrorKind::UnresolvedName { string, event_number: attempt.event.event.0 }),
    }
}
