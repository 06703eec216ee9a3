//! Random scenarios of the size at which all known failures show (spec section 8).

use super::Rng;
use procsteal_reference::limits::{MAX_FOREIGN_THREADS, MAX_OPS, MAX_PROCS, MAX_SYSMON_ROUNDS};
use procsteal_reference::{ForeignThread, GoId, Op, ProcSet, Procs, Scenario, SysmonRound, Threads};

/// Goroutines beside main in a generated scenario.
const MAX_OTHERS: u32 = 3;

/// Syscalls of a goroutine, of which one number is drawn: a steal can go wrong only with the next syscall.
const SYSCALLS: [u32; 8] = [1, 1, 1, 2, 2, 2, 2, 3];

/// A scenario: main starts tracing, perhaps does more with it, and ends it; others are in and out of syscalls; sysmon
/// has a few rounds. One in four has everything else that goroutines can do, too, and one in eight threads that Go did
/// not make.
#[must_use]
pub fn generate(rng: &mut Rng) -> Scenario {
    let procs = [2, 2, 2, 2, 2, 2, 1, 3][rng.index(8)];
    let is_rich = rng.one_in(4);
    let others = if rng.one_in(2) { 1 } else { 1 + rng.below(MAX_OTHERS) };
    let mut goroutines = vec![main_script(others, is_rich, rng)];
    for _ in 0..others {
        let ops = rng.pick(&SYSCALLS).copied().unwrap_or(1);
        goroutines.push((0..ops).map(|_| op_of_other(is_rich, rng)).collect());
    }
    let rounds = [1, 1, 1, 1, 2, 2, 3, 0][rng.index(8)];
    let sysmon = (0..rounds).map(|_| sysmon_round(procs, rng)).collect();
    let threads = if rng.one_in(16) { Threads(3 + rng.below(4) as u8) } else { Threads::default() };
    let foreign = if rng.one_in(8) { foreign_threads(rng) } else { Vec::new() };
    Scenario { procs: Procs(procs), threads, sysmon, goroutines, foreign }
}

fn foreign_threads(rng: &mut Rng) -> Vec<ForeignThread> {
    let count = 1 + rng.below(3) / 2;
    (0..count).map(|_| ForeignThread { callbacks: 1 + rng.below(2) as u8 }).collect()
}

fn sysmon_round(procs: u8, rng: &mut Rng) -> SysmonRound {
    let all = ProcSet((1 << procs) - 1);
    let some = |rng: &mut Rng| if rng.one_in(4) { ProcSet(rng.below(1 << procs) as u8) } else { all };
    let preempt = if rng.one_in(4) { some(rng) } else { ProcSet::default() };
    SysmonRound { retake: some(rng), preempt }
}

fn op_of_other(is_rich: bool, rng: &mut Rng) -> Op {
    if !is_rich || rng.one_in(2) {
        return Op::Syscall;
    }
    match rng.below(8) {
        0 => Op::SyscallBlock,
        1 => Op::Park,
        2 => Op::NetworkWait,
        3 => Op::StopTheWorld,
        4 => Op::TraceAdvance,
        5 => Op::Gosched,
        6 => Op::Ready(any_goroutine(rng)),
        _ => any_op(rng),
    }
}

fn any_goroutine(rng: &mut Rng) -> GoId {
    GoId(rng.below(MAX_OTHERS + 1) as u8)
}

/// Any operation that may stand in any script.
fn any_op(rng: &mut Rng) -> Op {
    match rng.below(10) {
        0 => Op::Syscall,
        1 => Op::SyscallBlock,
        2 => Op::Gosched,
        3 => Op::Park,
        4 => Op::NetworkWait,
        5 => Op::Ready(any_goroutine(rng)),
        6 => Op::Go(any_goroutine(rng)),
        7 => Op::StopTheWorld,
        8 => Op::Gomaxprocs(Procs(1 + rng.below(3) as u8)),
        _ => Op::TraceAdvance,
    }
}

fn main_script(others: u32, is_rich: bool, rng: &mut Rng) -> Vec<Op> {
    let mut script = Vec::new();
    let gos = (1..=others).map(|slot| Op::Go(GoId(slot as u8)));
    let early = rng.one_in(3);
    if early {
        script.extend(gos.clone());
        push_work(&mut script, is_rich, rng);
    }
    script.push(Op::TraceStart);
    if !early {
        script.extend(gos);
    }
    push_work(&mut script, is_rich, rng);
    match rng.below(10) {
        0..3 => script.push(Op::TraceStop),
        3 => script.extend([Op::TraceAdvance, Op::TraceStop]),
        4..6 => script.push(Op::TraceAdvance),
        6..8 => {
            script.push(Op::TraceStop);
            push_work(&mut script, is_rich, rng);
            script.push(Op::TraceStart);
        }
        8 => {
            script.extend([Op::TraceAdvance, Op::TraceAdvance]);
            push_work(&mut script, is_rich, rng);
        }
        _ => {}
    }
    script.truncate(MAX_OPS);
    script
}

/// Perhaps something for main to do between the operations of the tracer.
fn push_work(script: &mut Vec<Op>, is_rich: bool, rng: &mut Rng) {
    if is_rich {
        let ops = (0..rng.below(3)).map(|_| any_op(rng)).collect::<Vec<_>>();
        // If main waits for somebody who need not come, the program itself has a deadlock.
        script.extend(ops.into_iter().filter(|op| *op != Op::Park));
    } else {
        match rng.below(6) {
            0 => script.push(Op::Syscall),
            1 => script.push(Op::StopTheWorld),
            2 => script.push(Op::Gosched),
            _ => {}
        }
    }
}

/// Changes one thing of a scenario.
pub(super) fn mutate(scenario: &mut Scenario, rng: &mut Rng) {
    let goroutine = rng.index(scenario.goroutines.len());
    match rng.below(13) {
        12 if scenario.foreign.len() < MAX_FOREIGN_THREADS => {
            scenario.foreign.push(ForeignThread { callbacks: 1 + rng.below(2) as u8 });
        }
        12 => scenario.foreign.clear(),
        0 => scenario.procs = Procs(1 + rng.below(MAX_PROCS as u32) as u8),
        1 if scenario.sysmon.len() < MAX_SYSMON_ROUNDS => {
            let round = sysmon_round(scenario.procs.0, rng);
            scenario.sysmon.push(round);
        }
        2 => {
            scenario.sysmon.pop();
        }
        3 if scenario.goroutines.len() <= MAX_OTHERS as usize => scenario.goroutines.push(vec![Op::Syscall]),
        4 if scenario.goroutines.len() > 1 => {
            scenario.goroutines.pop();
        }
        kind => {
            let Some(script) = scenario.goroutines.get_mut(goroutine) else { return };
            let op = if goroutine == 0 && rng.one_in(3) {
                [Op::TraceStart, Op::TraceStop, Op::TraceAdvance][rng.index(3)]
            } else if rng.one_in(2) {
                Op::Syscall
            } else {
                any_op(rng)
            };
            let at = rng.index(script.len());
            if goroutine == 0 && op == Op::Park {
                return;
            }
            match kind {
                5..7 if !script.is_empty() => {
                    script.remove(at);
                }
                7..9 if !script.is_empty() => script[at] = op,
                _ if script.len() < MAX_OPS => script.insert(rng.index(script.len() + 1), op),
                _ => {}
            }
        }
    }
}
