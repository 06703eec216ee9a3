//! Failures that have nothing to do with the fix, and break every scheduler of a release that has them.

use crate::confirm::edits::Site;
use crate::confirm::experiment::{Control, Experiment, Foreign, Length, Load, Pause, Resize, While};
use crate::confirm::scheduler::Scheduler;

const EVERY: &[Scheduler] =
    &[Scheduler::Prefix, Scheduler::Fixed, Scheduler::Repaired, Scheduler::RepairedSteal];

/// A delay until tracing has started and its first generation has ended.
const fn start_and_advance(site: Site) -> Pause {
    let length = Length::UntilGenerationMoves { moves: 2, at_most_micros: 80_000, settle_micros: 300 };
    Pause { site, one_in: 1, during: While::NotTracing, length }
}

/// A delay while two generations end. The thread must have no P: with one, the tracer would wait for it.
const fn two_advances(site: Site) -> Pause {
    Pause { site, one_in: 1, during: While::Tracing, length: Length::Fixed { micros: 5_000 } }
}

const fn one_advance(site: Site) -> Pause {
    let length = Length::UntilGenerationMoves { moves: 1, at_most_micros: 20_000, settle_micros: 300 };
    Pause { site, one_in: 1, during: While::Tracing, length }
}

const INJECT: Load = Load {
    short: 0,
    medium: 0,
    long: 0,
    pipes: 2,
    on_micros: 30_000,
    off_micros: 1_000,
    advance_micros: 1_000,
    traces: 5,
    ..Load::SMALL
};
/// The P is dead for 2 ms: time for a stop, a start and an advance.
const RESIZE: Load = Load {
    procs: 3,
    on_micros: 6_000,
    advance_micros: 1_000,
    off_micros: 1_000,
    traces: 20,
    resize: Resize::DownAndUp,
    ..Load::SMALL
};
/// A third P, for main: one is in the hands of the thread that is delayed.
const FEW: Load =
    Load { procs: 3, short: 0, long: 0, work: 100, on_micros: 20_000, advance_micros: 3_000, ..Load::SMALL };
const SIGNALS: Load = Load { signal_micros: 200, ..FEW };
const CALLBACKS: Load = Load { before_micros: 10_000, foreign: Foreign::OneCallEach, ..FEW };
const CALLBACKS_AGAIN: Load = Load { foreign: Foreign::OneWithoutKey, ..CALLBACKS };

pub(super) const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "inject-advance",
        signature: "inconsistent-go-status/GoStatus/none/none",
        breaks: EVERY,
        holds: &[],
        pauses: &[two_advances(Site::InjectBeforeTransition)],
        load: INJECT,
        control: Some(Control {
            difference: "delay after the transition",
            pauses: &[two_advances(Site::InjectAfterTransition)],
            load: INJECT,
        }),
        interleaving: "B09. A thread without a P runs injectglist: GoUnblock for G in N, token released. ADV advances to \
            N+1, then to N+2: 4.2 step 3 notes G, untraced in N+1, as Waiting; step 12 writes so. The thread then \
            makes G Runnable, as the trace has known since N.",
    },
    Experiment {
        name: "resize-start",
        signature: "stuck/ProcStart/none/none",
        breaks: EVERY,
        holds: &[],
        pauses: &[],
        load: RESIZE,
        control: Some(Control {
            difference: "GOMAXPROCS stays",
            pauses: &[],
            load: Load { resize: Resize::Never, ..RESIZE },
        }),
        interleaving: "B10. The P is traced in N-1 and in N; GOMAXPROCS goes down and the P is dead; ADV stops in N and \
            starts again, in N+1, without the P. GOMAXPROCS goes up in N+2: slot (N+2)%3 still says that the P's \
            status was traced, so its first event has no status before it.",
    },
    Experiment {
        name: "block-advance",
        signature: "inconsistent-proc-status/ProcStatus/none/none",
        breaks: EVERY,
        holds: &[],
        pauses: &[one_advance(Site::BlockBeforeRelease)],
        load: SIGNALS,
        control: Some(Control {
            difference: "delay before the token",
            pauses: &[one_advance(Site::BlockBeforeAcquire)],
            load: SIGNALS,
        }),
        interleaving: "A is in entersyscallblock: 3.2 step 6 writes GoSyscallBegin in N, step 7 releases the token. ADV 4.2 \
            step 7 stores N+1. A 3.2 step 8 gives up its P: 3.15 step 2 writes ProcStop in N+1, and before it, as the \
            first event of the P there, that the P is Running (2.2); for the trace it is in a system call since N.",
    },
    Experiment {
        name: "needm-start",
        signature: "late-go-status/GoStatus/none/none",
        breaks: EVERY,
        holds: &[],
        pauses: &[start_and_advance(Site::NeedmBeforeTransition)],
        load: CALLBACKS,
        control: Some(Control {
            difference: "delay after the transition",
            pauses: &[start_and_advance(Site::NeedmAfterTransition)],
            load: CALLBACKS,
        }),
        interleaving: "Tracing is off. A thread made in C calls Go: 3.18 needm gets a token that is not ok. ADV 4.1 starts \
            tracing in 1, and 4.2 step 3 leaves the thread's G out: it is dead. Step 7 stores 2. needm makes G a \
            goroutine in a system call and writes nothing; its first event in 2 has a GoStatus before it, of a \
            goroutine of which generation 1 has not heard.",
    },
    Experiment {
        name: "dropm-start-other-thread",
        signature: "syscall-goroutine-exists/GoCreateSyscall/none/none",
        breaks: EVERY,
        holds: &[],
        pauses: &[start_and_advance(Site::DropmBeforeTransition)],
        load: CALLBACKS,
        control: Some(Control {
            difference: "delay before the token",
            pauses: &[start_and_advance(Site::DropmBeforeAcquire)],
            load: CALLBACKS,
        }),
        interleaving: "Tracing is off. A thread made in C ends: 3.18 dropm gets a token that is not ok. ADV 4.1 starts \
            tracing in 1; 4.2 step 3 notes the thread's G, in a system call, and step 12 writes so. Step 7 stores 2. \
            dropm makes G dead without GoDestroySyscall. Another thread gets the same M and G: needm writes \
            GoCreateSyscall in 2, of a goroutine that is there.",
    },
    Experiment {
        name: "dropm-start-same-thread",
        signature: "forbids-goroutine/GoCreateSyscall/none/none",
        breaks: EVERY,
        holds: &[],
        pauses: &[start_and_advance(Site::DropmBeforeTransition)],
        load: CALLBACKS_AGAIN,
        control: Some(Control {
            difference: "delay before the token",
            pauses: &[start_and_advance(Site::DropmBeforeAcquire)],
            load: CALLBACKS_AGAIN,
        }),
        interleaving: "As dropm-start-other-thread, but the thread that had the goroutine calls again: for the trace it \
            still has it.",
    },
];
