//! Looks for schedules whose traces have the windows that real traces have.

use std::collections::{BTreeMap, BTreeSet};

use procsteal_reference::{Chooser, Follow, Model, Scenario, Schedule, Variant};

use super::scenario::{busy, guided};
use super::window::windows;
use crate::explore::{Delay, Input, Pct, Pos, Profile, RandomWalk, Recorder, Rng, Strategy, generate, vary};

/// Executions of one scenario by the strategies in turn, or of changes to one schedule.
const EXECUTIONS_OF_TURN: u64 = 16;

/// What the model can write: a schedule for each shape that was looked for and found.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    /// A schedule that writes the shape, for each shape.
    pub schedules: BTreeMap<String, Schedule>,
    /// The executions that it took to find the last of them.
    pub needed_executions: u64,
    /// All executions.
    pub executions: u64,
}

/// Runs the model until every shape of `wanted` has been written, at most `executions` times.
///
/// Scenarios and schedules depend on `seed` alone; `progress` hears of the executions and of what is still missing.
pub fn search(
    scheduler: &Variant,
    wanted: &BTreeSet<String>,
    executions: u64,
    seed: u64,
    progress: &mut dyn FnMut(u64, usize),
) -> Explained {
    let mut search = Search::new(scheduler, wanted);
    let mut rng = Rng::new(seed, 0);
    let mut turn = Turn::default();
    while search.explained.executions < executions && !search.missing.is_empty() {
        let number = search.explained.executions;
        if number.is_multiple_of(EXECUTIONS_OF_TURN) {
            rng = Rng::new(seed, number);
            turn = search.next_turn(&mut rng);
            progress(number, search.missing.len());
        }
        search.execute(&turn, Rng::new(rng.number(), 0));
    }
    search.explained
}

/// What a few executions have in common: a scenario for strategies, or a schedule to change.
#[derive(Default)]
struct Turn {
    scenario: Scenario,
    profile: Profile,
    parent: Option<Schedule>,
}

struct Search<'a> {
    scheduler: &'a Variant,
    model: Model,
    strategies: [Box<dyn Strategy>; 4],
    missing: BTreeSet<String>,
    /// The schedule that has come nearest to a missing shape: how many of its words, from the first on, it has written.
    nearest: BTreeMap<String, (usize, Schedule)>,
    explained: Explained,
}

impl<'a> Search<'a> {
    fn new(scheduler: &'a Variant, wanted: &BTreeSet<String>) -> Self {
        Self {
            scheduler,
            model: Model::new(),
            strategies: [
                Box::new(RandomWalk::default()),
                Box::new(Delay::default()),
                Box::new(Pos::default()),
                Box::new(Pct::default()),
            ],
            missing: wanted.clone(),
            nearest: BTreeMap::new(),
            explained: Explained::default(),
        }
    }

    /// Any scenario, or one for a missing shape, or what came nearest to that shape.
    fn next_turn(&mut self, rng: &mut Rng) -> Turn {
        let kind = rng.below(6);
        let shape = self.missing.iter().nth(rng.index(self.missing.len())).cloned().unwrap_or_default();
        let parent = self.nearest.get(&shape).filter(|_| kind >= 4).map(|(_, schedule)| schedule.clone());
        let scenario = match (&parent, kind) {
            (Some(schedule), _) => schedule.scenario.clone(),
            (None, 0) => generate(rng),
            (None, 1) => busy(rng),
            (None, _) => guided(&shape, rng),
        };
        let profile = profile_of(&mut self.model, self.scheduler, &scenario);
        Turn { scenario, profile, parent }
    }

    /// One execution: every fourth one is another strategy's.
    fn execute(&mut self, turn: &Turn, mut rng: Rng) {
        let strategy = &mut self.strategies[(self.explained.executions % 4) as usize];
        self.explained.executions += 1;
        let mut follow = Follow::default();
        let mut input = Input { scenario: turn.scenario.clone(), profile: &turn.profile, rng: rng.clone() };
        let chooser: &mut dyn Chooser = if let Some(parent) = &turn.parent {
            let mut child = parent.clone();
            vary(&mut child, turn.profile.counts(None), &mut rng);
            let child = child.into_legal();
            follow.load(&child);
            input.scenario = child.scenario;
            &mut follow
        } else {
            strategy.begin(&mut input);
            &mut **strategy
        };
        let mut switches = Vec::new();
        let mut recorder = Recorder::new(chooser, &mut switches);
        // A run with a fault is no explanation of anything.
        let Ok(run) = self.model.run_with(self.scheduler, &input.scenario, &mut recorder) else { return };
        // What the model writes has the form of a trace; a part of one would explain nothing.
        let written: BTreeSet<String> = run
            .traces()
            .flat_map(|trace| windows(&trace).unwrap_or_default())
            .map(|window| window.shape)
            .collect();
        self.learn(&written, &Schedule { scenario: input.scenario, switches });
    }

    /// Keeps the schedule for what it has written, and for what it has nearly written.
    fn learn(&mut self, written: &BTreeSet<String>, schedule: &Schedule) {
        for shape in written {
            if self.missing.remove(shape) {
                self.nearest.remove(shape);
                self.explained.schedules.insert(shape.clone(), schedule.clone());
                self.explained.needed_executions = self.explained.executions;
            }
        }
        for shape in &self.missing {
            let words = written.iter().map(|other| equal_words(shape, other)).max().unwrap_or(0);
            // As near is as good: what is tried next is another neighbour.
            if self.nearest.get(shape).is_none_or(|(most, _)| words >= *most) {
                self.nearest.insert(shape.clone(), (words, schedule.clone()));
            }
        }
    }
}

/// How many words two shapes have in common, from the first on.
fn equal_words(one: &str, other: &str) -> usize {
    one.split(' ').zip(other.split(' ')).take_while(|(a, b)| a == b).count()
}

fn profile_of(model: &mut Model, scheduler: &Variant, scenario: &Scenario) -> Profile {
    let schedule = Schedule { scenario: scenario.clone(), switches: Vec::new() };
    model.record_steps(procsteal_reference::Record::Touches);
    // What is touched up to a fault is a profile too.
    let _ = model.run(scheduler, &schedule).map(|run| run.steps());
    model.record_steps(procsteal_reference::Record::Nothing);
    Profile::of(&model.touches())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_is_what_has_more_words_from_the_first_on() {
        let shape = "thread: ProcStart(a) ProcSteal(b from another) ProcStop";
        assert_eq!(equal_words(shape, "thread: ProcStart(a) ProcSteal(b from another) ProcStart(b)"), 5);
        assert_eq!(equal_words(shape, "thread: ProcStart(a) ProcSteal(b from itself) ProcStop"), 4);
        assert_eq!(equal_words(shape, "steal: by another"), 0);
    }

    #[test]
    fn what_comes_as_near_takes_the_place_of_what_came_before() {
        let fixed = Variant::named("fixed").unwrap();
        let shape = "thread: ProcStop ProcStart(a)".to_owned();
        let mut search = Search::new(fixed, &BTreeSet::from([shape.clone()]));
        let schedule = |procs| {
            let scenario = Scenario { procs: procsteal_reference::Procs(procs), ..Scenario::default() };
            Schedule { scenario, switches: Vec::new() }
        };
        let near = BTreeSet::from(["thread: ProcStop ProcStop".to_owned()]);
        let far = BTreeSet::from(["steal: by another".to_owned()]);
        for (written, procs) in [(&near, 1), (&near, 2), (&far, 3)] {
            search.learn(written, &schedule(procs));
        }
        assert_eq!(search.nearest[&shape], (2, schedule(2)));
        search.learn(&BTreeSet::from([shape.clone()]), &schedule(4));
        assert!(search.missing.is_empty() && search.nearest.is_empty());
        assert_eq!(search.explained.schedules[&shape], schedule(4));
    }
}
