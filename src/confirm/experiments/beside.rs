//! Failures that have nothing to do with the fix, and break every scheduler of a release that has them.

use crate::confirm::edits::Site;
use crate::confirm::experiment::{Experiment, Length, Load, Pause, Resize, While};
use crate::confirm::scheduler::Scheduler;

const EVERY: &[Scheduler] = &[Scheduler::Prefix, Scheduler::Fixed, Scheduler::Repaired];

pub(super) const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "inject-advance",
        signature: "inconsistent-go-status/GoStatus/none/advance",
        breaks: EVERY,
        holds: &[],
        pauses: &[Pause {
            site: Site::InjectBeforeTransition,
            one_in: 1,
            during: While::Tracing,
            length: Length::Fixed { micros: 5_000 },
        }],
        load: Load {
            short: 0,
            medium: 0,
            long: 0,
            pipes: 2,
            on_micros: 30_000,
            advance_micros: 1_000,
            ..Load::SMALL
        },
        interleaving: "B09. A thread without a P runs injectglist: GoUnblock for G in N, token released. ADV advances to \
            N+1, then to N+2: 4.2 step 3 notes G, untraced in N+1, as Waiting; step 12 writes so. The thread then \
            makes G Runnable, as the trace has known since N.",
    },
    Experiment {
        name: "resize-start",
        signature: "stuck/ProcStart/none/start",
        breaks: EVERY,
        holds: &[],
        pauses: &[],
        load: Load {
            procs: 3,
            on_micros: 6_000,
            off_micros: 1_000,
            traces: 20,
            resize: Resize::DownAndUp,
            ..Load::SMALL
        },
        interleaving: "B10. The P is traced in N-1 and in N; GOMAXPROCS goes down and the P is dead; ADV stops in N and \
            starts again, in N+1, without the P. GOMAXPROCS goes up in N+2: slot (N+2)%3 still says that the P's \
            status was traced, so its first event has no status before it.",
    },
];
