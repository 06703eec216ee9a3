//! Gathers what engines and hunts left behind into one findings directory: artifacts, crashes, findings.

use crate::corpus::is_hidden;
use crate::execution::Bench;
use crate::findings::{Finding, FindingsDir, FindingsError, Origin, load};
use crate::minimize::{MinimizeOptions, Minimized, minimize_with};
use crate::signature::{Signature, signature};
use crate::targets::{InputKind, TARGETS, Target};
use procsteal_reference::{Schedule, Variant};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Inputs that are minimized for each scheduler and signature, the smallest first. An engine that runs for days leaves
/// thousands of inputs for one bug, which differ in nothing that matters.
pub const MAX_MINIMIZED: usize = 4;

/// Names that libFuzzer gives to what it stops at.
const LIBFUZZER_ARTIFACTS: [&str; 5] = ["crash-", "timeout-", "oom-", "leak-", "minimized-from-"];

/// Folders into which AFL++ puts what it stops at; the names of the files begin with `id:`, or `id_` where there are
/// no colons.
const AFL_FOLDERS: [&str; 2] = ["crashes", "hangs"];

/// The schedulers on which an input is tried.
const SCHEDULERS: [&str; 2] = ["prefix", "fixed"];

/// What was gathered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Gathered {
    /// Inputs that were read.
    pub inputs: usize,
    /// Those that show nothing wrong, or nothing wrong any more.
    pub harmless: usize,
    /// Those that make the program itself panic.
    pub panics: Vec<Panic>,
    /// Those whose minimizing reached its limit: stored as small as they had become.
    pub limits_reached: Vec<PathBuf>,
    /// What could not be done, and with which file.
    pub troubles: Vec<(PathBuf, String)>,
}

/// An input that makes the program panic: a fault of the program, whatever the input is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Panic {
    /// The input.
    pub path: PathBuf,
    /// The target that panics on it.
    pub target: &'static str,
    /// What it says.
    pub message: String,
}

/// An input that shows something wrong.
struct Failing {
    path: PathBuf,
    schedule: Schedule,
}

/// Gathers the findings, libFuzzer artifacts and AFL++ crashes in `folder` and the folders in it: each finding is
/// stored in `findings` as it is; of the engines' inputs, the [`MAX_MINIMIZED`] smallest of each scheduler and signature
/// are minimized first, each as `minimizing` says. Other files are passed over.
///
/// # Errors
/// [`FindingsError`] if a folder cannot be read or a finding cannot be stored. What is wrong with an input is told in
/// the result.
pub fn gather(
    folder: &Path,
    findings: &FindingsDir,
    minimizing: MinimizeOptions,
) -> Result<Gathered, FindingsError> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    let mut gathered = Gathered::default();
    let mut failing: BTreeMap<(&'static str, Signature), Vec<Failing>> = BTreeMap::new();
    let mut bench = Bench::new();
    for path in paths {
        if is_finding(&path) {
            gathered.inputs += 1;
            match load(&path) {
                Ok(finding) => drop(findings.store(&finding)?),
                Err(error) => gathered.troubles.push((path, error.to_string())),
            }
        } else if is_artifact(&path) {
            gathered.inputs += 1;
            let bytes = std::fs::read(&path).map_err(FindingsError::io("read", &path))?;
            let shown = examine(&mut bench, &path, &bytes, &mut gathered);
            let schedule = Schedule::from_bytes(&bytes);
            for kind in shown {
                let input = Failing { path: path.clone(), schedule: schedule.clone() };
                failing.entry(kind).or_default().push(input);
            }
        }
    }
    for ((scheduler, _), inputs) in failing {
        let Some(scheduler) = Variant::named(scheduler) else { continue };
        for input in smallest(inputs) {
            match minimize_with(&mut bench, scheduler, &input.schedule, minimizing) {
                Ok(minimized) => {
                    store(&mut bench, scheduler, &minimized, findings)?;
                    if !minimized.extent.is_minimal() {
                        gathered.limits_reached.push(input.path);
                    }
                }
                Err(error) => gathered.troubles.push((input.path, error.to_string())),
            }
        }
    }
    Ok(gathered)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), FindingsError> {
    for entry in std::fs::read_dir(folder).map_err(FindingsError::io("read the folder", folder))? {
        let path = entry.map_err(FindingsError::io("read the folder", folder))?.path();
        if is_hidden(&path) {
            continue;
        }
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_finding(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "sched") && path.with_extension("json").is_file()
}

fn is_artifact(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let of_afl =
        AFL_FOLDERS.contains(&folder.as_ref()) && (name.starts_with("id:") || name.starts_with("id_"));
    of_afl || LIBFUZZER_ARTIFACTS.iter().any(|prefix| name.starts_with(prefix))
}

/// The target whose artifact a file is, by the folders that it is in.
fn target_of(path: &Path) -> Option<&'static Target> {
    let mut folders = path.ancestors().skip(1).filter_map(Path::file_name);
    folders.find_map(|folder| TARGETS.iter().find(|target| *target.name == *folder))
}

/// What an input shows: schedulers and signatures, or a panic, or nothing.
fn examine(
    bench: &mut Bench,
    path: &Path,
    bytes: &[u8],
    gathered: &mut Gathered,
) -> Vec<(&'static str, Signature)> {
    let target = target_of(path);
    let mut shown = Vec::new();
    if target.is_none_or(|target| target.input == InputKind::Schedule) {
        let schedule = Schedule::from_bytes(bytes);
        for scheduler in SCHEDULERS.iter().filter_map(|name| Variant::named(name)) {
            if let Some(signature) = signature(&bench.record(scheduler, &schedule)) {
                shown.push((scheduler.name, signature));
            }
        }
    }
    // The other targets panic on a finding: what they would say of a schedule is known by now.
    let panics = target.filter(|target| shown.is_empty() || target.name == "roundtrip");
    let message = panics.and_then(|target| Some((target.name, panic_of(target, bytes)?)));
    match message {
        Some((target, message)) => {
            gathered.panics.push(Panic { path: path.to_owned(), target, message });
        }
        None if shown.is_empty() => gathered.harmless += 1,
        None => {}
    }
    shown
}

fn panic_of(target: &Target, bytes: &[u8]) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes))).err()?;
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    Some(text.unwrap_or("a panic without words").to_owned())
}

/// The smallest of different inputs.
fn smallest(mut inputs: Vec<Failing>) -> impl Iterator<Item = Failing> {
    inputs.sort_by_cached_key(|input| input.schedule.to_byte_vec().len());
    inputs.dedup_by(|one, other| one.schedule == other.schedule);
    inputs.into_iter().take(MAX_MINIMIZED)
}

fn store(
    bench: &mut Bench,
    scheduler: &'static Variant,
    minimized: &Minimized,
    findings: &FindingsDir,
) -> Result<(), FindingsError> {
    let finding = Finding::new(bench, scheduler, minimized, Origin::default());
    // A hunt's metadata says more than an artifact can: seed, strategy, execution.
    if !findings.path_of(&finding).is_file() {
        findings.store(&finding)?;
    }
    Ok(())
}
