//! The traces on which the oracle is not meant to say what Go says, each with its reason.

/// A kind of trace on which oracle and Go may differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    /// Its name, under which it is counted.
    pub name: &'static str,
    /// Why the two differ on purpose.
    pub reason: &'static str,
}

/// Traces of the older format.
pub(super) const LEGACY_HEADER: Exception = Exception {
    name: "legacy-header",
    reason: "a header of Go 1.11, 1.19 or 1.21 opens the older format v1, for which Go has a second parser; the oracle \
        reads v2 only and says so when it opens the trace (format 1)",
};

/// Traces on which Go differs from itself.
pub(super) const UNDECIDED_IN_GO: Exception = Exception {
    name: "undecided-in-go",
    reason: "Go's reader walks a hash map, in random order, and so has several answers to the same bytes; it was asked \
        again and gave the oracle's answer too (stacks with sparse ids of which several are wrong; a P that several \
        threads hold, format 4.5)",
};

/// Every exception. A difference on a trace to which none applies is a fault.
pub const EXCEPTIONS: [Exception; 2] = [LEGACY_HEADER, UNDECIDED_IN_GO];

/// Whether the oracle's lines differ on `trace` because it is of the older format.
pub(super) fn is_refused_legacy(trace: &[u8], oracle: &str) -> bool {
    is_legacy(trace) && oracle.starts_with("END open-error ")
}

/// Whether the number in the header is that of the older format, in whatever spelling.
fn is_legacy(trace: &[u8]) -> bool {
    let Some(end) = trace.windows(5).position(|window| window == b"trace") else { return false };
    let header = String::from_utf8_lossy(&trace[..end]);
    let minor = header.split_once("1.").map_or("", |(_, minor)| minor.trim());
    matches!(minor.parse(), Ok(11 | 19 | 21))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_headers_are_legacy() {
        for legacy in ["go 1.11 trace\0\0\0", "go  1. 019\ttrace\0\0\0x", "go 1.21\u{a0}trace\0\0\0"] {
            assert!(is_legacy(legacy.as_bytes()), "{legacy:?}");
        }
        for other in ["", "go 1.22 trace\0\0\0", "go 1.9 trace\0\0\0\0", "go 1.24 trace\0\0\0 1.11 trace"] {
            assert!(!is_legacy(other.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn a_legacy_trace_must_be_refused_when_opened() {
        assert!(is_refused_legacy(b"go 1.11 trace\0\0\0", "END open-error \"old\"\n"));
        assert!(!is_refused_legacy(b"go 1.11 trace\0\0\0", "END ok 0\n"));
    }
}
