//! Events of user tasks and regions.

use super::{Attempt, Attempted, Effect, Reason, fail};
use crate::error::ErrorKind;
use crate::ids::{GoId, TaskId};
use crate::state::{State, TaskRecord};
use crate::tables::Span;

pub(super) fn task_begin(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    let (id, parent) = (attempt.argument(0), attempt.argument(1));
    if state.tasks.contains(id) {
        return fail(|| ErrorKind::TaskConflict { task: TaskId(id) });
    }
    let name = resolve(attempt, 2)?;
    attempt.needs_user()?;
    state.tasks.insert(id, TaskRecord { parent: shown_parent(parent), name });
    attempt.shows(Effect::Plain)
}

/// The background task is shown as no parent.
pub(crate) fn shown_parent(parent: u64) -> u64 {
    if parent == 0 { TaskId::NONE.0 } else { parent }
}

pub(super) fn task_end(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    attempt.needs_user()?;
    let unknown = TaskRecord { parent: TaskId::NONE.0, name: Span::default() };
    let TaskRecord { parent, name } = state.tasks.remove(attempt.argument(0)).unwrap_or(unknown);
    attempt.shows(Effect::TaskEnds { parent, name })
}

pub(super) fn region_begin(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    let (regions, name) = regions(state, attempt)?;
    regions.push((attempt.argument(0), name));
    attempt.shows(Effect::Plain)
}

pub(super) fn region_end(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    let (regions, name) = regions(state, attempt)?;
    if let Some((open_task, open_name)) = regions.pop() {
        let (open, ended) = (open_name.of(attempt.trace), name.of(attempt.trace));
        if open_task != attempt.argument(0) || open != ended {
            return fail(|| ErrorKind::RegionMisuse {
                goroutine: GoId(attempt.context.goroutine),
                open_task: TaskId(open_task),
                open_name: String::from_utf8_lossy(open).into_owned(),
                ended_task: TaskId(attempt.argument(0)),
                ended_name: String::from_utf8_lossy(ended).into_owned(),
            });
        }
    }
    attempt.shows(Effect::Plain)
}

/// A goroutine's open regions, the innermost last: task and name.
type Regions = Vec<(u64, Span)>;

/// The goroutine's open regions, and the name of the event's.
fn regions<'s>(state: &'s mut State, attempt: &Attempt<'_>) -> Result<(&'s mut Regions, Span), Reason> {
    attempt.needs_user()?;
    let name = resolve(attempt, 1)?;
    let goroutine = GoId(attempt.context.goroutine);
    let State { goroutines, under_way, .. } = state;
    match goroutines.get_mut(goroutine.0.cast_unsigned()) {
        Some(record) => Ok((&mut under_way.at(&mut record.under_way).regions, name)),
        None => fail(|| ErrorKind::RegionWithoutState { event: attempt.name(), goroutine }),
    }
}

fn resolve(attempt: &Attempt<'_>, index: usize) -> Result<Span, Reason> {
    let string = attempt.argument(index);
    match attempt.tables.string(string) {
        Some(name) => Ok(name),
        None => fail(|| ErrorKind::UnresolvedName { string, event_number: attempt.kind.0 }),
    }
}
