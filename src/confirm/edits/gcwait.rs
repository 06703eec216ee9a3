//! Takes the fix out of `entersyscall_gcwait`: the token is acquired after the CAS again (spec 3.4).

use crate::confirm::edit::{Definition, Edit, Line};

const FUNCTION: Definition = Definition::Function("entersyscall_gcwait");

pub(super) const TAKEN_OUT: &[Edit] = &[
    Edit {
        name: "gcwait: token after the CAS",
        definition: FUNCTION,
        find: &["trace := traceAcquire()", "atomic.Cas(&pp.status, _Psyscall, _Pgcstop)"],
        put: &[Line::Keep(1), Line::Text("\t\ttrace := traceAcquire()")],
    },
    Edit {
        name: "gcwait: no token to release when the CAS fails",
        definition: FUNCTION,
        find: &["} else if trace.ok() {", "traceRelease(trace)", "}", "unlock("],
        put: &[Line::Keep(2), Line::Keep(3)],
    },
];
