//! Random schedules with every feature of scenarios, the same for the same seed.

use procsteal_reference::limits::{MAX_CALLBACKS, MAX_FOREIGN_THREADS, MAX_OPS, MAX_THREADS};
use procsteal_reference::{
    ForeignThread, GoId, Op, ProcSet, Procs, Scenario, Schedule, Switch, SysmonRound, ThreadId, Threads,
};

/// Goroutines beside main in a random scenario.
const MAX_OTHERS: u64 = 4;

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What the tracer does in a random scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tracing {
    /// Starts, advances and stops anywhere, again and again.
    Anything,
    /// Main starts it before anything else exists; it ends with the program.
    Undisturbed,
}

pub(crate) fn random_schedule(random: &mut Random, tracing: Tracing) -> Schedule {
    let scenario = random_scenario(random, tracing);
    let foreign = scenario.foreign.len() as u64;
    let count = [0, 2, 6, 24, 96][random.below(5) as usize];
    let steps = [60, 150, 400][random.below(3) as usize];
    let switches = (0..random.below(count + 1))
        .map(|_| Switch {
            thread: random_thread(random, foreign),
            step: random.below(steps) as u16,
            to: random_thread(random, foreign),
        })
        .collect();
    Schedule { scenario, switches }.into_legal()
}

fn random_thread(random: &mut Random, foreign: u64) -> ThreadId {
    if foreign > 0 && random.one_in(3) {
        ThreadId((MAX_THREADS as u64 - 1 - random.below(foreign)) as u8)
    } else {
        ThreadId(random.below(6) as u8)
    }
}

fn random_scenario(random: &mut Random, tracing: Tracing) -> Scenario {
    let procs = Procs([2, 2, 2, 1, 3, 4][random.below(6) as usize]);
    let threads = if random.one_in(6) { Threads(2 + random.below(5) as u8) } else { Threads::default() };
    let set = |random: &mut Random| {
        if random.one_in(3) { ProcSet(random.below(16) as u8) } else { ProcSet(15) }
    };
    let sysmon = (0..random.below(5))
        .map(|_| SysmonRound {
            retake: set(random),
            preempt: if random.one_in(3) { set(random) } else { ProcSet::default() },
        })
        .collect();
    let others = random.below(MAX_OTHERS + 1);
    let mut goroutines = vec![main_script(random, others, tracing)];
    for _ in 0..others {
        goroutines.push((0..random.below(4)).map(|_| any_op(random, tracing)).collect());
    }
    let foreign = if random.one_in(3) { 1 + random.below(MAX_FOREIGN_THREADS as u64) } else { 0 };
    let foreign = (0..foreign)
        .map(|_| ForeignThread { callbacks: random.below(u64::from(MAX_CALLBACKS) + 1) as u8 })
        .collect();
    Scenario { procs, threads, sysmon, goroutines, foreign }
}

fn main_script(random: &mut Random, others: u64, tracing: Tracing) -> Vec<Op> {
    let mut script = Vec::new();
    if tracing == Tracing::Undisturbed || random.one_in(2) {
        script.push(Op::TraceStart);
    }
    for slot in 1..=others {
        if random.one_in(2) {
            script.push(Op::Go(GoId(slot as u8)));
        }
    }
    for _ in 0..random.below(6) {
        script.push(match (tracing, random.below(6)) {
            (Tracing::Anything, 0) => Op::TraceStart,
            (Tracing::Anything, 1) => Op::TraceStop,
            (Tracing::Anything, 2) => Op::TraceAdvance,
            _ => any_op(random, tracing),
        });
    }
    script.truncate(MAX_OPS);
    script
}

fn any_op(random: &mut Random, tracing: Tracing) -> Op {
    let any = |random: &mut Random| GoId(random.below(MAX_OTHERS + 2) as u8);
    match random.below(14) {
        0 => Op::SyscallBlock,
        1 => Op::Gosched,
        2 => Op::Park,
        3 => Op::NetworkWait,
        4 => Op::Ready(any(random)),
        5 => Op::Go(any(random)),
        6 => Op::StopTheWorld,
        7 => Op::Gomaxprocs(Procs(1 + random.below(4) as u8)),
        8 | 9 if tracing == Tracing::Anything => Op::TraceAdvance,
        _ => Op::Syscall,
    }
}
