//! Checks that every file of a corpus or a findings directory is what it claims to be.

use super::entry::{load_entry, paths};
use crate::execution::{Bench, Verdict};
use crate::findings::{FindingsError, load, load_schedule};
use crate::signature::{Signature, signature};
use procsteal_reference::{Schedule, Variant};
use std::path::{Path, PathBuf};

/// What a check of a folder came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Diagnosis {
    /// Files that were checked.
    pub checked: usize,
    /// What is wrong with which of them, in order of path.
    pub complaints: Vec<Complaint>,
}

/// What is wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub message: String,
}

/// Checks that every schedule of a folder decodes, is the same in its binary form, replays to the same trace twice,
/// and still shows what it claims: by its `# expect` comments, or as the finding that its metadata makes it.
///
/// # Errors
/// [`FindingsError`] if the folder itself cannot be read. What is wrong with a file is a complaint.
pub fn doctor(folder: &Path) -> Result<Diagnosis, FindingsError> {
    let mut bench = Bench::new();
    let mut diagnosis = Diagnosis::default();
    for path in paths(folder)? {
        diagnosis.checked += 1;
        if let Err(message) = examine(&mut bench, &path) {
            diagnosis.complaints.push(Complaint { path, message });
        }
    }
    Ok(diagnosis)
}

fn examine(bench: &mut Bench, path: &Path) -> Result<(), String> {
    let entry = load_entry(path).map_err(|error| error.to_string())?;
    let schedule = &entry.schedule;
    if Schedule::from_bytes(&schedule.to_byte_vec()) != *schedule {
        return Err("its binary form is another schedule".to_owned());
    }
    let binary = path.with_extension("bin");
    if binary.is_file() && load_schedule(&binary).map_err(|error| error.to_string())? != *schedule {
        return Err(format!("{} is another schedule", binary.display()));
    }
    for claim in &entry.claims {
        check(bench, claim.scheduler, schedule, claim.signature.as_ref())?;
    }
    if path.with_extension("json").is_file() {
        examine_finding(bench, path)?;
    }
    Ok(())
}

fn examine_finding(bench: &mut Bench, path: &Path) -> Result<(), String> {
    let finding = load(path).map_err(|error| error.to_string())?;
    let name = &finding.metadata.scheduler;
    let scheduler = Variant::named(name).ok_or_else(|| format!("its scheduler {name:?} is not known"))?;
    check(bench, scheduler, &finding.schedule, Some(&finding.signature))?;
    for (name, trace) in &finding.traces {
        let scheduler =
            Variant::named(name).ok_or_else(|| format!("a trace of {name:?}, which is not known"))?;
        let recording = bench.record(scheduler, &finding.schedule);
        if !recording.traces.contains(trace) {
            return Err(format!("on {name} it now writes another trace than the one stored"));
        }
    }
    Ok(())
}

fn check(
    bench: &mut Bench,
    scheduler: &Variant,
    schedule: &Schedule,
    expected: Option<&Signature>,
) -> Result<(), String> {
    let recording = bench.record(scheduler, schedule);
    if bench.record(scheduler, schedule).traces != recording.traces {
        return Err(format!("on {} it writes another trace each time", scheduler.name));
    }
    let found = signature(&recording);
    if found.as_ref() == expected {
        return Ok(());
    }
    let name = |signature: Option<&Signature>| signature.map_or("parseable".to_owned(), Signature::to_string);
    let why = match &recording.execution.verdict {
        Verdict::Unparseable(unparseable) => format!(": {}", unparseable.error),
        _ => String::new(),
    };
    Err(format!("on {} it is {}{why}; expected {}", scheduler.name, name(found.as_ref()), name(expected)))
}
