//! Takes the fix out of `retake`: the token is acquired after the CAS again (spec 3.9 steps 6 to 13).

use crate::confirm::edit::{Definition, Edit, Line};

const FUNCTION: Definition = Definition::Function("retake");

pub(super) const TAKEN_OUT: &[Edit] = &[
    Edit {
        name: "retake: token after the CAS",
        definition: FUNCTION,
        find: &["trace := traceAcquire()", "atomic.Cas(&pp.status, s, _Pidle)"],
        put: &[Line::Keep(1), Line::Text("\t\t\t\ttrace := traceAcquire()")],
    },
    Edit {
        name: "retake: no token to release when the CAS fails",
        definition: FUNCTION,
        find: &["} else if trace.ok() {", "traceRelease(trace)", "}", "incidlelocked(1)"],
        put: &[Line::Keep(2), Line::Keep(3)],
    },
];
