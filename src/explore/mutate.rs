//! A mutating strategy: changes schedules that showed something new, and keeps those that show something new again.

use super::feedback::{Feature, Features, features_of};
use super::{Input, Rng, Strategy, StrategyKind, scenario};
use crate::execution::Execution;
use procsteal_reference::limits::{MAX_SWITCHES, MAX_THREADS};
use procsteal_reference::{Chooser, Enabled, Follow, Schedule, Switch, ThreadId, Touch};
use std::sync::Arc;

/// Schedules in a corpus: more would only thin the attention that each gets.
const MAX_ENTRIES: usize = 4_096;

/// Changes made to one schedule at a time.
const MAX_MUTATIONS: u32 = 4;

/// Schedules, each of which showed something that those before it did not.
#[derive(Clone, Default, Debug)]
pub(super) struct Corpus {
    pub(super) entries: Vec<Arc<Schedule>>,
    seen: Features,
}

/// A schedule that showed something new, and all that it showed.
#[derive(Clone, Debug)]
pub struct Lesson {
    pub(super) schedule: Arc<Schedule>,
    pub(super) features: Vec<Feature>,
}

impl Corpus {
    /// Takes the schedule if it still shows something new, and says whether it did.
    pub(super) fn admit(&mut self, lesson: &Lesson) -> bool {
        let admitted = self.entries.len() < MAX_ENTRIES && self.seen.extend(&lesson.features) > 0;
        if admitted {
            self.entries.push(Arc::clone(&lesson.schedule));
        }
        admitted
    }

    /// How many features its schedules showed.
    pub(super) fn features(&self) -> usize {
        self.seen.len()
    }
}

/// Mutates the schedules of its corpus. What it learns it uses at once.
#[derive(Default)]
pub struct Mutate {
    corpus: Arc<Corpus>,
    lessons: Vec<Lesson>,
    learned: Features,
    follow: Follow,
}

impl Mutate {
    pub(super) fn new(corpus: &Arc<Corpus>) -> Self {
        let corpus = Arc::clone(corpus);
        Self { corpus, lessons: Vec::new(), learned: Features::default(), follow: Follow::default() }
    }

    /// One of the schedules, recent ones more often; none one time in eight, or if there is none.
    fn parent(&self, rng: &mut Rng) -> Option<&Schedule> {
        let (old, new) = (&self.corpus.entries, &self.lessons);
        let count = old.len() + new.len();
        if count == 0 || rng.one_in(8) {
            return None;
        }
        let newest = rng.index(count).max(rng.index(count));
        match old.get(newest) {
            Some(schedule) => Some(schedule),
            None => new.get(newest - old.len()).map(|lesson| lesson.schedule.as_ref()),
        }
    }
}

impl Chooser for Mutate {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.follow.choose(enabled)
    }
}

impl Strategy for Mutate {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Mutate
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        let rng = &mut input.rng;
        let fresh = || Schedule { scenario: input.scenario.clone(), switches: Vec::new() };
        let mut schedule = self.parent(rng).cloned().unwrap_or_else(fresh);
        let threads = Threads::of(input.profile.counts(None), &schedule.switches);
        for _ in 0..=rng.below(MAX_MUTATIONS) {
            match rng.below(8) {
                1 => {
                    if let Some(other) = self.parent(rng) {
                        splice(&mut schedule, other, rng);
                    }
                }
                kind => change(&mut schedule, kind, &threads, rng),
            }
        }
        let schedule = schedule.into_legal();
        self.follow.load(&schedule);
        input.scenario = schedule.scenario;
    }

    fn is_curious(&self) -> bool {
        true
    }

    fn learn(&mut self, schedule: &Schedule, execution: &Execution, touches: &[Touch]) {
        let features = features_of(execution, touches);
        let is_new =
            |feature: &&Feature| !self.corpus.seen.contains(**feature) && !self.learned.contains(**feature);
        if features.iter().any(|feature| is_new(&feature)) {
            self.learned.extend(&features);
            self.lessons.push(Lesson { schedule: Arc::new(schedule.clone()), features });
        }
    }

    fn take_lessons(&mut self) -> Vec<Lesson> {
        std::mem::take(&mut self.lessons)
    }
}

/// Changes the scenario, one time in eight, or the switches.
fn change(schedule: &mut Schedule, kind: u32, threads: &Threads, rng: &mut Rng) {
    match kind {
        0 => scenario::mutate(&mut schedule.scenario, rng),
        _ => mutate_switches(&mut schedule.switches, threads, rng),
    }
}

/// Changes a few things of a schedule. `steps` says about how many steps each thread takes.
pub fn vary(schedule: &mut Schedule, steps: [u32; MAX_THREADS], rng: &mut Rng) {
    let threads = Threads::of(steps, &schedule.switches);
    for _ in 0..=rng.below(MAX_MUTATIONS) {
        let kind = rng.below(8);
        change(schedule, kind, &threads, rng);
    }
}

/// Gives a schedule switches of another one in place of some of its own; or the other's scenario in place of its own.
pub fn cross(schedule: &mut Schedule, other: &Schedule, rng: &mut Rng) {
    if rng.one_in(4) {
        schedule.scenario = other.scenario.clone();
    } else {
        splice(schedule, other, rng);
    }
}

/// Takes the switches of one schedule up to somewhere, and those of the other from somewhere on.
fn splice(schedule: &mut Schedule, other: &Schedule, rng: &mut Rng) {
    schedule.switches.truncate(rng.index(schedule.switches.len() + 1));
    let from = rng.index(other.switches.len() + 1);
    schedule.switches.extend_from_slice(&other.switches[from..]);
    schedule.switches.truncate(MAX_SWITCHES);
}

/// The threads of a run, with about how many steps each takes.
struct Threads {
    steps: [u32; MAX_THREADS],
    known: Vec<ThreadId>,
}

impl Threads {
    fn of(mut steps: [u32; MAX_THREADS], switches: &[Switch]) -> Self {
        for switch in switches {
            let known = &mut steps[switch.thread.0 as usize];
            *known = (*known).max(u32::from(switch.step) + 1);
        }
        let known =
            (0..MAX_THREADS as u8).map(ThreadId).filter(|thread| steps[thread.0 as usize] > 0).collect();
        Self { steps, known }
    }

    fn any(&self, rng: &mut Rng) -> ThreadId {
        rng.pick(&self.known).copied().unwrap_or_default()
    }

    /// Any step of any thread: each thread as likely as the others, and each of its steps.
    fn any_switch(&self, rng: &mut Rng) -> Switch {
        let thread = self.any(rng);
        let step = rng.below(self.steps[thread.0 as usize] + 1) as u16;
        Switch { thread, step, to: self.any(rng) }
    }
}

fn mutate_switches(switches: &mut Vec<Switch>, threads: &Threads, rng: &mut Rng) {
    let at = rng.index(switches.len());
    if switches.is_empty() || rng.one_in(2) {
        switches.push(threads.any_switch(rng));
        return;
    }
    let switch = &mut switches[at];
    match rng.below(5) {
        0 => {
            switches.remove(at);
        }
        1 => switch.to = threads.any(rng),
        2 => *switch = threads.any_switch(rng),
        3 => switch.step = switch.step.saturating_add(1 + rng.below(8) as u16),
        _ => switch.step = switch.step.saturating_sub(1 + rng.below(8) as u16),
    }
}
