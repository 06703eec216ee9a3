//! The table of error kinds (format 6), with Go's phrases.

use super::ErrorClass;
use crate::ids::{Generation, GoId, ProcId, Seq, TaskId, ThreadId};
use crate::stuck::Stuck;
use serde::Serialize;
use std::fmt;

error_kinds! {
    /// The trace does not begin as a trace does.
    BadHeader {}
        "bad-header", Header, "bad file format: not a Go execution trace?",
        "`go 1.N trace` and three zero bytes", "other bytes, or none";
    /// The number in the header belongs to no format.
    UnknownVersion { /** N of `go 1.N` */ minor: u32 }
        "unknown-version", Header, "unknown or unsupported trace version go 1.{minor}",
        "a header of go 1.22, 1.23, 1.25 or 1.26", "go 1.{minor}";
    /// The trace is in the format that was used before Go 1.22.
    UnsupportedVersion { /** N of `go 1.N` */ minor: u32 }
        "unsupported-version", UnsupportedVersion,
        "old (v1) execution trace, header go 1.{minor}; only v2 (go 1.22, 1.23, 1.25, 1.26) is supported",
        "a header of go 1.22, 1.23, 1.25 or 1.26", "go 1.{minor}, the format used before Go 1.22";

    /// A batch begins with a byte that begins no batch.
    ExpectedBatch { /** the byte */ byte: u8 }
        "expected-batch", Malformed, "expected batch event, got event {byte}",
        "the first byte of a batch: 1 (EventBatch), 49 (ExperimentalBatch) or 52 (EndOfGeneration)", "{byte}";
    /// A field of a batch's header cannot be read.
    BatchHeader { /** which field */ field: &'static str, /** why */ cause: &'static str }
        "batch-header", Malformed, "error reading batch {field}: {cause}",
        "the batch's {field}", "{cause}";
    /// The trace ends within a batch.
    BatchTruncated { /** bytes there are */ read: u64, /** bytes its header promises */ wanted: u64 }
        "batch-truncated", Malformed, "failed to read full batch: read {read} but wanted {wanted}",
        "{wanted} bytes of payload", "{read}";
    /// A batch of a table ends within a number.
    UnexpectedEof {}
        "unexpected-eof", Malformed, "unexpected EOF",
        "the rest of a number", "the end of the batch";
    /// A number of a table has more than 64 bits.
    VarintOverflow {}
        "varint-overflow", Malformed, "binary: varint overflows a 64-bit integer",
        "a number of at most 64 bits", "a longer one";
    /// A string table holds something else.
    ExpectedString { /** its type byte */ byte: u8 }
        "expected-string", Malformed, "expected string event, got {byte}",
        "5 (String)", "{byte}";
    /// A stack table holds something else.
    ExpectedStack { /** its type byte */ byte: u8 }
        "expected-stack", Malformed, "expected stack event, got {byte}",
        "3 (Stack)", "{byte}";
    /// A batch of CPU samples holds something else.
    ExpectedCpuSample { /** its type byte */ byte: u8 }
        "expected-cpu-sample", Malformed, "expected CPU sample event, got {byte}",
        "7 (CPUSample)", "{byte}";
    /// A sync batch holds something else.
    ExpectedSyncItem { /** its type byte */ byte: u8 }
        "expected-sync-item", Malformed, "expected frequency or clock snapshot event, got {byte}",
        "8 (Frequency) or, since Go 1.25, 51 (ClockSnapshot)", "{byte}";
    /// A string is longer than its batch.
    StringTruncated { /** bytes there are */ read: u64, /** bytes it should have */ wanted: u64 }
        "string-truncated", Malformed, "failed to read full string: read {read} but wanted {wanted}",
        "{wanted} bytes of text", "{read}";
    /// A frame of a stack cannot be read.
    StackFrame { /** from 1 */ frame: u64, /** which field */ field: &'static str, /** stack id */ stack: u64,
                 /** why */ cause: &'static str }
        "stack-frame", Malformed, "reading frame {frame}'s {field} for stack {stack}: {cause}",
        "the frame's {field}", "{cause}";
    /// A type byte that no event has.
    InvalidEventType { /** the byte */ byte: u8 }
        "invalid-event-type", Malformed, "found invalid event type: {byte}",
        "the number of an event, at most 136", "{byte}";
    /// An event that frames the trace, or a hole of the table, within an ordinary batch.
    UntimedEvent { /** the byte */ byte: u8 }
        "untimed-event", Malformed, "found event without a timestamp: type={byte}",
        "an event with a timestamp", "type {byte}";
    /// An event's time cannot be read.
    InvalidTimestampVarint {}
        "invalid-timestamp-varint", Malformed, "found invalid uvarint for timestamp",
        "the event's time", "the end of the batch, or a number of more than 64 bits";
    /// An event's argument cannot be read.
    InvalidVarint {}
        "invalid-varint", Malformed, "found invalid uvarint",
        "the event's arguments", "the end of the batch, or a number of more than 64 bits";
    /// An event that may not stand in an ordinary batch, though it has a timestamp.
    UnorderableEvent { /** the byte */ byte: u8 }
        "unorderable-event", Malformed, "bad event type found while ordering: {byte}",
        "an event of a thread", "type {byte}, which belongs in a sync batch";

    /// A batch is too large.
    BatchTooLarge { /** bytes */ size: u64 }
        "batch-too-large", Limit, "invalid batch size {size}, maximum is 65536",
        "at most 65536 bytes", "{size}";
    /// A string is too long.
    StringTooLong { /** bytes */ size: u64 }
        "string-too-long", Limit, "invalid string size {size}, maximum is 1024",
        "at most 1024 bytes", "{size}";
    /// A stack has too many frames.
    StackTooDeep { /** frames */ frames: u64 }
        "stack-too-deep", Limit, "invalid stack size {frames}, maximum is 128",
        "at most 128 frames", "{frames}";
    /// So many events have to wait that the reader gives up; Go's reader would go on, for as long as it takes.
    TooMuchWaiting { /** steps of searching */ tries: u64 }
        "too-much-waiting", Limit, "gave up looking for an event that need not wait",
        "an event that can happen, before {tries} others were tried", "only events that have to wait";

    /// A batch of generation 0.
    GenerationZero {}
        "generation-zero", Generation, "invalid generation number 0",
        "a generation from 1", "0";
    /// A batch of another generation than this or the next.
    GenerationsOutOfOrder { /** the one being read */ current: Generation, /** the batch's */ batch: Generation }
        "generations-out-of-order", Generation,
        "generations out of order",
        "generation {current} or the next", "generation {batch}";
    /// A batch of another generation before the end of this.
    MissingEndOfGeneration { /** the one being read */ current: Generation, /** the batch's */ batch: Generation }
        "missing-end-of-generation", Generation,
        "broken trace: missing end-of-generation event, or generations are interleaved",
        "EndOfGeneration, or a batch of generation {current}", "a batch of generation {batch}";
    /// The trace ends without the end of its last generation.
    IncompleteGeneration { /** the generation */ current: Generation }
        "incomplete-generation", Generation, "incomplete generation found; trace likely truncated",
        "EndOfGeneration of generation {current}", "the end of the trace";
    /// An end of generation in a trace whose version has none.
    UnexpectedEndOfGeneration {}
        "unexpected-end-of-generation", Generation,
        "internal error: unexpectedly processing EndOfGeneration; broken trace?",
        "a batch of events", "EndOfGeneration, which there is since go 1.26";

    /// A string id is declared twice, or is 0.
    DuplicateString { /** the id */ id: u64 }
        "duplicate-string", Duplicate, "multiple strings with the same ID: id={id}",
        "one string for id {id}", "a second (id 0 is the empty string)";
    /// A stack id is declared twice, or is 0.
    DuplicateStack { /** the id */ id: u64 }
        "duplicate-stack", Duplicate, "multiple stacks with the same ID: id={id}",
        "one stack for id {id}", "a second (id 0 is no stack)";
    /// A generation has two clock frequencies.
    DuplicateFrequency {}
        "duplicate-frequency", Duplicate, "found multiple frequency events",
        "one Frequency in a generation", "a second";
    /// A generation has two clock snapshots.
    DuplicateClockSnapshot {}
        "duplicate-clock-snapshot", Duplicate, "found multiple clock snapshot events",
        "one ClockSnapshot in a generation", "a second";

    /// A generation has no clock frequency.
    NoFrequency {}
        "no-frequency", Missing, "no frequency event found",
        "a Frequency in each generation", "none";
    /// A generation has no clock snapshot.
    NoClockSnapshot {}
        "no-clock-snapshot", Missing, "no clock snapshot event found",
        "a ClockSnapshot in each generation, since go 1.25", "none";
    /// A frame names a string that is not there.
    InvalidFrameString { /** `func` or `file` */ field: &'static str, /** the string id */ string: u64, /** its stack */ stack: u64 }
        "invalid-frame-string", Missing, "found invalid {field} string ID {string} for stack {stack}",
        "a string of this generation", "id {string}, which was not declared";
    /// An event names a stack that is not there.
    InvalidStackId { /** the stack id */ stack: u64, /** its event */ event: &'static str }
        "invalid-stack-id", Missing, "found invalid stack ID {stack} for event {event}",
        "a stack of this generation", "id {stack}, which was not declared";
    /// An event names a string that is not there.
    InvalidStringId { /** the string id */ string: u64, /** its event */ event: &'static str }
        "invalid-string-id", Missing, "found invalid string ID {string} for event {event}",
        "a string of this generation", "id {string}, which was not declared";
    /// A task or region has a name that is not there.
    UnresolvedName { /** the string id */ string: u64, /** number of its event */ event_number: u8 }
        "unresolved-name", Missing, "invalid string ID {string} for {event_number} event",
        "a string of this generation", "id {string}, which was not declared";

    /// The event needs a thread.
    NeedsThread {}
        "needs-thread", Ordering, "expected a thread but didn't have one",
        "a thread", "none";
    /// The event needs a P.
    NeedsProc {}
        "needs-proc", Ordering, "expected a proc but didn't have one",
        "a thread with a P", "a thread without";
    /// The event needs a goroutine.
    NeedsGoroutine {}
        "needs-goroutine", Ordering, "expected a goroutine but didn't have one",
        "a thread with a goroutine", "a thread without";
    /// The event needs a thread without a P.
    ForbidsProc { /** the P */ held: ProcId }
        "forbids-proc", Ordering, "expected no proc but had one",
        "a thread without a P", "P {held}";
    /// The event needs a thread without a goroutine.
    ForbidsGoroutine { /** the goroutine */ held: GoId }
        "forbids-goroutine", Ordering, "expected no goroutine but had one",
        "a thread without a goroutine", "goroutine {held}";

    /// `ProcStatus` with a number that is no status.
    InvalidProcStatus { /** the P */ proc: ProcId, /** the low eight bits of the number, which are what counts */ status: u8 }
        "invalid-proc-status", Ordering, "invalid status for proc {proc}: {status}",
        "a status from 0 to 4", "{status}";
    /// `ProcStatus` promotes a P that no thread holds.
    ProcWithoutOwner { /** the P */ proc: ProcId }
        "proc-without-owner", Ordering,
        "failed to find sched context for proc {proc} that's about to be stolen",
        "a thread that holds P {proc}", "none";
    /// `ProcStatus` disagrees with what the trace says of the P.
    InconsistentProcStatus { /** the P */ proc: ProcId, /** what the trace said */ known: &'static str, /** what it says */ said: &'static str }
        "inconsistent-proc-status", Ordering, "inconsistent status for proc {proc}: old {known} vs. new {said}",
        "P {proc} in {known}", "{said}";
    /// `ProcStop` of a P that was never mentioned.
    UnknownProcStop { /** the P */ proc: ProcId }
        "unknown-proc-stop", Ordering, "event ProcStop for proc ({proc}) that doesn't exist",
        "a P that was mentioned before", "P {proc}";
    /// `ProcStop` of a P that is idle.
    ProcNotRunning { /** the P */ proc: ProcId, /** its status */ status: &'static str }
        "proc-not-running", Ordering, "ProcStop event for proc that's not Running or Syscall",
        "P {proc} in Running or Syscall", "{status}";
    /// A thread steals from itself a P that it does not hold.
    SelfSteal { /** the P */ proc: ProcId, /** the thread */ thread: ThreadId, /** the P it has */ held: ProcId }
        "self-steal", Ordering, "tried to self-steal proc {proc} (thread {thread}), but got proc {held} instead",
        "thread {thread} holds P {proc}", "P {held}";
    /// A P is stolen from a thread that was never mentioned.
    StealFromUnknownThread { /** the P */ proc: ProcId, /** the thread */ thread: ThreadId }
        "steal-from-unknown-thread", Ordering, "stole proc from non-existent thread {thread}",
        "a thread that was mentioned before", "thread {thread}";
    /// A P is stolen from a thread that does not hold it.
    StealWrongProc { /** the P */ proc: ProcId, /** the thread */ thread: ThreadId, /** the P it has */ held: ProcId }
        "steal-wrong-proc", Ordering, "tried to steal proc {proc} from thread {thread}, but got proc {held} instead",
        "thread {thread} holds P {proc}", "P {held}";
    /// The thread's P was never mentioned.
    UninitializedProc { /** the P */ proc: ProcId, /** the event */ event: &'static str }
        "uninitialized-proc", Ordering, "uninitialized proc {proc} found during {event}",
        "a P that was mentioned before", "P {proc}";
    /// A system call begins out of the P's sequence.
    ProcOutOfSequence { /** the P */ proc: ProcId, /** its counter */ known: Seq, /** of that generation */ known_generation: Generation, /** the event's */ said: Seq }
        "proc-out-of-sequence", Ordering, "failed to advance GoSyscallBegin: can't make sequence: {known} (gen={known_generation}) -> {said}",
        "the number after {known} of generation {known_generation}, in the same generation", "{said}";
    /// A system call ends though the P is not in one.
    ProcNotInSyscall { /** the P */ proc: ProcId, /** its status */ status: &'static str }
        "proc-not-in-syscall", Ordering, "expected proc {proc} in state Syscall, but got {status} instead",
        "P {proc} in Syscall", "{status}";
    /// `GoDestroySyscall` on a P that was never mentioned.
    InvalidProc { /** the P */ proc: ProcId }
        "invalid-proc", Ordering, "found invalid proc {proc} during GoDestroySyscall",
        "a P that was mentioned before", "P {proc}";
    /// `GoDestroySyscall` on a P that is not in a system call.
    UnexpectedProcState { /** the P */ proc: ProcId, /** its status */ status: &'static str }
        "unexpected-proc-state", Ordering, "proc {proc} in unexpected state {status}",
        "P {proc} in Syscall", "{status}";

    /// `GoStatus` with a number that is no status.
    InvalidGoStatus { /** the goroutine */ goroutine: GoId, /** the low eight bits of the number, which are what counts */ status: u8 }
        "invalid-go-status", Ordering, "invalid status for goroutine {goroutine}: {status}",
        "a status from 0 to 4", "{status}";
    /// `GoStatus` disagrees with what the trace says of the goroutine.
    InconsistentGoStatus { /** the goroutine */ goroutine: GoId, /** what the trace said */ known: &'static str, /** what it says */ said: &'static str }
        "inconsistent-go-status", Ordering, "inconsistent status for goroutine {goroutine}: old {known} vs. new {said}",
        "goroutine {goroutine} in {known}", "{said}";
    /// `GoStatus` of a goroutine that was never mentioned, after the first generation.
    LateGoStatus { /** the goroutine */ goroutine: GoId }
        "late-go-status", Ordering, "found goroutine status for new goroutine after the first generation: id={goroutine}",
        "a goroutine that was mentioned before", "goroutine {goroutine}";
    /// A goroutine in a system call on no thread.
    SyscallWithoutThread { /** the goroutine */ goroutine: GoId }
        "syscall-without-thread", Ordering, "found goroutine {goroutine} in syscall without a thread",
        "the thread of goroutine {goroutine}", "none";
    /// A goroutine in a system call on a thread that has another.
    InconsistentSyscallThread { /** the goroutine */ goroutine: GoId, /** the thread */ thread: ThreadId, /** what it has */ held: GoId }
        "inconsistent-syscall-thread", Ordering, "inconsistent thread for syscalling goroutine {goroutine}: thread has goroutine {held}",
        "thread {thread} with goroutine {goroutine}", "goroutine {held}";
    /// A goroutine is created by one that does not run.
    CreatorNotRunning { /** the goroutine */ goroutine: GoId, /** its status */ status: &'static str }
        "creator-not-running", Ordering, "event for goroutine that's not Running",
        "goroutine {goroutine} in Running", "{status}";
    /// A goroutine is created twice.
    GoroutineExists { /** the goroutine */ goroutine: GoId }
        "goroutine-exists", Ordering, "tried to create goroutine ({goroutine}) that already exists",
        "a new goroutine", "goroutine {goroutine}, which exists";
    /// A goroutine is created twice, in a system call.
    SyscallGoroutineExists { /** the goroutine */ goroutine: GoId }
        "syscall-goroutine-exists", Ordering, "tried to create goroutine ({goroutine}) in syscall that already exists",
        "a new goroutine", "goroutine {goroutine}, which exists";
    /// The thread's goroutine was never mentioned.
    UnknownGoroutine { /** the event */ event: &'static str, /** the goroutine */ goroutine: GoId }
        "unknown-goroutine", Ordering, "event {event} for goroutine ({goroutine}) that doesn't exist",
        "a goroutine that exists", "goroutine {goroutine}";
    /// The thread's goroutine does not run.
    GoroutineNotRunning { /** the event */ event: &'static str, /** the goroutine */ goroutine: GoId, /** its status */ status: &'static str }
        "goroutine-not-running", Ordering, "{event} event for goroutine that's not Running",
        "goroutine {goroutine} in Running", "{status}";
    /// The end of a system call of a goroutine that is in none. Go's phrase says Running where it means Syscall.
    SyscallEndOutsideSyscall { /** the event */ event: &'static str, /** the goroutine */ goroutine: GoId, /** its status */ status: &'static str }
        "syscall-end-outside-syscall", Ordering, "{event} event for goroutine that's not Running",
        "goroutine {goroutine} in Syscall", "{status}";
    /// `GoDestroySyscall` of a goroutine that is in no system call.
    GoroutineNotInSyscall { /** the goroutine */ goroutine: GoId, /** its status */ status: &'static str }
        "goroutine-not-in-syscall", Ordering, "GoDestroySyscall event for goroutine that's not Syscall",
        "goroutine {goroutine} in Syscall", "{status}";

    /// A task begins while one with its id is active.
    TaskConflict { /** the task */ task: TaskId }
        "task-conflict", Ordering, "task ID conflict: {task}",
        "a new task id", "{task}, which is active";
    /// A region of a goroutine that was never mentioned.
    RegionWithoutState { /** the event */ event: &'static str, /** the goroutine */ goroutine: GoId }
        "region-without-state", Ordering, "encountered Ev{event} without known state for current goroutine {goroutine}",
        "a goroutine that exists", "goroutine {goroutine}";
    /// A region ends that is not the innermost.
    RegionMisuse { /** the goroutine */ goroutine: GoId, /** task of the innermost */ open_task: TaskId, /** name of the innermost */ open_name: String, /** task of the ended one */ ended_task: TaskId, /** name of the ended one */ ended_name: String }
        "region-misuse", Ordering, "misuse of region in goroutine {goroutine}: region end {{{ended_task} {ended_name}}} when the inner-most active region start event is {{{open_task} {open_name}}}",
        "the end of region {open_name:?} of task {open_task}", "of {ended_name:?} of task {ended_task}";

    /// `GCActive` is not the first event of the garbage collector.
    GcActiveNotFirst {}
        "gc-active-not-first", Ordering, "GCActive in the first generation isn't first GC event",
        "GCActive before all other GC events", "another before it";
    /// `GCActive` while no collection is under way.
    GcActiveNotInProgress {}
        "gc-active-not-in-progress", Ordering, "encountered GCActive while GC was not in progress",
        "a collection under way", "none";
    /// `GCBegin` within a collection.
    GcAlreadyInProgress {}
        "gc-already-in-progress", Ordering, "encountered GCBegin while GC was already in progress",
        "no collection under way", "one";
    /// `GCEnd` without a collection.
    GcNotInProgress {}
        "gc-not-in-progress", Ordering, "encountered GCEnd when GC was not in progress",
        "a collection under way", "none";
    /// `GCEnd` before anything else was heard of the garbage collector.
    GcUndetermined {}
        "gc-undetermined", Ordering, "encountered GCEnd when GC was in an undetermined state",
        "a GCBegin or GCActive before", "none";
    /// A range of a P or goroutine that was never mentioned.
    RangeOnUnknownProc { /** the P */ proc: ProcId }
        "range-on-unknown-proc", Ordering, "encountered GCSweepActive for unknown proc {proc}",
        "a P that was mentioned before", "P {proc}";
    /// A mark assist of a goroutine that was never mentioned.
    RangeOnUnknownGoroutine { /** the goroutine */ goroutine: GoId }
        "range-on-unknown-goroutine", Ordering, "uninitialized goroutine {goroutine} found during GCMarkAssistActive",
        "a goroutine that exists", "goroutine {goroutine}";
    /// A range event of the thread's goroutine, which was never mentioned.
    RangeWithoutState { /** number of the event */ event_number: u8, /** the goroutine */ goroutine: GoId }
        "range-without-state", Ordering, "encountered event of type {event_number} without known state for current goroutine {goroutine}",
        "a goroutine that exists", "goroutine {goroutine}";
    /// A sweep of the thread's P, which was never mentioned.
    RangeOnUninitializedProc { /** number of the event */ event_number: u8, /** the P */ proc: ProcId }
        "range-on-uninitialized-proc", Ordering, "encountered event of type {event_number} without known state for current proc {proc}",
        "a P that was mentioned before", "P {proc}";
    /// A range begins twice.
    RangeAlreadyOpen { /** the event that begins it */ event: &'static str }
        "range-already-open", Ordering, "discovered event already in-flight for when starting event {event}",
        "no such range open", "one";
    /// A range ends that did not begin.
    RangeNotOpen { /** the event that begins it */ event: &'static str }
        "range-not-open", Ordering, "tried to end event {event}, but not in-flight",
        "a {event} before", "none";
    /// A range is said to be under way for the second time.
    RangeAlreadyActive { /** the event that begins it */ event: &'static str }
        "range-already-active", Ordering, "found named active range already in first gen: {event}",
        "the range named once", "a second time";
    /// A range is said to be under way that did not begin.
    RangeMissing { /** the event that begins it */ event: &'static str }
        "range-missing", Ordering, "resource is missing active range: {event}",
        "a {event} in an earlier generation", "none";

    /// No thread's next event can happen.
    Stuck { /** who waits for what */ stuck: Box<Stuck> }
        "stuck", Stuck, "broken trace: failed to advance: frontier:",
        "an event that can happen next", "{stuck}";
}
