//! What the real runtime did with a bug, in a form that is kept and shown beside the findings of the model.

use super::report::{ConfirmReport, Expected};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One experiment on one Go release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The bug, by its name in the model: `stuck/GoSyscallEndBlocked/retake/stop`.
    pub signature: String,
    /// The experiment's name.
    pub experiment: String,
    /// The release whose runtime was edited, as in `1.22.10`.
    pub go_version: String,
    /// Whether the real runtime did as the model says, in words.
    pub outcome: String,
    /// The counts, runtime by runtime.
    pub counts: Vec<SightingCount>,
}

/// How often one runtime failed as the model says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightingCount {
    /// The runtime, by the name of its scheduler.
    pub runtime: String,
    /// Whether the failure is not expected there: the same delays and the same program, with the other code.
    pub is_control: bool,
    /// Processes that were run.
    pub runs: u32,
    /// Those that failed so.
    pub seen_runs: u32,
}

impl ConfirmReport {
    /// What came of every experiment with delays.
    #[must_use]
    pub fn sightings(&self) -> Vec<Sighting> {
        let sighting = |result: &super::ExperimentResult| Sighting {
            signature: result.experiment.signature.to_owned(),
            experiment: result.experiment.name.to_owned(),
            go_version: self.go_version.clone(),
            outcome: result.outcome.words().to_owned(),
            counts: result
                .runtimes
                .iter()
                .map(|runtime| SightingCount {
                    runtime: runtime.name(),
                    is_control: runtime.expected == Expected::Holds,
                    runs: runtime.tally.runs,
                    seen_runs: runtime.seen(result.experiment),
                })
                .collect(),
        };
        self.experiments.iter().map(sighting).collect()
    }
}

impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Go {}, with delays ({}): {}", self.go_version, self.experiment, self.outcome)?;
        let of = |is_control: bool| {
            let counts = self.counts.iter().filter(move |count| count.is_control == is_control);
            counts.map(SightingCount::to_string).collect::<Vec<_>>().join(", ")
        };
        let (tried, control) = (of(false), of(true));
        if !tried.is_empty() {
            write!(f, "; {tried}")?;
        }
        if !control.is_empty() {
            write!(f, "; control: {control}")?;
        }
        Ok(())
    }
}

impl fmt::Display for SightingCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {} runs", self.runtime, self.seen_runs, self.runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sighting_is_one_line() {
        let count = |runtime: &str, is_control, seen_runs| SightingCount {
            runtime: runtime.to_owned(),
            is_control,
            runs: 100,
            seen_runs,
        };
        let sighting = Sighting {
            signature: "stuck/GoSyscallEndBlocked/retake/stop".to_owned(),
            experiment: "retake-stop".to_owned(),
            go_version: "1.22.10".to_owned(),
            outcome: "confirmed".to_owned(),
            counts: vec![count("prefix", false, 41), count("fixed", true, 0)],
        };
        assert_eq!(
            sighting.to_string(),
            "Go 1.22.10, with delays (retake-stop): confirmed; prefix 41 of 100 runs; control: fixed 0 of 100 runs"
        );
    }
}
