//! What goroutines do: the operations of the scenario's scripts.

use super::park::newproc;
use super::syscall::{entersyscallblock, exitsyscall, reentersyscall};
use super::world::{gc_stop, gomaxprocs};
use super::{goready, safe_point, sched_step};
use crate::ids::GoId;
use crate::machine::{Access, Object, Request, Verb, step};
use crate::runtime::GoStatus::Gdead;
use crate::runtime::{G, Mcall, ParkCommit, Rt, WaitReason};
use crate::schedule::Op;
use crate::scheduler::Scheduler;
use crate::tracer::{Stop, start_trace, trace_advance};

/// A goroutine with a script, from its first to its last instruction.
pub(super) async fn run_script<S: Scheduler>(rt: &Rt, id: GoId) {
    let gp = rt.g(id);
    let mut index = 0;
    loop {
        let op = rt.scenario.borrow().op(id, index);
        let Some(op) = op else { break };
        rt.executor.checkpoint_goroutine(id, index as u64);
        safe_point(gp).await;
        perform::<S>(gp, op).await;
        index += 1;
    }
    if id == GoId(0) {
        finish_program(gp).await;
    } else {
        exit(gp).await;
    }
}

async fn perform<S: Scheduler>(gp: G<'_>, op: Op) {
    match op {
        Op::Syscall => {
            reentersyscall::<S>(gp).await;
            exitsyscall::<S>(gp).await;
        }
        Op::SyscallBlock => {
            entersyscallblock(gp).await;
            exitsyscall::<S>(gp).await;
        }
        Op::Gosched => gp.mcall(Mcall::Gosched).await,
        Op::Park => park(gp).await,
        Op::NetworkWait => gp.mcall(Mcall::Park(WaitReason::Network, ParkCommit::Network)).await,
        Op::Ready(target) => ready(gp, gp.rt.g(target)).await,
        Op::Go(target) => go(gp, gp.rt.g(target)).await,
        Op::StopTheWorld => gc_stop(gp).await,
        Op::Gomaxprocs(procs) => gomaxprocs(gp, u32::from(procs.0)).await,
        Op::TraceStart => start_trace(gp).await,
        Op::TraceAdvance => trace_advance(gp, Stop::No).await,
        Op::TraceStop => trace_advance(gp, Stop::Yes).await,
    }
}

/// Waits for a [`ready`], unless one has come already.
async fn park(gp: G<'_>) {
    let (m, sched) = (gp.thread(), &gp.rt.sched);
    let ready =
        sched_step(m, Verb::Cas, Object::GoSema(gp.id), || gp.ready_first.take() || sched.draining.get())
            .await;
    if !ready {
        gp.mcall(Mcall::Park(WaitReason::ChanReceive, ParkCommit::UnlessReady)).await;
    }
}

/// Lets `target` go on, now or at its next [`park`].
async fn ready<'r>(by: G<'r>, target: G<'r>) {
    let parked = sched_step(by.thread(), Verb::Cas, Object::GoSema(target.id), || {
        let parked = target.parked.take();
        if !parked {
            target.ready_first.set(true);
        }
        parked
    })
    .await;
    if parked {
        goready(by, target).await;
    }
}

/// `go`: creates the goroutine of that script, unless it has been created.
async fn go<'r>(by: G<'r>, target: G<'r>) {
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
    })
    .await;
    if first {
        newproc(by, target).await;
    }
}

/// The end of a goroutine: the last one lets main go on.
async fn exit(gp: G<'_>) {
    last_one_out(gp).await;
    gp.mcall(Mcall::GoExit).await;
}

/// One less for main to wait for; after the last, main goes on.
pub(super) async fn last_one_out(gp: G<'_>) {
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
    )
    .await;
    if last {
        ready(gp, rt.g(GoId(0))).await;
    }
}

/// The end of main's script: every goroutine is created and runs to its end, then tracing is stopped if it is still
/// on, and the process exits.
async fn finish_program(gp: G<'_>) {
    let (rt, sched) = (gp.rt, &gp.rt.sched);
    let goroutines = rt.scenario.borrow().goroutines.len() as u8;
    for slot in 1..goroutines {
        go(gp, rt.g(GoId(slot))).await;
    }
    for slot in 1..goroutines {
        let object = Object::GoSema(GoId(slot));
        // Whoever is about to park sees that nobody parks any more.
        let access =
            || (1..goroutines).fold(Access::NONE, |access, slot| access.write(Object::GoSema(GoId(slot))));
        let parked = step(gp.thread(), Request::new(Verb::Cas, object), access, || {
            sched.draining.set(true);
            rt.g(GoId(slot)).parked.take()
        })
        .await;
        if parked {
            goready(gp, rt.g(GoId(slot))).await;
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
    )
    .await;
    if wait {
        gp.mcall(Mcall::Park(WaitReason::Sync, ParkCommit::UnlessLastExited)).await;
    }
    trace_advance(gp, Stop::Yes).await;
    rt.program_ended.set(true);
}
