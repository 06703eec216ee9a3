//! The smallest schedule of each signature that a scenario shows, and the proof that none is smaller.
//!
//! Schedules are tried by their switches, as [`super::switches`] does, but for those that have come to a state from which
//! the exploration knows that nothing that is looked for can be shown any more.

#[cfg(test)]
mod tests;

use super::explore::{Elsewhere, Explorer};
use super::shown::Shown;
use super::store::Fingerprint;
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
    fn knows(&self, state: Fingerprint) -> Option<bool> {
        self.explorer.knows_shown(self.wanted, state)
    }

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
    hindsight: Option<Hindsight<'_>>,
    findings: BTreeMap<Signature, Finding>,
    watch: &mut Watch<'_>,
) -> BTreeMap<Signature, Finding> {
    if watch.options.switches.is_some() || findings.is_empty() {
        return findings;
    }
    let mut limits = *watch;
    let search = Search::new(scheduler, scenario, watch.options.jobs);
    let collector = Collector::new(scheduler, watch);
    let mut levels = Levels { search, collector, model: Model::new(), findings };
    match hindsight {
        None => levels.go_through(SWITCHES_WITHOUT_HINDSIGHT, Hopes::None),
        Some(Hindsight { mut explorer, names }) => {
            levels.search = levels.search.leaving_out(explorer.touched_by_others());
            let mut namer = Namer::new(scheduler, scenario, &mut limits);
            namer.names = names;
            let (explorer, wanted) = (&mut *explorer, Shown::NOTHING);
            let mut asking = Asking { explorer, namer, model: Model::new(), wanted };
            levels.go_through(u32::MAX, Hopes::Of(&mut asking));
        }
    }
    levels.findings
}

/// Whom to ask whether there is hope.
enum Hopes<'h, 'a, 'e, 'w> {
    None,
    Of(&'h mut Asking<'a, 'e, 'w>),
}

/// The search for smallest schedules, one number of switches after the other.
struct Levels<'a, 'w> {
    search: Search<'a>,
    collector: Collector<'a, 'w>,
    model: Model,
    findings: BTreeMap<Signature, Finding>,
}

impl Levels<'_, '_> {
    fn go_through(&mut self, limit: u32, mut hopes: Hopes<'_, '_, '_, '_>) {
        let most = self.collector.watch.options.smallest_switches.unwrap_or(limit).min(limit);
        for switches in 0..=most {
            if self.wanted().next().is_none() {
                return;
            }
            self.collector.watch.stage = Stage::Smallest { switches };
            let complete = self.search.show(&mut self.model, &mut self.collector).is_ok();
            self.take_found(complete);
            if !complete || switches == most || self.wanted().next().is_none() {
                return;
            }
            let expanded = match &mut hopes {
                Hopes::None => self.search.expand(&mut Blind, &mut self.model, &mut self.collector),
                Hopes::Of(asking) => {
                    let names = &mut asking.namer.names;
                    let wanted = self.wanted().map(|name| number(names, name.clone()));
                    asking.wanted = wanted.fold(Shown::NOTHING, Shown::and);
                    self.search.expand(*asking, &mut self.model, &mut self.collector)
                }
            };
            if expanded.is_err() {
                return;
            }
        }
    }

    /// The signatures whose smallest schedule is not known yet.
    fn wanted(&self) -> impl Iterator<Item = &Signature> {
        self.findings.iter().filter(|(_, finding)| !finding.proved_smallest).map(|(name, _)| name)
    }

    /// Every execution with so many switches was tried, if `complete`, and all with fewer before.
    fn take_found(&mut self, complete: bool) {
        let wanted: Vec<Signature> = self.wanted().cloned().collect();
        for signature in wanted {
            if let Some(found) = self.collector.findings.remove(&signature) {
                self.findings.insert(signature, Finding { proved_smallest: complete, ..found });
            }
        }
    }
}
