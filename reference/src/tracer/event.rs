//! The events, each with its status prelude (spec 2.2 and 2.3).

use super::{Buffer, TraceLocker};
use crate::ids::{Generation, GoId, ProcId};
use crate::machine::{Access, Object, Steps, Verb, step_by};
use crate::runtime::{G, M, P, WaitReason};
use procsteal_wire::{EventType, NONE, go_status, proc_status};
use std::panic::Location;

/// The strings that events name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StringId {
    ChanReceive,
    Network,
    Sync,
    Preempted,
    Gosched,
    StwUnknown,
    StwStartTrace,
    StwGomaxprocs,
    StwGcSweepTermination,
}

impl StringId {
    pub(super) const ALL: [Self; 9] = [
        Self::ChanReceive,
        Self::Network,
        Self::Sync,
        Self::Preempted,
        Self::Gosched,
        Self::StwUnknown,
        Self::StwStartTrace,
        Self::StwGomaxprocs,
        Self::StwGcSweepTermination,
    ];

    /// The id on the wire; 0 is the empty string.
    pub(super) fn wire(self) -> u64 {
        self as u64 + 1
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::ChanReceive => "chan receive",
            Self::Network => "network",
            Self::Sync => "sync",
            Self::Preempted => "preempted",
            Self::Gosched => "runtime.Gosched",
            Self::StwUnknown => "unknown",
            Self::StwStartTrace => "start trace",
            Self::StwGomaxprocs => "GOMAXPROCS",
            Self::StwGcSweepTermination => "GC sweep termination",
        }
    }
}

impl From<WaitReason> for StringId {
    fn from(reason: WaitReason) -> Self {
        match reason {
            WaitReason::ChanReceive => Self::ChanReceive,
            WaitReason::Network => Self::Network,
            WaitReason::Preempted => Self::Preempted,
            WaitReason::Sync
            | WaitReason::StoppingTheWorld
            | WaitReason::TraceGoroutineStatus
            | WaitReason::ForEachP => Self::Sync,
        }
    }
}

/// From where a P is taken: from inside a syscall, for the taker itself or on behalf of a stopped world, or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StealerState {
    /// The taker's goroutine is in a syscall.
    InSyscall,
    /// The taker runs as usual, or has neither P nor goroutine.
    NotInSyscall,
}

/// What an event says beyond its type, and whose sequence number it takes.
#[derive(Clone, Copy)]
enum Body {
    Plain(EventType),
    Value(EventType, u64),
    Reason(EventType, StringId),
    ProcStart(ProcId),
    ProcSteal(ProcId),
    SyscallBegin(ProcId),
    SyscallEnd(ProcId),
    GoCreate(GoId),
    GoCreateSyscall(GoId),
    GoStart(GoId),
    GoUnblock(GoId),
}

impl Body {
    fn event(self) -> EventType {
        match self {
            Self::Plain(event) | Self::Value(event, _) | Self::Reason(event, _) => event,
            Self::ProcStart(_) => EventType::PROC_START,
            Self::ProcSteal(_) => EventType::PROC_STEAL,
            Self::SyscallBegin(_) => EventType::GO_SYSCALL_BEGIN,
            Self::SyscallEnd(_) => EventType::GO_SYSCALL_END,
            Self::GoCreate(_) => EventType::GO_CREATE,
            Self::GoCreateSyscall(_) => EventType::GO_CREATE_SYSCALL,
            Self::GoStart(_) => EventType::GO_START,
            Self::GoUnblock(_) => EventType::GO_UNBLOCK,
        }
    }

    fn object(self) -> Object {
        match self {
            Self::Plain(_) | Self::Value(..) | Self::Reason(..) => Object::Private,
            Self::ProcStart(p) | Self::ProcSteal(p) | Self::SyscallBegin(p) | Self::SyscallEnd(p) => {
                Object::ProcTrace(p)
            }
            Self::GoCreate(g) | Self::GoCreateSyscall(g) | Self::GoStart(g) | Self::GoUnblock(g) => {
                Object::GoTrace(g)
            }
        }
    }
}

/// The statuses that the writer's goroutine and P must have had just before the event, if the trace does not have
/// them yet in this generation.
#[derive(Clone, Copy)]
struct Prelude {
    go: u8,
    proc: u8,
}

const RUNNING: Prelude = Prelude { go: go_status::RUNNING, proc: proc_status::RUNNING };

impl<'r> TraceLocker<'r> {
    /// `eventWriter` and `commit` (spec 2.2): each status of the prelude is a step of its own, then comes the event.
    fn write(&self, site: &'static Location<'static>, prelude: Prelude, body: Body) -> Steps<()> {
        let (m, event) = (self.m(), &body);
        let access = move || {
            let m = self.m();
            let access = Access::writing(event.object()).write(Object::ThreadBuffer(m.id));
            let access = m.p.get().map_or(access, |p| access.write(Object::ProcTrace(p)));
            m.curg.get().map_or(access, |g| access.write(Object::GoTrace(g)))
        };
        let (verb, object) = (move || Verb::Event(event.event()), move || event.object());
        let begin = || {
            let from = self.begin(body);
            (self.write_next(prelude, body, from), from)
        };
        let (mut written, from) = step_by(m, site, verb, object, access, begin)?;
        while !written {
            written = step_by(m, site, verb, object, access, || self.write_next(prelude, body, from))?;
        }
        Ok(())
    }

    /// What an event does before its prelude, with the first step that it takes. Tells a steal the thread that it
    /// steals from.
    fn begin(&self, body: Body) -> u64 {
        let rt = self.m().rt;
        match body {
            Body::ProcSteal(p) => return rt.p(p).m_syscall_id.take().unwrap_or(NONE),
            Body::SyscallBegin(p) => rt.p(p).m_syscall_id.set(Some(self.m().procid())),
            Body::SyscallEnd(p) => rt.p(p).m_syscall_id.set(None),
            Body::GoCreate(g) | Body::GoCreateSyscall(g) => {
                rt.g(g).trace.set_status_traced(self.generation())
            }
            _ => {}
        }
        0
    }

    /// Writes the first status that is missing, or else the event; says whether the event is written.
    fn write_next(&self, prelude: Prelude, body: Body, from: u64) -> bool {
        let (m, generation) = (self.m(), self.generation());
        let rt = m.rt;
        if let Some(p) = m.p.get()
            && rt.p(p).trace.acquire_status(generation)
        {
            write_proc_status(m, generation, rt.p(p), prelude.proc);
            return false;
        }
        if let Some(gp) = m.curg()
            && gp.trace.acquire_status(generation)
        {
            write_go_status(m, generation, gp, m.procid(), prelude.go);
            return false;
        }
        match body {
            Body::ProcSteal(p) if rt.p(p).trace.acquire_status(generation) => {
                write_proc_status(m, generation, rt.p(p), proc_status::SYSCALL_ABANDONED);
                return false;
            }
            Body::GoUnblock(g) if rt.g(g).trace.acquire_status(generation) => {
                write_go_status(m, generation, rt.g(g), NONE, go_status::WAITING);
                return false;
            }
            _ => {}
        }
        let proc_seq = |p: ProcId| rt.p(p).trace.next_seq(generation);
        let go_seq = |g: GoId| rt.g(g).trace.next_seq(generation);
        let event = body.event();
        match body {
            Body::Plain(_) | Body::SyscallEnd(_) => append(m, generation, event, []),
            Body::Value(EventType::PROCS_CHANGE, value) => append(m, generation, event, [value, 0]),
            Body::Value(_, value) => append(m, generation, event, [value]),
            Body::Reason(_, string) => {
                append(m, generation, event, [rt.trace.name_string(generation, string), 0]);
            }
            Body::ProcStart(p) => append(m, generation, event, [u64::from(p.0), proc_seq(p)]),
            Body::ProcSteal(p) => append(m, generation, event, [u64::from(p.0), proc_seq(p), from]),
            Body::SyscallBegin(p) => append(m, generation, event, [proc_seq(p), 0]),
            Body::GoCreate(g) => append(m, generation, event, [g.goid(), 0, 0]),
            Body::GoCreateSyscall(g) => append(m, generation, event, [g.goid()]),
            Body::GoStart(g) => append(m, generation, event, [g.goid(), go_seq(g)]),
            Body::GoUnblock(g) => append(m, generation, event, [g.goid(), go_seq(g), 0]),
        }
        true
    }

    /// `Gomaxprocs`: ProcsChange.
    #[track_caller]
    pub(crate) fn procs_change(&self, procs: u32) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::Value(EventType::PROCS_CHANGE, u64::from(procs)))
    }

    #[track_caller]
    pub(crate) fn proc_start(&self, pp: P<'r>) -> Steps<()> {
        let prelude = Prelude { go: go_status::SYSCALL, proc: proc_status::IDLE };
        self.write(Location::caller(), prelude, Body::ProcStart(pp.id))
    }

    #[track_caller]
    pub(crate) fn proc_stop(&self) -> Steps<()> {
        let prelude = Prelude { go: go_status::SYSCALL, proc: proc_status::RUNNING };
        self.write(Location::caller(), prelude, Body::Plain(EventType::PROC_STOP))
    }

    /// ProcSteal: names the thread that began the P's last syscall, and forgets it.
    #[track_caller]
    pub(crate) fn proc_steal(&self, pp: P<'r>, stealer: StealerState) -> Steps<()> {
        let prelude = match stealer {
            StealerState::InSyscall => {
                Prelude { go: go_status::SYSCALL, proc: proc_status::SYSCALL_ABANDONED }
            }
            StealerState::NotInSyscall => RUNNING,
        };
        self.write(Location::caller(), prelude, Body::ProcSteal(pp.id))
    }

    /// GoCreate: the new goroutine has its status by being created.
    #[track_caller]
    pub(crate) fn go_create(&self, new: G<'r>) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::GoCreate(new.id))
    }

    /// GoCreateSyscall: as GoCreate, on a thread that has neither P nor goroutine yet.
    #[track_caller]
    pub(crate) fn go_create_syscall(&self, new: G<'r>) -> Steps<()> {
        let prelude = Prelude { go: go_status::BAD, proc: proc_status::BAD };
        self.write(Location::caller(), prelude, Body::GoCreateSyscall(new.id))
    }

    #[track_caller]
    pub(crate) fn go_destroy_syscall(&self) -> Steps<()> {
        let prelude = Prelude { go: go_status::SYSCALL, proc: proc_status::BAD };
        self.write(Location::caller(), prelude, Body::Plain(EventType::GO_DESTROY_SYSCALL))
    }

    #[track_caller]
    pub(crate) fn go_start(&self, gp: G<'r>) -> Steps<()> {
        let prelude = Prelude { go: go_status::RUNNABLE, proc: proc_status::RUNNING };
        self.write(Location::caller(), prelude, Body::GoStart(gp.id))
    }

    #[track_caller]
    pub(crate) fn go_destroy(&self) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::Plain(EventType::GO_DESTROY))
    }

    #[track_caller]
    pub(crate) fn go_stop(&self, reason: StringId) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::Reason(EventType::GO_STOP, reason))
    }

    /// `GoPark`: GoBlock.
    #[track_caller]
    pub(crate) fn go_park(&self, reason: WaitReason) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::Reason(EventType::GO_BLOCK, reason.into()))
    }

    /// `GoUnpark`: GoUnblock.
    #[track_caller]
    pub(crate) fn go_unpark(&self, gp: G<'r>) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::GoUnblock(gp.id))
    }

    /// `GoSysCall`: GoSyscallBegin. From now on a steal of this P is a steal from this thread.
    #[track_caller]
    pub(crate) fn go_sys_call(&self) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::SyscallBegin(self.m().pp().id))
    }

    /// `GoSysExit`: GoSyscallEnd, or GoSyscallEndBlocked when the P was lost.
    #[track_caller]
    pub(crate) fn go_sys_exit(&self, lost_p: LostP) -> Steps<()> {
        let (body, proc) = match lost_p {
            LostP::No => (Body::SyscallEnd(self.m().pp().id), proc_status::SYSCALL),
            LostP::Yes => (Body::Plain(EventType::GO_SYSCALL_END_BLOCKED), proc_status::RUNNING),
        };
        self.write(Location::caller(), Prelude { go: go_status::SYSCALL, proc }, body)
    }

    /// `STWStart`: STWBegin.
    #[track_caller]
    pub(crate) fn stw_start(&self, kind: StringId) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::Reason(EventType::STW_BEGIN, kind))
    }

    /// `STWDone`: STWEnd.
    #[track_caller]
    pub(crate) fn stw_done(&self) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::Plain(EventType::STW_END))
    }

    #[track_caller]
    pub(crate) fn heap_goal(&self, bytes: u64) -> Steps<()> {
        self.write(Location::caller(), RUNNING, Body::Value(EventType::HEAP_GOAL, bytes))
    }
}

/// Whether a goroutine that leaves a syscall has another P than it entered with, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LostP {
    Yes,
    No,
}

/// Appends one event to the thread's buffer of `generation`, making the buffer if there is none.
fn append<const N: usize>(m: M<'_>, generation: Generation, event: EventType, arguments: [u64; N]) {
    let mut buffer = m.state.buf[generation.slot2()].borrow_mut();
    let now = u64::from(m.rt.executor.now());
    if !buffer.has_room() {
        begin_batch(m, generation, &mut buffer, now);
    }
    buffer.event(event, now, arguments);
    if m.rt.executor.is_watched() {
        buffer.fold_in(event, &arguments);
    }
}

/// The batch is full, or has not begun.
#[inline(never)]
fn begin_batch(m: M<'_>, generation: Generation, buffer: &mut Buffer, now: u64) {
    m.rt.trace.flush(generation, buffer);
    buffer.begin(generation, m.procid(), now);
}

/// A status, straight to the buffer: statuses have no prelude of their own.
pub(super) fn write_proc_status(m: M<'_>, generation: Generation, pp: P<'_>, status: u8) {
    append(m, generation, EventType::PROC_STATUS, [u64::from(pp.id.0), u64::from(status)]);
}

fn write_go_status(m: M<'_>, generation: Generation, gp: G<'_>, thread: u64, status: u8) {
    append(m, generation, EventType::GO_STATUS, [gp.id.goid(), thread, u64::from(status)]);
}
