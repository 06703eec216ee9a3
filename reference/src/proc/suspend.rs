//! Safe points, and stopping one goroutine to look at it (`suspendG`, `resumeG`).

use super::sched_step;
use crate::machine::{Access, Object, Observed, Request, Steps, Until, Verb, step};
use crate::runtime::GoStatus::{Gdead, Gidle, Gpreempted, Grunning, Gwaiting};
use crate::runtime::{G, M, Mcall};

/// A place at which a goroutine may be made to stop: between two operations of its script, and where the runtime's
/// own code on a goroutine's stack can be preempted.
pub(crate) fn safe_point(gp: G<'_>) -> Steps<()> {
    let m = gp.thread();
    let (sched, pp) = (&gp.rt.sched, m.pp());
    let object = Object::GoPreempt(gp.id);
    let access = || Access::NONE.read(object).read(Object::GcWaiting).read(Object::ProcSafePoint(pp.id));
    let stop = step(m, Request::new(Verb::Load, object), access, || {
        if gp.preempt_stop.get() {
            2_u32
        } else {
            let others = sched.gcwaiting.get() || pp.run_safe_point_fn.get() != 0;
            u32::from(gp.preempt.get() || others)
        }
    })?;
    match stop {
        0 => {}
        1 => gp.mcall(Mcall::GoPreempt)?,
        _ => gp.mcall(Mcall::PreemptPark)?,
    }
    Ok(())
}

/// How a goroutine came to be suspended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Suspended {
    /// It was not running anyway.
    AsItWas,
    /// It stopped for this; somebody has to ready it again.
    Stopped,
}

impl Observed for Suspended {
    fn observed(self) -> u64 {
        self as u64
    }
}

/// `suspendG`: once it is not running, its scan bit is set, and `look` tells what it looks like; none if it is dead.
/// A running one is asked to stop, and waited for (spec 4.2 step 3).
pub(crate) fn suspend_g<'r, T: Observed + 'r>(
    m: M<'r>,
    gp: G<'r>,
    look: impl Fn() -> T,
) -> Steps<Option<(Suspended, T)>> {
    let object = Object::GoStatus(gp.id);
    let access = || Access::NONE.write(object).write(Object::GoPreempt(gp.id));
    let ask = Request::new(Verb::Cas, object).when(Until::NotScanned(gp.id));
    step(m, ask, access, || {
        let running = gp.status.get() == Grunning;
        if running {
            gp.preempt_stop.set(true);
            gp.preempt.set(true);
        }
        running
    })?;
    let scan = Request::new(Verb::Cas, object).when(Until::Suspendable(gp.id));
    step(m, scan, access, || {
        gp.preempt_stop.set(false);
        match gp.status.get() {
            Gdead | Gidle => None,
            status => {
                gp.scanned.set(true);
                let stopped = status == Gpreempted;
                if stopped {
                    gp.status.set(Gwaiting);
                }
                Some((if stopped { Suspended::Stopped } else { Suspended::AsItWas }, look()))
            }
        }
    })
}

/// `resumeG`
pub(crate) fn resume_g<'r>(m: M<'r>, gp: G<'r>, suspended: Suspended) -> Steps<()> {
    let object = Object::GoStatus(gp.id);
    sched_step(m, Verb::Store, object, || gp.scanned.set(false))?;
    if suspended == Suspended::Stopped {
        super::park::ready(m, gp)?;
    }
    Ok(())
}
