//! A report against an older one: which signatures are new, gone, unchanged.

use super::Report;
use serde::Serialize;
use std::collections::BTreeSet;

/// Which signatures came and went.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Comparison {
    /// Only the new report has them.
    pub new: Vec<String>,
    /// Only the old report has them.
    pub gone: Vec<String>,
    /// Both have them.
    pub unchanged: Vec<String>,
}

/// Compares a report with an older one. What was found on which scheduler counts: a signature is written as
/// `prefix: stuck/GoSyscallEndBlocked/retake/stop`.
#[must_use]
pub fn compare(new: &Report, old: &Report) -> Comparison {
    let (new, old) = (signatures(new), signatures(old));
    let list = |names: BTreeSet<&String>| names.into_iter().cloned().collect();
    Comparison {
        new: list(new.difference(&old).collect()),
        gone: list(old.difference(&new).collect()),
        unchanged: list(new.intersection(&old).collect()),
    }
}

fn signatures(report: &Report) -> BTreeSet<String> {
    let bad = report.findings.iter().filter(|finding| finding.guilty.outcome.code().is_some());
    bad.map(|finding| format!("{}: {}", finding.guilty.scheduler, finding.signature)).collect()
}

impl Comparison {
    /// The three lists, each with its word.
    pub fn lists(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        [("new", &self.new), ("gone", &self.gone), ("unchanged", &self.unchanged)]
            .into_iter()
            .map(|(word, list)| (word, list.as_slice()))
    }

    /// How many of each, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let (new, gone, unchanged) = (self.new.len(), self.gone.len(), self.unchanged.len());
        format!("against the baseline: {new} new, {gone} gone, {unchanged} unchanged")
    }
}

impl Report {
    /// This report, with how it compares with an older one.
    #[must_use]
    pub fn against(self, baseline: &Self) -> Self {
        let comparison = Some(compare(&self, baseline));
        Self { comparison, ..self }
    }
}
