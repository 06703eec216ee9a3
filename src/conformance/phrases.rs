//! The essential phrases of the errors of Go's reader, and their classes (`format 6`).
//!
//! Two error texts agree if they are the same, or else if they have the same phrase: Go's texts hold dumps of maps,
//! whose order is random, and details that differ from release to release.
//!
//! No trace reaches these in Go 1.27: `frontier is empty` (since 1.25 a sync event is there), and `expected no proc`,
//! `uninitialized proc`, `found invalid proc` (an earlier test of the same event excludes each).

/// Class and phrase. Of two phrases in one text the earlier row counts, so that a special one stands first.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("header", "bad file format: not a Go execution trace?"),
    ("header", "unknown or unsupported trace version"),
    ("limit", "invalid batch size"),
    ("limit", "invalid string size"),
    ("limit", "invalid stack size"),
    ("duplicate", "multiple frequency events"),
    ("duplicate", "multiple clock snapshot events"),
    ("duplicate", "with the same ID"),
    ("missing-data", "no frequency event found"),
    ("missing-data", "no clock snapshot event found"),
    ("missing-data", "found invalid func string ID"),
    ("missing-data", "found invalid file string ID"),
    ("missing-data", "found invalid stack ID"),
    ("missing-data", "found invalid string ID"),
    ("missing-data", "invalid string ID"),
    ("generation", "invalid generation number"),
    ("generation", "generations out of order"),
    ("generation", "missing end-of-generation event, or generations are interleaved"),
    ("generation", "incomplete generation found; trace likely truncated"),
    ("generation", "unexpectedly processing EndOfGeneration"),
    ("malformed", "expected batch event"),
    ("malformed", "error reading batch gen"),
    ("malformed", "error reading batch M ID"),
    ("malformed", "error reading batch timestamp"),
    ("malformed", "error reading batch size"),
    ("malformed", "failed to read full batch"),
    ("malformed", "failed to read full string"),
    ("malformed", "expected string event"),
    ("malformed", "expected stack event"),
    ("malformed", "expected CPU sample event"),
    ("malformed", "expected frequency or clock snapshot event"),
    ("malformed", "'s PC for stack"),
    ("malformed", "'s funcID for stack"),
    ("malformed", "'s fileID for stack"),
    ("malformed", "'s line for stack"),
    ("malformed", "found invalid event type"),
    ("malformed", "found event without a timestamp"),
    ("malformed", "found invalid uvarint for timestamp"),
    ("malformed", "found invalid uvarint"),
    ("malformed", "bad event type found while ordering"),
    ("malformed", "unexpected EOF"),
    ("malformed", "varint overflows a 64-bit integer"),
    ("stuck", "broken trace: failed to advance"),
    ("stuck", "broken trace: frontier is empty"),
    ("ordering", "expected a thread but didn't have one"),
    ("ordering", "expected a proc but didn't have one"),
    ("ordering", "expected a goroutine but didn't have one"),
    ("ordering", "expected no proc but had one"),
    ("ordering", "expected no goroutine but had one"),
    ("ordering", "invalid status for goroutine"),
    ("ordering", "invalid status for proc"),
    ("ordering", "that's about to be stolen"),
    ("ordering", "inconsistent status for proc"),
    ("ordering", "inconsistent status for goroutine"),
    ("ordering", "inconsistent thread for syscalling goroutine"),
    ("ordering", "event ProcStop for proc"),
    ("ordering", "event for proc that's not Running or Syscall"),
    ("ordering", "tried to self-steal proc"),
    ("ordering", "stole proc from non-existent thread"),
    ("ordering", "tried to steal proc"),
    ("ordering", "found goroutine status for new goroutine after the first generation"),
    ("ordering", "in syscall without a thread"),
    ("ordering", "event for goroutine that's not Running"),
    ("ordering", "in syscall that already exists"),
    ("ordering", "that already exists"),
    ("ordering", "that doesn't exist"),
    ("ordering", "event for goroutine that's not Syscall"),
    ("ordering", "event for goroutine that's not"),
    ("ordering", "uninitialized proc"),
    ("ordering", "can't make sequence"),
    ("ordering", "in state Syscall, but got"),
    ("ordering", "found invalid proc"),
    ("ordering", "in unexpected state"),
    ("ordering", "task ID conflict"),
    ("ordering", "without known state for current goroutine"),
    ("ordering", "without known state"),
    ("ordering", "misuse of region in goroutine"),
    ("ordering", "isn't first GC event"),
    ("ordering", "encountered GCActive while GC was not in progress"),
    ("ordering", "encountered GCBegin while GC was already in progress"),
    ("ordering", "encountered GCEnd when GC was not in progress"),
    ("ordering", "undetermined state"),
    ("ordering", "already in-flight"),
    ("ordering", "but not in-flight"),
    ("ordering", "encountered GCSweepActive for unknown proc"),
    ("ordering", "found named active range already in first gen"),
    ("ordering", "resource is missing active range"),
    ("ordering", "found during GCMarkAssistActive"),
];

/// The row of [`PHRASES`] whose phrase is in `message` (as it stands after quoting is undone).
pub(super) fn find(message: &str) -> Option<(&'static str, &'static str)> {
    PHRASES.iter().copied().find(|(_, phrase)| message.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_finds_itself() {
        for &(class, phrase) in PHRASES {
            assert_eq!(find(phrase), Some((class, phrase)));
        }
    }
}
