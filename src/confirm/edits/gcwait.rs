//! Takes the fix out of `entersyscall_gcwait`: the token is acquired after the CAS again (spec 3.4).

use crate::confirm::edit::{Edit, Line};

const FUNCTION: &str = "entersyscall_gcwait";

pub(super) const TAKEN_OUT: &[Edit] = &[
    Edit {
        name: "gcwait: token after the CAS",
        function: FUNCTION,
        find: &["trace := traceAcquire()", "atomic.Cas(&pp.status, _Psyscall, _Pgcstop)"],
        put: &[Line::Keep(1), Line::Text("\t\ttrace := traceAcquire()")],
    },
    Edit {
        name: "gcwait: no token to release when the CAS fails",
        function: FUNCTION,
        find: &["} else if trace.ok() {", "traceRelease(trace)", "}", "unlock("],
        put: &[Line::Keep(2), Line::Keep(3)],
    },
];
