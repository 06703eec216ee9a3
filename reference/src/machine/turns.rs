//! Who can go on: kept for all threads at once, so that at a choice few have to be asked.

use super::step::{Request, Until, Verb};
use super::sync::NoteId;
use crate::ids::ThreadId;
use std::cell::Cell;

/// How it stands with one thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// It is sure to be able to take its next step.
    Ready,
    /// The same, but that step is a sleep.
    Asleep,
    /// When it is its turn it must be asked.
    Unsure,
    /// It is ready once the note is woken.
    SleepsOn(NoteId),
    /// It has ended.
    Ended,
}

impl Turn {
    /// How it stands with a thread that wants this step, for which it need not wait now if `holds` says so.
    #[inline(always)]
    pub(super) fn of(request: &Request, holds: bool) -> Self {
        match request.until {
            Until::Always if request.verb == Verb::Sleep => Self::Asleep,
            Until::Always => Self::Ready,
            // Once it is woken it stays so until its sleeper goes on.
            Until::Woken(_) if holds => Self::Ready,
            Until::Woken(note) => Self::SleepsOn(note),
            _ => Self::Unsure,
        }
    }
}

/// How it stands with all threads: sets of them, a bit for each by slot.
#[derive(Debug)]
pub(super) struct Turns {
    ready: Cell<u16>,
    /// Some of the ready.
    asleep: Cell<u16>,
    unsure: Cell<u16>,
    /// By note.
    sleepers: [Cell<u16>; NoteId::COUNT],
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            ready: Cell::new(0),
            asleep: Cell::new(0),
            unsure: Cell::new(0),
            sleepers: [const { Cell::new(0) }; _],
        }
    }

    pub(super) fn reset(&self) {
        [&self.ready, &self.asleep, &self.unsure]
            .into_iter()
            .chain(&self.sleepers)
            .for_each(|set| set.set(0));
    }

    #[inline(always)]
    pub(super) fn set(&self, thread: ThreadId, turn: Turn) {
        let put = |set: &Cell<u16>, is_in: bool| {
            set.set(set.get() & !(1 << thread.0) | u16::from(is_in) << thread.0);
        };
        put(&self.ready, matches!(turn, Turn::Ready | Turn::Asleep));
        put(&self.asleep, turn == Turn::Asleep);
        put(&self.unsure, turn == Turn::Unsure);
        if let Turn::SleepsOn(note) = turn {
            put(&self.sleepers[note.index()], true);
        }
    }

    /// Whoever sleeps on the note is ready.
    pub(super) fn wake(&self, note: NoteId) {
        self.ready.set(self.ready.get() | self.sleepers[note.index()].take());
    }

    pub(super) fn is_asleep(&self, thread: ThreadId) -> bool {
        self.asleep.get() & 1 << thread.0 != 0
    }

    /// Whether it is ready and does not sleep.
    pub(super) fn is_free(&self, thread: ThreadId) -> bool {
        self.ready.get() & !self.asleep.get() & 1 << thread.0 != 0
    }

    /// The threads that can take a step, where `can_run` says it of those of which it is not sure.
    #[inline(always)]
    pub(super) fn runnable(&self, can_run: impl Fn(ThreadId) -> bool) -> u16 {
        let mut runnable = self.ready.get();
        let mut unsure = self.unsure.get();
        while unsure != 0 {
            let thread = ThreadId(unsure.trailing_zeros() as u8);
            runnable |= u16::from(can_run(thread)) << thread.0;
            unsure &= unsure - 1;
        }
        runnable
    }

    /// Which of the threads that can take a step runs when the schedule says nothing: the current one while it can, then
    /// the next by slot. One that sleeps only when no other can. None if no thread can take a step.
    #[inline(always)]
    pub(super) fn default_choice(&self, runnable: u16, current: ThreadId) -> Option<ThreadId> {
        let awake = runnable & !self.asleep.get();
        let candidates = if awake != 0 { awake } else { runnable };
        let from_current = candidates & u16::MAX << current.0;
        let first = if from_current != 0 { from_current } else { candidates };
        (first != 0).then(|| ThreadId(first.trailing_zeros() as u8))
    }
}
