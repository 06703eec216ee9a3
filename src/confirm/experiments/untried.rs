//! The signatures that the model knows and no experiment aims at, each with the reason.

/// Signature and reason. A signature is in this list or is that of an experiment (a test holds this to `corpus/known.toml`).
pub const UNTRIED: &[(&str, &str)] = &[
    (
        "stuck/GoSyscallEndBlocked/reacquired/start",
        "one cause with needs-proc/GoStart/reacquired/start; where it comes up, fixed-reacquired-start counts it beside",
    ),
    (
        "inconsistent-proc-status/ProcStatus/reacquired/start",
        "one cause with needs-proc/GoStart/reacquired/start; where it comes up, fixed-reacquired-start counts it beside",
    ),
    (
        "inconsistent-proc-status/ProcStatus/reacquired/advance",
        "one cause with stuck/GoSyscallEndBlocked/reacquired/advance, seen 15 times beside 16 in 1,200,000 executions of the model",
    ),
    (
        "inconsistent-syscall-thread/GoStatus/none/none",
        "one cause with forbids-goroutine/GoCreateSyscall/none/none, seen once in ten million executions of the model",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The signatures that the schedules of `corpus/regressions` expect, on whatever scheduler, and those of
    /// `corpus/known.toml`.
    fn known_signatures() -> BTreeSet<String> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let known = read(&corpus.join("known.toml"));
        let listed = known.lines().filter_map(|line| line.strip_prefix("signature = "));
        let mut signatures: BTreeSet<String> = listed.map(|name| name.trim_matches('"').to_owned()).collect();
        assert!(!signatures.is_empty(), "known.toml has another form");
        for entry in std::fs::read_dir(corpus.join("regressions")).unwrap() {
            let text = read(&entry.unwrap().path());
            let expected = text.lines().filter_map(|line| line.strip_prefix("# expect "));
            let names =
                expected.filter_map(|line| line.split(' ').nth(1)).filter(|name| *name != "parseable");
            signatures.extend(names.map(str::to_owned));
        }
        signatures
    }

    #[test]
    fn every_known_signature_has_an_experiment_or_a_reason() {
        let known = known_signatures();
        assert!(known.len() > 10, "the corpus was not found: {known:?}");
        for signature in known {
            let is_tried = super::super::all().any(|experiment| experiment.signature == signature);
            let has_reason = UNTRIED.iter().any(|(untried, _)| *untried == signature);
            assert!(is_tried || has_reason, "{signature} has neither an experiment nor a reason in UNTRIED");
        }
    }

    #[test]
    fn what_has_an_experiment_is_not_untried() {
        for (signature, reason) in UNTRIED {
            assert!(super::super::all().all(|experiment| experiment.signature != *signature), "{signature}");
            assert!(!reason.is_empty());
        }
    }
}
