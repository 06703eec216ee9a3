//! What the steps that follow a state can touch, and what of that is settled by what comes before it.

use super::step::Taken;
use super::touch::Touch;
use procsteal_reference::limits::MAX_THREADS;
use std::rc::Rc;

/// A thread touches an object, somewhere after a state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Coming {
    /// What the steps touch that come before it in every execution from the state.
    past: Touch,
    /// The threads of which a step comes before, in every execution from the state: a step before the state of one of
    /// them is ordered with this one by that.
    after: u16,
    /// The number of the object's bit.
    object: u8,
    writes: bool,
}

impl Coming {
    fn place(&self) -> (u8, bool) {
        (self.object, self.writes)
    }

    fn touch(&self) -> Touch {
        let bit = 1 << self.object;
        if self.writes { Touch { reads: 0, writes: bit } } else { Touch { reads: bit, writes: 0 } }
    }

    /// What holds of this one and of another in the same place.
    fn or(self, other: &Self) -> Self {
        Self { after: self.after & other.after, past: self.past.common(other.past), ..self }
    }

    /// The same with `step`, of the threads in `by`, before it.
    fn behind(self, step: &Taken, by: u16) -> Self {
        Self { after: self.after | by, past: self.past.and(step.ordered), ..self }
    }
}

/// What one thread does, by object and kind, each at most once.
pub(super) type Comings = Rc<[Coming]>;

/// What is to come after a state, in one execution or another: of each object only accesses that no step before them
/// writes. By the thread that has to go first for it: the one that touches it, or who wakes that one.
#[derive(Clone, Default, Debug)]
pub(super) struct Futures(pub(super) [Option<Comings>; MAX_THREADS]);

impl Futures {
    /// Threads, a bit for each, that do something which is in a race with `step`, taken before.
    pub(super) fn racing(&self, step: &Taken) -> u16 {
        let own = 1 << step.thread;
        let races = |coming: &Coming| coming.after & own == 0 && coming.touch().conflicts(step.race);
        let mut racing = 0;
        for (thread, comings) in self.0.iter().enumerate().filter(|(thread, _)| *thread != step.thread) {
            let race = comings.as_ref().is_some_and(|comings| comings.iter().any(races));
            racing |= u16::from(race) << thread;
        }
        racing
    }

    /// The futures before `step`, from those after it. Threads that the step enabled do nothing before it: what they
    /// do counts as done by the step's own thread, which has to come first.
    pub(super) fn before(&self, step: &Taken, enabled: u16) -> Self {
        let own = 1 << step.thread;
        let firsts = enabled | own;
        let mut before = Self::default();
        let mut owned = comings(step.coming);
        for (thread, comings) in self.0.iter().enumerate() {
            let Some(comings) = comings else { continue };
            if firsts & 1 << thread != 0 {
                let kept = comings.iter().filter(|coming| !is_forgotten(coming, step));
                owned.extend(kept.map(|coming| coming.behind(step, own | 1 << thread)));
            } else {
                before.0[thread] = others_before(comings, step);
            }
        }
        before.0[step.thread] = once_each(owned);
        before
    }

    /// What is to come in executions of these futures or of those.
    pub(super) fn include(&mut self, other: &Self) {
        for (these, those) in self.0.iter_mut().zip(&other.0) {
            let Some(those) = those else { continue };
            *these = Some(match these.take() {
                None => Rc::clone(those),
                Some(these) if Rc::ptr_eq(&these, those) => these,
                Some(these) => both(these, those),
            });
        }
    }

    /// Adds a step that may come before all the rest.
    pub(super) fn add(&mut self, thread: usize, touch: Touch) {
        let mut step = Self::default();
        step.0[thread] = once_each(comings(touch));
        self.include(&step);
    }
}

/// Whether a step before it writes the object, so that steps before that one are in a race with that one.
fn is_forgotten(coming: &Coming, step: &Taken) -> bool {
    step.race.writes & 1 << coming.object != 0
}

/// What another thread does, with `step` before it.
fn others_before(comings: &Comings, step: &Taken) -> Option<Comings> {
    let own = 1 << step.thread;
    let is_ordered = |coming: &Coming| coming.after & own != 0 || step.orders.conflicts(coming.past);
    let is_as_before = |coming: &Coming| {
        !is_forgotten(coming, step) && (!is_ordered(coming) || coming.behind(step, own) == *coming)
    };
    if comings.iter().all(is_as_before) {
        return Some(Rc::clone(comings));
    }
    let kept = comings.iter().filter(|coming| !is_forgotten(coming, step));
    let before: Comings =
        kept.map(|coming| if is_ordered(coming) { coming.behind(step, own) } else { *coming }).collect();
    (!before.is_empty()).then_some(before)
}

/// What is in one list or the other, both sorted.
fn both(these: Comings, those: &Comings) -> Comings {
    let mut all = Vec::with_capacity(these.len().max(those.len()) + 8);
    let (mut ones, mut others) = (these.iter().peekable(), those.iter().peekable());
    loop {
        let next = match (ones.peek(), others.peek()) {
            (None, None) => break,
            (Some(one), Some(other)) if one.place() == other.place() => {
                let merged = one.or(other);
                others.next();
                ones.next();
                merged
            }
            (Some(one), other) if other.is_none_or(|other| one.place() < other.place()) => {
                let one = **one;
                ones.next();
                one
            }
            (_, Some(other)) => {
                let other = **other;
                others.next();
                other
            }
            (Some(_), None) => break,
        };
        all.push(next);
    }
    if *all == *these { these } else { all.into() }
}

/// The list, sorted, with one for each place.
fn once_each(mut comings: Vec<Coming>) -> Option<Comings> {
    comings.sort_unstable_by_key(Coming::place);
    comings.dedup_by(|next, kept| {
        let same = next.place() == kept.place();
        if same {
            *kept = kept.or(next);
        }
        same
    });
    (!comings.is_empty()).then(|| comings.into())
}

/// What is touched, as something to come.
fn comings(touch: Touch) -> Vec<Coming> {
    let mut comings = Vec::with_capacity(64);
    for (mut bits, writes) in [(touch.reads, false), (touch.writes, true)] {
        while bits != 0 {
            let object = bits.trailing_zeros() as u8;
            bits &= bits - 1;
            comings.push(Coming { object, writes, after: 0, past: Touch::NOTHING });
        }
    }
    comings
}

const _: () = assert!(MAX_THREADS <= 16, "a set of threads must have a bit for each");
