//! The traces that are compared: one for each number, decided by it and the seed alone.

use std::fmt;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use procsteal_oracle::testtrace::{TestFile, parse_fuzz_file};

use super::ConformanceError;
use super::generate::generate;
use super::model::{Tracing, model_trace};
use super::mutate::mutate;

/// The largest trace that is mutated, in bytes. Larger ones are compared as they are: a mutation of a long trace
/// tests no more than one of a short trace, and takes as long as a hundred of them.
const MAX_MUTATED_BYTES: usize = 40_000;

/// A trace of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Seed {
    pub(super) name: String,
    pub(super) trace: Vec<u8>,
}

/// Where a compared trace comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A file, as it is.
    File(String),
    /// Made up.
    Generated,
    /// A file's trace, mutated.
    MutatedFile(String),
    /// A made-up trace, mutated.
    MutatedGenerated,
    /// A run of the model on this scheduler, with tracing starting, advancing and stopping at any time.
    Model(&'static str),
    /// A run of the model on this scheduler, with tracing on from its start to its end.
    UndisturbedModel(&'static str),
}

/// Which traces are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum Traces {
    /// As many of the model's as of the others
    #[default]
    All,
    /// Files, made-up traces, and mutations of both
    MadeUp,
    /// What the model writes
    Model,
}

impl Origin {
    /// Whether Go's reader may judge a trace from here with this class of verdict: what the model writes may be
    /// rejected for what its scheduler did, never for how bytes were written (`format 6`).
    pub(super) fn allows(&self, verdict: &str) -> bool {
        match self {
            Self::File(_) | Self::Generated | Self::MutatedFile(_) | Self::MutatedGenerated => true,
            Self::Model(_) => {
                verdict == "ok" || verdict.starts_with("stuck: ") || verdict.starts_with("ordering: ")
            }
            Self::UndisturbedModel(_) => verdict == "ok",
        }
    }

    /// The origin without the file's name, to be counted.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "files",
            Self::Generated => "generated",
            Self::MutatedFile(_) => "mutated files",
            Self::MutatedGenerated => "mutated generated",
            Self::Model(_) => "model",
            Self::UndisturbedModel(_) => "model, tracing undisturbed",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) => formatter.write_str(name),
            Self::Generated => formatter.write_str("generated"),
            Self::MutatedFile(name) => write!(formatter, "{name}, mutated"),
            Self::MutatedGenerated => formatter.write_str("generated, mutated"),
            Self::Model(scheduler) => write!(formatter, "model, {scheduler}"),
            Self::UndisturbedModel(scheduler) => write!(formatter, "model, {scheduler}, tracing undisturbed"),
        }
    }
}

/// Trace number `index` of those that `seed` stands for: first each file as it is, then made-up, mutated and the
/// model's ones.
pub(super) fn case(
    seeds: &[Seed],
    traces: Traces,
    seed: u64,
    index: u64,
) -> Result<(Origin, Vec<u8>), ConformanceError> {
    let mut rng = Rng::with_seed(mix(seed, index));
    let file = usize::try_from(index).ok().and_then(|index| seeds.get(index));
    match (traces, file) {
        (Traces::All | Traces::MadeUp, Some(file)) => {
            Ok((Origin::File(file.name.clone()), file.trace.clone()))
        }
        (Traces::All, None) if index.is_multiple_of(2) => written_by_model(&mut rng),
        (Traces::Model, _) => written_by_model(&mut rng),
        (Traces::All | Traces::MadeUp, None) => Ok(made_up(seeds, &mut rng)),
    }
}

fn written_by_model(rng: &mut Rng) -> Result<(Origin, Vec<u8>), ConformanceError> {
    let trace = model_trace(rng)?;
    let origin = match trace.tracing {
        Tracing::Anything => Origin::Model(trace.scheduler),
        Tracing::Undisturbed => Origin::UndisturbedModel(trace.scheduler),
    };
    Ok((origin, trace.bytes))
}

fn made_up(seeds: &[Seed], rng: &mut Rng) -> (Origin, Vec<u8>) {
    let short: Vec<&Seed> = seeds.iter().filter(|seed| seed.trace.len() <= MAX_MUTATED_BYTES).collect();
    match rng.u32(..10) {
        0..4 => (Origin::Generated, generate(rng)),
        4..7 => {
            let (trace, other) = (generate(rng), generate(rng));
            (Origin::MutatedGenerated, mutate(&trace, &other, rng))
        }
        _ if short.is_empty() => (Origin::Generated, generate(rng)),
        _ => {
            let (first, second) = (short[rng.usize(..short.len())], short[rng.usize(..short.len())]);
            let trace = mutate(&first.trace, &second.trace, rng);
            (Origin::MutatedFile(first.name.clone()), trace)
        }
    }
}

/// One number of two, so that neighbours have nothing in common (the finalizer of SplitMix64).
fn mix(seed: u64, index: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(index);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The traces of the files below `folder`, by name: `*.trace`, Go's `*.test`, and Go's fuzz corpus in `fuzz/`.
pub(super) fn load(folder: &Path) -> Result<Vec<Seed>, ConformanceError> {
    let mut paths = Vec::new();
    collect_files(folder, &mut paths)?;
    paths.sort();
    let mut seeds = Vec::new();
    for path in paths {
        let bytes = std::fs::read(&path).map_err(ConformanceError::file("read", &path))?;
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let bad = |message: String| ConformanceError::BadSeed { path: path.clone(), message };
        let trace = if name.ends_with(".trace") {
            bytes
        } else if name.ends_with(".test") {
            let text = String::from_utf8(bytes).map_err(|error| bad(error.to_string()))?;
            TestFile::parse(&text).map_err(|error| bad(error.to_string()))?.trace.to_binary()
        } else if bytes.starts_with(b"go test fuzz v1\n") {
            let text = String::from_utf8(bytes).map_err(|error| bad(error.to_string()))?;
            parse_fuzz_file(&text).map_err(|error| bad(error.to_string()))?
        } else {
            continue;
        };
        seeds.push(Seed { name, trace });
    }
    Ok(seeds)
}

fn collect_files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), ConformanceError> {
    for entry in std::fs::read_dir(folder).map_err(ConformanceError::file("read", folder))? {
        let path = entry.map_err(ConformanceError::file("read", folder))?.path();
        if path.is_dir() { collect_files(&path, paths)? } else { paths.push(path) }
    }
    Ok(())
}
