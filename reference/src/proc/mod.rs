//! The scheduler's functions that are the same in every version, under their Go names (spec section 3).

mod foreach;
mod handoff;
mod park;
mod procresize;
mod schedule;
mod script;
mod sema;
mod suspend;
mod syscall;
mod sysmon;
mod world;

pub(crate) use foreach::{for_each_p, run_safe_point_fn};
pub(crate) use handoff::{
    gcstopm, handoffp, one_less_to_wait_for, pidleget, start_late_thread, stopm, wakep,
};
pub(crate) use park::goready;
pub(crate) use procresize::{acquirep, procresize, releasep, wirep};
pub(crate) use schedule::mstart;
pub(crate) use script::goroutine_main;
pub(crate) use sema::{semacquire, semrelease};
pub(crate) use suspend::{resume_g, safe_point, suspend_g};
pub(crate) use syscall::exitsyscallfast_pidle;
pub(crate) use sysmon::{in_syscall_for_long, incidlelocked, time_slice_is_over};
pub(crate) use world::{start_the_world, stop_the_world};

use crate::ids::ThreadId;
use crate::machine::{Access, Object, Observed, Request, Until, Verb, step};
use crate::runtime::{M, Rt};
use crate::scheduler::Scheduler;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;

/// What a thread does on its system stack, from its birth on.
pub(crate) fn thread_main<S: Scheduler>(rt: &Rt, thread: ThreadId) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    let m = rt.m(thread);
    match thread {
        ThreadId(1) => Box::pin(sysmon::sysmon::<S>(m)),
        _ => Box::pin(mstart::<S>(m)),
    }
}

/// A step on one of `sched`'s lists or on a word that `sched.lock` guards.
#[track_caller]
pub(crate) fn sched_step<'r, T: Observed + 'r>(
    m: M<'r>,
    verb: Verb,
    object: Object,
    action: impl FnOnce() -> T + Unpin + 'r,
) -> impl Future<Output = T> + 'r {
    let access = Access::NONE.write(object);
    step(m, Request { access, until: Until::Always, verb, object, site: Location::caller() }, action)
}

/// A step that takes something out of a list, if there is anything.
#[track_caller]
pub(crate) fn pop_step<'r, T: Observed + 'r>(
    m: M<'r>,
    object: Object,
    action: impl FnOnce() -> Option<T> + Unpin + 'r,
) -> impl Future<Output = Option<T>> + 'r {
    let access = Access::NONE.write(object);
    let site = Location::caller();
    step(m, Request { access, until: Until::Always, verb: Verb::Pop, object, site }, move || {
        let first = action();
        if first.is_none() {
            m.rt.executor.only_reads();
        }
        first
    })
}

/// A step that looks at something without changing it.
#[track_caller]
pub(crate) fn look<'r, T: Observed + 'r>(
    m: M<'r>,
    object: Object,
    action: impl FnOnce() -> T + Unpin + 'r,
) -> impl Future<Output = T> + 'r {
    let access = Access::NONE.read(object);
    step(
        m,
        Request { access, until: Until::Always, verb: Verb::Load, object, site: Location::caller() },
        action,
    )
}
