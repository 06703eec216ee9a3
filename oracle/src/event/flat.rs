//! The flat form of what happened: plain fields, so that an event is made without intermediate copies.

use super::Event;
use super::details::{
    Details, Experimental, Kind, Log, Metric, Range, RangeName, Region, StateTransition, Swept, Sync, Task,
    Transition,
};
use super::parts::{Resource, Text};
use super::stack::Stack;
use crate::ids::{GoId, ProcId, TaskId};
use crate::order::shown_parent;
use crate::state::{GoState, ProcState};
use procsteal_wire::EventType;

/// How the other fields of [`Flat`] are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// `sync` says all.
    Sync,
    /// There is nothing to say.
    StackSample,
    /// A P, `subject`, changes state.
    Proc,
    /// A goroutine, `subject`, changes state.
    Goroutine,
    /// The wire event says all.
    Plain,
    /// A task ends whose parent is `subject`.
    TaskEnds,
    /// The world starts; `text` is why it was stopped.
    WorldStarts,
    /// A sync event that cannot be read.
    UnreadableSync,
    /// A change of state that cannot be read.
    UnreadableTransition,
    /// The world starts; why it was stopped cannot be read.
    UnreadableRangeEnd,
}

/// What happened. Which fields mean something depends on the form and on the wire event; the others hold what an earlier
/// event left in them.
#[derive(Clone)]
pub(crate) struct Flat<'t> {
    pub(crate) form: Form,
    /// The wire event it comes from.
    pub(crate) event: EventType,
    pub(crate) from_proc: ProcState,
    pub(crate) to_proc: ProcState,
    pub(crate) from_goroutine: GoState,
    pub(crate) to_goroutine: GoState,
    /// What changes, or belongs to what ends.
    pub(crate) subject: u64,
    /// The first arguments of the wire event.
    pub(crate) numbers: [u64; 3],
    /// The event's first string.
    pub(crate) text: Text<'t>,
    /// The event's second string.
    pub(crate) other_text: Text<'t>,
    pub(crate) sync: Option<Box<Sync<'t>>>,
}

impl Flat<'_> {
    /// An event of this form with nothing else to say.
    pub(crate) const fn new(form: Form, event: EventType) -> Self {
        Self {
            form,
            event,
            from_proc: ProcState::Undetermined,
            to_proc: ProcState::Undetermined,
            from_goroutine: GoState::Undetermined,
            to_goroutine: GoState::Undetermined,
            subject: 0,
            numbers: [0; 3],
            text: Text(&[]),
            other_text: Text(&[]),
            sync: None,
        }
    }
}

/// The details of an event, as a type.
pub(super) fn details<'t>(event: &Event<'t>) -> Details<'t> {
    let flat = &event.flat;
    let id = flat.subject.cast_signed();
    let transition = match flat.form {
        Form::Proc => Transition::Proc { proc_changed: ProcId(id), from: flat.from_proc, to: flat.to_proc },
        Form::Goroutine => {
            let (from, to) = (flat.from_goroutine, flat.to_goroutine);
            Transition::Goroutine { goroutine_changed: GoId(id), from, to }
        }
        Form::Plain => return plain(event),
        Form::TaskEnds => {
            let (id, parent) = (TaskId(flat.numbers[0]), TaskId(flat.subject));
            return Details::TaskEnd(Task { id, parent, name: flat.text });
        }
        Form::WorldStarts => {
            let (name, scope) = (RangeName::StopTheWorld(flat.text), Resource::Goroutine(event.goroutine));
            return Details::RangeEnd { range: Range { name, scope }, swept: None };
        }
        Form::StackSample => return Details::StackSample,
        Form::Sync => return flat.sync.as_deref().cloned().map_or(unreadable(Kind::Sync), Details::Sync),
        Form::UnreadableSync => return unreadable(Kind::Sync),
        Form::UnreadableTransition => return unreadable(Kind::StateTransition),
        Form::UnreadableRangeEnd => return unreadable(Kind::RangeEnd),
    };
    let stack = match flat.event {
        EventType::GO_CREATE | EventType::GO_CREATE_BLOCKED => event.stacks.of_created(),
        EventType::GO_STOP
        | EventType::GO_BLOCK
        | EventType::GO_SYSCALL_BEGIN
        | EventType::GO_STATUS_STACK => event.stack(),
        _ => Stack::None,
    };
    Details::StateTransition(StateTransition { transition, reason: flat.text, stack })
}

fn unreadable<'t>(unreadable_kind: Kind) -> Details<'t> {
    Details::Unreadable { unreadable_kind }
}

/// Events of which the wire says all.
fn plain<'t>(event: &Event<'t>) -> Details<'t> {
    let Flat { numbers, text, other_text, .. } = event.flat;
    let goroutine = Resource::Goroutine(event.goroutine);
    let proc = Resource::Proc(event.proc);
    let range = |name, scope| Range { name, scope };
    let mark = range(RangeName::GcMark, Resource::None);
    let metric = |metric| Details::Metric { metric, value: numbers[0] };
    let task = TaskId(numbers[0]);
    match event.flat.event {
        EventType::PROCS_CHANGE => metric(Metric::Procs),
        EventType::HEAP_ALLOC => metric(Metric::HeapObjects),
        EventType::HEAP_GOAL => metric(Metric::HeapGoal),
        EventType::GO_LABEL => Details::Label { label: text, resource: goroutine },
        EventType::STW_BEGIN => Details::RangeBegin(range(RangeName::StopTheWorld(text), goroutine)),
        EventType::GC_ACTIVE => Details::RangeActive(mark),
        EventType::GC_BEGIN => Details::RangeBegin(mark),
        EventType::GC_END => Details::RangeEnd { range: mark, swept: None },
        EventType::GC_SWEEP_ACTIVE => {
            let scope = Resource::Proc(ProcId(numbers[0].cast_signed()));
            Details::RangeActive(range(RangeName::GcSweep, scope))
        }
        EventType::GC_SWEEP_BEGIN => Details::RangeBegin(range(RangeName::GcSweep, proc)),
        EventType::GC_SWEEP_END => {
            let swept = Swept { swept_bytes: numbers[0], reclaimed_bytes: numbers[1] };
            Details::RangeEnd { range: range(RangeName::GcSweep, proc), swept: Some(swept) }
        }
        EventType::GC_MARK_ASSIST_ACTIVE => {
            let scope = Resource::Goroutine(GoId(numbers[0].cast_signed()));
            Details::RangeActive(range(RangeName::GcMarkAssist, scope))
        }
        EventType::GC_MARK_ASSIST_BEGIN => Details::RangeBegin(range(RangeName::GcMarkAssist, goroutine)),
        EventType::GC_MARK_ASSIST_END => {
            Details::RangeEnd { range: range(RangeName::GcMarkAssist, goroutine), swept: None }
        }
        EventType::USER_TASK_BEGIN => {
            let parent = TaskId(shown_parent(numbers[1]));
            Details::TaskBegin(Task { id: task, parent, name: text })
        }
        EventType::USER_REGION_BEGIN => Details::RegionBegin(Region { task, name: text }),
        EventType::USER_REGION_END => Details::RegionEnd(Region { task, name: text }),
        EventType::USER_LOG => Details::Log(Log { task, category: text, message: other_text }),
        event => Details::Experimental(Experimental { event, values: numbers }),
    }
}
