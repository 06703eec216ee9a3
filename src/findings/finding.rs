//! One finding: a minimized schedule, where it came from, and the traces it writes.

use crate::execution::{Bench, Recording, Verdict};
use crate::explore::StrategyKind;
use crate::minimize::{Extent, Minimized, Size};
use crate::signature::Signature;
use procsteal_reference::{Schedule, Variant};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The version of the metadata's format.
pub const FORMAT: u32 = 1;

/// Hexadecimal digits of an id: 64 bits, so that a million findings do not collide.
const ID_DIGITS: usize = 16;

/// Schedulers whose traces are kept beside that of the scheduler that fails: the two sides of the difference.
const COMPARED: [&str; 2] = ["prefix", "fixed"];

/// What `<id>.json` holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Metadata {
    /// [`FORMAT`]
    pub format: u32,
    /// The hash of the minimized schedule.
    pub id: String,
    /// The signature, as text.
    pub signature: String,
    /// What the oracle or the model says.
    pub verdict: String,
    /// On which scheduler.
    pub scheduler: String,
    /// Which strategy found it; none if it was given.
    pub strategy: Option<String>,
    /// The seed of the hunt that found it.
    pub seed: Option<u64>,
    /// The execution of that hunt.
    pub execution: Option<u64>,
    /// The version of procsteal.
    pub program_version: String,
    /// Its size as it was found.
    pub size_found: Size,
    /// Its size after minimizing.
    pub size: Size,
    /// Whether minimizing came to its end; where the file does not say, it did.
    #[serde(default, skip_serializing_if = "Extent::is_minimal")]
    pub extent: Extent,
}

/// Who found a schedule.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Origin {
    /// Which strategy.
    pub strategy: Option<StrategyKind>,
    /// The hunt's seed.
    pub seed: Option<u64>,
    /// Which execution of the hunt, from 0.
    pub execution: Option<u64>,
}

/// A finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The minimized schedule.
    pub schedule: Schedule,
    /// Its signature.
    pub signature: Signature,
    /// The rest that is known of it.
    pub metadata: Metadata,
    /// By scheduler, the trace that it writes there: the first that cannot be parsed, or else the first.
    pub traces: BTreeMap<String, Vec<u8>>,
}

/// The id of a minimized schedule.
#[must_use]
pub fn id_of(schedule: &Schedule) -> String {
    let digest = Sha256::digest(schedule.to_string().as_bytes());
    let mut id: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    id.truncate(ID_DIGITS);
    id
}

/// What a verdict says, in one line.
pub(crate) fn verdict_text(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Parseable { events } => format!("parseable: {events} events"),
        Verdict::Unparseable(unparseable) => format!("unparseable: {}", unparseable.error).replace('\n', " "),
        Verdict::Fault(fault) => format!("fault: {fault}"),
    }
}

fn trace_of(recording: Recording) -> Option<Vec<u8>> {
    let index = match &recording.execution.verdict {
        Verdict::Unparseable(unparseable) => unparseable.trace_index,
        _ => 0,
    };
    recording.traces.into_iter().nth(index)
}

impl Finding {
    /// The finding that a minimized schedule is, with its traces.
    #[must_use]
    pub fn new(
        bench: &mut Bench,
        scheduler: &'static Variant,
        minimized: &Minimized,
        origin: Origin,
    ) -> Self {
        let schedule = minimized.schedule.clone();
        let mut traces = BTreeMap::new();
        let others = COMPARED.iter().filter_map(|name| Variant::named(name));
        for variant in others.filter(|variant| variant.name != scheduler.name) {
            if let Some(trace) = trace_of(bench.record(variant, &schedule)) {
                traces.insert(variant.name.to_owned(), trace);
            }
        }
        let recording = bench.record(scheduler, &schedule);
        let verdict = verdict_text(&recording.execution.verdict);
        if let Some(trace) = trace_of(recording) {
            traces.insert(scheduler.name.to_owned(), trace);
        }
        let metadata = Metadata {
            format: FORMAT,
            id: id_of(&schedule),
            signature: minimized.signature.to_string(),
            verdict,
            scheduler: scheduler.name.to_owned(),
            strategy: origin.strategy.map(|kind| kind.name().to_owned()),
            seed: origin.seed,
            execution: origin.execution,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            size_found: minimized.before,
            size: minimized.after,
            extent: minimized.extent,
        };
        Self { schedule, signature: minimized.signature.clone(), metadata, traces }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.metadata.id
    }
}
