//! How a scenario runs when nobody interferes: what strategies know of it beforehand.

use super::Rng;
use procsteal_reference::limits::{MAX_GOROUTINES, MAX_PROCS, MAX_THREADS};
use procsteal_reference::{GoId, Object, ObjectSet, ProcId, ThreadId, Touch};

/// The steps of one execution, thread by thread and object by object.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    touches: Vec<(ThreadId, Object)>,
    contested: Vec<Object>,
}

impl Profile {
    /// The profile of the execution whose steps touched these.
    #[must_use]
    pub fn of(touches: &[Touch]) -> Self {
        let touches: Vec<_> = touches.iter().map(|touch| (touch.thread, touch.object)).collect();
        let mut contested = Vec::new();
        for (index, (thread, object)) in touches.iter().enumerate() {
            let meets = |(other, same): &(ThreadId, Object)| same == object && other != thread;
            if *object != Object::Private && !contested.contains(object) && touches[..index].iter().any(meets)
            {
                contested.push(*object);
            }
        }
        Self { touches, contested }
    }

    /// How many steps there were.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.touches.len() as u32
    }

    /// The objects that more than one thread touched, in order of the second one's touch.
    #[must_use]
    pub fn contested(&self) -> &[Object] {
        &self.contested
    }

    /// How many steps each thread took on objects of the set; all its steps if there is none.
    #[must_use]
    pub fn counts(&self, selected: Option<ObjectSet>) -> [u32; MAX_THREADS] {
        let mut counts = [0; MAX_THREADS];
        for (thread, object) in &self.touches {
            if selected.is_none_or(|set| set.meets(ObjectSet::EMPTY.with(*object))) {
                counts[thread.0 as usize] += 1;
            }
        }
        counts
    }

    /// How many steps all threads took on objects of the set.
    #[must_use]
    pub fn count(&self, selected: Option<ObjectSet>) -> u32 {
        self.counts(selected).iter().sum()
    }

    /// Objects to concentrate on: all (`None`), a P's status and the generation, the whole protocol, or a few of the
    /// contested ones.
    pub(super) fn select(&self, rng: &mut Rng) -> Option<ObjectSet> {
        match rng.below(6) {
            0 | 1 => None,
            2 | 3 => Some(status_and_generation()),
            4 => Some(protocol()),
            _ => {
                let mut set = ObjectSet::EMPTY;
                for _ in 0..=rng.below(3) {
                    set = set.with(*rng.pick(&self.contested)?);
                }
                Some(set)
            }
        }
    }
}

/// What every steal of a P and every start and end of a generation is about.
pub(super) fn status_and_generation() -> ObjectSet {
    let procs = (0..MAX_PROCS as u8).map(|p| Object::ProcStatus(ProcId(p)));
    procs.fold(ObjectSet::EMPTY.with(Object::Generation).with(Object::TracingOff), ObjectSet::with)
}

/// All objects by which threads that take Ps, lose Ps, stop the world and trace agree with each other.
fn protocol() -> ObjectSet {
    let procs = (0..MAX_PROCS as u8).map(ProcId);
    let of_procs = procs.flat_map(|p| [Object::ProcTick(p), Object::ProcSafePoint(p), Object::ProcTrace(p)]);
    let threads = (0..MAX_THREADS as u8).map(|m| Object::ThreadSeqlock(ThreadId(m)));
    let goroutines = (0..MAX_GOROUTINES as u8).map(|g| Object::GoStatus(GoId(g)));
    let shared = [Object::GcWaiting, Object::StopWait, Object::ExitingSyscall, Object::SysmonWait];
    of_procs.chain(threads).chain(goroutines).chain(shared).fold(status_and_generation(), ObjectSet::with)
}
