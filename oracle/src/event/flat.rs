//! The flat form of what happened: few plain fields, so that an event is made with few stores.

use super::Event;
use super::details::{
    Details, Experimental, Kind, Log, Metric, Range, RangeName, Region, StateTransition, Swept, Task,
    Transition,
};
use super::parts::{Resource, Text};
use super::stack::Stack;
use crate::ids::{GoId, ProcId, TaskId, ThreadId};
use crate::order::shown_parent;
use crate::state::{GoState, ProcState};
use crate::tables::Span;
use crate::wire_event::{MAX_ARGUMENTS, Names};
use procsteal_wire::EventType;

/// How the other fields of [`Flat`] are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// The sync event number `subject`.
    Sync,
    /// A sample with the stack of id `subject`.
    StackSample,
    /// A P, `subject`, changes state.
    Proc { from: ProcState, to: ProcState },
    /// A goroutine, `subject`, changes state.
    Goroutine { from: GoState, to: GoState },
    /// The wire event says all, with its thread's P and goroutine.
    Plain,
    /// A task ends whose parent is `subject`, and whose name is `name`.
    TaskEnds,
    /// The world starts, which was stopped for the reason whose string id is `subject`.
    WorldStarts,
    /// A sync event that cannot be read.
    UnreadableSync,
    /// A change of state that cannot be read.
    UnreadableTransition,
}

/// The states of a P, by their numbers.
const PROC_STATES: [ProcState; 4] =
    [ProcState::Undetermined, ProcState::NotExist, ProcState::Running, ProcState::Idle];

/// The states of a goroutine, by their numbers.
const GO_STATES: [GoState; 6] = [
    GoState::Undetermined,
    GoState::NotExist,
    GoState::Runnable,
    GoState::Running,
    GoState::Waiting,
    GoState::Syscall,
];

/// A form, the type of the wire event it comes from, and how much of the trace is left from that on, in one word.
#[derive(Clone, Copy)]
pub(crate) struct What(u64);

impl What {
    /// Where that number begins. No trace is so long that it does not fit the bits from here on.
    const LEFT_BIT: u32 = 16;

    /// The number of the first change of a P, by the two states.
    const PROC: u8 = 0x40;

    /// The number of the first change of a goroutine, by the two states.
    const GOROUTINE: u8 = 0x80;

    /// How many numbers there are for states.
    const STATES: u8 = 8;

    #[inline(always)]
    pub(crate) const fn new(form: Form, event: EventType, left: usize) -> Self {
        let number = match form {
            Form::Plain => 0,
            Form::Sync => 1,
            Form::StackSample => 2,
            Form::TaskEnds => 3,
            Form::WorldStarts => 4,
            Form::UnreadableSync => 5,
            Form::UnreadableTransition => 6,
            Form::Proc { from, to } => Self::PROC + from as u8 * Self::STATES + to as u8,
            Form::Goroutine { from, to } => Self::GOROUTINE + from as u8 * Self::STATES + to as u8,
        };
        Self((left as u64) << Self::LEFT_BIT | (number as u64) << u8::BITS | event.0 as u64)
    }

    pub(crate) fn form(self) -> Form {
        let [_, form, ..] = self.0.to_le_bytes();
        let states = |first: u8| {
            let number = form - first;
            (usize::from(number / Self::STATES), usize::from(number % Self::STATES))
        };
        match form {
            0 => Form::Plain,
            1 => Form::Sync,
            2 => Form::StackSample,
            3 => Form::TaskEnds,
            4 => Form::WorldStarts,
            5 => Form::UnreadableSync,
            6..Self::PROC => Form::UnreadableTransition,
            Self::PROC..Self::GOROUTINE => {
                let (from, to) = states(Self::PROC);
                Form::Proc { from: PROC_STATES[from], to: PROC_STATES[to] }
            }
            Self::GOROUTINE.. => {
                let (from, to) = states(Self::GOROUTINE);
                Form::Goroutine { from: GO_STATES[from], to: GO_STATES[to] }
            }
        }
    }

    #[inline(always)]
    pub(crate) fn event(self) -> EventType {
        EventType(self.0.to_le_bytes()[0])
    }

    /// How many bytes of the trace are left from the wire event on. It is kept instead of the event's offset because the reader
    /// has it at hand.
    #[inline(always)]
    pub(crate) fn left(self) -> u64 {
        self.0 >> Self::LEFT_BIT
    }
}

/// What happened. Which fields mean something depends on the form; the others hold what an earlier event left in them.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Flat {
    /// The form, and the wire event, whose arguments are in the trace.
    pub(crate) what: What,
    /// What changes, or belongs to what ends.
    pub(crate) subject: u64,
    /// The thread that wrote a change of state, which may be shown as another's; or where a task's name is, packed.
    pub(crate) other: u64,
}

impl Flat {
    /// An event of this form with nothing else to say.
    pub(crate) const fn new(form: Form, event: EventType, left: usize) -> Self {
        Self { what: What::new(form, event, left), subject: 0, other: 0 }
    }

    /// The thread that wrote it; -1 for what no thread wrote. `shown` is that as whose event it is shown.
    pub(crate) fn writer(&self, shown: ThreadId) -> ThreadId {
        match self.what.form() {
            Form::Proc { .. } | Form::Goroutine { .. } => ThreadId(self.other.cast_signed()),
            Form::Sync | Form::UnreadableSync | Form::StackSample => ThreadId::NONE,
            Form::Plain | Form::TaskEnds | Form::WorldStarts | Form::UnreadableTransition => shown,
        }
    }
}

/// The stack of an event.
pub(super) fn stack<'t>(event: &Event<'t>) -> Stack<'t> {
    let id = match event.flat.what.form() {
        Form::StackSample => event.flat.subject,
        _ => Names::of(event.flat.what.event()).stack(&arguments(event)).unwrap_or(0),
    };
    event.origin.stack(id)
}

/// The arguments of the wire event; zeros if it comes from none.
fn arguments(event: &Event<'_>) -> [u64; MAX_ARGUMENTS] {
    event.origin.wire_event(event.flat.what.event(), event.offset()).arguments
}

/// The details of an event, as a type.
pub(super) fn details<'t>(event: &Event<'t>) -> Details<'t> {
    let flat = &event.flat;
    let id = flat.subject.cast_signed();
    let arguments = arguments(event);
    let transition = match flat.what.form() {
        Form::Proc { from, to } => Transition::Proc { proc_changed: ProcId(id), from, to },
        Form::Goroutine { from, to } => Transition::Goroutine { goroutine_changed: GoId(id), from, to },
        Form::Plain => match usual(event, arguments[0]) {
            Some(transition) => transition,
            None => return plain(event, &arguments),
        },
        Form::TaskEnds => {
            let (id, parent) = (TaskId(arguments[0]), TaskId(flat.subject));
            return Details::TaskEnd(Task {
                id,
                parent,
                name: event.origin.text_at(Span::unpacked(flat.other)),
            });
        }
        Form::WorldStarts => {
            let Some(reason) = event.origin.text(flat.subject) else { return unreadable(Kind::RangeEnd) };
            let (name, scope) = (RangeName::StopTheWorld(reason), Resource::Goroutine(event.goroutine));
            return Details::RangeEnd { range: Range { name, scope }, swept: None };
        }
        Form::StackSample => return Details::StackSample,
        Form::Sync => return Details::Sync(event.origin.sync(flat.subject)),
        Form::UnreadableSync => return unreadable(Kind::Sync),
        Form::UnreadableTransition => return unreadable(Kind::StateTransition),
    };
    let names = Names::of(flat.what.event());
    let stack = match flat.what.event() {
        EventType::GO_CREATE | EventType::GO_CREATE_BLOCKED => names.new_stack(&arguments),
        EventType::GO_STOP
        | EventType::GO_BLOCK
        | EventType::GO_SYSCALL_BEGIN
        | EventType::GO_STATUS_STACK => names.stack(&arguments),
        _ => None,
    };
    let stack = event.origin.stack(stack.unwrap_or(0));
    let reason = text(event, names.string(&arguments));
    Details::StateTransition(StateTransition { transition, reason, stack })
}

/// The change of state that each event of its type is: of what it names first, or of its thread's own goroutine or P.
fn usual(event: &Event<'_>, named: u64) -> Option<Transition> {
    let goroutine = |goroutine_changed, from, to| Some(Transition::Goroutine { goroutine_changed, from, to });
    let proc = |proc_changed, from, to| Some(Transition::Proc { proc_changed, from, to });
    let (own, named) = (event.goroutine, named.cast_signed());
    match event.flat.what.event() {
        EventType::GO_CREATE => goroutine(GoId(named), GoState::NotExist, GoState::Runnable),
        EventType::GO_CREATE_BLOCKED => goroutine(GoId(named), GoState::NotExist, GoState::Waiting),
        EventType::GO_START => goroutine(GoId(named), GoState::Runnable, GoState::Running),
        EventType::GO_UNBLOCK => goroutine(GoId(named), GoState::Waiting, GoState::Runnable),
        EventType::GO_STOP => goroutine(own, GoState::Running, GoState::Runnable),
        EventType::GO_BLOCK => goroutine(own, GoState::Running, GoState::Waiting),
        EventType::GO_DESTROY => goroutine(own, GoState::Running, GoState::NotExist),
        EventType::GO_SYSCALL_BEGIN => goroutine(own, GoState::Running, GoState::Syscall),
        EventType::GO_SYSCALL_END => goroutine(own, GoState::Syscall, GoState::Running),
        EventType::PROC_START => proc(ProcId(named), ProcState::Idle, ProcState::Running),
        EventType::PROC_STOP => proc(event.proc, ProcState::Running, ProcState::Idle),
        _ => None,
    }
}

/// The text of a string that the event may name; empty if it does not.
fn text<'t>(event: &Event<'t>, id: Option<u64>) -> Text<'t> {
    id.and_then(|id| event.origin.text(id)).unwrap_or_default()
}

fn unreadable<'t>(unreadable_kind: Kind) -> Details<'t> {
    Details::Unreadable { unreadable_kind }
}

/// Events of which the wire says all.
fn plain<'t>(event: &Event<'t>, numbers: &[u64; MAX_ARGUMENTS]) -> Details<'t> {
    let names = Names::of(event.flat.what.event());
    let other_text = || text(event, names.other_string(numbers));
    let text = text(event, names.string(numbers));
    let goroutine = Resource::Goroutine(event.goroutine);
    let proc = Resource::Proc(event.proc);
    let range = |name, scope| Range { name, scope };
    let mark = range(RangeName::GcMark, Resource::None);
    let metric = |metric| Details::Metric { metric, value: numbers[0] };
    let task = TaskId(numbers[0]);
    match event.flat.what.event() {
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
        EventType::USER_LOG => Details::Log(Log { task, category: text, message: other_text() }),
        event => {
            let [first, second, third, _] = *numbers;
            Details::Experimental(Experimental { event, values: [first, second, third] })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_type_and_place_come_back_from_one_word() {
        let others = [
            Form::Plain,
            Form::Sync,
            Form::StackSample,
            Form::TaskEnds,
            Form::WorldStarts,
            Form::UnreadableSync,
            Form::UnreadableTransition,
        ];
        let procs = PROC_STATES.map(|from| PROC_STATES.map(|to| Form::Proc { from, to }));
        let goroutines = GO_STATES.map(|from| GO_STATES.map(|to| Form::Goroutine { from, to }));
        for form in
            others.into_iter().chain(procs.into_iter().flatten()).chain(goroutines.into_iter().flatten())
        {
            for event in [EventType(0), EventType::GO_START, EventType(255)] {
                for left in [0, 1, (1 << 48) - 1] {
                    let what = What::new(form, event, left);
                    assert_eq!((what.form(), what.event(), what.left()), (form, event, left as u64));
                }
            }
        }
    }
}
