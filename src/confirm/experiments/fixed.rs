//! The failures of the runtime as released: the token is older than the CAS, and the P changes hands in between.

use crate::confirm::edits::Site;
use crate::confirm::experiment::{Experiment, Length, Load, Pause, While};
use crate::confirm::scheduler::{Hunk, Scheduler};

/// A delay from the token until the tracer has stopped, advanced or started, and then on to the CAS.
const fn before_swap(site: Site, one_in: u32, during: While) -> Pause {
    let length = Length::UntilGenerationMoves { moves: 1, at_most_micros: 20_000, settle_micros: 300 };
    Pause { site, one_in, during, length }
}

/// A delay from the token until the tracer has stopped and the P is in another system call.
const fn before_other_syscall(site: Site, one_in: u32) -> Pause {
    let length = Length::UntilSyscallAfterMove { at_most_micros: 20_000 };
    Pause { site, one_in, during: While::Tracing, length }
}

const RETAKE_STOP: &[Pause] = &[before_other_syscall(Site::RetakeBeforeSwap, 1)];
const EXIT_STOP: &[Pause] = &[before_other_syscall(Site::ExitBeforeSwap, 10)];
const RETAKE: &[Pause] = &[before_swap(Site::RetakeBeforeSwap, 1, While::Tracing)];
const EXIT: &[Pause] = &[before_swap(Site::ExitBeforeSwap, 10, While::Tracing)];
const EXIT_UNTRACED: &[Pause] = &[before_swap(Site::ExitBeforeSwap, 10, While::NotTracing)];

/// System calls enough that a P is nearly always in one.
const STOP: Load = Load { short: 0, medium: 4, work: 100, ..Load::SMALL };
/// As long between system calls as in them: the P must be seen Running when tracing stops, and be in a system call when
/// it is taken; a third P runs the tracer. One window in twenty does it, so there are twenty.
const HALF_STOP: Load =
    Load { procs: 3, work: 50_000, long: 0, on_micros: 3_000, off_micros: 1_000, traces: 20, ..STOP };
const ADVANCE: Load = Load { on_micros: 15_000, advance_micros: 3_000, ..STOP };
const START: Load = Load { before_micros: 10_000, ..STOP };

const WITH_RETAKE: &[Scheduler] = &[Scheduler::Fixed, Scheduler::PrefixWith(Hunk::Retake)];
const SAFE_RETAKE: &[Scheduler] = &[
    Scheduler::Prefix,
    Scheduler::FixedWithout(Hunk::Retake),
    Scheduler::Repaired,
    Scheduler::RepairedSteal,
];
const WITH_EXIT: &[Scheduler] = &[Scheduler::Fixed, Scheduler::PrefixWith(Hunk::Exitsyscallfast)];
const SAFE_EXIT: &[Scheduler] = &[
    Scheduler::Prefix,
    Scheduler::FixedWithout(Hunk::Exitsyscallfast),
    Scheduler::Repaired,
    Scheduler::RepairedSteal,
];

pub(super) const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "fixed-retake-stop",
        signature: "stuck/ProcSteal/retake/stop",
        breaks: WITH_RETAKE,
        holds: SAFE_RETAKE,
        pauses: RETAKE_STOP,
        load: HALF_STOP,
        control: None,
        interleaving: "A is in a system call. S 3.9 step 1 reads Psyscall; A comes back quietly (3.5 step 6: \
            GoSyscallEnd in N) before or after S 3.9 step 6 takes a token of N. ADV 4.2 step 7 stops. A enters its next \
            system call: 3.1 step 4 has no token, so no GoSyscallBegin; 3.1 step 10. S 3.9 step 7 succeeds, on another \
            system call than the one it saw; step 9 writes ProcSteal in N, where the P is Running.",
    },
    Experiment {
        name: "fixed-retake-advance",
        signature: "stuck/ProcSteal/retake/advance",
        breaks: WITH_RETAKE,
        holds: SAFE_RETAKE,
        pauses: RETAKE,
        load: ADVANCE,
        control: None,
        interleaving: "A is in a system call. S 3.9 step 1 reads Psyscall, step 6 takes a token of N. ADV 4.2 step 7 \
            stores N+1 (its flush waits for S). A comes back quietly and enters its next system call: 3.1 step 4 writes \
            GoSyscallBegin in N+1; the first event of the P in N+1 also won its status and zeroed the sequence slot \
            that N shares with N+2 (2.2). S 3.9 step 7 succeeds, on a system call that began after its token; step 9 \
            writes ProcSteal in N with sequence number 1, which N has had already.",
    },
    Experiment {
        name: "fixed-reacquired-stop",
        signature: "stuck/ProcSteal/reacquired/stop",
        breaks: WITH_EXIT,
        holds: SAFE_EXIT,
        pauses: EXIT_STOP,
        load: HALF_STOP,
        control: None,
        interleaving: "A comes back from a system call; its P was taken by S and given to C. A 3.6 step 2 takes a token of \
            N. ADV 4.2 step 7 stops. C enters a system call on the P: 3.1 step 4 has no token, so no GoSyscallBegin; \
            3.1 step 10. A 3.6 step 4 succeeds, the ticks differ, step 8 writes ProcSteal and ProcStart in N, where the \
            P is Running.",
    },
    Experiment {
        name: "fixed-reacquired-advance",
        signature: "stuck/ProcSteal/reacquired/advance",
        breaks: WITH_EXIT,
        holds: SAFE_EXIT,
        pauses: EXIT,
        load: ADVANCE,
        control: None,
        interleaving: "A comes back from a system call; its P was taken by S and given to C. A 3.6 step 2 takes a token of \
            N. ADV 4.2 step 7 stores N+1. C enters a system call on the P: 3.1 step 4 writes GoSyscallBegin in N+1. A \
            3.6 step 4 succeeds, the ticks differ, step 8 writes ProcSteal and ProcStart in N, with sequence numbers \
            from the slot that was zeroed for N+2 (2.2).",
    },
    Experiment {
        name: "fixed-reacquired-start",
        signature: "needs-proc/GoStart/reacquired/start",
        breaks: WITH_EXIT,
        holds: SAFE_EXIT,
        pauses: EXIT_UNTRACED,
        load: START,
        control: None,
        interleaving: "Tracing is off. A comes back from a system call: 3.6 step 2 gives it a token that is not ok. ADV 4.1 \
            steps 4 to 11 stop the world, take the P, start tracing and start the world; A has no P and is not waited \
            for. C gets the P and enters a system call: GoSyscallBegin in 1. A 3.6 step 4 succeeds and the ticks differ, \
            but step 8 has no token: no ProcSteal, no ProcStart. A 3.5 step 4 takes a token of 1: GoSyscallEndBlocked, \
            then GoStart on a thread that has no P.",
    },
];
