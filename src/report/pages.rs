//! The pages of `docs/errors/`, one per error code, for help texts.

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../../docs/errors/", $code, ".md")))),*]
    };
}

/// Every error code of the oracle with its page, in Markdown: a heading, a sentence, what it means, what to do.
pub const ERROR_PAGES: &[(&str, &str)] = pages![
    "bad-header",
    "unknown-version",
    "unsupported-version",
    "expected-batch",
    "batch-header",
    "batch-truncated",
    "unexpected-eof",
    "varint-overflow",
    "expected-string",
    "expected-stack",
    "expected-cpu-sample",
    "expected-sync-item",
    "string-truncated",
    "stack-frame",
    "invalid-event-type",
    "untimed-event",
    "invalid-timestamp-varint",
    "invalid-varint",
    "unorderable-event",
    "batch-too-large",
    "string-too-long",
    "stack-too-deep",
    "too-much-waiting",
    "generation-zero",
    "generations-out-of-order",
    "missing-end-of-generation",
    "incomplete-generation",
    "unexpected-end-of-generation",
    "duplicate-string",
    "duplicate-stack",
    "duplicate-frequency",
    "duplicate-clock-snapshot",
    "no-frequency",
    "no-clock-snapshot",
    "invalid-frame-string",
    "invalid-stack-id",
    "invalid-string-id",
    "unresolved-name",
    "needs-thread",
    "needs-proc",
    "needs-goroutine",
    "forbids-proc",
    "forbids-goroutine",
    "invalid-proc-status",
    "proc-without-owner",
    "inconsistent-proc-status",
    "unknown-proc-stop",
    "proc-not-running",
    "self-steal",
    "steal-from-unknown-thread",
    "steal-wrong-proc",
    "uninitialized-proc",
    "proc-out-of-sequence",
    "proc-not-in-syscall",
    "invalid-proc",
    "unexpected-proc-state",
    "invalid-go-status",
    "inconsistent-go-status",
    "late-go-status",
    "syscall-without-thread",
    "inconsistent-syscall-thread",
    "creator-not-running",
    "goroutine-exists",
    "syscall-goroutine-exists",
    "unknown-goroutine",
    "goroutine-not-running",
    "syscall-end-outside-syscall",
    "goroutine-not-in-syscall",
    "task-conflict",
    "region-without-state",
    "region-misuse",
    "gc-active-not-first",
    "gc-active-not-in-progress",
    "gc-already-in-progress",
    "gc-not-in-progress",
    "gc-undetermined",
    "range-on-unknown-proc",
    "range-on-unknown-goroutine",
    "range-without-state",
    "range-on-uninitialized-proc",
    "range-already-open",
    "range-not-open",
    "range-already-active",
    "range-missing",
    "stuck",
];

/// The page of an error code.
#[must_use]
pub fn error_page(code: &str) -> Option<&'static str> {
    ERROR_PAGES.iter().find(|(known, _)| *known == code).map(|(_, page)| *page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use procsteal_oracle::ErrorKind;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let pages: Vec<&str> = ERROR_PAGES.iter().map(|(code, _)| *code).collect();
        assert_eq!(pages, ErrorKind::CODES);
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors");
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .expect("docs/errors is there")
            .map(|file| file.expect("it can be listed").file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut expected: Vec<String> = pages.iter().map(|code| format!("{code}.md")).collect();
        expected.push("README.md".to_owned());
        expected.sort();
        assert_eq!(files, expected);
    }

    #[test]
    fn every_page_says_what_it_means_and_what_to_do() {
        for (code, page) in ERROR_PAGES {
            assert!(page.starts_with(&format!("# {code}\n")), "{code}");
            assert!(page.contains("\n## What it means\n") && page.contains("\n## What to do\n"), "{code}");
        }
    }
}
