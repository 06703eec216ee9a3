//! The smallest schedule of each signature that a scenario shows, and the proof that none is smaller.
//!
//! Schedules are tried by their switches, as [`super::switches`] does, but for those that have come to a state from which
//! the exploration knows that nothing that is looked for can be shown any more.

#[cfg(test)]
mod tests;

use super::explore::{Elsewhere, Explorer};
use super::shown::Shown;
use super::switches::{Blind, Hope, Search, Stopped};
use super::{Collector, Finding, Namer, Stage, Watch};
use crate::signature::Signature;
use procsteal_reference::{Model, Scenario, Variant};
use std::collections::BTreeMap;

/// What an exploration knows in the end: which states lead to what.
pub(super) struct Hindsight<'a> {
    explorer: Box<Explorer<'a>>,
    names: Vec<Signature>,
}

impl<'a> Hindsight<'a> {
    pub(super) fn new(explorer: Explorer<'a>, names: Vec<Signature>) -> Self {
        Self { explorer: Box::new(explorer), names }
    }
}

/// The set of one signature, by its number; it gets one if it has none.
pub(super) fn number(names: &mut Vec<Signature>, name: Signature) -> Shown {
    let number = names.iter().position(|known| *known == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    });
    Shown::of(number)
}

/// Asks the exploration, which goes on from states that it has not met.
struct Asking<'a, 'e, 'w> {
    explorer: &'a mut Explorer<'e>,
    namer: Namer<'a, 'w>,
    model: Model,
    wanted: Shown,
}

impl Hope for Asking<'_, '_, '_> {
    fn is_left(&mut self, at: &Elsewhere<'_>) -> Result<bool, Stopped> {
        let shows = self.explorer.shows(self.wanted, at, &mut self.model, &mut self.namer);
        shows.map_err(|_| Stopped)
    }

    fn bytes(&self) -> u64 {
        self.explorer.bytes()
    }
}

/// Where the scenario was not explored to its end, nothing is known of states, and the search goes only so far.
const SWITCHES_WITHOUT_HINDSIGHT: u32 = 3;

/// Looks for the smallest schedule of each finding, by switches and then by steps. What is not come to before a limit
/// keeps the schedule it was found with.
pub(super) fn smallest(
    scheduler: &Variant,
    scenario: &Scenario,
    mut hindsight: Option<Hindsight<'_>>,
    mut findings: BTreeMap<Signature, Finding>,
    watch: &mut Watch<'_>,
) -> BTreeMap<Signature, Finding> {
    if watch.options.switches.is_some() {
        return findings;
    }
    let limit = if hindsight.is_some() { u32::MAX } else { SWITCHES_WITHOUT_HINDSIGHT };
    for most in 0..=watch.options.smallest_switches.unwrap_or(limit).min(limit) {
        let left = findings.iter().filter(|(_, finding)| !finding.proved_smallest);
        let wanted: Vec<Signature> = left.map(|(name, _)| name.clone()).collect();
        if wanted.is_empty() {
            break;
        }
        watch.stage = Stage::Smallest { switches: most };
        let mut tried = with_switches(scheduler, scenario, most, &wanted, hindsight.as_mut(), watch);
        for signature in wanted {
            if let Some(found) = tried.findings.remove(&signature) {
                findings.insert(signature, Finding { proved_smallest: tried.complete, ..found });
            }
        }
        if !tried.complete {
            break;
        }
    }
    findings
}

/// What the schedules with at most so many switches show.
struct Tried {
    findings: BTreeMap<Signature, Finding>,
    /// Every one was tried that can show what is wanted.
    complete: bool,
}

fn with_switches(
    scheduler: &Variant,
    scenario: &Scenario,
    most: u32,
    wanted: &[Signature],
    hindsight: Option<&mut Hindsight<'_>>,
    watch: &mut Watch<'_>,
) -> Tried {
    let mut limits = *watch;
    let mut collector = Collector::new(scheduler, watch);
    let mut search = |hope: &mut dyn Hope| {
        let (_, outcome) =
            Search::new(scenario, most, hope).run(scheduler, &mut Model::new(), &mut collector);
        outcome.is_ok()
    };
    let complete = match hindsight {
        None => search(&mut Blind),
        Some(Hindsight { explorer, names }) => {
            let wanted = wanted.iter().map(|name| number(names, name.clone()));
            let wanted = wanted.fold(Shown::NOTHING, Shown::and);
            let mut namer = Namer::new(scheduler, scenario, &mut limits);
            namer.names = std::mem::take(names);
            let mut asking = Asking { explorer, namer, model: Model::new(), wanted };
            let complete = search(&mut asking);
            *names = asking.namer.names;
            complete
        }
    };
    Tried { findings: collector.findings, complete }
}
