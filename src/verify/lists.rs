//! Every different list of what a thread may do, once and under a number, and what steps before it make of it.

use super::cache::{Cache, pair};
use super::futures::{Coming, Futures};
use super::pasts::Pasts;
use super::step::Taken;
use super::store::Numbers;
use super::touch::Touch;
use procsteal_reference::limits::MAX_THREADS;
use std::sync::Arc;

/// A list of what one thread does, by object and kind, each at most once; by its number plus one, 0 for nothing.
pub(super) type List = u32;

/// The number of what a thread did without a break.
type TakenNumber = u32;

/// So many results are kept, a power of two: few enough to stay near the processor.
const RESULT_BITS: u32 = 16;

/// All lists of an exploration. States and frames name them by number, so that what was worked out of two of them, or
/// of one and a step, need not be worked out again.
#[derive(Default)]
pub(super) struct Lists {
    lists: Vec<Arc<[Coming]>>,
    numbers: Numbers<Arc<[Coming]>>,
    /// The lists of steps that nothing comes before.
    touches: Numbers<Touch>,
    takens: Numbers<Taken>,
    /// What is in one of two lists or the other.
    unions: Cache<RESULT_BITS>,
    /// What a list is with a step before it.
    befores: Cache<RESULT_BITS>,
    pasts: Pasts,
    bytes: usize,
}

/// What a list is with a step before it.
#[derive(Clone, Copy)]
struct Before {
    list: List,
    /// Something in it is in a race with the step.
    races: bool,
}

/// What can follow the state before a step, as far as it follows the step.
pub(super) struct BeforeStep {
    pub(super) futures: Futures,
    /// Threads, a bit for each, that do something which is in a race with the step.
    pub(super) racing: u16,
}

impl Lists {
    /// The futures before `step`, from those after it. Threads that the step enabled do nothing before it: what they
    /// do counts as done by the step's own thread, which has to come first.
    pub(super) fn before(&mut self, after: &Futures, step: &Taken, enabled: u16) -> BeforeStep {
        let number = self.number_of(step);
        let mut before = BeforeStep { futures: Futures::default(), racing: 0 };
        let mut own = self.own_before(after.0[step.thread], step, number);
        for (thread, list) in after.0.into_iter().enumerate() {
            if thread == step.thread || list == 0 {
                continue;
            }
            if enabled & 1 << thread != 0 {
                let woken = self.woken_before(list, thread, step, number);
                own = self.union(own, woken);
            } else {
                let Before { list, races } = self.other_before(list, step, number);
                before.futures.0[thread] = list;
                before.racing |= u16::from(races) << thread;
            }
        }
        before.futures.0[step.thread] = own;
        before
    }

    /// What is to come in executions of these futures or of those.
    pub(super) fn include(&mut self, these: &mut Futures, those: &Futures) {
        for (these, those) in these.0.iter_mut().zip(those.0) {
            *these = self.union(*these, those);
        }
    }

    /// The list of a step that may come before all the rest.
    pub(super) fn of(&mut self, touch: Touch) -> List {
        if let Some(list) = self.touches.get(&touch) {
            return *list;
        }
        let list = self.keep(Coming::all(touch).collect());
        self.touches.insert(touch, list);
        list
    }

    /// About how many bytes the lists take.
    pub(super) fn bytes(&self) -> usize {
        let list = size_of::<(Arc<[Coming]>, List)>() + size_of::<Arc<[Coming]>>();
        self.lists.capacity() * list + self.bytes + self.pasts.bytes()
    }

    fn number_of(&mut self, step: &Taken) -> TakenNumber {
        let next = self.takens.len() as TakenNumber;
        *self.takens.entry(*step).or_insert(next)
    }

    /// What the step's own thread does, the step included.
    fn own_before(&mut self, list: List, step: &Taken, number: TakenNumber) -> List {
        let key = Key::Own.before(list, number);
        if let Some(own) = self.befores.get(key) {
            return own;
        }
        let behind = self.behind(list, step, 1 << step.thread);
        let touched = self.of(step.coming);
        let own = self.union(touched, behind);
        self.befores.put(key, own);
        own
    }

    /// What a thread does that the step woke.
    fn woken_before(&mut self, list: List, thread: usize, step: &Taken, number: TakenNumber) -> List {
        let key = Key::Woken(thread).before(list, number);
        if let Some(woken) = self.befores.get(key) {
            return woken;
        }
        let woken = self.behind(list, step, 1 << step.thread | 1 << thread);
        self.befores.put(key, woken);
        woken
    }

    /// What another thread does.
    fn other_before(&mut self, list: List, step: &Taken, number: TakenNumber) -> Before {
        let key = Key::Other.before(list, number);
        let word = self.befores.get(key).unwrap_or_else(|| {
            let comings = self.comings(list);
            let races = comings.iter().any(|coming| coming.races(step));
            let ordered = self.pasts.keep(step.ordered);
            let mut before = Vec::with_capacity(comings.len());
            for coming in comings.iter().filter(|coming| !coming.is_forgotten(step)) {
                let is_ordered = coming.is_ordered(step, &self.pasts);
                let behind = |pasts| coming.behind(ordered, 1 << step.thread, pasts);
                before.push(if is_ordered { behind(&mut self.pasts) } else { *coming });
            }
            let word = self.keep(before) << 1 | u32::from(races);
            self.befores.put(key, word);
            word
        });
        Before { list: word >> 1, races: word & 1 != 0 }
    }

    /// What of the list a step before it, of the threads in `by`, leaves.
    fn behind(&mut self, list: List, step: &Taken, by: u16) -> List {
        let comings = self.comings(list);
        let kept = comings.iter().filter(|coming| !coming.is_forgotten(step));
        let ordered = self.pasts.keep(step.ordered);
        let behind = kept.map(|coming| coming.behind(ordered, by, &mut self.pasts)).collect();
        self.keep(behind)
    }

    /// What is in one list or the other.
    fn union(&mut self, one: List, other: List) -> List {
        let (one, other) = (one.min(other), one.max(other));
        if one == other || one == 0 {
            return other;
        }
        let key = pair(one, other);
        if let Some(union) = self.unions.get(key) {
            return union;
        }
        let both = both(&self.comings(one), &self.comings(other), &mut self.pasts);
        let union = self.keep(both);
        self.unions.put(key, union);
        union
    }

    fn comings(&self, list: List) -> Arc<[Coming]> {
        list.checked_sub(1).map(|index| Arc::clone(&self.lists[index as usize])).unwrap_or_default()
    }

    /// The number of a list, sorted by place.
    fn keep(&mut self, list: Vec<Coming>) -> List {
        if list.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(list.as_slice()) {
            return *number;
        }
        let list: Arc<[Coming]> = list.into();
        self.bytes += size_of_val::<[Coming]>(&list);
        self.lists.push(Arc::clone(&list));
        let number = self.lists.len() as List;
        self.numbers.insert(list, number);
        number
    }
}

/// What is in one list or the other, both sorted by place.
fn both(these: &[Coming], those: &[Coming], pasts: &mut Pasts) -> Vec<Coming> {
    let mut all = Vec::with_capacity(these.len() + those.len());
    let (mut ones, mut others) = (these.iter().peekable(), those.iter().peekable());
    while let (Some(one), Some(other)) = (ones.peek(), others.peek()) {
        let order = one.place().cmp(&other.place());
        all.push(if order.is_eq() {
            one.or(other, pasts)
        } else if order.is_lt() {
            **one
        } else {
            **other
        });
        if order.is_le() {
            ones.next();
        }
        if order.is_ge() {
            others.next();
        }
    }
    all.extend(ones.chain(others));
    all
}

/// Whose list a step comes before.
enum Key {
    Other,
    Own,
    Woken(usize),
}

impl Key {
    fn before(&self, list: List, step: TakenNumber) -> u64 {
        let whose = match self {
            Self::Other => 0,
            Self::Own => 1,
            Self::Woken(thread) => 2 + *thread as u32,
        };
        pair(list, step << 4 | whose)
    }
}

const _: () = assert!(MAX_THREADS + 2 <= 16, "whose list it is must fit in four bits");
