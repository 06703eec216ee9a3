//! What the reader knows of threads, Ps, goroutines, tasks and the garbage collector (format 4.1).

use crate::id_table::IdTable;
use crate::tables::Span;
use crate::under_way::{UnderWaySlot, UnderWayTable};
use crate::work::Work;
use procsteal_wire::{go_status, proc_status};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// Where a thread's record is. Threads are never removed, so it stays valid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct ThreadSlot(u32);

impl ThreadSlot {
    /// Where no thread is.
    const NONE: Self = Self(u32::MAX);

    /// Not looked for yet.
    pub(crate) const UNKNOWN: Self = Self(u32::MAX - 1);
}

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
    #[inline(always)]
    pub(crate) fn succeeds(self, previous: Self) -> bool {
        self.generation == previous.generation && self.number == previous.number.wrapping_add(1)
    }
}

/// What a thread holds; -1 for nothing.
///
/// The two are apart for the reason for which they are in a [`ThreadRecord`].
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Held {
    pub(crate) proc: i64,
    /// The thread that holds them.
    slot: ThreadSlot,
    pub(crate) goroutine: i64,
}

impl Held {
    /// What events of no thread find.
    pub(crate) const NOTHING: Self = Self { proc: NONE, slot: ThreadSlot::NONE, goroutine: NONE };

    /// Whether this is what the thread at `slot` holds.
    pub(crate) fn is_of(&self, slot: ThreadSlot) -> bool {
        self.slot == slot
    }
}

/// A thread, and what it holds.
///
/// The two are apart so that they are copied one by one: as one piece they could not be read right after one of them was
/// written, and going from thread to thread does just that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadRecord {
    pub(crate) proc: i64,
    pub(crate) id: i64,
    pub(crate) goroutine: i64,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct ProcRecord {
    pub(crate) counter: Counter,
    pub(crate) under_way: UnderWaySlot,
    pub(crate) status: ProcStatus,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct GoRecord {
    pub(crate) counter: Counter,
    pub(crate) under_way: UnderWaySlot,
    pub(crate) status: GoStatus,
}

/// An active user task.
#[derive(Clone, Copy, Default)]
pub(crate) struct TaskRecord {
    pub(crate) parent: u64,
    pub(crate) name: Span,
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
    /// In the order in which they became known; never removed. Those of the two threads below may be old.
    threads: Vec<ThreadRecord>,
    /// What the thread holds whose events happen now: a place that is known without looking for it. Nothing is kept for
    /// events of no thread.
    pub(crate) held: Held,
    /// The same of the thread that takes turns with it, if there is one.
    other_held: Held,
    /// Where each is in the list.
    thread_slots: IdTable<u32>,
    pub(crate) procs: IdTable<ProcRecord>,
    pub(crate) goroutines: IdTable<GoRecord>,
    pub(crate) tasks: IdTable<TaskRecord>,
    pub(crate) under_way: UnderWayTable,
    pub(crate) gc: Gc,
    pub(crate) work: Work,
    /// Which threads hold which P, kept from the first question on: few traces ask.
    holders: Option<BTreeSet<(i64, ThreadSlot)>>,
    /// The generation of the first attempted event; 0 before that.
    pub(crate) initial_generation: u64,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            threads: Vec::new(),
            held: Held::NOTHING,
            other_held: Held::NOTHING,
            thread_slots: IdTable::new(),
            procs: IdTable::new(),
            goroutines: IdTable::new(),
            tasks: IdTable::new(),
            under_way: UnderWayTable::default(),
            gc: Gc::default(),
            work: Work::new(0),
            holders: None,
            initial_generation: 0,
        }
    }

    pub(crate) fn reset(&mut self, trace_bytes: usize) {
        self.threads.clear();
        (self.held, self.other_held) = (Held::NOTHING, Held::NOTHING);
        self.thread_slots.reset(trace_bytes);
        self.procs.reset(trace_bytes);
        self.goroutines.reset(trace_bytes);
        self.tasks.reset(trace_bytes);
        self.under_way.clear();
        self.gc = Gc::default();
        self.work = Work::new(trace_bytes);
        self.holders = None;
        self.initial_generation = 0;
    }

    /// Where thread `id` is, if it is known.
    pub(crate) fn find_thread(&self, id: i64) -> Option<ThreadSlot> {
        self.thread_slots.get(id.cast_unsigned()).copied().map(ThreadSlot)
    }

    /// Where thread `id` is, which becomes known by its first event; nowhere for -1.
    pub(crate) fn thread(&mut self, id: i64) -> ThreadSlot {
        if id == NONE {
            return ThreadSlot::NONE;
        }
        self.find_thread(id).unwrap_or_else(|| self.add_thread(id, NONE))
    }

    /// Adds thread `id`, which holds no P.
    pub(crate) fn add_thread(&mut self, id: i64, goroutine: i64) -> ThreadSlot {
        // There are as many as the trace has batches at most: 2^32 would be hundreds of GiB.
        let slot = ThreadSlot(u32::try_from(self.threads.len()).unwrap_or(ThreadSlot::NONE.0));
        self.threads.push(ThreadRecord { id, proc: NONE, goroutine });
        self.thread_slots.insert(id.cast_unsigned(), slot.0);
        self.note_holder(slot, NONE, NONE);
        slot
    }

    /// Makes the thread at `slot` the current one: events from now on are its own.
    #[inline(always)]
    pub(crate) fn enter(&mut self, slot: ThreadSlot) {
        self.put_back();
        self.held = self.find_held(slot);
        self.other_held.slot = ThreadSlot::NONE;
    }

    /// Whether the thread is known that takes turns with the current one.
    #[inline(always)]
    pub(crate) fn has_other(&self) -> bool {
        self.other_held.slot != ThreadSlot::NONE
    }

    /// Lets the thread at `slot`, which is not the current one, take turns with that.
    pub(crate) fn enter_other(&mut self, slot: ThreadSlot) {
        self.other_held = self.find_held(slot);
    }

    /// What the thread holds that takes turns with the current one.
    pub(crate) fn other_held(&self) -> Held {
        self.other_held
    }

    /// Sets what the current thread holds, and the other one, if it is known.
    #[inline(always)]
    pub(crate) fn keep(&mut self, held: Held, other_held: Option<Held>) {
        self.held = held;
        if let Some(other_held) = other_held {
            self.other_held = other_held;
        }
    }

    /// Makes the other one of the two that take turns the current one.
    // One by one, for the reason for which they are apart.
    #[inline(always)]
    pub(crate) fn change_turns(&mut self) {
        let Self { held, other_held, .. } = self;
        std::mem::swap(&mut held.proc, &mut other_held.proc);
        std::mem::swap(&mut held.slot, &mut other_held.slot);
        std::mem::swap(&mut held.goroutine, &mut other_held.goroutine);
    }

    #[inline(always)]
    fn find_held(&self, slot: ThreadSlot) -> Held {
        let of = |thread: &ThreadRecord| Held { proc: thread.proc, slot, goroutine: thread.goroutine };
        self.threads.get(slot.0 as usize).map_or(Held::NOTHING, of)
    }

    /// Brings the list up to date with what the two threads hold.
    #[inline(always)]
    fn put_back(&mut self) {
        for held in [&self.held, &self.other_held] {
            if let Some(thread) = self.threads.get_mut(held.slot.0 as usize) {
                (thread.proc, thread.goroutine) = (held.proc, held.goroutine);
            }
        }
    }

    /// What the thread at `slot` holds.
    pub(crate) fn held_by(&self, slot: ThreadSlot) -> Held {
        let at_hand = [&self.held, &self.other_held].into_iter().find(|held| held.slot == slot);
        at_hand.copied().unwrap_or_else(|| self.find_held(slot))
    }

    /// All threads that are known.
    pub(crate) fn threads(&mut self) -> &[ThreadRecord] {
        self.put_back();
        &self.threads
    }

    /// Lets a thread hold another P, of which `held` is what it holds.
    #[inline(always)]
    pub(crate) fn set_proc(&mut self, held: &mut Held, proc: i64) {
        let before = std::mem::replace(&mut held.proc, proc);
        if self.holders.is_some() {
            self.note_holder(held.slot, before, proc);
        }
    }

    /// Takes the P of the current thread away.
    pub(crate) fn lose_proc(&mut self) {
        self.take_proc(self.held.slot);
    }

    /// Takes the P of any thread away.
    pub(crate) fn take_proc(&mut self, slot: ThreadSlot) {
        let proc = if slot == self.held.slot {
            &mut self.held.proc
        } else if slot == self.other_held.slot {
            &mut self.other_held.proc
        } else if let Some(thread) = self.threads.get_mut(slot.0 as usize) {
            &mut thread.proc
        } else {
            return;
        };
        let before = std::mem::replace(proc, NONE);
        self.note_holder(slot, before, NONE);
    }

    #[cold]
    fn note_holder(&mut self, slot: ThreadSlot, before: i64, now: i64) {
        if let Some(holders) = &mut self.holders {
            holders.remove(&(before, slot));
            holders.insert((now, slot));
        }
    }

    /// Lets the current thread run another goroutine. There must be a thread.
    pub(crate) fn set_goroutine(&mut self, goroutine: i64) {
        self.held.goroutine = goroutine;
    }

    /// The first thread that holds P `id`, if one does.
    pub(crate) fn holder(&mut self, id: i64) -> Option<ThreadRecord> {
        self.put_back();
        let Self { threads, holders, work, .. } = self;
        let holders = holders.get_or_insert_with(|| {
            work.done += threads.len() as u64;
            threads.iter().map(|thread| thread.proc).zip((0..).map(ThreadSlot)).collect()
        });
        work.done += 1;
        let (proc, slot) = holders.range((id, ThreadSlot(0))..).next()?;
        if *proc == id { threads.get(slot.0 as usize).copied() } else { None }
    }

    #[inline(always)]
    pub(crate) fn proc(&mut self, id: i64) -> Option<&mut ProcRecord> {
        self.procs.get_mut(id.cast_unsigned())
    }

    #[inline(always)]
    pub(crate) fn goroutine(&mut self, id: i64) -> Option<&mut GoRecord> {
        self.goroutines.get_mut(id.cast_unsigned())
    }

    /// Removes a goroutine, and what it had under way.
    #[inline(always)]
    pub(crate) fn remove_goroutine(&mut self, id: i64) {
        if let Some(removed) = self.goroutines.remove(id.cast_unsigned()) {
            self.under_way.free(removed.under_way);
        }
    }
}
