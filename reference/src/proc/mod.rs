//! The scheduler's functions that are the same in every version, under their Go names (spec section 3).

mod foreach;
mod foreign;
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
pub(crate) use foreign::add_extra_thread;
pub(crate) use handoff::{gcstopm, handoffp, happens_at_last, one_less_to_wait_for, pidleget, stopm, wakep};
pub(crate) use park::goready;
pub(crate) use procresize::{acquirep, procresize, releasep, wirep};
pub(crate) use sema::{semacquire, semrelease};
pub(crate) use suspend::{resume_g, safe_point, suspend_g};
pub(crate) use syscall::{exitsyscallfast_pidle, has_idle_p};
pub(crate) use sysmon::{in_syscall_for_long, incidlelocked, status_of_live_p, time_slice_is_over};
pub(crate) use world::{start_the_world, stop_the_world};

use crate::ids::{GoId, ThreadId};
use crate::machine::{Access, Here, Object, Observed, Request, Steps, Verb, step};
use crate::runtime::M;
use crate::scheduler::Scheduler;
use foreign::{callback_main, foreign_index, foreign_main};
use schedule::mstart;

/// What a thread does on its system stack, from its birth on.
pub(crate) fn thread_main<S: Scheduler>(rt: &Here<'_>, thread: ThreadId) -> Steps<()> {
    match foreign_index(rt, thread) {
        Some(index) => foreign_main(rt, index),
        None if thread == ThreadId(1) => sysmon::sysmon::<S>(rt.m(thread)),
        None => mstart(rt.m(thread)),
    }
}

/// What a goroutine does, from its first instruction on.
pub(crate) fn goroutine_main<S: Scheduler>(rt: &Here<'_>, id: GoId) -> Steps<()> {
    match rt.g(id).lockedm.get() {
        Some(_) => callback_main::<S>(rt, id),
        None => script::run_script::<S>(rt, id),
    }
}

/// A step on one of `sched`'s lists or on a word that `sched.lock` guards.
#[track_caller]
pub(crate) fn sched_step<'r, T: Observed + 'r>(
    m: M<'r>,
    verb: Verb,
    object: Object,
    action: impl FnOnce() -> T,
) -> Steps<T> {
    step(m, Request::new(verb, object), move || Access::NONE.write(object), action)
}

/// A step that takes something out of a list, if there is anything.
#[track_caller]
pub(crate) fn pop_step<'r, T: Observed + 'r>(
    m: M<'r>,
    object: Object,
    action: impl FnOnce() -> Option<T>,
) -> Steps<Option<T>> {
    step(
        m,
        Request::new(Verb::Pop, object),
        move || Access::NONE.write(object),
        move || {
            let first = action();
            if first.is_none() {
                m.rt.executor.only_reads();
            }
            first
        },
    )
}

/// A step that looks at something without changing it.
#[track_caller]
pub(crate) fn look<'r, T: Observed + 'r>(m: M<'r>, object: Object, action: impl FnOnce() -> T) -> Steps<T> {
    step(m, Request::new(Verb::Load, object), move || Access::NONE.read(object), action)
}
