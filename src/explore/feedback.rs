//! What an execution showed: the model's steps it reached, and the pairs of conflicting steps in the order they came.

use crate::execution::{Execution, Verdict};
use procsteal_reference::{Object, Touch, Verb};
use std::collections::{HashMap, HashSet};
use std::panic::Location;

/// One thing that an execution showed, as a number that is the same in every run of one build of the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Feature(u64);

/// A set of features. Nothing depends on its order.
#[derive(Clone, Default, Debug)]
pub struct Features(HashSet<Feature>);

impl Features {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this one is there.
    #[must_use]
    pub fn contains(&self, feature: Feature) -> bool {
        self.0.contains(&feature)
    }

    /// Adds features, and says how many were not there.
    pub fn extend(&mut self, features: &[Feature]) -> usize {
        let before = self.0.len();
        self.0.extend(features);
        self.0.len() - before
    }
}

/// The features of an execution, each once, in ascending order.
#[must_use]
pub fn features_of(execution: &Execution, touches: &[Touch]) -> Vec<Feature> {
    let mut features = Vec::with_capacity(touches.len() * 2 + 1);
    features.push(of_verdict(&execution.verdict));
    let mut last: HashMap<Object, &Touch> = HashMap::new();
    for touch in touches {
        let here = of_site(touch.site);
        features.push(Feature(here));
        if touch.object == Object::Private {
            continue;
        }
        if let Some(before) = last.insert(touch.object, touch)
            && before.thread != touch.thread
            && (writes(before.verb) || writes(touch.verb))
        {
            features.push(Feature(mix(of_site(before.site), here)));
        }
    }
    features.sort_unstable();
    features.dedup();
    features
}

fn writes(verb: Verb) -> bool {
    !matches!(verb, Verb::Load | Verb::Wait)
}

fn of_verdict(verdict: &Verdict) -> Feature {
    let text = match verdict {
        Verdict::Parseable { .. } => "parseable",
        Verdict::Unparseable(unparseable) => unparseable.error.code(),
        Verdict::Fault(fault) => fault.detail,
    };
    Feature(text.bytes().fold(1, |digest, byte| mix(digest, u64::from(byte))))
}

fn of_site(site: &Location<'_>) -> u64 {
    // The end of the path and the line tell sites apart; the whole path would be slow to read at every step.
    let path = site.file().as_bytes();
    let tail = &path[path.len().saturating_sub(8)..];
    let tail = tail.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    mix(tail, u64::from(site.line()) << 16 | u64::from(site.column()))
}

fn mix(digest: u64, value: u64) -> u64 {
    (digest.rotate_left(23) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
