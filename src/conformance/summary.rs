//! What a comparison found: how often which verdict was reached, and where the readers differ.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::PathBuf;

use super::case::Origin;
use super::compare::{Agreement, Difference};

/// A trace on which the oracle and Go differ without a listed reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The trace's number; with the seed it makes the trace again.
    pub index: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// The first line that differs.
    pub difference: Difference,
    /// The smallest trace that still differs, if it was looked for.
    pub minimized: Option<PathBuf>,
    /// The trace.
    pub trace: PathBuf,
}

/// A trace of the model that Go's reader rejects for another reason than what a scheduler did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IllFormed {
    /// The trace's number; with the seed it makes the trace again.
    pub index: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// Class and phrase of Go's verdict.
    pub verdict: String,
    /// The trace.
    pub trace: PathBuf,
}

/// An error that the oracle words otherwise than Go, with the same essential phrase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wording {
    /// How many traces have it.
    pub count: u64,
    /// The lowest number of such a trace.
    pub index: u64,
    /// Go's last line for it.
    pub go: String,
    /// The oracle's.
    pub oracle: String,
}

/// What a run found. Two runs with the same options are equal, whatever their number of jobs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// The seed of the run.
    pub seed: u64,
    /// Traces compared.
    pub traces: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The lines that Go printed for them.
    pub lines: u64,
    /// How many by origin.
    pub origins: BTreeMap<&'static str, u64>,
    /// How many agree, by how closely.
    pub agreements: BTreeMap<Agreement, u64>,
    /// Of those that agree but for the error's text: an example for each verdict, that of the lowest number.
    pub wordings: BTreeMap<String, Wording>,
    /// How many differ for a listed reason, by its name.
    pub exceptions: BTreeMap<&'static str, u64>,
    /// How many by Go's verdict: `ok`, or class and phrase.
    pub verdicts: BTreeMap<String, u64>,
    /// Those that differ without one, by number.
    pub differences: Vec<Finding>,
    /// The model's traces that are rejected as no trace of the model may be, by number.
    pub ill_formed: Vec<IllFormed>,
}

impl Summary {
    /// Adds what another part of the same run found.
    pub(super) fn merge(&mut self, other: Self) {
        self.traces += other.traces;
        self.bytes += other.bytes;
        self.lines += other.lines;
        add(&mut self.origins, other.origins);
        add(&mut self.agreements, other.agreements);
        for (verdict, wording) in other.wordings {
            self.add_wording(verdict, wording);
        }
        add(&mut self.exceptions, other.exceptions);
        add(&mut self.verdicts, other.verdicts);
        self.differences.extend(other.differences);
        self.differences.sort_by_key(|finding| finding.index);
        self.ill_formed.extend(other.ill_formed);
        self.ill_formed.sort_by_key(|trace| trace.index);
    }

    /// Whether the readers agree on every trace, but for listed reasons, and the model writes as it must.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.ill_formed.is_empty()
    }

    pub(super) fn add_wording(&mut self, verdict: String, wording: Wording) {
        match self.wordings.entry(verdict) {
            Entry::Vacant(entry) => drop(entry.insert(wording)),
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                let count = known.count + wording.count;
                if wording.index < known.index {
                    *known = wording;
                }
                known.count = count;
            }
        }
    }
}

fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |agreement| self.agreements.get(&agreement).copied().unwrap_or(0);
        writeln!(
            formatter,
            "seed {}: {} traces, {} bytes, {} lines",
            self.seed, self.traces, self.bytes, self.lines
        )?;
        for (origin, count) in &self.origins {
            writeln!(formatter, "{count:>9}  {origin}")?;
        }
        writeln!(formatter, "verdicts of Go's reader:")?;
        for (verdict, count) in &self.verdicts {
            writeln!(formatter, "{count:>9}  {verdict}")?;
        }
        writeln!(formatter, "{:>9}  agree byte for byte", of(Agreement::Exact))?;
        writeln!(formatter, "{:>9}  agree but for the details of the error's text:", of(Agreement::Phrase))?;
        for (verdict, wording) in &self.wordings {
            writeln!(formatter, "{:>9}    {verdict}, as in trace {}", wording.count, wording.index)?;
            writeln!(formatter, "             Go:     {}", wording.go)?;
            writeln!(formatter, "             oracle: {}", wording.oracle)?;
        }
        for (name, count) in &self.exceptions {
            writeln!(formatter, "{count:>9}  differ as they should: {name}")?;
        }
        writeln!(formatter, "{:>9}  of the model's are ill-formed", self.ill_formed.len())?;
        for IllFormed { index, origin, verdict, trace } in &self.ill_formed {
            writeln!(formatter, "             trace {index} ({origin}): {verdict}: {}", trace.display())?;
        }
        write!(formatter, "{:>9}  differ", self.differences.len())?;
        for finding in &self.differences {
            write!(formatter, "\n\n{finding}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let smallest = self.minimized.as_ref().unwrap_or(&self.trace);
        writeln!(formatter, "trace {} ({}): {}", self.index, self.origin, smallest.display())?;
        writeln!(formatter, "  line {}", self.difference.line)?;
        writeln!(formatter, "  Go:     {}", self.difference.go)?;
        write!(formatter, "  oracle: {}", self.difference.oracle)
    }
}
