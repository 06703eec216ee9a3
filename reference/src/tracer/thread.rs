//! Flushing the buffers of threads: all of them at the end of a generation, one when its thread leaves it (spec 4.2, 3.17).

use crate::ids::{Generation, ThreadId};
use crate::machine::{Access, Object, Request, Steps, Until, Verb, step};
use crate::runtime::{List, M, ThreadState};

/// Step 10: `allm`, newest first, under `sched.lock` (spec 4.2).
pub(super) fn snapshot_threads(m: M<'_>) -> Steps<List<ThreadId>> {
    let sched = &m.rt.sched;
    sched.lock.lock(m)?; // step 10
    let access = || Access::NONE.read(Object::AllThreads);
    let list = step(m, Request::new(Verb::Load, Object::AllThreads), access, || sched.allm.iter())?; // step 10
    sched.lock.unlock(m)?; // step 10
    Ok(list)
}

/// Step 11: flushes each thread of the list once its seqlock is even. The look and the flush are two steps: a thread
/// that turns odd in between must load the new generation (spec 4.2).
pub(super) fn flush_threads(m: M<'_>, generation: Generation, mut list: List<ThreadId>) -> Steps<()> {
    let rt = m.rt;
    loop {
        let mut later = List::default();
        for thread in list.map(|thread| &rt.threads[thread.0 as usize]) {
            let forgets = m.keeping_nothing();
            let even = thread.seqlock.load(m)?.is_multiple_of(2);
            forgets.but(even);
            drop(forgets);
            if !even {
                later.push_back(thread.id);
                continue;
            }
            rt.trace.lock.lock(m)?; // step 11
            flush_buffer(m, thread, generation)?; // step 11
            rt.trace.lock.unlock(m)?; // step 11
        }
        if later.is_empty() {
            break;
        }
        osyield(m, later)?; // step 11
        list = later;
    }
    rt.check(rt.buffers_are_empty(generation), "a buffer of a flushed generation is not empty (I5)");
    rt.trace.flushed_gen.set(generation);
    Ok(())
}

/// Moves a thread's buffer of a generation, or of the generation before the last, to the queue; under `trace.lock`.
#[track_caller]
#[inline(always)]
fn flush_buffer<'r>(m: M<'r>, thread: &'r ThreadState, generation: Generation) -> Steps<()> {
    let object = Object::ThreadBuffer(thread.id);
    let access = move || Access::NONE.write(object).write(Object::TraceLock);
    step(m, Request::new(Verb::Flush, object), access, move || {
        m.rt.trace.flush(generation, &mut thread.buf[generation.slot2()].borrow_mut());
    })
}

/// Goes round again once one of the threads is no longer writing.
#[track_caller]
fn osyield(m: M<'_>, list: List<ThreadId>) -> Steps<()> {
    let mask = list.fold(0_u16, |mask, thread| mask | 1 << thread.0);
    let request = Request::new(Verb::Wait, Object::Private).when(Until::AnyEven(mask));
    let access = move || list.fold(Access::NONE, |access, thread| access.read(Object::ThreadSeqlock(thread)));
    step(m, request, access, || ())
}

/// `traceThreadDestroy`: flushes both buffers of an M whose thread leaves it, holding its seqlock on its behalf; the
/// caller holds `sched.lock` (spec 3.17).
pub(crate) fn trace_thread_destroy(m: M<'_>) -> Steps<()> {
    let rt = m.rt;
    m.state.seqlock.add(m, 1)?;
    rt.trace.lock.lock(m)?;
    for slot in [0, 1] {
        // A flush only cares about the generation's slot.
        flush_buffer(m, m.state, Generation(slot))?;
    }
    rt.trace.lock.unlock(m)?;
    m.state.seqlock.add(m, 1)?;
    Ok(())
}
