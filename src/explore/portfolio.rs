//! The portfolio: every strategy in turn, because each finds other things first.

use super::mutate::Corpus;
use super::{Delay, HoldAtPoints, Input, Mutate, Pct, Pos, RandomWalk, Rng, Strategy, StrategyKind, Urw};
use crate::execution::Execution;
use procsteal_reference::{Chooser, Enabled, Schedule, ThreadId, Touch};
use std::sync::Arc;

/// How often each strategy has its turn, in the order of [`Portfolio::new`].
const WEIGHTS: [u32; 7] = [1, 1, 2, 2, 4, 12, 3];

/// Every so many executions of the others, the mutating strategy learns from one of them.
const LESSON_EVERY: u32 = 8;

/// Draws one of the other strategies for each execution.
pub struct Portfolio {
    strategies: Vec<Box<dyn Strategy>>,
    mutate: Mutate,
    /// Which of the strategies runs; one past the last is the mutating one.
    active: usize,
    is_lesson: bool,
}

impl Portfolio {
    pub(super) fn new(corpus: &Arc<Corpus>) -> Self {
        let strategies: Vec<Box<dyn Strategy>> = vec![
            Box::new(RandomWalk::default()),
            Box::new(Pct::default()),
            Box::new(Pos::default()),
            Box::new(Urw::default()),
            Box::new(Delay::default()),
            Box::new(HoldAtPoints::default()),
        ];
        Self { strategies, mutate: Mutate::new(corpus), active: 0, is_lesson: false }
    }

    fn active(&mut self) -> &mut dyn Strategy {
        match self.strategies.get_mut(self.active) {
            Some(strategy) => strategy.as_mut(),
            None => &mut self.mutate,
        }
    }
}

impl Chooser for Portfolio {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.active().choose(enabled)
    }
}

impl Strategy for Portfolio {
    fn kind(&self) -> StrategyKind {
        self.strategies.get(self.active).map_or(StrategyKind::Mutate, |strategy| strategy.kind())
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        let rng: &mut Rng = &mut input.rng;
        self.active = rng.weighted(&WEIGHTS);
        self.is_lesson = rng.one_in(LESSON_EVERY);
        self.active().begin(input);
    }

    fn is_curious(&self) -> bool {
        self.active == self.strategies.len() || self.is_lesson
    }

    fn learn(&mut self, schedule: &Schedule, execution: &Execution, touches: &[Touch]) {
        self.mutate.learn(schedule, execution, touches);
    }

    fn take_lessons(&mut self) -> Vec<super::mutate::Lesson> {
        self.mutate.take_lessons()
    }
}
