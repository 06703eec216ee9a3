//! Runs a comparison: many traces, several readers at once, one summary.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::case::{Origin, Seed, Traces, case, load};
use super::compare::{Agreement, Difference, compare, verdict_class};
use super::exceptions::{Exception, LEGACY_HEADER, UNDECIDED_IN_GO, is_refused_legacy};
use super::minimize::minimize;
use super::summary::{Finding, IllFormed, Summary, Wording};
use crate::go::{GoError, GoReader, GoRelease, Session};
use procsteal_reference::Fault;

/// How many differing traces are made small; of more than that, the rest are told as they are.
const MAX_MINIMIZED: usize = 20;

/// How often Go is asked again when it differs from the oracle, to see whether it differs from itself. Of two equally
/// likely answers one is missed once in 2^60 traces.
const REPEATS: u32 = 60;

/// As [`REPEATS`], for each of the many candidates while a trace is made small.
const REPEATS_WHEN_MINIMIZING: u32 = 12;

/// How many traces a worker takes at a time.
const TRACES_PER_TURN: u64 = 64;

/// What to compare, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The number of the first trace; 0 unless one trace is looked at again.
    pub first: u64,
    /// How many traces to compare.
    pub count: u64,
    /// Which ones.
    pub traces: Traces,
    /// Decides, with a trace's number, what the trace is.
    pub seed: u64,
    /// How many Go processes to run at once, each with a thread of ours.
    pub jobs: NonZeroUsize,
    /// The folder of traces to start from: `*.trace`, Go's `*.test` and its fuzz corpus, in it and below.
    pub seeds: PathBuf,
    /// The folder under which Go is installed, if it is not there already.
    pub toolchains: PathBuf,
    /// The folder for the traces that differ.
    pub out: PathBuf,
}

impl Default for Options {
    /// As in the repository: its traces, and `target/` for what is written.
    fn default() -> Self {
        Self {
            first: 0,
            count: 200_000,
            traces: Traces::default(),
            seed: 1,
            jobs: NonZeroUsize::MIN,
            seeds: "oracle/tests/data".into(),
            toolchains: "target/toolchains".into(),
            out: "target/conformance".into(),
        }
    }
}

/// Why a comparison could not be made at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConformanceError {
    /// Go is not there, or failed.
    #[error("conformance needs Go's own reader: {0}")]
    Go(#[from] GoError),
    /// A file or a folder cannot be read or written.
    #[error("conformance-file: cannot {doing} {} ({source})", path.display())]
    File {
        /// What was to be done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file to start from is not what its name says.
    #[error("conformance-seed: {} is broken: {message}", path.display())]
    BadSeed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// There is nothing to start from.
    #[error("conformance-no-seeds: {} holds no traces; give the folder `oracle/tests/data` of the repository", folder.display())]
    NoSeeds {
        /// The folder.
        folder: PathBuf,
    },
    /// The model failed: a fault of this program.
    #[error("conformance-model-fault: {fault}; `procsteal replay` shows it:\n{schedule}")]
    ModelFault {
        /// What went wrong.
        fault: Fault,
        /// The schedule that shows it.
        schedule: String,
    },
    /// A scheduler whose traces are compared is not there: a fault of this program.
    #[error("conformance-no-scheduler: there is no scheduler `{name}`")]
    NoScheduler {
        /// Its name.
        name: &'static str,
    },
}

impl ConformanceError {
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

/// Compares as many traces as `options` say; `progress` hears now and then how many are done.
///
/// # Errors
///
/// [`ConformanceError`] when Go cannot be had or the folders are not what they must be. A difference is not an
/// error; it is in the summary.
pub fn run(options: &Options, progress: impl Fn(u64) + Sync) -> Result<Summary, ConformanceError> {
    let seeds = load(&options.seeds)?;
    if seeds.is_empty() {
        return Err(ConformanceError::NoSeeds { folder: options.seeds.clone() });
    }
    std::fs::create_dir_all(&options.out).map_err(ConformanceError::file("make", &options.out))?;
    let reader = GoReader::ensure(GoRelease::Go1_27_3, &options.toolchains)?;
    let done = AtomicU64::new(0);
    let work = || work(options, &seeds, &reader, &done, &progress);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.get()).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut summary = Summary { seed: options.seed, ..Summary::default() };
    for part in parts {
        summary.merge(part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
    }
    let mut pair = Pair::start(&reader)?;
    for finding in summary.differences.iter_mut().take(MAX_MINIMIZED) {
        finding.minimized = Some(store_minimized(options, finding, &mut pair)?);
    }
    Ok(summary)
}

/// Compares turns of traces until none is left.
fn work(
    options: &Options,
    seeds: &[Seed],
    reader: &GoReader,
    done: &AtomicU64,
    progress: impl Fn(u64),
) -> Result<Summary, ConformanceError> {
    let mut summary = Summary::default();
    let mut pair = Pair::start(reader)?;
    loop {
        let start = done.fetch_add(TRACES_PER_TURN, Ordering::Relaxed);
        let end = options.count.min(start.saturating_add(TRACES_PER_TURN));
        if start >= end {
            return Ok(summary);
        }
        for index in start..end {
            let index = options.first.saturating_add(index);
            let (origin, trace) = case(seeds, options.traces, options.seed, index)?;
            count_one(options, index, origin, &trace, &mut pair, &mut summary)?;
        }
        progress(end);
    }
}

fn count_one(
    options: &Options,
    index: u64,
    origin: Origin,
    trace: &[u8],
    pair: &mut Pair<'_>,
    summary: &mut Summary,
) -> Result<(), ConformanceError> {
    let (go, oracle) = pair.read(trace)?;
    summary.traces += 1;
    summary.bytes += trace.len() as u64;
    summary.lines += go.lines().count() as u64;
    *summary.origins.entry(origin.kind()).or_default() += 1;
    let verdict = verdict_class(&go);
    *summary.verdicts.entry(verdict.clone()).or_default() += 1;
    if !origin.allows(&verdict) {
        let path = store(options, &format!("{}-{index}.ill-formed", options.seed), trace, &go, &oracle)?;
        let origin = origin.clone();
        summary.ill_formed.push(IllFormed { index, origin, verdict: verdict.clone(), trace: path });
    }
    match compare(&go, &oracle) {
        Ok(agreement) => {
            *summary.agreements.entry(agreement).or_default() += 1;
            if agreement == Agreement::Phrase {
                let last = |lines: &str| lines.lines().last().unwrap_or("").to_owned();
                let wording = Wording { count: 1, index, go: last(&go), oracle: last(&oracle) };
                summary.add_wording(verdict, wording);
            }
        }
        Err(difference) => match pair.excuse(trace, &oracle, REPEATS)? {
            Some(exception) => *summary.exceptions.entry(exception.name).or_default() += 1,
            None => {
                let path = store(options, &format!("{}-{index}", options.seed), trace, &go, &oracle)?;
                summary.differences.push(Finding { index, origin, difference, minimized: None, trace: path });
            }
        },
    }
    Ok(())
}

/// The two readers.
struct Pair<'reader> {
    reader: &'reader GoReader,
    session: Session,
}

impl<'reader> Pair<'reader> {
    fn start(reader: &'reader GoReader) -> Result<Self, GoError> {
        Ok(Self { reader, session: reader.start()? })
    }

    /// The lines of Go and of the oracle. A reader that dies has a line that says so, and is compared like any other.
    fn read(&mut self, trace: &[u8]) -> Result<(String, String), GoError> {
        Ok((self.read_go(trace)?, oracle_lines(trace)))
    }

    fn read_go(&mut self, trace: &[u8]) -> Result<String, GoError> {
        match self.session.read(trace) {
            Ok(lines) => Ok(lines.to_owned()),
            Err(error) => {
                self.session = self.reader.start()?;
                Ok(format!("END died {error}").replace('\n', " ") + "\n")
            }
        }
    }

    /// The listed reason for which the oracle's lines may differ from those of Go, if one applies.
    fn excuse(&mut self, trace: &[u8], oracle: &str, repeats: u32) -> Result<Option<Exception>, GoError> {
        if is_refused_legacy(trace, oracle) {
            return Ok(Some(LEGACY_HEADER));
        }
        for _ in 0..repeats {
            if compare(&self.read_go(trace)?, oracle).is_ok() {
                return Ok(Some(UNDECIDED_IN_GO));
            }
        }
        Ok(None)
    }

    /// The first difference that no listed reason explains, while a trace is made small.
    fn unexplained(&mut self, trace: &[u8]) -> Result<Option<Difference>, GoError> {
        let (go, oracle) = self.read(trace)?;
        match compare(&go, &oracle) {
            Ok(_) => Ok(None),
            Err(difference) => {
                let excuse = self.excuse(trace, &oracle, REPEATS_WHEN_MINIMIZING)?;
                Ok(excuse.is_none().then_some(difference))
            }
        }
    }
}

/// What the oracle says; where its two modes disagree with each other, or one panics, a line that says so.
fn oracle_lines(trace: &[u8]) -> String {
    let read = || -> std::io::Result<String> {
        let mut lines = Vec::new();
        procsteal_oracle::gtl1::write(trace, &mut lines)?;
        let lines = String::from_utf8_lossy(&lines).into_owned();
        let judged = procsteal_oracle::Judge::new().judge(trace);
        let end = lines.lines().last().unwrap_or("");
        let agree = match &judged {
            Ok(accepted) => end == format!("END ok {}", accepted.events),
            Err(_) => end.starts_with("END error ") || end.starts_with("END open-error "),
        };
        Ok(if agree {
            lines
        } else {
            format!("END died the oracle's judge says {judged:?}, its reader {end}\n")
        })
    };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(lines)) => lines,
        Ok(Err(error)) => format!("END died the oracle cannot write: {error}\n"),
        Err(_) => "END died the oracle panicked\n".to_owned(),
    }
}

fn store_minimized(
    options: &Options,
    finding: &mut Finding,
    pair: &mut Pair<'_>,
) -> Result<PathBuf, ConformanceError> {
    let trace = std::fs::read(&finding.trace).map_err(ConformanceError::file("read", &finding.trace))?;
    // A reader that cannot be started ends the search; the next use of it says why.
    let smallest = minimize(&trace, |trace| matches!(pair.unexplained(trace), Ok(Some(_))));
    if let Some(difference) = pair.unexplained(&smallest)? {
        finding.difference = difference;
    }
    let (go, oracle) = pair.read(&smallest)?;
    store(options, &format!("{}-{}.min", options.seed, finding.index), &smallest, &go, &oracle)
}

/// Writes a trace that differs, what each reader says of it, and its text form where it has one.
fn store(
    options: &Options,
    name: &str,
    trace: &[u8],
    go: &str,
    oracle: &str,
) -> Result<PathBuf, ConformanceError> {
    let path = options.out.join(format!("{name}.trace"));
    let mut files = vec![
        (path.clone(), trace.to_vec()),
        (options.out.join(format!("{name}.go.gtl1")), go.as_bytes().to_vec()),
        (options.out.join(format!("{name}.oracle.gtl1")), oracle.as_bytes().to_vec()),
    ];
    if let Ok(raw) = procsteal_oracle::testtrace::RawTrace::from_binary(trace) {
        files.push((options.out.join(format!("{name}.txt")), raw.to_string().into_bytes()));
    }
    for (path, bytes) in files {
        std::fs::write(&path, bytes).map_err(ConformanceError::file("write", &path))?;
    }
    Ok(path)
}
