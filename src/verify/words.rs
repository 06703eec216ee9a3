//! What a step touches, by the words it turned out to read and write, where one object of the model stands for several.

use super::touch::Touch;
use procsteal_reference::limits::{MAX_GOROUTINES, MAX_PROCS, MAX_THREADS};
use procsteal_reference::{Enabled, GoId, Object, ObjectSet, Pending, ProcId, SPARE_BITS, ThreadId, Verb};

/// The highest bit, which no object has, is the monitor's; those below it are for words.
const FIRST: u32 = 126;
const _: () = assert!(SPARE_BITS as usize > MAX_PROCS + MAX_GOROUTINES + 1, "words need bits of their own");

/// Whether a P is in a syscall: all that most looks at its status are for.
const fn in_syscall(p: usize) -> u128 {
    1 << (FIRST - p as u32)
}

/// Who gives the last token back once tracing is stopped.
pub(super) const LAST_TOKEN: u128 = 1 << (FIRST - MAX_PROCS as u32 - MAX_GOROUTINES as u32);

/// In which generations a goroutine's status was traced, as against its sequence numbers.
const fn traced(g: usize) -> u128 {
    1 << (FIRST - MAX_PROCS as u32 - g as u32)
}

const fn status(p: usize) -> u128 {
    ObjectSet::EMPTY.with(Object::ProcStatus(ProcId(p as u8))).bits()
}

const fn proc_trace(p: usize) -> u128 {
    ObjectSet::EMPTY.with(Object::ProcTrace(ProcId(p as u8))).bits()
}

const fn go_trace(g: usize) -> u128 {
    ObjectSet::EMPTY.with(Object::GoTrace(GoId(g as u8))).bits()
}

/// The buffers of all threads. A thread writes to its own under a token of the buffer's generation; the tracer, which
/// empties it, has seen the seqlock even after that. So they are never in a race.
const BUFFERS: u128 = {
    let (mut set, mut slot) = (ObjectSet::EMPTY, 0);
    while slot < MAX_THREADS {
        set = set.with(Object::ThreadBuffer(ThreadId(slot as u8)));
        slot += 1;
    }
    set.bits()
};

/// What a step says it touches.
pub(super) fn said(pending: &Pending) -> Touch {
    Touch::from(pending.access).without(BUFFERS)
}

/// The same with the words of it, for all that is known before it is taken.
pub(super) fn touch_before(pending: &Pending) -> Touch {
    let mut touch = said(pending);
    for p in 0..MAX_PROCS {
        touch = touch.and(touch.of(status(p), in_syscall(p)));
    }
    for g in 0..MAX_GOROUTINES {
        touch = touch.and(touch.of(go_trace(g), traced(g)));
    }
    touch
}

/// What the last step touched beyond what it had said.
pub(super) fn touch_besides(after: &Enabled<'_>) -> Touch {
    Touch::from(after.touched()).without(BUFFERS)
}

/// The words before a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    in_syscall: u8,
    procs: [u64; MAX_PROCS],
    goroutines: [(u8, u64); MAX_GOROUTINES],
}

impl Words {
    /// Those that the step could change.
    pub(super) fn before(enabled: &Enabled<'_>, pending: &Pending) -> Self {
        Self::that_meet(enabled, pending.access.writes.bits())
    }

    fn that_meet(enabled: &Enabled<'_>, writes: u128) -> Self {
        Self {
            in_syscall: enabled.procs_in_syscall(),
            procs: std::array::from_fn(|p| match writes & proc_trace(p) {
                0 => 0,
                _ => enabled.proc_trace(ProcId(p as u8)),
            }),
            goroutines: std::array::from_fn(|g| match writes & go_trace(g) {
                0 => (0, 0),
                _ => enabled.go_trace(GoId(g as u8)),
            }),
        }
    }

    /// What a step turned out to touch that was taken where these were the words.
    pub(super) fn touch_after(&self, pending: &Pending, after: &Enabled<'_>) -> Touch {
        let mut touch = said(pending);
        if after.only_read() {
            touch = touch.reading();
        }
        let words = Self::that_meet(after, touch.writes);
        for p in 0..MAX_PROCS {
            let turned = (self.in_syscall ^ words.in_syscall) & 1 << p != 0;
            touch = self.touch_of_status(touch, p, pending.verb, turned);
            if self.procs[p] == words.procs[p] {
                touch = touch.only_reading(proc_trace(p));
            }
        }
        for g in 0..MAX_GOROUTINES {
            touch = self.touch_of_goroutine(touch, g, words.goroutines[g]);
        }
        touch.and(touch_besides(after))
    }

    /// Loads and compare-and-swaps of a status only ask whether the P is in a syscall.
    fn touch_of_status(&self, touch: Touch, p: usize, verb: Verb, turned: bool) -> Touch {
        if touch.writes & status(p) != 0 {
            let asks = Touch { reads: in_syscall(p), writes: 0 };
            let turns = Touch { reads: 0, writes: in_syscall(p) };
            return match (turned, verb) {
                (true, _) => touch.and(turns),
                (false, Verb::Cas) => touch.and(asks),
                (false, _) => touch,
            };
        }
        let asks = matches!(verb, Verb::Load | Verb::Cas) && touch.reads & status(p) != 0;
        if asks { touch.without(status(p)).and(Touch { reads: in_syscall(p), writes: 0 }) } else { touch }
    }

    /// Sequence numbers apart from statuses. A plain store readies the slots of the next generation, as everyone does
    /// who is the first to write a status; besides it only looks at the status of this one.
    fn touch_of_goroutine(&self, touch: Touch, g: usize, after: (u8, u64)) -> Touch {
        let asks = Touch { reads: traced(g), writes: 0 };
        let object = go_trace(g);
        if touch.writes & object == 0 {
            return if touch.reads & object != 0 { touch.without(object).and(asks) } else { touch };
        }
        let before = self.goroutines[g];
        match (before.0 != after.0, before.1 != after.1) {
            (true, _) => touch.and(Touch { reads: 0, writes: traced(g) }),
            (false, true) => touch.and(asks),
            (false, false) => touch.without(object).and(asks),
        }
    }
}
