//! Mutations and crossovers of schedules for fuzzing engines, which otherwise change bytes without knowing their sense.

use super::races;
use crate::execution::Bench;
use crate::explore::{Rng, cross, generate, vary};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Op, Scenario, Schedule, Variant};
use std::cell::RefCell;
use std::sync::OnceLock;

/// With this variable set to `bytes`, all mutations are left to the engine, and set to `switches`, no races are turned
/// round: to measure what these here bring.
const MUTATOR_VARIABLE: &str = "PROCSTEAL_MUTATOR";

/// One mutation in so many is left to the engine, whose knowledge of comparisons and of its corpus finds other things.
const ENGINE_ONE_IN: u32 = 8;

/// One mutation in so many runs another scenario with the same switches: most failures need some that small changes
/// rarely lead to.
const NEW_SCENARIO_ONE_IN: u32 = 8;

/// One mutation in so many turns a race round, in place of changing switches at random.
const RACE_ONE_IN: u32 = 2;

/// The schedulers whose races are turned round: the one that has the bug, and the one it is compared with.
const SCHEDULERS: [&str; 2] = ["prefix", "fixed"];

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

/// Which mutations there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mutations {
    /// The engine's alone.
    Bytes,
    /// Scenarios and switches, too.
    Switches,
    /// And races are turned round.
    Races,
}

fn mutations() -> Mutations {
    static MUTATIONS: OnceLock<Mutations> = OnceLock::new();
    *MUTATIONS.get_or_init(|| match std::env::var(MUTATOR_VARIABLE).as_deref() {
        Ok("bytes") => Mutations::Bytes,
        Ok("switches") => Mutations::Switches,
        _ => Mutations::Races,
    })
}

/// Whether main starts tracing. Where it does not, there is no trace in which anything could show.
fn is_traced(scenario: &Scenario) -> bool {
    scenario.goroutines.first().is_some_and(|main| main.contains(&Op::TraceStart))
}

/// How many steps each thread takes, so that switches go to steps that there are.
fn steps_of_threads(schedule: &Schedule) -> [u32; MAX_THREADS] {
    let mut counts = [0; MAX_THREADS];
    let Some(fixed) = Variant::named("fixed") else { return counts };
    BENCH.with_borrow_mut(|bench| {
        bench.execute_touching(fixed, schedule, |touches| {
            for touch in touches {
                counts[usize::from(touch.thread.0)] += 1;
            }
        })
    });
    counts
}

/// Turns a race round that the schedule shows on one of the schedulers; says whether there was one.
fn turn_a_race(schedule: &mut Schedule, rng: &mut Rng) -> bool {
    let scheduler = rng.pick(&SCHEDULERS).and_then(|name| Variant::named(name));
    BENCH.with_borrow_mut(|bench| {
        scheduler.is_some_and(|scheduler| races::turn_one(schedule, scheduler, bench, rng))
    })
}

/// Writes a schedule to the start of `data` if it has at most `max_size` bytes; says how many it has.
fn write(schedule: &Schedule, data: &mut [u8], max_size: usize) -> Option<usize> {
    let bytes = schedule.to_byte_vec();
    let place = data.get_mut(..bytes.len()).filter(|_| bytes.len() <= max_size)?;
    place.copy_from_slice(&bytes);
    Some(bytes.len())
}

/// Changes the schedule in the first `size` bytes of `data` into a near one, in place, and gives its size in bytes,
/// at most `max_size`. `None` says that the engine's own mutations are to do it this time. The same input and seed
/// give the same schedule.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> Option<usize> {
    let mut rng = Rng::new(u64::from(seed), size as u64);
    let mutations = mutations();
    if mutations == Mutations::Bytes || rng.one_in(ENGINE_ONE_IN) {
        return None;
    }
    let mut schedule = Schedule::from_bytes(data.get(..size)?);
    if !is_traced(&schedule.scenario) || rng.one_in(NEW_SCENARIO_ONE_IN) {
        schedule.scenario = generate(&mut rng);
    }
    let turns = mutations == Mutations::Races && rng.one_in(RACE_ONE_IN);
    if !turns || !turn_a_race(&mut schedule, &mut rng) {
        let steps = steps_of_threads(&schedule);
        vary(&mut schedule, steps, &mut rng);
    }
    write(&schedule.into_legal(), data, max_size)
}

/// Makes one schedule of two, at the start of `out`, and gives its size in bytes, at most `max_size`; 0 if there is
/// none. The same inputs and seed give the same schedule.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], max_size: usize, seed: u32) -> usize {
    let mut rng = Rng::new(u64::from(seed), first.len() as u64);
    if mutations() == Mutations::Bytes {
        return 0;
    }
    let mut schedule = Schedule::from_bytes(first);
    cross(&mut schedule, &Schedule::from_bytes(second), &mut rng);
    write(&schedule.into_legal(), out, max_size).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{crossover, is_traced, mutate};
    use procsteal_reference::Schedule;
    use std::collections::BTreeSet;

    const SIZE: usize = 1024;

    fn bytes(text: &str) -> (Vec<u8>, usize) {
        let mut data = text.parse::<Schedule>().unwrap().to_byte_vec();
        let size = data.len();
        data.resize(SIZE, 0xFF);
        (data, size)
    }

    fn retake_stop() -> (Vec<u8>, usize) {
        bytes(include_str!("../../corpus/regressions/stuck-GoSyscallEndBlocked-retake-stop.sched"))
    }

    #[test]
    fn a_mutation_is_a_schedule_and_the_same_for_the_same_seed() {
        let (data, size) = retake_stop();
        let mut seen = BTreeSet::new();
        let mut left_to_the_engine = 0;
        for seed in 0..200 {
            let (mut one, mut two) = (data.clone(), data.clone());
            let len = mutate(&mut one, size, SIZE, seed);
            assert_eq!(len, mutate(&mut two, size, SIZE, seed));
            assert_eq!(one, two);
            let Some(len) = len else {
                left_to_the_engine += 1;
                continue;
            };
            let mutated = Schedule::from_bytes(&one[..len]);
            assert_eq!(mutated.to_byte_vec(), one[..len], "not the bytes of a schedule");
            seen.insert(one[..len].to_vec());
        }
        assert!(seen.len() > 100, "{} different ones", seen.len());
        assert!((5..60).contains(&left_to_the_engine), "{left_to_the_engine}");
    }

    #[test]
    fn from_nothing_the_first_mutations_already_trace() {
        let mut traced = 0;
        for seed in 0..100 {
            let mut data = [0; SIZE];
            let Some(len) = mutate(&mut data, 0, SIZE, seed) else { continue };
            traced += usize::from(is_traced(&Schedule::from_bytes(&data[..len]).scenario));
        }
        assert!(traced > 60, "{traced} of 100");
    }

    #[test]
    fn what_has_no_room_is_left_to_the_engine_and_a_size_beyond_the_data_is_refused() {
        let (data, size) = retake_stop();
        for seed in 0..50 {
            assert_eq!(mutate(&mut data.clone(), size, 3, seed), None);
            assert_eq!(mutate(&mut [0; 4], 5, 4, seed), None);
            assert_eq!(crossover(&data[..size], &data[..size], &mut [], SIZE, seed), 0);
        }
    }

    #[test]
    fn a_crossover_has_something_of_both() {
        let (first, first_size) = retake_stop();
        let (second, second_size) =
            bytes("procsteal schedule v1\nprocs 4\nG1: gosched\nswitch M1@3 -> M2\nswitch M2@4 -> M3\n");
        let schedules = [&first[..first_size], &second[..second_size]].map(Schedule::from_bytes);
        let mut of_both = 0;
        for seed in 0..100 {
            let mut out = vec![0; SIZE];
            let len = crossover(&first[..first_size], &second[..second_size], &mut out, SIZE, seed);
            let child = Schedule::from_bytes(&out[..len]);
            assert!(schedules.iter().any(|parent| parent.scenario == child.scenario));
            let has_of = |parent: &Schedule| {
                parent.scenario == child.scenario
                    || parent.switches.iter().any(|switch| child.switches.contains(switch))
            };
            of_both += usize::from(schedules.iter().all(has_of));
        }
        assert!(of_both > 30, "{of_both} of 100");
    }
}
