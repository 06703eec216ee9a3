//! Where a thread of the runtime may be delayed: one call between two steps of the model, at a place where the operating system may suspend the thread too.

use crate::confirm::edit::{Definition, Edit, Line};

/// A place between two steps of the runtime at which a thread can be delayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Site {
    /// `retake`, between the early load of the status and the token or the CAS (spec 3.9, after step 5).
    RetakeAfterLoad = 1,
    /// `retake`, right before the CAS: after the token when fixed (spec 3.9, before step 7).
    RetakeBeforeSwap = 2,
    /// `retake`, right after the CAS: before the token when not fixed (spec 3.9, after step 7).
    RetakeAfterSwap = 3,
    /// `retake`, after the token is released and before the tick (spec 3.9, before step 11).
    RetakeBeforeTick = 4,
    /// `exitsyscallfast`, right before the CAS: after the token when fixed (spec 3.6, before steps 3 and 4).
    ExitBeforeSwap = 5,
    /// `exitsyscallfast_reacquired`, after the ticks are found different, before the token or the event (spec 3.6, after step 6).
    ReacquiredAfterSwap = 6,
    /// `exitsyscall`, between the regained P and the token (spec 3.5, before step 4).
    ExitBeforeAcquire = 7,
    /// `exitsyscall`, before the slow path (spec 3.5, before step 13).
    ExitBeforeSlowPath = 8,
    /// `exitsyscall0`, between token and transition (spec 3.8, before step 3).
    SlowPathBeforeTransition = 9,
    /// `exitsyscall0`, between the token's release and `dropg` (spec 3.8, before step 7).
    SlowPathBeforeDrop = 10,
    /// `entersyscall_gcwait`, before the lock (spec 3.4, before step 1).
    GcwaitBeforeLock = 11,
    /// `entersyscall_gcwait`, right before the CAS: after the token when fixed (spec 3.4, before step 3).
    GcwaitBeforeSwap = 12,
    /// `entersyscall_gcwait`, right after the CAS: before the token when not fixed (spec 3.4, after step 3).
    GcwaitAfterSwap = 13,
    /// `reentersyscall`, after the safe-point check and before the P is given up (spec 3.1, before step 8).
    EnterBeforeStore = 14,
    /// `reentersyscall`, after the Psyscall store and before the look at `gcwaiting` (spec 3.1, before step 11).
    EnterAfterStore = 15,
    /// `StartTrace`, after the store of the generation (spec 4.1, before step 8).
    StartAfterStore = 16,
    /// `traceAdvance`, between the notes on untraced Gs and the store of the generation (spec 4.2, before step 5).
    AdvanceBeforeStore = 17,
    /// `traceAdvance`, between the store of the generation and the flush (spec 4.2, before step 10).
    AdvanceAfterStore = 18,
    /// `traceAdvance`, between the end of the old generation and the statuses of the Ps (spec 4.2, before step 15).
    AdvanceBeforeStatuses = 19,
    /// `injectglist`, before the Gs become runnable (spec 3.17).
    InjectBeforeTransition = 20,
    /// `injectglist`, after the Gs became runnable (spec 3.17).
    InjectAfterTransition = 21,
    /// `entersyscallblock`, before its token (spec 3.2, before step 5).
    BlockBeforeAcquire = 22,
    /// `entersyscallblock`, between the token's release and the P's (spec 3.2, before step 8).
    BlockBeforeRelease = 23,
    /// `needm`, between token and transition (spec 3.18).
    NeedmBeforeTransition = 24,
    /// `needm`, after the transition (spec 3.18).
    NeedmAfterTransition = 25,
    /// `dropm`, before its token (spec 3.18).
    DropmBeforeAcquire = 26,
    /// `dropm`, between token and transition (spec 3.18).
    DropmBeforeTransition = 27,
}

impl Site {
    /// The number by which the runtime's side knows the place.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// The edit for one place: before a line, after a line, or between two; `of` names the P that it is about.
macro_rules! delay {
    ($site:ident in $function:literal before $line:literal) => {
        delay!(@ $site, $function, [$line], [Line::Pause(Site::$site), Line::Keep(0)])
    };
    ($site:ident of $p:literal in $function:literal before $line:literal) => {
        delay!(@ $site, $function, [$line], [Line::PauseAbout(Site::$site, $p), Line::Keep(0)])
    };
    ($site:ident in $function:literal after $line:literal) => {
        delay!(@ $site, $function, [$line], [Line::Keep(0), Line::Pause(Site::$site)])
    };
    ($site:ident in $function:literal between $first:literal and $second:literal) => {
        delay!(@ $site, $function, [$first, $second], [Line::Keep(0), Line::Pause(Site::$site), Line::Keep(1)])
    };
    (@ $site:ident, $function:literal, $find:expr, $put:expr) => {
        Edit {
            name: concat!("delay at ", stringify!($site)),
            definition: Definition::Function($function),
            find: &$find,
            put: &$put,
        }
    };
}

// The fragments of a CAS have no function name: a scheduler may have another kind of CAS there.
pub(super) const EDITS: &[Edit] = &[
    delay!(RetakeAfterLoad in "retake" before "incidlelocked(-1)"),
    delay!(RetakeBeforeSwap of "pp" in "retake" before "(&pp.status, s, _Pidle"),
    delay!(RetakeAfterSwap in "retake" after "(&pp.status, s, _Pidle"),
    delay!(RetakeBeforeTick in "retake" before "n++"),
    delay!(ExitBeforeSwap of "oldp" in "exitsyscallfast" before "(&oldp.status, _Psyscall, _Pidle"),
    delay!(ReacquiredAfterSwap in "exitsyscallfast_reacquired" after "gp.m.syscalltick != gp.m.p.ptr().syscalltick"),
    delay!(ExitBeforeAcquire in "exitsyscall" between "}" and "trace := traceAcquire()"),
    delay!(ExitBeforeSlowPath in "exitsyscall" before "mcall(exitsyscall0)"),
    delay!(SlowPathBeforeTransition in "exitsyscall0" before "casgstatus(gp, _Gsyscall, _Grunnable)"),
    delay!(SlowPathBeforeDrop in "exitsyscall0" before "dropg()"),
    delay!(GcwaitBeforeLock in "entersyscall_gcwait" after "pp := gp.m.oldp.ptr()"),
    delay!(GcwaitBeforeSwap in "entersyscall_gcwait" before "atomic.Cas(&pp.status, _Psyscall, _Pgcstop)"),
    delay!(GcwaitAfterSwap in "entersyscall_gcwait" after "atomic.Cas(&pp.status, _Psyscall, _Pgcstop)"),
    delay!(EnterBeforeStore in "reentersyscall" before "gp.m.syscalltick = gp.m.p.ptr().syscalltick"),
    delay!(EnterAfterStore in "reentersyscall" after "atomic.Store(&pp.status, _Psyscall)"),
    delay!(StartAfterStore in "StartTrace" after "trace.gen.Store(firstGen)"),
    delay!(AdvanceBeforeStore in "traceAdvance" between "semacquire(&worldsema)" and "mp := acquirem()"),
    delay!(AdvanceAfterStore in "traceAdvance" between "releasem(mp)" and "semrelease(&worldsema)"),
    delay!(AdvanceBeforeStatuses in "traceAdvance" between "semacquire(&worldsema)" and "forEachP("),
    delay!(InjectBeforeTransition in "injectglist" before "casgstatus(gp, _Gwaiting, _Grunnable)"),
    delay!(InjectAfterTransition in "injectglist" before "*glist = gList{}"),
    delay!(BlockBeforeAcquire in "entersyscallblock_handoff" before "trace := traceAcquire()"),
    delay!(BlockBeforeRelease in "entersyscallblock_handoff" before "handoffp(releasep())"),
    delay!(NeedmBeforeTransition in "needm" before "casgstatus(mp.curg, _Gdead, _Gsyscall)"),
    delay!(NeedmAfterTransition in "needm" after "sched.ngsys.Add(-1)"),
    delay!(DropmBeforeAcquire in "dropm" after "mp := getg().m"),
    delay!(DropmBeforeTransition in "dropm" before "casgstatus(mp.curg, _Gsyscall, _Gdead)"),
];
