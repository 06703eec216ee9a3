//! The failures that the commit was made for, on the runtime from which it is taken out again.

use crate::confirm::edits::Site;
use crate::confirm::experiment::{Experiment, Length, Load, Pause, While};
use crate::confirm::scheduler::{Hunk, Scheduler};

/// A delay from the CAS until the tracer has stopped or advanced.
const fn after_swap(site: Site) -> Pause {
    let length = Length::UntilGenerationMoves { moves: 1, at_most_micros: 20_000, settle_micros: 300 };
    Pause { site, one_in: 1, during: While::Tracing, length }
}

const STOP: Load = Load::SMALL;
const ADVANCE: Load = Load { on_micros: 15_000, advance_micros: 3_000, ..Load::SMALL };
/// System calls enough that a P is nearly always in one.
const BUSY_STOP: Load = Load { short: 0, medium: 4, work: 100, ..STOP };
const BUSY_ADVANCE: Load = Load { short: 0, medium: 4, work: 100, ..ADVANCE };
/// Collections one after the other; entering a system call takes long, so that one begins meanwhile.
const GC_STOP: Load = Load { on_micros: 20_000, gc_micros: 20, ..BUSY_STOP };
const GC_ADVANCE: Load = Load { advance_micros: 2_000, ..GC_STOP };
const GCWAIT: &[Pause] = &[
    Pause {
        site: Site::EnterBeforeStore,
        one_in: 2,
        during: While::Always,
        length: Length::Fixed { micros: 100 },
    },
    Pause {
        site: Site::GcwaitAfterSwap,
        one_in: 1,
        during: While::Tracing,
        length: Length::UntilGenerationMoves { moves: 1, at_most_micros: 3_000, settle_micros: 300 },
    },
];

const WITHOUT_RETAKE: &[Scheduler] = &[Scheduler::Prefix, Scheduler::FixedWithout(Hunk::Retake)];
const WITH_RETAKE: &[Scheduler] =
    &[Scheduler::Fixed, Scheduler::PrefixWith(Hunk::Retake), Scheduler::Repaired, Scheduler::RepairedSteal];
const WITHOUT_EXIT: &[Scheduler] = &[Scheduler::Prefix, Scheduler::FixedWithout(Hunk::Exitsyscallfast)];
const WITH_EXIT: &[Scheduler] = &[
    Scheduler::Fixed,
    Scheduler::PrefixWith(Hunk::Exitsyscallfast),
    Scheduler::Repaired,
    Scheduler::RepairedSteal,
];
const ANY_GCWAIT: &[Scheduler] = &[
    Scheduler::Prefix,
    Scheduler::FixedWithout(Hunk::Gcwait),
    Scheduler::Fixed,
    Scheduler::Repaired,
    Scheduler::RepairedSteal,
];

pub(super) const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "retake-stop",
        signature: "stuck/GoSyscallEndBlocked/retake/stop",
        breaks: WITHOUT_RETAKE,
        holds: WITH_RETAKE,
        pauses: &[after_swap(Site::RetakeAfterSwap)],
        load: STOP,
        control: None,
        interleaving: "S 3.9 step 7 takes the P of A. A comes back: 3.6 step 4 fails, 3.8 step 5 writes \
            GoSyscallEndBlocked in N. ADV 4.2 step 7 stops. S 3.9 step 8 gets no token, so there is no ProcSteal.",
    },
    Experiment {
        name: "retake-advance",
        signature: "stuck/GoSyscallEndBlocked/retake/advance",
        breaks: WITHOUT_RETAKE,
        holds: WITH_RETAKE,
        pauses: &[after_swap(Site::RetakeAfterSwap)],
        load: ADVANCE,
        control: None,
        interleaving: "S 3.9 step 7 takes the P of A. A comes back: 3.6 step 4 fails, 3.8 step 5 writes \
            GoSyscallEndBlocked in N. ADV 4.2 step 7 stores N+1. S 3.9 steps 8 and 9 write ProcSteal in N+1.",
    },
    Experiment {
        name: "reacquired-stop",
        signature: "stuck/GoSyscallEndBlocked/reacquired/stop",
        breaks: WITHOUT_EXIT,
        holds: WITH_EXIT,
        pauses: &[after_swap(Site::ReacquiredAfterSwap)],
        load: BUSY_STOP,
        control: None,
        interleaving: "S takes the P of A, with its event; C starts it and enters a system call, GoSyscallBegin in N. \
            A comes back: 3.6 step 4 takes the P from C. C comes back: 3.6 step 4 fails, 3.8 step 5 writes \
            GoSyscallEndBlocked in N. ADV 4.2 step 7 stops. A 3.6 step 7 gets no token, so there is no ProcSteal.",
    },
    Experiment {
        name: "reacquired-advance",
        signature: "stuck/GoSyscallEndBlocked/reacquired/advance",
        breaks: WITHOUT_EXIT,
        holds: WITH_EXIT,
        pauses: &[after_swap(Site::ReacquiredAfterSwap)],
        load: BUSY_ADVANCE,
        control: None,
        interleaving: "As reacquired-stop, but ADV 4.2 step 7 stores N+1: A 3.6 steps 7 and 8 write ProcSteal and \
            ProcStart in N+1, and C waits in N.",
    },
    Experiment {
        name: "gcwait-stop",
        signature: "stuck/GoSyscallEndBlocked/gcwait/stop",
        breaks: &[],
        holds: ANY_GCWAIT,
        pauses: GCWAIT,
        load: GC_STOP,
        control: None,
        interleaving: "Not possible: the CAS of 3.4 step 3 asks for stopwait>0 under sched.lock, which is still held at \
            step 4; so worldsema is held by the stopping thread (invariant I6), and 4.2 step 5 cannot get it.",
    },
    Experiment {
        name: "gcwait-advance",
        signature: "stuck/GoSyscallEndBlocked/gcwait/advance",
        breaks: &[],
        holds: ANY_GCWAIT,
        pauses: GCWAIT,
        load: GC_ADVANCE,
        control: None,
        interleaving: "Not possible, as gcwait-stop.",
    },
];
