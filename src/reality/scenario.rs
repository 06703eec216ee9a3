//! Scenarios for windows of real traces: with more of everything than those of a hunt, or made for one shape.

use procsteal_reference::limits::{MAX_OPS, MAX_PROCS};
use procsteal_reference::{GoId, Op, ProcSet, Procs, Scenario, SysmonRound, Threads};

use super::window::Letters;
use crate::explore::Rng;

/// Most operations in a goroutine of a busy scenario: several system calls in a row fill a window.
const MAX_BUSY_OPS: u32 = 6;

/// A scenario with more of everything than those of a hunt: they are made to fail soon, these to fill a trace.
pub(super) fn busy(rng: &mut Rng) -> Scenario {
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
        let ops = 1 + rng.below(MAX_BUSY_OPS);
        goroutines.push((0..ops).map(|_| op_of(false, others, rng)).collect());
    }
    let sysmon = (0..rng.below(8)).map(|_| every_proc()).collect();
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

/// A scenario for one shape: a goroutine that does what a thread of that shape has done, on as many Ps as the shape names and
/// one more, and others that are in system calls all the while.
///
/// A ProcSteal from another thread is most often a goroutine's that stops the world; a thread that comes back from a
/// system call steals too, for which the others and sysmon are there.
pub(super) fn guided(shape: &str, rng: &mut Rng) -> Scenario {
    let procs = (Letters::named_in(shape) + rng.below(2) as usize).clamp(2, MAX_PROCS);
    let mut script = Vec::new();
    for word in shape.split(' ') {
        // Now and then something else in between: what a shape does not show.
        if rng.one_in(8) {
            script.push(Op::Gosched);
        }
        let op = match word.split('(').next() {
            Some("GoSyscallBegin") => Op::Syscall,
            Some("ProcSteal") => [Op::StopTheWorld, Op::TraceAdvance][usize::from(rng.one_in(4))],
            Some("ProcStop") => [Op::Gosched, Op::NetworkWait, Op::SyscallBlock][rng.index(3)],
            Some("ProcStatus") => Op::TraceAdvance,
            _ => continue,
        };
        script.push(op);
    }
    script.truncate(MAX_OPS - 1);
    let others = 1 + rng.below(3) as u8;
    let mut main = vec![Op::TraceStart];
    main.extend((1..=others).map(|slot| Op::Go(GoId(slot))));
    let mut goroutines = Vec::new();
    if rng.one_in(2) {
        main.extend(script);
        main.truncate(MAX_OPS);
    } else {
        goroutines.push(script);
    }
    while goroutines.len() < usize::from(others) {
        let ops = 1 + rng.index(MAX_OPS / 2);
        goroutines.push((0..ops).map(|_| op_of_victim(rng)).collect());
    }
    goroutines.insert(0, main);
    let sysmon = (0..rng.below(3)).map(|_| every_proc()).collect();
    Scenario {
        procs: Procs(procs as u8),
        threads: Threads::default(),
        sysmon,
        goroutines,
        foreign: Vec::new(),
    }
}

fn op_of_victim(rng: &mut Rng) -> Op {
    if rng.one_in(6) { Op::Gosched } else { Op::Syscall }
}

fn every_proc() -> SysmonRound {
    SysmonRound { retake: ProcSet((1 << MAX_PROCS) - 1), preempt: ProcSet::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guided_scenario_has_what_its_shape_needs() {
        let shape = "thread: ProcStart(a) ProcSteal(b from another) ProcSteal(c from another) GoSyscallBegin";
        let mut rng = Rng::new(1, 0);
        for _ in 0..100 {
            let scenario = guided(shape, &mut rng);
            assert!((3..=4).contains(&scenario.procs.0));
            let stops = |op: &&Op| matches!(op, Op::StopTheWorld | Op::TraceAdvance);
            let most = scenario.goroutines.iter().map(|script| script.iter().filter(stops).count()).max();
            assert_eq!(most, Some(2));
            assert!(scenario.goroutines.iter().all(|script| script.len() <= MAX_OPS));
        }
    }
}
