//! Every execution with so many switches: the smallest schedules that show something, and what larger scenarios come
//! to when their threads are interrupted only a few times.
//!
//! A schedule says where a thread makes way for another; everywhere else the run goes on by its fixed rule. Executions
//! are tried in the order of their switches, and of equally many in the order of their steps, so that the first that
//! shows a signature is a smallest one. A state that was reached with as few switches and steps is not explored again.
//!
//! Executions of as many switches are walked in batches by several threads, which know what was reached before; what
//! came of them is then put together in the order of the executions, as if they had been walked one after the other.

mod trail;
mod transcript;
mod walk;
mod window;

pub(super) use transcript::schedule_of;

use super::counts::Counts;
use super::explore::Elsewhere;
use super::parallel;
use super::store::{ByFingerprint, Fingerprint};
use super::touch::Touch;
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Model, Scenario, Schedule, Variant};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use trail::{Branch, Branches, Trail};
use walk::{End, Ground, Purpose, Spot, Walked, Whole};

/// What a state in a table of those that were reached takes, with what the table keeps free.
const REACHED_BYTES: usize = 2 * size_of::<(Fingerprint, Reached)>();

/// So many executions are walked by one thread, one after the other, each knowing what the others came to: neighbours
/// come to the same states.
const BATCH: usize = 128;

/// So many batches are walked before what came of them is put together: enough for several threads, and few enough
/// that they do not walk much twice.
const BATCHES: usize = 16;

/// What the search hands out.
pub(super) trait Visitor {
    /// An execution came to its end and wrote something new. Its schedule can be replayed.
    fn end(&mut self, schedule: Schedule);

    /// Asked after each execution; breaks to stop.
    fn progress(&mut self, counts: &Counts) -> ControlFlow<()>;
}

/// Knows of states from which nothing can be shown that is looked for.
pub(super) trait Hope {
    /// Whether there is something to be shown yet; None if that would have to be found out.
    fn knows(&self, state: Fingerprint) -> Option<bool>;

    /// The same, found out.
    fn is_left(&mut self, at: &Elsewhere<'_>) -> Result<bool, Stopped>;

    /// About how many bytes that knowledge takes.
    fn bytes(&self) -> u64;
}

/// Knows nothing, so that there is always hope.
pub(super) struct Blind;

impl Hope for Blind {
    fn knows(&self, _: Fingerprint) -> Option<bool> {
        Some(true)
    }

    fn is_left(&mut self, _: &Elsewhere<'_>) -> Result<bool, Stopped> {
        Ok(true)
    }

    fn bytes(&self) -> u64 {
        0
    }
}

/// The search was stopped before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stopped;

/// What is known of a state that was reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reached {
    /// With how many switches, and of equally many executions after how few steps.
    level: u16,
    steps: u32,
    /// Whether something that is looked for can be shown from there, if that was asked.
    hopeful: Option<bool>,
}

impl Reached {
    /// Whether the state was reached with so many switches and steps, or fewer.
    fn is_at_most(&self, level: u32, steps: u32) -> bool {
        (u32::from(self.level), self.steps) <= (level, steps)
    }
}

/// The state of the search of one scenario.
pub(super) struct Search<'a> {
    ground: Ground<'a>,
    jobs: NonZeroUsize,
    /// The states of executions that were looked at for what can be tried from there.
    reached: ByFingerprint<Reached>,
    /// Those of executions of this level that were tried only for what they show.
    tried: ByFingerprint<Reached>,
    /// With how many switches and after how many steps each end was reached.
    ends: ByFingerprint<(u32, u32)>,
    digests: ByFingerprint<()>,
    /// The executions with so many switches: by steps, and among equals as they were found.
    level: u32,
    branches: Branches,
    counts: Counts,
}

impl<'a> Search<'a> {
    pub(super) fn new(scheduler: &'a Variant, scenario: &'a Scenario, jobs: NonZeroUsize) -> Self {
        Self {
            ground: Ground::new(scheduler, scenario),
            jobs,
            reached: ByFingerprint::default(),
            tried: ByFingerprint::default(),
            ends: ByFingerprint::default(),
            digests: ByFingerprint::default(),
            level: 0,
            branches: Branches::root(),
            counts: Counts::default(),
        }
    }

    /// The same, but that executions are left out which come to the same as others of as few switches and steps; by thread,
    /// this is what others touch in any execution.
    pub(super) fn leaving_out(mut self, others_touch: [Touch; MAX_THREADS]) -> Self {
        self.ground.others_touch = Some(others_touch);
        self
    }

    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }

    /// How many states executions went on from.
    #[cfg(test)]
    pub(super) fn reached(&self) -> usize {
        self.reached.len()
    }

    /// Every different end, with how many switches and after how many steps it was reached first.
    #[cfg(test)]
    pub(super) fn ends_by_size(&self) -> std::collections::BTreeMap<Fingerprint, (u32, u32)> {
        self.ends.iter().map(|(end, size)| (*end, *size)).collect()
    }

    /// Tries every execution with at most so many switches.
    pub(super) fn run(
        &mut self,
        most: u32,
        model: &mut Model,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Stopped> {
        for _ in 0..most {
            self.expand(&mut Blind, model, visitor)?;
        }
        self.show(model, visitor)
    }

    /// Tries every execution of this level for what it shows.
    pub(super) fn show(&mut self, model: &mut Model, visitor: &mut dyn Visitor) -> Result<(), Stopped> {
        let branches = std::mem::replace(&mut self.branches, Branches::none());
        let outcome = self.walk(Purpose::Ends, &branches, model, visitor);
        (self.branches, self.tried) = (branches, ByFingerprint::default());
        outcome
    }

    /// Tries every execution of this level that begins where there is hope, for what can be tried from its states: the
    /// next level.
    pub(super) fn expand(
        &mut self,
        hope: &mut dyn Hope,
        model: &mut Model,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Stopped> {
        let mut branches = std::mem::replace(&mut self.branches, Branches::none());
        self.give_up(&mut branches, hope, visitor)?;
        branches.sort();
        self.walk(Purpose::States, &branches, model, visitor)?;
        // What is known to be hopeless without asking is not even tried.
        let is_hopeless = |spot: &Spot| spot.settled && hope.knows(spot.state) == Some(false);
        let known = |trail: &Trail| trail.spots.iter().position(is_hopeless).unwrap_or(trail.spots.len());
        let hopeful: Vec<usize> = self.branches.trails.iter().map(known).collect();
        self.branches.keep_up_to(&hopeful);
        self.level += 1;
        Ok(())
    }

    /// Gives up what begins where there is no hope.
    fn give_up(
        &mut self,
        branches: &mut Branches,
        hope: &mut dyn Hope,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Stopped> {
        let mut kept = Vec::with_capacity(branches.trails.len());
        for trail in &branches.trails {
            let known = trail.joined.map(|state| self.reached.get(&state).and_then(|known| known.hopeful));
            let leads_to_hope = known.is_some_and(|hopeful| hopeful != Some(false));
            let hopeful = if leads_to_hope { trail.spots.len() } else { self.hopeful(trail, hope)? };
            for (index, spot) in trail.spots.iter().enumerate() {
                if let Some(reached) = self.reached.get_mut(&spot.known_by) {
                    reached.hopeful = Some(index < hopeful);
                }
            }
            kept.push(hopeful);
            self.look_at_size(branches.bytes() as u64 + hope.bytes());
            if visitor.progress(&self.counts).is_break() {
                return Err(Stopped);
            }
        }
        branches.keep_up_to(&kept);
        Ok(())
    }

    fn walk(
        &mut self,
        purpose: Purpose,
        from: &Branches,
        model: &mut Model,
        visitor: &mut dyn Visitor,
    ) -> Result<(), Stopped> {
        for some in from.plans.chunks(BATCH * BATCHES) {
            let batches: Vec<&[Option<Branch>]> = some.chunks(BATCH).collect();
            let (ground, reached) = (&self.ground, [&self.reached, &self.tried]);
            let walked = parallel::map_with(self.jobs, batches.len(), model, Model::new, |model, index| {
                walk::walk(ground, purpose, reached, (from, batches[index]), model)
            });
            for walked in walked.into_iter().flatten() {
                self.include(purpose, walked, visitor);
                self.look_at_size(from.bytes() as u64);
                if visitor.progress(&self.counts).is_break() {
                    return Err(Stopped);
                }
            }
        }
        Ok(())
    }

    /// What came of an execution joins what came of those before it.
    fn include(&mut self, purpose: Purpose, walked: Walked, visitor: &mut dyn Visitor) {
        self.counts.executions += 1;
        let Walked { deviations, mut trail, legs, end, .. } = walked;
        let known = trail.iter().position(|spot| self.is_known(spot));
        let joined = match (known, end) {
            (Some(index), _) => Some(trail[index].known_by),
            (None, End::Joined(state)) => Some(state),
            (None, End::Whole(whole)) => {
                self.include_end(whole, visitor);
                None
            }
        };
        trail.truncate(known.unwrap_or(trail.len()));
        let table = if purpose == Purpose::Ends { &mut self.tried } else { &mut self.reached };
        for Spot { known_by, steps, .. } in &trail {
            let (level, steps) = (self.level as u16, *steps);
            let known = table.entry(*known_by).or_insert(Reached { level, steps, hopeful: None });
            (known.level, known.steps) = (level, steps);
        }
        if purpose == Purpose::States && !trail.is_empty() {
            self.branches.add(Trail { deviations, spots: trail, legs, joined });
        }
    }

    /// Counts what was reached, and how much memory is taken besides it.
    fn look_at_size(&mut self, besides: u64) {
        self.counts.states = (self.reached.len() + self.tried.len()) as u64;
        let reached = (self.reached.capacity() + self.tried.capacity()) * REACHED_BYTES;
        self.counts.bytes = (reached + self.branches.bytes()) as u64 + besides;
    }

    fn known(&self, state: Fingerprint) -> Option<&Reached> {
        self.reached.get(&state).or_else(|| self.tried.get(&state))
    }

    fn is_known(&self, spot: &Spot) -> bool {
        self.known(spot.known_by).is_some_and(|known| known.is_at_most(self.level, spot.steps))
    }

    fn include_end(&mut self, whole: Whole, visitor: &mut dyn Visitor) {
        if whole.is_regular {
            self.counts.steps += u64::from(whole.steps);
            self.counts.longest = self.counts.longest.max(whole.steps);
        }
        self.digests.insert(u128::from(whole.traces), ());
        self.counts.distinct_traces = self.digests.len() as u64;
        let here = (self.level, whole.steps);
        let reached = self.ends.entry(whole.shows).or_insert((u32::MAX, u32::MAX));
        if *reached > here {
            *reached = here;
            visitor.end(whole.schedule);
        }
    }

    /// From how many of the first of these states, which come one after the other, there is hope. A later one can show
    /// no more than an earlier one, and nothing that is looked for comes after the last.
    fn hopeful(&self, trail: &Trail, hope: &mut dyn Hope) -> Result<usize, Stopped> {
        let Trail { spots: trail, legs, .. } = trail;
        let (mut hopeful, mut hopeless) = (0, trail.len());
        for (index, spot) in trail.iter().enumerate().rev() {
            let known = self.reached.get(&spot.known_by).and_then(|known| known.hopeful);
            match known.or_else(|| spot.settled.then(|| hope.knows(spot.state)).flatten()) {
                Some(true) => {
                    hopeful = index + 1;
                    break;
                }
                Some(false) => hopeless = index,
                None => {}
            }
        }
        while hopeful < hopeless {
            let middle = hopeful.midpoint(hopeless);
            let near = (hopeful..=middle).rev().chain(middle + 1..hopeless);
            let Some(asked) = near.into_iter().find(|index| trail[*index].settled) else {
                return Ok(hopeless);
            };
            let Spot { state, steps, ref monitor, .. } = trail[asked];
            let legs = &legs[..legs.partition_point(|leg| leg.from < steps)];
            if hope.is_left(&Elsewhere { state, legs, steps, monitor })? {
                hopeful = asked + 1;
            } else {
                hopeless = asked;
            }
        }
        Ok(hopeful)
    }
}
