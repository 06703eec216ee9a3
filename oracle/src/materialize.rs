//! Makes an event's details out of the wire event and what the state machine says of it (format 7.1).

use crate::event::{
    Details, Experimental, Kind, Log, Metric, Range, RangeName, Region, Resource, Stack, StateTransition,
    Swept, Task, Text, Transition,
};
use crate::ids::{GoId, ProcId, TaskId};
use crate::order::{Draft, Effect, shown_parent};
use crate::reader::text;
use crate::stack_cache::StackCache;
use crate::tables::Tables;
use crate::wire_event::WireEvent;
use procsteal_wire::EventType;

/// The details of the event that `draft` says `source` emitted; `stack` is the event's own.
#[inline]
pub(crate) fn details<'t>(
    trace: &'t [u8],
    tables: &Tables,
    stacks: &mut StackCache<'t>,
    source: &WireEvent,
    draft: &Draft,
    stack: &Stack<'t>,
) -> Details<'t> {
    let transition = match draft.effect {
        Effect::Proc { proc, from, to } => Transition::Proc { proc_changed: ProcId(proc), from, to },
        Effect::Goroutine { goroutine, from, to } => {
            Transition::Goroutine { goroutine_changed: GoId(goroutine), from, to }
        }
        Effect::Plain => return plain(trace, tables, source, draft),
        Effect::Unreadable => return Details::Unreadable { unreadable_kind: Kind::StateTransition },
        Effect::WorldStarts { reason } => return world_starts(trace, tables, draft, reason),
        Effect::TaskEnds { parent, name } => {
            let (id, parent) = (TaskId(source.arguments[0]), TaskId(parent));
            return Details::TaskEnd(Task { id, parent, name: Text(name.of(trace)) });
        }
    };
    let mut reason = Text::default();
    let transition_stack = match source.event {
        EventType::GO_CREATE | EventType::GO_CREATE_BLOCKED => stacks.get(trace, tables, source.new_stack()),
        EventType::GO_STOP | EventType::GO_BLOCK => {
            reason = text(trace, tables, source.arguments[0]);
            stack.clone()
        }
        EventType::GO_SYSCALL_BEGIN | EventType::GO_STATUS_STACK => stack.clone(),
        _ => Stack::None,
    };
    Details::StateTransition(StateTransition { transition, reason, transition_stack })
}

/// The reason is a string id that nothing translates from one generation to the next (format 4.5, STWEnd).
fn world_starts<'t>(trace: &'t [u8], tables: &Tables, draft: &Draft, reason: u64) -> Details<'t> {
    if !tables.has_string(reason) {
        return Details::Unreadable { unreadable_kind: Kind::RangeEnd };
    }
    let name = RangeName::StopTheWorld(text(trace, tables, reason));
    let scope = Resource::Goroutine(GoId(draft.context.goroutine));
    Details::RangeEnd { range: Range { name, scope }, swept: None }
}

/// Events of which the wire says all.
fn plain<'t>(trace: &'t [u8], tables: &Tables, source: &WireEvent, draft: &Draft) -> Details<'t> {
    let arguments = &source.arguments;
    let text = |index: usize| text(trace, tables, arguments[index]);
    let goroutine = Resource::Goroutine(GoId(draft.context.goroutine));
    let proc = Resource::Proc(ProcId(draft.context.proc));
    let range = |name, scope| Range { name, scope };
    let metric = |metric| Details::Metric { metric, value: arguments[0] };
    match source.event {
        EventType::PROCS_CHANGE => metric(Metric::Procs),
        EventType::HEAP_ALLOC => metric(Metric::HeapObjects),
        EventType::HEAP_GOAL => metric(Metric::HeapGoal),
        EventType::GO_LABEL => Details::Label { label: text(0), resource: goroutine },
        EventType::STW_BEGIN => Details::RangeBegin(range(RangeName::StopTheWorld(text(0)), goroutine)),
        EventType::GC_ACTIVE => Details::RangeActive(range(RangeName::GcMark, Resource::None)),
        EventType::GC_BEGIN => Details::RangeBegin(range(RangeName::GcMark, Resource::None)),
        EventType::GC_END => {
            Details::RangeEnd { range: range(RangeName::GcMark, Resource::None), swept: None }
        }
        EventType::GC_SWEEP_ACTIVE => {
            let scope = Resource::Proc(ProcId(arguments[0].cast_signed()));
            Details::RangeActive(range(RangeName::GcSweep, scope))
        }
        EventType::GC_SWEEP_BEGIN => Details::RangeBegin(range(RangeName::GcSweep, proc)),
        EventType::GC_SWEEP_END => {
            let swept = Swept { swept_bytes: arguments[0], reclaimed_bytes: arguments[1] };
            Details::RangeEnd { range: range(RangeName::GcSweep, proc), swept: Some(swept) }
        }
        EventType::GC_MARK_ASSIST_ACTIVE => {
            let scope = Resource::Goroutine(GoId(arguments[0].cast_signed()));
            Details::RangeActive(range(RangeName::GcMarkAssist, scope))
        }
        EventType::GC_MARK_ASSIST_BEGIN => Details::RangeBegin(range(RangeName::GcMarkAssist, goroutine)),
        EventType::GC_MARK_ASSIST_END => {
            Details::RangeEnd { range: range(RangeName::GcMarkAssist, goroutine), swept: None }
        }
        EventType::USER_TASK_BEGIN => {
            let (id, parent) = (TaskId(arguments[0]), TaskId(shown_parent(arguments[1])));
            Details::TaskBegin(Task { id, parent, name: text(2) })
        }
        EventType::USER_REGION_BEGIN => {
            Details::RegionBegin(Region { task: TaskId(arguments[0]), name: text(1) })
        }
        EventType::USER_REGION_END => {
            Details::RegionEnd(Region { task: TaskId(arguments[0]), name: text(1) })
        }
        EventType::USER_LOG => {
            Details::Log(Log { task: TaskId(arguments[0]), category: text(1), message: text(2) })
        }
        event => {
            Details::Experimental(Experimental { event, values: [arguments[0], arguments[1], arguments[2]] })
        }
    }
}
