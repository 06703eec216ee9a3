//! The state of a run as bytes: two runs with equal bytes have the same futures, and their traces differ only in times.
//!
//! The state is every shared cell, and for each stack where it stands: the digest of what its steps told it since its
//! last checkpoint ([`Histories`](super::history::Histories)), and the step it wants next. Left out are
//! times and counts of steps, and words that nothing of the model reads (`schedtick`, sysmon's memory of ticks); of a
//! seqlock only the parity counts. Batches that wait for the reader are a sum, because their order among threads
//! says nothing to a reader but when they were flushed.

use super::executor::Life;
use super::step::{Request, Until};
use crate::ids::GoId;
use crate::runtime::{GoState, ProcState, Rt, Sched, Sema, Stack, ThreadState};
use crate::schedule::Op;
use crate::tracer::Trace;

/// Stands for none where an id could stand.
const NONE: u8 = u8::MAX;

/// Where a state is written to.
struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    fn id(&mut self, id: Option<u8>) {
        self.byte(id.unwrap_or(NONE));
    }

    fn word(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn half(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn flags<const N: usize>(&mut self, flags: [bool; N]) {
        self.byte(flags.iter().fold(0, |bits, flag| bits << 1 | u8::from(*flag)));
    }

    fn list(&mut self, items: impl Iterator<Item = u8>) {
        self.0.extend(items);
        self.byte(NONE);
    }
}

impl Rt {
    /// Appends the state to `bytes`.
    pub(crate) fn write_state(&self, bytes: &mut Vec<u8>) {
        let mut to = Writer(bytes);
        let procs = self.procs.iter().take(usize::from(self.scenario_procs()));
        procs.for_each(|p| write_proc(&mut to, p));
        for (slot, thread) in self.threads.iter().enumerate() {
            let executor = &self.executor.threads[slot];
            let in_use = self.sched.allm.iter().any(|m| m == thread.id);
            if executor.life.get() == Life::Unborn && !in_use {
                continue;
            }
            to.byte(slot as u8);
            write_thread(&mut to, thread);
            to.byte(executor.stack.get().owner().map_or(NONE, |g| g.0));
            to.word(self.executor.histories.of(Stack::system(thread.id)).get());
            if executor.life.get() == Life::Ended {
                to.byte(NONE);
            } else {
                write_pending(&mut to, &executor.pending.get());
            }
        }
        to.byte(NONE);
        let (made, has_foreign) = {
            let scenario = self.scenario.borrow();
            (scenario.goroutines.len(), !scenario.foreign.is_empty())
        };
        let in_use = if has_foreign { self.goroutines.len() } else { made };
        for goroutine in self.goroutines.iter().take(in_use) {
            write_goroutine(&mut to, goroutine);
            to.word(self.executor.histories.of(Stack::goroutine(goroutine.id)).get());
        }
        write_sched(&mut to, &self.sched);
        write_trace(&mut to, &self.trace);
    }

    /// Appends what the traces depend on once no token is held and none can be had: what is in the buffers, and which
    /// goroutines the tracer has noted, which is in the past of its stack.
    pub(crate) fn write_what_is_traced(&self, bytes: &mut Vec<u8>) {
        let mut to = Writer(bytes);
        for buffer in self.threads.iter().flat_map(|m| &m.buf) {
            to.word(buffer.borrow().digest());
        }
        let scenario = self.scenario.borrow();
        for (script, goroutine) in scenario.goroutines.iter().zip(&self.goroutines) {
            to.word(goroutine.trace.digest());
            let traces = |op: &Op| matches!(op, Op::TraceStart | Op::TraceAdvance | Op::TraceStop);
            if goroutine.id == GoId(0) || script.iter().any(traces) {
                to.word(self.executor.histories.of(Stack::goroutine(goroutine.id)).get());
            }
        }
        write_trace(&mut to, &self.trace);
    }

    /// How many Ps the run can ever have.
    fn scenario_procs(&self) -> u8 {
        let scenario = self.scenario.borrow();
        let changes = scenario.goroutines.iter().flatten().filter_map(|op| match op {
            Op::Gomaxprocs(procs) => Some(procs.0),
            _ => None,
        });
        changes.max().unwrap_or(0).max(scenario.procs.0)
    }
}

fn write_proc(to: &mut Writer<'_>, p: &ProcState) {
    to.byte(p.status.get() as u8);
    to.id(p.m.get().map(|m| m.0));
    to.half(p.syscalltick.get());
    to.byte(p.run_safe_point_fn.get() as u8);
    to.word(p.trace.digest());
    to.word(p.m_syscall_id.get().unwrap_or(u64::MAX));
}

fn write_thread(to: &mut Writer<'_>, m: &ThreadState) {
    to.id(m.thread.get().map(|thread| thread.0));
    for p in [m.p.get(), m.oldp.get(), m.nextp.get()] {
        to.id(p.map(|p| p.0));
    }
    to.id(m.curg.get().map(|g| g.0));
    to.half(m.syscalltick.get());
    to.flags([m.spinning.get(), m.park.is_woken(), m.seqlock.get() & 1 == 1, m.needextram.get()]);
    for buffer in &m.buf {
        to.word(buffer.borrow().digest());
    }
}

/// A step is known by its line and object.
fn write_pending(to: &mut Writer<'_>, pending: &Request) {
    to.half(pending.site.line() << 8 | pending.site.column() & 0xff);
    to.byte(pending.object.bit().map_or(NONE, |bit| bit as u8));
    let (kind, which) = match pending.until {
        Until::Always => (0, 0),
        Until::Free(_) => (1, 0),
        Until::Woken(_) => (2, 0),
        Until::AnyEven(threads) => (3, threads),
        Until::NoneExiting => (4, 0),
        Until::NotScanned(g) => (5, u16::from(g.0)),
        Until::Suspendable(g) => (6, u16::from(g.0)),
        Until::ExtraThread => (7, 0),
    };
    to.half(kind << 16 | u32::from(which));
}

fn write_goroutine(to: &mut Writer<'_>, g: &GoState) {
    to.byte(g.status.get() as u8);
    to.id(g.m.get().map(|m| m.0));
    to.byte(g.waitreason.get().map_or(NONE, |reason| reason as u8));
    to.flags([g.scanned.get(), g.preempt.get(), g.preempt_stop.get()]);
    to.flags([g.ready_first.get(), g.parked.get(), g.claimed.get()]);
    to.word(g.trace.digest());
}

fn write_sched(to: &mut Writer<'_>, sched: &Sched) {
    for owner in [sched.lock.owner(), sched.sysmonlock.owner()] {
        to.id(owner.map(|m| m.0));
    }
    to.list(sched.pidle.iter().map(|p| p.0));
    to.list(sched.midle.iter().map(|m| m.0));
    to.list(sched.runq.iter().map(|g| g.0));
    to.list(sched.allm.iter().map(|m| m.0));
    to.list(sched.late_threads.iter().map(|p| p.0));
    to.list(sched.netpoll_ready.iter().map(|g| g.0));
    to.list(sched.extra_threads.iter().map(|m| m.0));
    for word in [&sched.nmspinning, &sched.stopwait, &sched.safe_point_wait] {
        to.half(word.get());
    }
    to.byte(sched.gomaxprocs.get() as u8);
    to.byte(sched.newprocs.get() as u8);
    to.list(sched.allgs.iter().map(|g| g.0));
    to.list(sched.callbacks_left.iter().map(std::cell::Cell::get));
    to.byte(sched.goroutines_alive.get());
    let notes = [sched.stopnote.is_woken(), sched.safe_point_note.is_woken(), sched.sysmonnote.is_woken()];
    to.flags([sched.gcwaiting.get(), sched.sysmonwait.get(), notes[0], notes[1], notes[2]]);
    to.flags([sched.main_waits.get(), sched.draining.get()]);
    for sema in [&sched.worldsema, &sched.trace_advance_sema, &sched.trace_shutdown_sema] {
        write_sema(to, sema);
    }
}

fn write_sema(to: &mut Writer<'_>, sema: &Sema) {
    to.half(sema.count.get());
    to.id(sema.lock.owner().map(|m| m.0));
    to.list(sema.waiters.iter().map(|g| g.0));
}

fn write_trace(to: &mut Writer<'_>, trace: &Trace) {
    to.word(trace.gen_.get().0);
    to.word(trace.last_nonzero_gen.get().0);
    to.byte(trace.exiting_syscall.get() as u8);
    to.id(trace.lock.owner().map(|m| m.0));
    to.flags([trace.shutdown.get()]);
    trace.write_queues(|word| to.word(word));
}
