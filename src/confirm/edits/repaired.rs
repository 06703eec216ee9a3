//! Puts in what `docs/repaired.md` proposes: a CAS takes a P out of the very system call that was looked at, or not at all.
//!
//! `status` and `syscalltick` of a P become neighbours, 8-byte aligned, and their pair one word of a 64-bit CAS. The
//! other writers stay as they are. Those that take a P out of a system call (`stopTheWorldWithSema`, `forEachP`,
//! `entersyscall_gcwait`) compare the status alone, under a lock that says which system call that is; all that add to
//! the tick own the P and have set its status to another than Psyscall before, so a CAS of the pair fails on the
//! status while the tick moves. A failing CAS on amd64 writes nothing that another thread could lose.

use crate::confirm::edit::{Definition, Edit, Line};

const RETAKE: Definition = Definition::Function("retake");
const EXIT: Definition = Definition::Function("exitsyscallfast");

/// What both repaired schedulers have.
pub(super) const PUT_IN: &[Edit] = &[
    Edit {
        name: "p: status and tick are one aligned word",
        definition: Definition::Type("p"),
        find: &["status", "link", "schedtick", "syscalltick"],
        put: &[Line::Keep(2), Line::Keep(0), Line::Keep(3), Line::Keep(1)],
    },
    Edit {
        name: "retake: the load and the CAS of that word",
        definition: RETAKE,
        find: &["func retake("],
        put: &[
            Line::Text("// Does not compile unless the two fields are one aligned word."),
            Line::Text("var _ [0]byte = [unsafe.Offsetof(p{}.status) % 8]byte{}"),
            Line::Text(
                "var _ [4]byte = [unsafe.Offsetof(p{}.syscalltick) - unsafe.Offsetof(p{}.status)]byte{}",
            ),
            Line::Text("//go:nosplit"),
            Line::Text("func procstealLoad(status *uint32) (uint32, uint32) {"),
            Line::Text("\tword := atomic.Load64((*uint64)(unsafe.Pointer(status)))"),
            Line::Text("\tpair := (*[2]uint32)(unsafe.Pointer(&word))"),
            Line::Text("\treturn pair[0], pair[1]"),
            Line::Text("}"),
            Line::Text("//go:nosplit"),
            Line::Text("func procstealCas(status *uint32, old, new, tick uint32) bool {"),
            Line::Text("\tfrom, to := [2]uint32{old, tick}, [2]uint32{new, tick}"),
            Line::Text("\tword := (*uint64)(unsafe.Pointer(status))"),
            Line::Text(
                "\treturn atomic.Cas64(word, *(*uint64)(unsafe.Pointer(&from)), *(*uint64)(unsafe.Pointer(&to)))",
            ),
            Line::Text("}"),
            Line::Keep(0),
        ],
    },
    Edit {
        name: "retake: look at both",
        definition: RETAKE,
        find: &["s := pp.status"],
        put: &[Line::Text("\t\ts, tick := procstealLoad(&pp.status)")],
    },
    Edit {
        name: "retake: wait for the system call that was looked at",
        definition: RETAKE,
        find: &["t := int64(pp.syscalltick)"],
        put: &[Line::Swap { index: 0, from: "pp.syscalltick", to: "tick" }],
    },
    Edit {
        name: "retake: compare both",
        definition: RETAKE,
        find: &["atomic.Cas(&pp.status, s, _Pidle)"],
        put: &[Line::Swap {
            index: 0,
            from: "atomic.Cas(&pp.status, s, _Pidle)",
            to: "procstealCas(&pp.status, s, _Pidle, tick)",
        }],
    },
];

/// A thread that comes back takes its P out of its own system call only.
pub(super) const OWN_SYSCALL: &[Edit] = &[
    Edit {
        name: "exitsyscallfast: only out of the thread's own system call, without a token",
        definition: EXIT,
        find: &["trace := traceAcquire()", "atomic.Cas(&oldp.status, _Psyscall, _Pidle)"],
        put: &[Line::Swap {
            index: 1,
            from: "atomic.Cas(&oldp.status, _Psyscall, _Pidle)",
            to: "procstealCas(&oldp.status, _Psyscall, _Pidle, getg().m.syscalltick)",
        }],
    },
    Edit {
        name: "exitsyscallfast: nothing was stolen and nothing is written",
        definition: EXIT,
        find: &["exitsyscallfast_reacquired(trace)", "if trace.ok() {", "traceRelease(trace)", "}"],
        put: &[],
    },
    Edit {
        name: "exitsyscallfast: no token to release when the CAS fails",
        definition: EXIT,
        find: &["return true", "}", "if trace.ok() {", "traceRelease(trace)", "}"],
        put: &[Line::Keep(0), Line::Keep(1)],
    },
];

/// It may take it out of another's too, if it has looked at that one before its token.
pub(super) const ANY_SYSCALL: &[Edit] = &[Edit {
    name: "exitsyscallfast: look before the token, and compare both",
    definition: EXIT,
    find: &["trace := traceAcquire()", "atomic.Cas(&oldp.status, _Psyscall, _Pidle)"],
    put: &[
        Line::Text("\tvar s, tick uint32"),
        Line::Text("\tif oldp != nil {"),
        Line::Text("\t\ts, tick = procstealLoad(&oldp.status)"),
        Line::Text("\t}"),
        Line::Keep(0),
        Line::Swap {
            index: 1,
            from: "oldp.status == _Psyscall && atomic.Cas(&oldp.status, _Psyscall, _Pidle)",
            to: "s == _Psyscall && procstealCas(&oldp.status, _Psyscall, _Pidle, tick)",
        },
    ],
}];
