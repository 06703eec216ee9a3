//! Turns a race of a schedule round: of two steps that touched one object, the later one is made to come first.
//!
//! The thread of the earlier step is held before it until another thread has taken the later one. This is backtracking
//! as partial order reduction does it (Flanagan, Godefroid: Dynamic Partial-Order Reduction, POPL 2005), but for one
//! race drawn at random: which schedules are worth going on from is for the engine to know.

use super::pairs::writes;
use crate::execution::Bench;
use crate::explore::{Recorder, Rng};
use procsteal_reference::{Chooser, Enabled, Follow, Object, Schedule, Switch, ThreadId, Touch, Variant};
use std::panic::Location;

/// Steps that are looked at for a race before it is given up: most steps are in some.
const TRIES: u32 = 16;

/// Races that are tried, until one turns: of those of a schedule without switches one in four does.
const RACES: usize = 4;

/// Two steps of different threads on one object, one of them writing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Race {
    /// Whose step came first.
    first: ThreadId,
    /// How many steps that thread had taken before it.
    step: u32,
    /// Whose step came later.
    later: ThreadId,
    /// The line of the model that asked for the later step.
    later_site: &'static Location<'static>,
}

impl Race {
    /// One of the races of a run; none if there are few.
    fn draw(touches: &[Touch], rng: &mut Rng) -> Option<Self> {
        for _ in 0..TRIES {
            let at = rng.index(touches.len());
            let first = touches.get(at)?;
            let rivals = || {
                touches[at + 1..].iter().filter(|later| {
                    later.object == first.object
                        && first.object != Object::Private
                        && later.thread != first.thread
                        && (writes(first) || writes(later))
                })
            };
            if let Some(later) = rivals().nth(rng.index(rivals().count())) {
                let step = touches[..at].iter().filter(|touch| touch.thread == first.thread).count() as u32;
                return Some(Self { first: first.thread, step, later: later.thread, later_site: later.site });
            }
        }
        None
    }
}

/// How far the turning of a race is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The thread is not there yet.
    Ahead,
    /// It is held.
    Held,
    /// The other one has been there.
    Turned,
    /// Nobody else could do anything.
    GivenUp,
}

/// Follows a schedule, but for one thread that it holds for a while.
struct Turn {
    follow: Follow,
    race: Race,
    phase: Phase,
    /// Whether the step granted last was the one waited for.
    is_taken: bool,
}

impl Turn {
    /// Who goes on while the thread is held: the other one, or else anybody whose step may be what that one waits for.
    fn other(&self, enabled: &Enabled<'_>, wanted: ThreadId) -> Option<ThreadId> {
        let held = self.race.first;
        let awake = enabled.runnable().find(|thread| *thread != held && !enabled.is_asleep(*thread));
        let wanted = Some(wanted).filter(|thread| *thread != held);
        let later = Some(self.race.later).filter(|thread| enabled.is_runnable(*thread));
        wanted.or(later).or(awake)
    }
}

impl Chooser for Turn {
    fn reads_states(&self) -> bool {
        false
    }

    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let (mut chosen, _) = self.follow.choose(enabled);
        let held = self.race.first;
        if self.phase == Phase::Ahead && chosen == held && enabled.steps_of(held) == self.race.step {
            self.phase = Phase::Held;
            self.is_taken = false;
        }
        if self.phase == Phase::Held {
            let other = self.other(enabled, chosen).filter(|_| !self.is_taken);
            if other.is_none() {
                self.phase = if self.is_taken { Phase::Turned } else { Phase::GivenUp };
            }
            let released = if enabled.is_runnable(held) { held } else { chosen };
            chosen = other.unwrap_or(released);
        }
        self.is_taken = chosen != held && enabled.next_site(chosen) == self.race.later_site;
        (chosen, 0)
    }
}

/// Turns one of the schedule's races on that scheduler round, and says whether it found one that turns.
pub(super) fn turn_one(
    schedule: &mut Schedule,
    scheduler: &Variant,
    bench: &mut Bench,
    rng: &mut Rng,
) -> bool {
    let mut races = [None; RACES];
    bench.execute_touching(scheduler, schedule, |touches| {
        races = std::array::from_fn(|_| Race::draw(touches, rng));
    });
    races.into_iter().flatten().any(|race| match turned(schedule, race, scheduler, bench) {
        Some(switches) => {
            schedule.switches = switches;
            true
        }
        None => false,
    })
}

/// The switches with which the later step comes first; none if its thread waits for what the earlier one's thread does.
fn turned(schedule: &Schedule, race: Race, scheduler: &Variant, bench: &mut Bench) -> Option<Vec<Switch>> {
    let mut follow = Follow::default();
    follow.load(schedule);
    let mut turn = Turn { follow, race, phase: Phase::Ahead, is_taken: false };
    let mut switches = Vec::new();
    bench.execute_with(scheduler, &schedule.scenario, &mut Recorder::new(&mut turn, &mut switches));
    (turn.phase == Phase::Turned).then_some(switches)
}

#[cfg(test)]
mod tests {
    use super::{Race, turn_one, turned};
    use crate::execution::Bench;
    use crate::explore::{Rng, generate};
    use procsteal_reference::{Schedule, Touch, Variant};

    fn touches(schedule: &Schedule, prefix: &Variant, bench: &mut Bench) -> Vec<Touch> {
        let mut all = Vec::new();
        bench.execute_touching(prefix, schedule, |touches| all = touches.to_vec());
        all
    }

    /// Whether another thread is at the line of the race's later step after the held thread's step before the race.
    fn is_turned(race: &Race, touches: &[Touch]) -> bool {
        let of_first = touches.iter().enumerate().filter(|(_, touch)| touch.thread == race.first);
        let mut of_first = of_first.map(|(at, _)| at).skip((race.step as usize).saturating_sub(1));
        let Some(before) = of_first.next() else { return false };
        touches[before..of_first.next().unwrap_or(touches.len())]
            .iter()
            .any(|touch| touch.site == race.later_site)
    }

    #[test]
    fn a_race_that_is_turned_round_is_so_when_the_schedule_is_replayed() {
        let prefix = Variant::named("prefix").unwrap();
        let mut bench = Bench::new();
        let (mut drawn, mut checked) = (0, 0);
        for seed in 0..200 {
            let mut rng = Rng::new(seed, 0);
            let mut schedule = Schedule { scenario: generate(&mut rng), switches: Vec::new() }.into_legal();
            let before = touches(&schedule, prefix, &mut bench);
            let Some(race) = Race::draw(&before, &mut rng).filter(|race| race.step > 0) else { continue };
            drawn += 1;
            let Some(switches) = turned(&schedule, race, prefix, &mut bench) else { continue };
            assert!(!is_turned(&race, &before) || !switches.is_empty());
            schedule.switches = switches;
            assert!(is_turned(&race, &touches(&schedule, prefix, &mut bench)), "{race:?}\n{schedule}");
            checked += 1;
        }
        assert!(drawn > 100 && checked > 20, "{checked} of {drawn} turned round");
    }

    #[test]
    fn what_has_no_race_stays_as_it_is() {
        let prefix = Variant::named("prefix").unwrap();
        let alone: Schedule = "procsteal schedule v1\nprocs 1\nG1: trace-start\n".parse().unwrap();
        let mut bench = Bench::new();
        for seed in 0..50 {
            let mut schedule = alone.clone();
            assert!(!turn_one(&mut schedule, prefix, &mut bench, &mut Rng::new(seed, 0)));
            assert_eq!(schedule, alone);
        }
    }
}
