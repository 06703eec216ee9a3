//! Looks for schedules whose traces have the windows that real traces have.

use std::collections::{BTreeMap, BTreeSet};

use procsteal_reference::{
    GoId, Model, Op, ProcSet, Procs, Scenario, Schedule, SysmonRound, Threads, Variant,
};

use super::window::windows;
use crate::explore::{Delay, Input, Pct, Pos, Profile, RandomWalk, Recorder, Rng, Strategy, generate};

/// Executions of one scenario, one of each strategy in turn.
const EXECUTIONS_OF_SCENARIO: u64 = 16;

/// Most operations in a goroutine of a scenario made here: several system calls in a row fill a window.
const MAX_OPS: u32 = 6;

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
    let mut model = Model::new();
    let mut strategies: [Box<dyn Strategy>; 4] = [
        Box::new(RandomWalk::default()),
        Box::new(Delay::default()),
        Box::new(Pos::default()),
        Box::new(Pct::default()),
    ];
    let mut explained = Explained::default();
    let mut rng = Rng::new(seed, 0);
    let (mut scenario, mut profile) = (Scenario::default(), Profile::of(&[]));
    while explained.executions < executions && explained.schedules.len() < wanted.len() {
        let number = explained.executions;
        if number % EXECUTIONS_OF_SCENARIO == 0 {
            rng = Rng::new(seed, number);
            scenario = if rng.one_in(3) { generate(&mut rng) } else { busy(&mut rng) };
            profile = profile_of(&mut model, scheduler, &scenario);
            progress(number, wanted.len() - explained.schedules.len());
        }
        let strategy = &mut strategies[(number % 4) as usize];
        let mut input =
            Input { scenario: scenario.clone(), profile: &profile, rng: Rng::new(rng.number(), 0) };
        strategy.begin(&mut input);
        let mut switches = Vec::new();
        let mut recorder = Recorder::new(&mut **strategy, &mut switches);
        explained.executions += 1;
        // A run with a fault is no explanation of anything.
        let Ok(run) = model.run_with(scheduler, &input.scenario, &mut recorder) else { continue };
        let mut found = BTreeSet::new();
        for trace in run.traces() {
            // What the model writes has the form of a trace; a part of one would explain nothing.
            for window in windows(&trace).unwrap_or_default() {
                if wanted.contains(&window.shape) && !explained.schedules.contains_key(&window.shape) {
                    found.insert(window.shape);
                }
            }
        }
        for shape in found {
            let schedule = Schedule { scenario: input.scenario.clone(), switches: switches.clone() };
            explained.schedules.insert(shape, schedule);
            explained.needed_executions = explained.executions;
        }
    }
    explained
}

fn profile_of(model: &mut Model, scheduler: &Variant, scenario: &Scenario) -> Profile {
    let schedule = Schedule { scenario: scenario.clone(), switches: Vec::new() };
    model.record_steps(procsteal_reference::Record::Steps);
    // The steps up to a fault are a profile too.
    let _ = model.run(scheduler, &schedule).map(|run| run.steps());
    model.record_steps(procsteal_reference::Record::Nothing);
    Profile::of(&model.take_steps())
}

/// A scenario with more of everything than those of a hunt: they are made to fail soon, these to fill a trace.
fn busy(rng: &mut Rng) -> Scenario {
    let procs = 1 + rng.below(4) as u8;
    let others = 1 + rng.below(5) as u8;
    let gos = (1..=others).map(|slot| Op::Go(GoId(slot)));
    let mut main = Vec::new();
    let early = rng.one_in(2);
    if early {
        main.extend(gos.clone());
        main.extend((0..rng.below(2)).map(|_| op_of(true, others, rng)));
    }
    main.push(Op::TraceStart);
    if !early {
        main.extend(gos);
    }
    for _ in 0..rng.below(4) {
        main.push(if rng.one_in(3) { Op::TraceAdvance } else { op_of(true, others, rng) });
    }
    let mut goroutines = vec![main];
    for _ in 0..others {
        let ops = 1 + rng.below(MAX_OPS);
        goroutines.push((0..ops).map(|_| op_of(false, others, rng)).collect());
    }
    let round = |_| SysmonRound { retake: ProcSet(15), preempt: ProcSet::default() };
    let sysmon = (0..rng.below(8)).map(round).collect();
    Scenario { procs: Procs(procs), threads: Threads::default(), sysmon, goroutines, foreign: Vec::new() }
}

fn op_of(is_main: bool, others: u8, rng: &mut Rng) -> Op {
    match rng.below(12) {
        0..5 => Op::Syscall,
        5 => Op::SyscallBlock,
        6 => Op::Gosched,
        7 => Op::NetworkWait,
        8 => Op::StopTheWorld,
        // If main waits for somebody who need not come, the program itself has a deadlock.
        9 if !is_main => Op::Park,
        10 if rng.one_in(3) => Op::Gomaxprocs(Procs(1 + rng.below(4) as u8)),
        _ => Op::Ready(GoId(1 + rng.below(u32::from(others)) as u8)),
    }
}
