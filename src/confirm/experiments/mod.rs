//! The experiments, one file for each set: add a set here, and `confirm` runs it.

mod beside;
mod fixed;
mod known;
mod plain;
mod untried;

pub use plain::PLAIN;
pub use untried::UNTRIED;

use super::experiment::Experiment;

/// Every experiment with delays, in the order of the report.
pub fn all() -> impl Iterator<Item = &'static Experiment> {
    [known::EXPERIMENTS, fixed::EXPERIMENTS, beside::EXPERIMENTS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_signatures_have_their_form() {
        let mut names = BTreeSet::new();
        for experiment in all().chain(PLAIN) {
            assert!(names.insert(experiment.name), "two experiments are called {}", experiment.name);
            let parts: Vec<&str> = experiment.signature.split('/').collect();
            assert_eq!(parts.len(), 4, "{}", experiment.signature);
            assert!(
                ["retake", "reacquired", "gcwait", "none", "any"].contains(&parts[2]),
                "{}",
                experiment.signature
            );
            assert!(
                ["stop", "advance", "start", "none", "any"].contains(&parts[3]),
                "{}",
                experiment.signature
            );
            assert_eq!(experiment.failure(), format!("{}/{}", parts[0], parts[1]));
            assert!(!experiment.interleaving.is_empty());
        }
    }

    #[test]
    fn no_scheduler_is_expected_to_break_and_to_hold() {
        for experiment in all().chain(PLAIN) {
            assert!(experiment.breaks.iter().all(|scheduler| !experiment.holds.contains(scheduler)));
            assert!(!experiment.breaks.is_empty() || !experiment.holds.is_empty());
        }
    }

    #[test]
    fn every_experiment_with_delays_has_a_control() {
        for experiment in all() {
            assert!(!experiment.holds.is_empty() || experiment.control.is_some(), "{}", experiment.name);
        }
    }

    #[test]
    fn only_plain_experiments_have_no_delay_but_for_those_that_need_none() {
        assert!(PLAIN.iter().all(|experiment| experiment.pauses.is_empty()));
        let without: Vec<&str> = all()
            .filter(|experiment| experiment.pauses.is_empty())
            .map(|experiment| experiment.name)
            .collect();
        assert_eq!(without, ["resize-start"]);
    }
}
