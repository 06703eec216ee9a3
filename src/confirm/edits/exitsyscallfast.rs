//! Takes the fix out of `exitsyscallfast` and `exitsyscallfast_reacquired`: the token is acquired after the CAS again (spec 3.6).

use crate::confirm::edit::{Definition, Edit, Line};

const EXIT: Definition = Definition::Function("exitsyscallfast");
const REACQUIRED: Definition = Definition::Function("exitsyscallfast_reacquired");

pub(super) const TAKEN_OUT: &[Edit] = &[
    Edit {
        name: "exitsyscallfast: no token before the CAS",
        definition: EXIT,
        find: &["trace := traceAcquire()", "atomic.Cas(&oldp.status, _Psyscall, _Pidle)"],
        put: &[Line::Keep(1)],
    },
    Edit {
        name: "exitsyscallfast: no token to hand on or to release",
        definition: EXIT,
        find: &["exitsyscallfast_reacquired(trace)", "if trace.ok() {", "traceRelease(trace)", "}"],
        put: &[Line::Swap { index: 0, from: "trace", to: "" }],
    },
    Edit {
        name: "exitsyscallfast: no token to release when the CAS fails",
        definition: EXIT,
        find: &["return true", "}", "if trace.ok() {", "traceRelease(trace)", "}"],
        put: &[Line::Keep(0), Line::Keep(1)],
    },
    Edit {
        name: "reacquired: no token is handed in",
        definition: REACQUIRED,
        find: &["func exitsyscallfast_reacquired("],
        put: &[Line::Swap { index: 0, from: "trace traceLocker", to: "" }],
    },
    Edit {
        name: "reacquired: a token of its own",
        definition: REACQUIRED,
        find: &["if trace.ok() {"],
        put: &[Line::Text("\t\ttrace := traceAcquire()"), Line::Keep(0)],
    },
    Edit {
        name: "reacquired: the token is released",
        definition: REACQUIRED,
        find: &["}", "gp.m.p.ptr().syscalltick++"],
        put: &[Line::Text("\t\t\ttraceRelease(trace)"), Line::Keep(0), Line::Keep(1)],
    },
];
