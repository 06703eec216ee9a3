//! Leads threads into a torn steal: an execution for each way in which its parts can come about.
//!
//! A thread that takes its own P back out of another's syscall does so only after a long story: it must leave the P
//! behind, the P must be taken, somebody else must get it and leave it behind too, and only then may the first come back.
//! Chance seldom tells it, but each of its parts follows from who is held when the one before has happened.

use super::nearness::is_left_behind_by;
use crate::explore::Aim;
use procsteal_reference::{Chooser, Enabled, Object, Pending, ProcId, ThreadId, Verb};

/// Where sysmon runs.
const SYSMON: ThreadId = ThreadId(1);

/// Who goes on while somebody is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// Sysmon before all others.
    sysmon_first: bool,
    /// Of the others, the last by number first.
    last_first: bool,
}

const ORDERS: [Order; 4] = [
    Order { sysmon_first: true, last_first: false },
    Order { sysmon_first: true, last_first: true },
    Order { sysmon_first: false, last_first: false },
    Order { sysmon_first: false, last_first: true },
];

/// Small scenarios have few syscalls: one of the first times that a P is left behind, the thief does it.
const TIMES_LEFT_BEHIND: u32 = 3;

/// A guide for every way.
pub(super) fn guides(aim: Aim) -> impl Iterator<Item = Guide> {
    (0..TIMES_LEFT_BEHIND).flat_map(move |passes| ORDERS.map(|order| Guide::new(aim, passes, order)))
}

/// What has happened of the story.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Chapter {
    /// Nothing: so many times a P is left behind by others first.
    Begin { passes: u32 },
    /// The thief has left this P behind.
    Left(ProcId),
    /// So has another.
    LeftAgain,
    /// The thief has come back, and is about to end the steal.
    AtTheAim,
    /// The tracer has acted: the thief goes on.
    Torn,
}

/// Holds the thief, and then who has its P, until what must happen has happened.
#[derive(Debug)]
pub(super) struct Guide {
    aim: Aim,
    order: Order,
    chapter: Chapter,
    thief: Option<ThreadId>,
    other: Option<ThreadId>,
    taken: Option<(ThreadId, Pending)>,
}

impl Guide {
    fn new(aim: Aim, passes: u32, order: Order) -> Self {
        Self { aim, order, chapter: Chapter::Begin { passes }, thief: None, other: None, taken: None }
    }

    /// The last thread has taken its step.
    fn hear(&mut self) {
        let Some((thread, step)) = self.taken.take() else { return };
        let left = match (step.verb, step.object) {
            (Verb::Store, Object::ProcStatus(proc)) if is_left_behind_by(step.site) => Some(proc),
            _ => None,
        };
        match (self.chapter, left) {
            (Chapter::Begin { passes: 0 }, Some(proc)) => {
                self.thief = Some(thread);
                self.chapter = Chapter::Left(proc);
            }
            (Chapter::Begin { passes }, Some(_)) => self.chapter = Chapter::Begin { passes: passes - 1 },
            (Chapter::Left(proc), Some(other)) if proc == other => {
                self.other = Some(thread);
                self.chapter = Chapter::LeftAgain;
            }
            (Chapter::AtTheAim, _) if (step.verb, step.object) == (Verb::Store, Object::Generation) => {
                self.chapter = Chapter::Torn;
            }
            _ => {}
        }
    }

    /// Who goes on if these two do not: whoever runs, or the next in order; the second of them if there is nobody else.
    fn others(&self, enabled: &Enabled<'_>) -> Option<ThreadId> {
        let is_free = |thread: &ThreadId| Some(*thread) != self.thief && Some(*thread) != self.other;
        if self.order.sysmon_first && enabled.is_runnable(SYSMON) {
            return Some(SYSMON);
        }
        let current = Some(enabled.current).filter(|thread| enabled.is_runnable(*thread));
        let mut awake = enabled.runnable().filter(|thread| is_free(thread) && !enabled.is_asleep(*thread));
        let next = if self.order.last_first { awake.last() } else { awake.next() };
        let sleeping = || enabled.runnable().find(is_free);
        let other = || self.other.filter(|thread| enabled.is_runnable(*thread));
        current.filter(is_free).or(next).or_else(sleeping).or_else(other)
    }
}

impl Chooser for Guide {
    fn reads_states(&self) -> bool {
        false
    }

    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.hear();
        let thief = self.thief.filter(|thread| enabled.is_runnable(*thread));
        if self.chapter == Chapter::LeftAgain
            && thief.and_then(|thief| enabled.pending(thief)).is_some_and(|step| self.aim.ends_with(&step))
        {
            self.chapter = Chapter::AtTheAim;
        }
        let chosen = match self.chapter {
            Chapter::Begin { .. } => None,
            Chapter::Left(_) | Chapter::AtTheAim => self.others(enabled),
            Chapter::LeftAgain | Chapter::Torn => thief,
        };
        let chosen = chosen.unwrap_or_else(|| enabled.default_choice());
        self.taken = enabled.pending(chosen).map(|pending| (chosen, pending));
        (chosen, 0)
    }
}
