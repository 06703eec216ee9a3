//! The event table: one row per wire event, by number.

/// The type byte of a wire event. The constants carry Go's names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventType(pub u8);

impl EventType {
    /// `EventBatch`
    pub const EVENT_BATCH: Self = Self(1);
    /// `Stacks`
    pub const STACKS: Self = Self(2);
    /// `Stack`
    pub const STACK: Self = Self(3);
    /// `Strings`
    pub const STRINGS: Self = Self(4);
    /// `String`
    pub const STRING: Self = Self(5);
    /// `CPUSamples`
    pub const CPU_SAMPLES: Self = Self(6);
    /// `CPUSample`
    pub const CPU_SAMPLE: Self = Self(7);
    /// `Frequency`
    pub const FREQUENCY: Self = Self(8);
    /// `ProcsChange`
    pub const PROCS_CHANGE: Self = Self(9);
    /// `ProcStart`
    pub const PROC_START: Self = Self(10);
    /// `ProcStop`
    pub const PROC_STOP: Self = Self(11);
    /// `ProcSteal`
    pub const PROC_STEAL: Self = Self(12);
    /// `ProcStatus`
    pub const PROC_STATUS: Self = Self(13);
    /// `GoCreate`
    pub const GO_CREATE: Self = Self(14);
    /// `GoCreateSyscall`
    pub const GO_CREATE_SYSCALL: Self = Self(15);
    /// `GoStart`
    pub const GO_START: Self = Self(16);
    /// `GoDestroy`
    pub const GO_DESTROY: Self = Self(17);
    /// `GoDestroySyscall`
    pub const GO_DESTROY_SYSCALL: Self = Self(18);
    /// `GoStop`
    pub const GO_STOP: Self = Self(19);
    /// `GoBlock`
    pub const GO_BLOCK: Self = Self(20);
    /// `GoUnblock`
    pub const GO_UNBLOCK: Self = Self(21);
    /// `GoSyscallBegin`
    pub const GO_SYSCALL_BEGIN: Self = Self(22);
    /// `GoSyscallEnd`
    pub const GO_SYSCALL_END: Self = Self(23);
    /// `GoSyscallEndBlocked`
    pub const GO_SYSCALL_END_BLOCKED: Self = Self(24);
    /// `GoStatus`
    pub const GO_STATUS: Self = Self(25);
    /// `STWBegin`
    pub const STW_BEGIN: Self = Self(26);
    /// `STWEnd`
    pub const STW_END: Self = Self(27);
    /// `GCActive`
    pub const GC_ACTIVE: Self = Self(28);
    /// `GCBegin`
    pub const GC_BEGIN: Self = Self(29);
    /// `GCEnd`
    pub const GC_END: Self = Self(30);
    /// `GCSweepActive`
    pub const GC_SWEEP_ACTIVE: Self = Self(31);
    /// `GCSweepBegin`
    pub const GC_SWEEP_BEGIN: Self = Self(32);
    /// `GCSweepEnd`
    pub const GC_SWEEP_END: Self = Self(33);
    /// `GCMarkAssistActive`
    pub const GC_MARK_ASSIST_ACTIVE: Self = Self(34);
    /// `GCMarkAssistBegin`
    pub const GC_MARK_ASSIST_BEGIN: Self = Self(35);
    /// `GCMarkAssistEnd`
    pub const GC_MARK_ASSIST_END: Self = Self(36);
    /// `HeapAlloc`
    pub const HEAP_ALLOC: Self = Self(37);
    /// `HeapGoal`
    pub const HEAP_GOAL: Self = Self(38);
    /// `GoLabel`
    pub const GO_LABEL: Self = Self(39);
    /// `UserTaskBegin`
    pub const USER_TASK_BEGIN: Self = Self(40);
    /// `UserTaskEnd`
    pub const USER_TASK_END: Self = Self(41);
    /// `UserRegionBegin`
    pub const USER_REGION_BEGIN: Self = Self(42);
    /// `UserRegionEnd`
    pub const USER_REGION_END: Self = Self(43);
    /// `UserLog`
    pub const USER_LOG: Self = Self(44);
    /// `GoSwitch`
    pub const GO_SWITCH: Self = Self(45);
    /// `GoSwitchDestroy`
    pub const GO_SWITCH_DESTROY: Self = Self(46);
    /// `GoCreateBlocked`
    pub const GO_CREATE_BLOCKED: Self = Self(47);
    /// `GoStatusStack`
    pub const GO_STATUS_STACK: Self = Self(48);
    /// `ExperimentalBatch`
    pub const EXPERIMENTAL_BATCH: Self = Self(49);
    /// `Sync`
    pub const SYNC: Self = Self(50);
    /// `ClockSnapshot`
    pub const CLOCK_SNAPSHOT: Self = Self(51);
    /// `EndOfGeneration`
    pub const END_OF_GENERATION: Self = Self(52);
    /// `Span`
    pub const SPAN: Self = Self(128);
    /// `SpanAlloc`
    pub const SPAN_ALLOC: Self = Self(129);
    /// `SpanFree`
    pub const SPAN_FREE: Self = Self(130);
    /// `HeapObject`
    pub const HEAP_OBJECT: Self = Self(131);
    /// `HeapObjectAlloc`
    pub const HEAP_OBJECT_ALLOC: Self = Self(132);
    /// `HeapObjectFree`
    pub const HEAP_OBJECT_FREE: Self = Self(133);
    /// `GoroutineStack`
    pub const GOROUTINE_STACK: Self = Self(134);
    /// `GoroutineStackAlloc`
    pub const GOROUTINE_STACK_ALLOC: Self = Self(135);
    /// `GoroutineStackFree`
    pub const GOROUTINE_STACK_FREE: Self = Self(136);
}

/// What an argument of an event is. Timed events have a time delta before all others; it is not listed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Argument {
    /// Generation number, from 1.
    Generation,
    /// Thread (M) id: the procid.
    Thread,
    /// A point in time, in clock units.
    Time,
    /// Payload length in bytes.
    Size,
    /// Id of a string, a stack or a memory object.
    Id,
    /// Number of frames that follow.
    FrameCount,
    /// P id.
    Proc,
    /// Goroutine id.
    Goroutine,
    /// Id of the stack of the execution context.
    Stack,
    /// Clock units per second.
    Frequency,
    /// GOMAXPROCS.
    Procs,
    /// Sequence number of the P within the generation.
    ProcSeq,
    /// A number of `proc_status`.
    ProcStatus,
    /// Id of the goroutine being created.
    NewGoroutine,
    /// Id of the stack of the goroutine being created.
    NewStack,
    /// Sequence number of the goroutine within the generation.
    GoSeq,
    /// String id: why the goroutine stopped.
    Reason,
    /// A number of `go_status`.
    GoStatus,
    /// String id: why the world was stopped.
    KindString,
    /// Sequence number of GC events, over the whole trace.
    GcSeq,
    /// Bytes swept.
    Swept,
    /// Bytes reclaimed.
    Reclaimed,
    /// Bytes of live heap.
    HeapAlloc,
    /// Heap goal in bytes.
    HeapGoal,
    /// String id: goroutine label.
    Label,
    /// User task id.
    Task,
    /// Id of the parent task.
    ParentTask,
    /// String id: name of a task or region.
    Name,
    /// String id: log category.
    Key,
    /// String id: log message.
    Value,
    /// Number of the experiment.
    Experiment,
    /// Monotonic clock, ns.
    Mono,
    /// Wall clock, seconds.
    Sec,
    /// Wall clock, nanoseconds.
    Nsec,
    /// Number of pages.
    Pages,
    /// Kind and size class of a span.
    KindClass,
    /// Type id.
    Type,
    /// Logarithm of the size of a goroutine stack.
    Order,
}

impl Argument {
    /// The name that Go's text form of a trace uses for this argument (section 8).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generation => "gen",
            Self::Thread => "m",
            Self::Time => "time",
            Self::Size => "size",
            Self::Id => "id",
            Self::FrameCount => "nframes",
            Self::Proc => "p",
            Self::Goroutine => "g",
            Self::Stack => "stack",
            Self::Frequency => "freq",
            Self::Procs => "procs_value",
            Self::ProcSeq => "p_seq",
            Self::ProcStatus => "pstatus",
            Self::NewGoroutine => "new_g",
            Self::NewStack => "new_stack",
            Self::GoSeq => "g_seq",
            Self::Reason => "reason_string",
            Self::GoStatus => "gstatus",
            Self::KindString => "kind_string",
            Self::GcSeq => "gc_seq",
            Self::Swept => "swept_value",
            Self::Reclaimed => "reclaimed_value",
            Self::HeapAlloc => "heapalloc_value",
            Self::HeapGoal => "heapgoal_value",
            Self::Label => "label_string",
            Self::Task => "task",
            Self::ParentTask => "parent_task",
            Self::Name => "name_string",
            Self::Key => "key_string",
            Self::Value => "value_string",
            Self::Experiment => "exp",
            Self::Mono => "mono",
            Self::Sec => "sec",
            Self::Nsec => "nsec",
            Self::Pages => "npages_value",
            Self::KindClass => "kindclass",
            Self::Type => "type",
            Self::Order => "order",
        }
    }
}

/// Where an event may stand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// Frames the trace or fills a table; never inside an ordinary batch.
    Structural,
    /// An ordinary event, with a time delta as its first argument.
    Timed,
    /// As `Timed`, of the experiment `AllocFree`.
    Experimental,
}

/// What the table says of one event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its number on the wire.
    pub event: EventType,
    /// Its name in Go.
    pub name: &'static str,
    /// Its arguments in wire order, without the time delta.
    pub arguments: &'static [Argument],
    /// Where it may stand.
    pub class: Class,
    /// The first header version that knows it: 22 for `go 1.22 trace`.
    pub since_minor: u8,
}

/// The row of `event`, or `None` for a number that no release uses.
#[must_use]
pub fn row(event: EventType) -> Option<&'static Row> {
    TABLE.binary_search_by_key(&event, |row| row.event).ok().map(|index| &TABLE[index])
}

/// All rows, by ascending number.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { event: EventType::EVENT_BATCH, name: "EventBatch", arguments: &[Argument::Generation, Argument::Thread, Argument::Time, Argument::Size], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::STACKS, name: "Stacks", arguments: &[], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::STACK, name: "Stack", arguments: &[Argument::Id, Argument::FrameCount], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::STRINGS, name: "Strings", arguments: &[], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::STRING, name: "String", arguments: &[Argument::Id], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::CPU_SAMPLES, name: "CPUSamples", arguments: &[], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::CPU_SAMPLE, name: "CPUSample", arguments: &[Argument::Time, Argument::Thread, Argument::Proc, Argument::Goroutine, Argument::Stack], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::FREQUENCY, name: "Frequency", arguments: &[Argument::Frequency], class: Class::Structural, since_minor: 22 },
    Row { event: EventType::PROCS_CHANGE, name: "ProcsChange", arguments: &[Argument::Procs, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::PROC_START, name: "ProcStart", arguments: &[Argument::Proc, Argument::ProcSeq], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::PROC_STOP, name: "ProcStop", arguments: &[], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::PROC_STEAL, name: "ProcSteal", arguments: &[Argument::Proc, Argument::ProcSeq, Argument::Thread], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::PROC_STATUS, name: "ProcStatus", arguments: &[Argument::Proc, Argument::ProcStatus], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_CREATE, name: "GoCreate", arguments: &[Argument::NewGoroutine, Argument::NewStack, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_CREATE_SYSCALL, name: "GoCreateSyscall", arguments: &[Argument::NewGoroutine], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_START, name: "GoStart", arguments: &[Argument::Goroutine, Argument::GoSeq], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_DESTROY, name: "GoDestroy", arguments: &[], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_DESTROY_SYSCALL, name: "GoDestroySyscall", arguments: &[], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_STOP, name: "GoStop", arguments: &[Argument::Reason, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_BLOCK, name: "GoBlock", arguments: &[Argument::Reason, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_UNBLOCK, name: "GoUnblock", arguments: &[Argument::Goroutine, Argument::GoSeq, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_SYSCALL_BEGIN, name: "GoSyscallBegin", arguments: &[Argument::ProcSeq, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_SYSCALL_END, name: "GoSyscallEnd", arguments: &[], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_SYSCALL_END_BLOCKED, name: "GoSyscallEndBlocked", arguments: &[], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_STATUS, name: "GoStatus", arguments: &[Argument::Goroutine, Argument::Thread, Argument::GoStatus], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::STW_BEGIN, name: "STWBegin", arguments: &[Argument::KindString, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::STW_END, name: "STWEnd", arguments: &[], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_ACTIVE, name: "GCActive", arguments: &[Argument::GcSeq], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_BEGIN, name: "GCBegin", arguments: &[Argument::GcSeq, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_END, name: "GCEnd", arguments: &[Argument::GcSeq], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_SWEEP_ACTIVE, name: "GCSweepActive", arguments: &[Argument::Proc], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_SWEEP_BEGIN, name: "GCSweepBegin", arguments: &[Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_SWEEP_END, name: "GCSweepEnd", arguments: &[Argument::Swept, Argument::Reclaimed], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_MARK_ASSIST_ACTIVE, name: "GCMarkAssistActive", arguments: &[Argument::Goroutine], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_MARK_ASSIST_BEGIN, name: "GCMarkAssistBegin", arguments: &[Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GC_MARK_ASSIST_END, name: "GCMarkAssistEnd", arguments: &[], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::HEAP_ALLOC, name: "HeapAlloc", arguments: &[Argument::HeapAlloc], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::HEAP_GOAL, name: "HeapGoal", arguments: &[Argument::HeapGoal], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_LABEL, name: "GoLabel", arguments: &[Argument::Label], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::USER_TASK_BEGIN, name: "UserTaskBegin", arguments: &[Argument::Task, Argument::ParentTask, Argument::Name, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::USER_TASK_END, name: "UserTaskEnd", arguments: &[Argument::Task, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::USER_REGION_BEGIN, name: "UserRegionBegin", arguments: &[Argument::Task, Argument::Name, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::USER_REGION_END, name: "UserRegionEnd", arguments: &[Argument::Task, Argument::Name, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::USER_LOG, name: "UserLog", arguments: &[Argument::Task, Argument::Key, Argument::Value, Argument::Stack], class: Class::Timed, since_minor: 22 },
    Row { event: EventType::GO_SWITCH, name: "GoSwitch", arguments: &[Argument::Goroutine, Argument::GoSeq], class: Class::Timed, since_minor: 23 },
    Row { event: EventType::GO_SWITCH_DESTROY, name: "GoSwitchDestroy", arguments: &[Argument::Goroutine, Argument::GoSeq], class: Class::Timed, since_minor: 23 },
    Row { event: EventType::GO_CREATE_BLOCKED, name: "GoCreateBlocked", arguments: &[Argument::NewGoroutine, Argument::NewStack, Argument::Stack], class: Class::Timed, since_minor: 23 },
    Row { event: EventType::GO_STATUS_STACK, name: "GoStatusStack", arguments: &[Argument::Goroutine, Argument::Thread, Argument::GoStatus, Argument::Stack], class: Class::Timed, since_minor: 23 },
    Row { event: EventType::EXPERIMENTAL_BATCH, name: "ExperimentalBatch", arguments: &[Argument::Experiment, Argument::Generation, Argument::Thread, Argument::Time], class: Class::Structural, since_minor: 23 },
    Row { event: EventType::SYNC, name: "Sync", arguments: &[], class: Class::Structural, since_minor: 25 },
    Row { event: EventType::CLOCK_SNAPSHOT, name: "ClockSnapshot", arguments: &[Argument::Mono, Argument::Sec, Argument::Nsec], class: Class::Timed, since_minor: 25 },
    Row { event: EventType::END_OF_GENERATION, name: "EndOfGeneration", arguments: &[], class: Class::Structural, since_minor: 26 },
    Row { event: EventType::SPAN, name: "Span", arguments: &[Argument::Id, Argument::Pages, Argument::KindClass], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::SPAN_ALLOC, name: "SpanAlloc", arguments: &[Argument::Id, Argument::Pages, Argument::KindClass], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::SPAN_FREE, name: "SpanFree", arguments: &[Argument::Id], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::HEAP_OBJECT, name: "HeapObject", arguments: &[Argument::Id, Argument::Type], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::HEAP_OBJECT_ALLOC, name: "HeapObjectAlloc", arguments: &[Argument::Id, Argument::Type], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::HEAP_OBJECT_FREE, name: "HeapObjectFree", arguments: &[Argument::Id], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::GOROUTINE_STACK, name: "GoroutineStack", arguments: &[Argument::Id, Argument::Order], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::GOROUTINE_STACK_ALLOC, name: "GoroutineStackAlloc", arguments: &[Argument::Id, Argument::Order], class: Class::Experimental, since_minor: 23 },
    Row { event: EventType::GOROUTINE_STACK_FREE, name: "GoroutineStackFree", arguments: &[Argument::Id], class: Class::Experimental, since_minor: 23 },
];
