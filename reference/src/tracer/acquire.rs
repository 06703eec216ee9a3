//! `traceAcquire` and `traceRelease`: the token without which no event is written (spec 2.1).

use super::Trace;
use crate::ids::Generation;
use crate::machine::{Access, Object, Request, Steps, Verb, step};
use crate::runtime::M;
use std::panic::Location;

impl Trace {
    /// Step a of `traceAcquire`: only whether the generation is 0 matters, and that step d asks again.
    fn glance<'r>(&'r self, m: M<'r>, site: &'static Location<'static>) -> Steps<Generation> {
        let request = Request::new(Verb::Load, Object::Generation).at(site);
        step(m, request, || Access::NONE.read(Object::TracingOff), || self.gen_.get())
    }
}

/// `traceLocker`: the right of a thread to write events of one generation, or the knowledge that tracing is off.
/// While it is held the thread's seqlock is odd, and its generation cannot finish flushing.
#[must_use]
pub(crate) struct TraceLocker<'r> {
    m: M<'r>,
    generation: Generation,
}

impl<'r> TraceLocker<'r> {
    /// Whether tracing was on. Only then may events be written, and only then must the token be released.
    pub(crate) fn ok(&self) -> bool {
        self.generation != Generation::OFF
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    pub(crate) fn m(&self) -> M<'r> {
        self.m
    }

    /// `traceRelease`: the seqlock is even again.
    #[track_caller]
    #[inline(always)]
    pub(crate) fn release(self) -> Steps<u32> {
        let m = self.m;
        m.rt.check(self.ok(), "traceRelease of a token that is not ok");
        m.state.seqlock.add_and(m, 1, Location::caller(), move |seqlock| {
            m.rt.check(seqlock.is_multiple_of(2), "traceRelease made the seqlock odd (I4)");
            m.releasem();
        })
    }
}

impl<'r> M<'r> {
    /// `traceAcquire`: the generation of the token is that of the second load.
    #[track_caller]
    #[inline(always)] // the token stays in registers
    pub(crate) fn trace_acquire(self) -> Steps<TraceLocker<'r>> {
        let generation = self.acquire_generation(Location::caller())?;
        Ok(TraceLocker { m: self, generation }) // step e
    }

    #[inline(never)]
    fn acquire_generation(self, site: &'static Location<'static>) -> Steps<Generation> {
        let (m, executor) = (self, &self.rt.executor);
        let before = executor.told();
        let generation = 'acquire: {
            let glance = m.rt.trace.glance(m, site)?; // step a
            if glance == Generation::OFF {
                break 'acquire glance;
            }
            m.acquirem(); // step b
            let seqlock = m.state.seqlock.add_at(m, 1, site)?; // step c
            m.rt.check(!seqlock.is_multiple_of(2), "traceAcquire inside traceAcquire (I4)");
            let generation = m.rt.trace.gen_.load_at(m, site)?; // step d
            if generation == Generation::OFF {
                m.state.seqlock.add_at(m, 1, site)?;
                m.releasem();
            }
            generation
        };
        // Of all this only the generation matters from here on.
        executor.keep_only(before, generation.0);
        Ok(generation)
    }
}
