//! Random walk: a thread runs on, and is made to switch at random steps.

use super::{Input, Profile, Recorder, Rng, Strategy, StrategyKind};
use crate::execution::{Bench, Execution};
use procsteal_reference::{Chooser, Enabled, Scenario, Schedule, ThreadId, Variant};

/// Mean distances between switches, in steps, of which each execution draws one. 1 is the plain random walk, which
/// chooses anew at every step.
const MEAN_STRETCHES: [u32; 6] = [1, 4, 8, 16, 32, 64];

/// Before each step, with a probability drawn for the execution, any thread that can run goes on, each as likely as
/// the others.
#[derive(Debug)]
pub struct RandomWalk {
    rng: Rng,
    mean_stretch: u32,
}

impl Default for RandomWalk {
    fn default() -> Self {
        Self { rng: Rng::new(0, 0), mean_stretch: 1 }
    }
}

impl RandomWalk {
    /// How many steps until the next switch: geometrically distributed.
    fn stretch(&mut self) -> u32 {
        let mut steps = 0;
        while !self.rng.one_in(self.mean_stretch) {
            steps += 1;
        }
        steps
    }
}

impl Chooser for RandomWalk {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let nth = self.rng.below(enabled.runnable_count());
        let chosen = enabled.runnable().nth(nth as usize).unwrap_or_else(|| enabled.default_choice());
        (chosen, self.stretch())
    }
}

impl Strategy for RandomWalk {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Random
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        self.rng = input.rng.clone();
        self.mean_stretch = self.rng.pick(&MEAN_STRETCHES).copied().unwrap_or(1);
    }
}

/// A random walk through the scenario, as the schedule that repeats it, and what it came to.
pub fn walk(bench: &mut Bench, scheduler: &Variant, scenario: Scenario, rng: Rng) -> (Schedule, Execution) {
    let mut input = Input { scenario, profile: &Profile::default(), rng };
    let mut walk = RandomWalk::default();
    walk.begin(&mut input);
    let mut switches = Vec::new();
    let execution =
        bench.execute_with(scheduler, &input.scenario, &mut Recorder::new(&mut walk, &mut switches));
    (Schedule { scenario: input.scenario, switches }, execution)
}
