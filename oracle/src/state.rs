//! What the reader knows of threads, Ps, goroutines, tasks and the garbage collector (format 4.1).

use crate::id_table::{IdTable, Recycle, SlotIndex};
use crate::open_ranges::OpenRanges;
use crate::tables::Span;
use crate::work::Work;
use procsteal_wire::{go_status, proc_status};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// Where a thread's record is. Threads are never removed, so it stays valid.
pub(crate) type ThreadSlot = SlotIndex;

/// No thread, P or goroutine.
pub(crate) const NONE: i64 = -1;

/// The state of a P as events show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum ProcState {
    /// Not known.
    Undetermined,
    /// Not there.
    NotExist,
    /// Held by a thread, which may be in a system call.
    Running,
    /// Held by no thread.
    Idle,
}

/// The state of a goroutine as events show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum GoState {
    /// Not known.
    Undetermined,
    /// Not there.
    NotExist,
    /// On a run queue.
    Runnable,
    /// On a thread that has a P.
    Running,
    /// Blocked.
    Waiting,
    /// In a system call.
    Syscall,
}

impl fmt::Display for ProcState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for GoState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A P's status on the wire and in the reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ProcStatus {
    #[default]
    Bad,
    Running,
    Idle,
    Syscall,
    Abandoned,
}

impl ProcStatus {
    /// Only the low eight bits count (format 3).
    pub(crate) fn from_wire(status: u64) -> Option<Self> {
        match status.to_le_bytes()[0] {
            proc_status::BAD => Some(Self::Bad),
            proc_status::RUNNING => Some(Self::Running),
            proc_status::IDLE => Some(Self::Idle),
            proc_status::SYSCALL => Some(Self::Syscall),
            proc_status::SYSCALL_ABANDONED => Some(Self::Abandoned),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bad => "Bad",
            Self::Running => "Running",
            Self::Idle => "Idle",
            Self::Syscall => "Syscall",
            Self::Abandoned => "SyscallAbandoned",
        }
    }

    pub(crate) fn shown(self) -> ProcState {
        match self {
            Self::Bad => ProcState::Undetermined,
            Self::Running | Self::Syscall => ProcState::Running,
            Self::Idle | Self::Abandoned => ProcState::Idle,
        }
    }
}

/// A goroutine's status on the wire and in the reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum GoStatus {
    #[default]
    Bad,
    Runnable,
    Running,
    Syscall,
    Waiting,
}

impl GoStatus {
    /// Only the low eight bits count (format 3).
    pub(crate) fn from_wire(status: u64) -> Option<Self> {
        match status.to_le_bytes()[0] {
            go_status::BAD => Some(Self::Bad),
            go_status::RUNNABLE => Some(Self::Runnable),
            go_status::RUNNING => Some(Self::Running),
            go_status::SYSCALL => Some(Self::Syscall),
            go_status::WAITING => Some(Self::Waiting),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bad => "Bad",
            Self::Runnable => "Runnable",
            Self::Running => "Running",
            Self::Syscall => "Syscall",
            Self::Waiting => "Waiting",
        }
    }

    pub(crate) fn shown(self) -> GoState {
        match self {
            Self::Bad => GoState::Undetermined,
            Self::Runnable => GoState::Runnable,
            Self::Running => GoState::Running,
            Self::Syscall => GoState::Syscall,
            Self::Waiting => GoState::Waiting,
        }
    }
}

/// A sequence counter, which each generation starts anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counter {
    pub(crate) generation: u64,
    pub(crate) number: u64,
}

impl Counter {
    /// The counter of a generation before its first event.
    pub(crate) fn start(generation: u64) -> Self {
        Self { generation, number: 0 }
    }

    /// Whether `self` comes directly after `previous`.
    #[inline]
    pub(crate) fn succeeds(self, previous: Self) -> bool {
        self.generation == previous.generation && self.number == previous.number.wrapping_add(1)
    }
}

/// What a thread holds; -1 for nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadRecord {
    pub(crate) proc: i64,
    pub(crate) goroutine: i64,
}

impl Default for ThreadRecord {
    fn default() -> Self {
        Self { proc: NONE, goroutine: NONE }
    }
}

impl Recycle for ThreadRecord {
    fn recycle(&mut self) {
        *self = Self::default();
    }
}

#[derive(Default)]
pub(crate) struct ProcRecord {
    pub(crate) status: ProcStatus,
    pub(crate) counter: Counter,
    pub(crate) ranges: OpenRanges,
}

impl Recycle for ProcRecord {
    fn recycle(&mut self) {
        self.status = ProcStatus::Bad;
        self.counter = Counter::default();
        self.ranges.clear();
    }
}

#[derive(Default)]
pub(crate) struct GoRecord {
    pub(crate) status: GoStatus,
    pub(crate) counter: Counter,
    pub(crate) ranges: OpenRanges,
    /// Open user regions, the innermost last: task and name.
    pub(crate) regions: Vec<(u64, Span)>,
}

impl Recycle for GoRecord {
    fn recycle(&mut self) {
        self.status = GoStatus::Bad;
        self.counter = Counter::default();
        self.ranges.clear();
        self.regions.clear();
    }
}

/// An active user task.
#[derive(Default)]
pub(crate) struct TaskRecord {
    pub(crate) parent: u64,
    pub(crate) name: Span,
}

impl Recycle for TaskRecord {
    fn recycle(&mut self) {
        *self = Self::default();
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum GcState {
    #[default]
    Undetermined,
    NotRunning,
    Running,
}

/// What the reader knows of the garbage collector.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gc {
    /// Not per generation.
    pub(crate) seq: u64,
    pub(crate) state: GcState,
}

/// All that survives a change of generation.
pub(crate) struct State {
    pub(crate) threads: IdTable<ThreadRecord>,
    pub(crate) procs: IdTable<ProcRecord>,
    pub(crate) goroutines: IdTable<GoRecord>,
    pub(crate) tasks: IdTable<TaskRecord>,
    pub(crate) gc: Gc,
    pub(crate) work: Work,
    /// Which threads hold which P, kept from the first question on: few traces ask.
    holders: Option<BTreeSet<(i64, SlotIndex)>>,
    /// The generation of the first attempted event; 0 before that.
    pub(crate) initial_generation: u64,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            threads: IdTable::new(),
            procs: IdTable::new(),
            goroutines: IdTable::new(),
            tasks: IdTable::new(),
            gc: Gc::default(),
            work: Work::new(0),
            holders: None,
            initial_generation: 0,
        }
    }

    pub(crate) fn reset(&mut self, trace_bytes: usize) {
        self.threads.reset(trace_bytes);
        self.procs.reset(trace_bytes);
        self.goroutines.reset(trace_bytes);
        self.tasks.reset(trace_bytes);
        self.gc = Gc::default();
        self.work = Work::new(trace_bytes);
        self.holders = None;
        self.initial_generation = 0;
    }

    /// The record of thread `id`, made if this is its first event; none for -1.
    #[inline]
    pub(crate) fn thread(&mut self, id: i64) -> Option<ThreadSlot> {
        if id == NONE {
            return None;
        }
        let id = id.cast_unsigned();
        Some(self.threads.find(id).unwrap_or_else(|| self.add_thread(id)))
    }

    /// Adds thread `id`, which holds nothing yet.
    pub(crate) fn add_thread(&mut self, id: u64) -> ThreadSlot {
        let slot = self.threads.insert(id);
        self.note_holder(slot, NONE, NONE);
        slot
    }

    /// What a thread holds, by its slot.
    #[inline]
    pub(crate) fn held(&self, slot: Option<ThreadSlot>) -> ThreadRecord {
        slot.map(|slot| *self.threads.at(slot)).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn set_proc(&mut self, slot: Option<ThreadSlot>, proc: i64) {
        if let Some(slot) = slot {
            let held = std::mem::replace(&mut self.threads.at_mut(slot).proc, proc);
            if self.holders.is_some() {
                self.note_holder(slot, held, proc);
            }
        }
    }

    #[cold]
    fn note_holder(&mut self, slot: ThreadSlot, before: i64, now: i64) {
        if let Some(holders) = &mut self.holders {
            holders.remove(&(before, slot));
            holders.insert((now, slot));
        }
    }

    #[inline]
    pub(crate) fn set_goroutine(&mut self, slot: Option<ThreadSlot>, goroutine: i64) {
        if let Some(slot) = slot {
            self.threads.at_mut(slot).goroutine = goroutine;
        }
    }

    /// The first thread that holds P `id`, if one does.
    pub(crate) fn holder(&mut self, id: i64) -> Option<(i64, ThreadRecord)> {
        let Self { threads, holders, work, .. } = self;
        let holders = holders.get_or_insert_with(|| {
            let all = threads.iter_slots().map(|(slot, _, record)| (record.proc, slot));
            all.inspect(|_| work.done += 1).collect()
        });
        work.done += 1;
        let (_, slot) = holders.range((id, SlotIndex(0))..).next().filter(|(proc, _)| *proc == id)?;
        Some((threads.id(*slot).cast_signed(), *threads.at(*slot)))
    }

    #[inline]
    pub(crate) fn find_proc(&self, id: i64) -> Option<SlotIndex> {
        self.procs.find(id.cast_unsigned())
    }

    #[inline]
    pub(crate) fn find_goroutine(&self, id: i64) -> Option<SlotIndex> {
        self.goroutines.find(id.cast_unsigned())
    }
}
