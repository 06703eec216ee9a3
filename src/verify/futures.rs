//! What the steps that follow a state can touch, and what of that is settled by what comes before it.

use super::step::Taken;
use super::touch::Touch;
use procsteal_reference::limits::MAX_THREADS;

/// A thread touches an object, somewhere after a state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Coming {
    /// The slot of the thread that has to go first for it: the one that touches it, or who wakes that one.
    thread: u8,
    /// The number of its bit.
    object: u8,
    writes: bool,
    /// The threads of which a step comes before, in every execution from the state: a step before the state of one of
    /// them is ordered with this one by that.
    after: u16,
    /// What the steps touch that come before it in every execution from the state.
    past: Touch,
}

impl Coming {
    fn place(&self) -> (u8, u8, bool) {
        (self.thread, self.object, self.writes)
    }

    fn touch(&self) -> Touch {
        let bit = 1 << self.object;
        if self.writes { Touch { reads: 0, writes: bit } } else { Touch { reads: bit, writes: 0 } }
    }

    /// What holds of this one and of another in the same place.
    fn or(self, other: &Self) -> Self {
        Self { after: self.after & other.after, past: self.past.common(other.past), ..self }
    }
}

/// What is to come after a state, in one execution or another: of each object only accesses that no step before them
/// writes. By thread, object and kind, each at most once.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Futures(Vec<Coming>);

impl Futures {
    /// Threads, a bit for each, that do something which is in a race with `step`, taken before.
    pub(super) fn racing(&self, step: &Taken) -> u16 {
        let own = 1 << step.thread;
        let races = |coming: &&Coming| coming.after & own == 0 && coming.touch().conflicts(step.race);
        let racing = self.0.iter().filter(races).fold(0, |racing, coming| racing | 1 << coming.thread);
        racing & !own
    }

    /// The futures before `step`, from those after it. Threads that the step enabled do nothing before it: what they
    /// do counts as done by the step's own thread, which has to come first.
    pub(super) fn before(&self, step: &Taken, enabled: u16) -> Self {
        let own = step.thread as u8;
        let forgotten = step.race.writes;
        let mut before = Vec::with_capacity(self.0.len() + 4);
        let mut owned = comings(step.thread, step.coming);
        for coming in &self.0 {
            if forgotten & 1 << coming.object != 0 {
                continue;
            }
            let mut coming = *coming;
            let woken = enabled & 1 << coming.thread != 0;
            if coming.thread == own
                || woken
                || coming.after & 1 << own != 0
                || step.orders.conflicts(coming.past)
            {
                coming.after |= 1 << own | 1 << coming.thread;
                coming.past = coming.past.and(step.ordered);
            }
            if coming.thread == own || woken {
                coming.thread = own;
                owned.push(coming);
            } else {
                before.push(coming);
            }
        }
        owned.sort_unstable_by_key(Coming::place);
        owned.dedup_by(|next, kept| {
            let same = next.place() == kept.place();
            if same {
                *kept = kept.or(next);
            }
            same
        });
        let at = before.partition_point(|coming| coming.thread < own);
        before.splice(at..at, owned);
        Self(before)
    }

    /// What is to come in executions of these futures or of those.
    pub(super) fn include(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        let (mut these, mut those) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut all = Vec::with_capacity(self.0.len().max(other.0.len()) + 8);
        loop {
            let next = match (these.peek(), those.peek()) {
                (None, None) => break,
                (Some(one), Some(two)) if one.place() == two.place() => {
                    let both = one.or(two);
                    these.next();
                    those.next();
                    both
                }
                (Some(one), two) if two.is_none_or(|two| one.place() < two.place()) => {
                    let one = **one;
                    these.next();
                    one
                }
                (_, Some(two)) => {
                    let two = **two;
                    those.next();
                    two
                }
                (Some(_), None) => break,
            };
            all.push(next);
        }
        self.0 = all;
    }

    /// Adds a step that may come before all the rest.
    pub(super) fn add(&mut self, thread: usize, touch: Touch) {
        let mut comings = comings(thread, touch);
        comings.sort_unstable_by_key(Coming::place);
        self.include(&Self(comings));
    }

    /// About how many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.0.capacity() * size_of::<Coming>()
    }
}

/// What a thread touches, as something to come.
fn comings(thread: usize, touch: Touch) -> Vec<Coming> {
    let mut comings = Vec::with_capacity(64);
    for (mut bits, writes) in [(touch.reads, false), (touch.writes, true)] {
        while bits != 0 {
            let object = bits.trailing_zeros() as u8;
            bits &= bits - 1;
            comings.push(Coming { thread: thread as u8, object, writes, after: 0, past: Touch::NOTHING });
        }
    }
    comings
}

const _: () = assert!(MAX_THREADS <= 16, "a set of threads must have a bit for each");
