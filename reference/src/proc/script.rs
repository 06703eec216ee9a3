//! What goroutines do: the operations of the scenario's scripts.

use super::park::newproc;
use super::syscall::{entersyscallblock, exitsyscall, reentersyscall};
use super::world::{gc_stop, gomaxprocs};
use super::{goready, safe_point, sched_step};
use crate::ids::GoId;
use crate::machine::{Access, Here, Object, Request, Steps, Verb, step};
use crate::runtime::GoStatus::Gdead;
use crate::runtime::{G, Mcall, ParkCommit, WaitReason};
use crate::schedule::Op;
use crate::scheduler::Scheduler;
use crate::tracer::{Stop, start_trace, trace_advance};

/// A goroutine with a script, from its first to its last instruction.
pub(super) fn run_script<S: Scheduler>(rt: &Here<'_>, id: GoId) -> Steps<()> {
    let gp = rt.g(id);
    let mut index = 0;
    loop {
        let op = rt.scenario.borrow().op(id, index);
        let Some(op) = op else { break };
        rt.executor.checkpoint_goroutine(id, index as u64);
        safe_point(gp)?;
        perform::<S>(gp, op)?;
        index += 1;
    }
    if id == GoId(0) { finish_program(gp) } else { exit(gp) }
}

fn perform<S: Scheduler>(gp: G<'_>, op: Op) -> Steps<()> {
    match op {
        Op::Syscall => {
            reentersyscall::<S>(gp)?;
            exitsyscall::<S>(gp)?;
        }
        Op::SyscallBlock => {
            entersyscallblock(gp)?;
            exitsyscall::<S>(gp)?;
        }
        Op::Gosched => gp.mcall(Mcall::Gosched)?,
        Op::Park => park(gp)?,
        Op::NetworkWait => gp.mcall(Mcall::Park(WaitReason::Network, ParkCommit::Network))?,
        Op::Ready(target) => ready(gp, gp.rt.g(target))?,
        Op::Go(target) => go(gp, gp.rt.g(target))?,
        Op::StopTheWorld => gc_stop(gp)?,
        Op::Gomaxprocs(procs) => gomaxprocs(gp, u32::from(procs.0))?,
        Op::TraceStart => start_trace(gp)?,
        Op::TraceAdvance => trace_advance(gp, Stop::No)?,
        Op::TraceStop => trace_advance(gp, Stop::Yes)?,
    }
    Ok(())
}

/// Waits for a [`ready`], unless one has come already.
fn park(gp: G<'_>) -> Steps<()> {
    let (m, sched) = (gp.thread(), &gp.rt.sched);
    let ready =
        sched_step(m, Verb::Cas, Object::GoSema(gp.id), || gp.ready_first.take() || sched.draining.get())?;
    if !ready {
        gp.mcall(Mcall::Park(WaitReason::ChanReceive, ParkCommit::UnlessReady))?;
    }
    Ok(())
}

/// Lets `target` go on, now or at its next [`park`].
fn ready<'r>(by: G<'r>, target: G<'r>) -> Steps<()> {
    let parked = sched_step(by.thread(), Verb::Cas, Object::GoSema(target.id), || {
        let parked = target.parked.take();
        if !parked {
            target.ready_first.set(true);
        }
        parked
    })?;
    if parked {
        goready(by, target)?;
    }
    Ok(())
}

/// `go`: creates the goroutine of that script, unless it has been created.
fn go<'r>(by: G<'r>, target: G<'r>) -> Steps<()> {
    let (rt, sched) = (by.rt, &by.rt.sched);
    let exists = target.id.0 == 0 || rt.scenario.borrow().goroutines.len() <= target.id.0 as usize;
    let access = || {
        let lists = Access::NONE.write(Object::AllGoroutines).write(Object::LiveGoroutines);
        lists.write(Object::GoStatus(target.id))
    };
    let first = step(by.thread(), Request::new(Verb::Cas, Object::AllGoroutines), access, || {
        let first = !exists && !target.claimed.replace(true);
        if first {
            target.status.set(Gdead);
            sched.allgs.push_back(target.id);
            sched.goroutines_alive.set(sched.goroutines_alive.get() + 1);
        }
        first
    })?;
    if first {
        newproc(by, target)?;
    }
    Ok(())
}

/// The end of a goroutine: the last one lets main go on.
fn exit(gp: G<'_>) -> Steps<()> {
    last_one_out(gp)?;
    gp.last_mcall(Mcall::GoExit);
    Ok(())
}

/// One less for main to wait for; after the last, main goes on.
pub(super) fn last_one_out(gp: G<'_>) -> Steps<()> {
    let (rt, sched) = (gp.rt, &gp.rt.sched);
    let request = Request::new(Verb::Add, Object::AllGoroutines);
    let last = step(
        gp.thread(),
        request,
        || Access::NONE.write(Object::LiveGoroutines),
        || {
            sched.goroutines_alive.set(sched.goroutines_alive.get() - 1);
            sched.goroutines_alive.get() == 0 && sched.main_waits.get()
        },
    )?;
    if last {
        ready(gp, rt.g(GoId(0)))?;
    }
    Ok(())
}

/// The end of main's script: every goroutine is created and runs to its end, then tracing is stopped if it is still
/// on, and the process exits.
fn finish_program(gp: G<'_>) -> Steps<()> {
    let (rt, sched) = (gp.rt, &gp.rt.sched);
    let goroutines = rt.scenario.borrow().goroutines.len() as u8;
    for slot in 1..goroutines {
        go(gp, rt.g(GoId(slot)))?;
    }
    for slot in 1..goroutines {
        let object = Object::GoSema(GoId(slot));
        // Whoever is about to park sees that nobody parks any more.
        let access =
            || (1..goroutines).fold(Access::NONE, |access, slot| access.write(Object::GoSema(GoId(slot))));
        let parked = step(gp.thread(), Request::new(Verb::Cas, object), access, || {
            sched.draining.set(true);
            rt.g(GoId(slot)).parked.take()
        })?;
        if parked {
            goready(gp, rt.g(GoId(slot)))?;
        }
    }
    let request = Request::new(Verb::Load, Object::AllGoroutines);
    let wait = step(
        gp.thread(),
        request,
        || Access::NONE.write(Object::LiveGoroutines),
        || {
            sched.main_waits.set(sched.goroutines_alive.get() > 0);
            sched.main_waits.get()
        },
    )?;
    if wait {
        gp.mcall(Mcall::Park(WaitReason::Sync, ParkCommit::UnlessLastExited))?;
    }
    trace_advance(gp, Stop::Yes)?;
    rt.program_ended.set(true);
    Ok(())
}
