//! Events of the garbage collector and of the stopped world: its cycle, and ranges of Ps and goroutines.

use super::{Attempt, Attempted, Checked, Effect, Need, Reason, Wait, fail, waits};
use crate::error::ErrorKind;
use crate::ids::{GoId, ProcId};
use crate::open_ranges::{OpenRange, OpenRanges};
use crate::state::{GcState, State};
use crate::wire_event;
use procsteal_wire::EventType;

fn advanced(attempt: &Attempt<'_>) -> Attempted {
    attempt.shows(Effect::Plain)
}

/// In the generation in which the trace begins, the collector's state is taken from the event, and no context is asked.
pub(super) fn active(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    let seq = attempt.argument(0);
    if attempt.is_initial(state) {
        if state.gc.state != GcState::Undetermined {
            return fail(|| ErrorKind::GcActiveNotFirst {});
        }
        (state.gc.seq, state.gc.state) = (seq, GcState::Running);
        return advanced(attempt);
    }
    if seq != state.gc.seq.wrapping_add(1) {
        return waits(Wait::GcSequence);
    }
    if state.gc.state != GcState::Running {
        return fail(|| ErrorKind::GcActiveNotInProgress {});
    }
    state.gc.seq = seq;
    attempt.needs_user()?;
    advanced(attempt)
}

pub(super) fn begin(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    let seq = attempt.argument(0);
    if state.gc.state == GcState::Undetermined {
        (state.gc.seq, state.gc.state) = (seq, GcState::Running);
        return advanced(attempt);
    }
    if seq != state.gc.seq.wrapping_add(1) {
        return waits(Wait::GcSequence);
    }
    if state.gc.state == GcState::Running {
        return fail(|| ErrorKind::GcAlreadyInProgress {});
    }
    (state.gc.seq, state.gc.state) = (seq, GcState::Running);
    attempt.needs_user()?;
    advanced(attempt)
}

pub(super) fn end(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    let seq = attempt.argument(0);
    if seq != state.gc.seq.wrapping_add(1) {
        return waits(Wait::GcSequence);
    }
    match state.gc.state {
        GcState::NotRunning => return fail(|| ErrorKind::GcNotInProgress {}),
        GcState::Undetermined => return fail(|| ErrorKind::GcUndetermined {}),
        GcState::Running => {}
    }
    (state.gc.seq, state.gc.state) = (seq, GcState::NotRunning);
    attempt.needs_user()?;
    advanced(attempt)
}

const SWEEP: OpenRange = (EventType::GC_SWEEP_BEGIN, 0);
const MARK_ASSIST: OpenRange = (EventType::GC_MARK_ASSIST_BEGIN, 0);

pub(super) fn sweep(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    if attempt.kind == EventType::GC_SWEEP_ACTIVE {
        let (initial, proc) = (attempt.is_initial(state), ProcId(attempt.id(0)));
        let Some((ranges, work)) = ranges_of_proc(state, proc) else {
            return fail(|| ErrorKind::RangeOnUnknownProc { proc });
        };
        if initial {
            name_active(ranges, SWEEP, work)?
        } else {
            check_active(ranges, SWEEP, work)?
        }
        return advanced(attempt);
    }
    attempt.needs(Need::Must, Need::May)?;
    let proc = ProcId(attempt.context.proc);
    let Some((ranges, work)) = ranges_of_proc(state, proc) else {
        return fail(|| ErrorKind::RangeOnUninitializedProc { event_number: attempt.kind.0, proc });
    };
    if attempt.kind == EventType::GC_SWEEP_BEGIN {
        open(ranges, SWEEP, work)?
    } else {
        close(ranges, SWEEP, work)?
    }
    advanced(attempt)
}

pub(super) fn mark_assist(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    if attempt.kind == EventType::GC_MARK_ASSIST_ACTIVE {
        let (initial, goroutine) = (attempt.is_initial(state), GoId(attempt.id(0)));
        let Some((ranges, work)) = ranges_of_goroutine(state, goroutine) else {
            return fail(|| ErrorKind::RangeOnUnknownGoroutine { goroutine });
        };
        if initial {
            name_active(ranges, MARK_ASSIST, work)?
        } else {
            check_active(ranges, MARK_ASSIST, work)?
        }
        return advanced(attempt);
    }
    let (ranges, work) = ranges_of_user(state, attempt)?;
    if attempt.kind == EventType::GC_MARK_ASSIST_BEGIN {
        open(ranges, MARK_ASSIST, work)?;
    } else {
        close(ranges, MARK_ASSIST, work)?;
    }
    advanced(attempt)
}

pub(super) fn stop_the_world(state: &mut State, attempt: &Attempt<'_>) -> Attempted {
    let (ranges, work) = ranges_of_user(state, attempt)?;
    if attempt.kind == EventType::STW_BEGIN {
        open(ranges, (EventType::STW_BEGIN, attempt.argument(0)), work)?;
        return advanced(attempt);
    }
    let Some(index) = ranges.find_stop_the_world(work) else {
        return fail(|| ErrorKind::RangeNotOpen { event: wire_event::name(EventType::STW_BEGIN) });
    };
    let (_, reason) = ranges.swap_remove(index);
    // Nothing translates the string id of the reason from one generation to the next (format 4.5, STWEnd).
    attempt.shows(Effect::WorldStarts { reason })
}

/// The ranges of a P or goroutine, and the count of what is looked at among them.
type Ranges<'s> = (&'s mut OpenRanges, &'s mut u64);

fn ranges_of_proc(state: &mut State, proc: ProcId) -> Option<Ranges<'_>> {
    let State { procs, under_way, work, .. } = state;
    let record = procs.get_mut(proc.0.cast_unsigned())?;
    Some((&mut under_way.at(&mut record.under_way).ranges, &mut work.done))
}

fn ranges_of_goroutine(state: &mut State, goroutine: GoId) -> Option<Ranges<'_>> {
    let State { goroutines, under_way, work, .. } = state;
    let record = goroutines.get_mut(goroutine.0.cast_unsigned())?;
    Some((&mut under_way.at(&mut record.under_way).ranges, &mut work.done))
}

/// Those of the goroutine of an event that needs thread, P and goroutine.
fn ranges_of_user<'s>(state: &'s mut State, attempt: &Attempt<'_>) -> Result<Ranges<'s>, Reason> {
    attempt.needs_user()?;
    let goroutine = GoId(attempt.context.goroutine);
    match ranges_of_goroutine(state, goroutine) {
        Some(ranges) => Ok(ranges),
        None => fail(|| ErrorKind::RangeWithoutState { event_number: attempt.kind.0, goroutine }),
    }
}

fn open(ranges: &mut OpenRanges, range: OpenRange, work: &mut u64) -> Checked {
    if ranges.find(range, work).is_some() {
        return fail(|| ErrorKind::RangeAlreadyOpen { event: wire_event::name(range.0) });
    }
    ranges.push(range);
    Ok(())
}

fn close(ranges: &mut OpenRanges, range: OpenRange, work: &mut u64) -> Checked {
    let Some(index) = ranges.find(range, work) else {
        return fail(|| ErrorKind::RangeNotOpen { event: wire_event::name(range.0) });
    };
    ranges.swap_remove(index);
    Ok(())
}

fn name_active(ranges: &mut OpenRanges, range: OpenRange, work: &mut u64) -> Checked {
    if ranges.find(range, work).is_some() {
        return fail(|| ErrorKind::RangeAlreadyActive { event: wire_event::name(range.0) });
    }
    ranges.push(range);
    Ok(())
}

fn check_active(ranges: &OpenRanges, range: OpenRange, work: &mut u64) -> Checked {
    if ranges.find(range, work).is_some() {
        return Ok(());
    }
    fail(|| ErrorKind::RangeMissing { event: wire_event::name(range.0) })
}
