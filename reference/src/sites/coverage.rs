//! How often each numbered step of the specification ran, over any number of recorded runs.

use super::{Site, SiteKind, calls_of, numbered_sites, site};
use crate::machine::StepRecord;
use std::collections::BTreeMap;

/// Counts of steps, by line and by function.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Coverage {
    lines: BTreeMap<(&'static str, u32), u64>,
    functions: BTreeMap<&'static str, u64>,
}

impl Coverage {
    /// Adds the steps of one recorded run.
    pub fn add(&mut self, steps: &[StepRecord]) {
        for site in steps.iter().filter_map(|step| site(step.site)) {
            *self.lines.entry((site.file, site.line)).or_default() += 1;
            *self.functions.entry(site.function).or_default() += 1;
        }
    }

    /// How often the line was taken: for a call, how many steps the function that it calls took; none for a line
    /// whose steps count elsewhere.
    #[must_use]
    pub fn count(&self, site: &Site) -> Option<u64> {
        match site.kind {
            SiteKind::Step => Some(self.lines.get(&(site.file, site.line)).copied().unwrap_or(0)),
            SiteKind::Call(callee) => Some(self.steps_in(callee, &mut Vec::new())),
            SiteKind::OfCaller | SiteKind::Private => None,
        }
    }

    /// Steps of a function and of those that it calls.
    fn steps_in(&self, function: &'static str, seen: &mut Vec<&'static str>) -> u64 {
        if seen.contains(&function) {
            return 0;
        }
        seen.push(function);
        let own = self.functions.get(function).copied().unwrap_or(0);
        own + calls_of(function).map(|callee| self.steps_in(callee, seen)).sum::<u64>()
    }

    /// Every numbered line that can be counted, and its count.
    pub fn counts(&self) -> impl Iterator<Item = (Site, u64)> {
        numbered_sites().filter_map(|site| self.count(&site).map(|count| (site, count)))
    }

    /// The numbered lines that no run has taken.
    pub fn never_reached(&self) -> impl Iterator<Item = Site> {
        self.counts().filter(|(_, count)| *count == 0).map(|(site, _)| site)
    }
}
