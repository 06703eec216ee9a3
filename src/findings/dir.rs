//! A directory of findings.

use super::finding::{Finding, id_of};
use super::{FORMAT, FindingsError, Metadata, write_atomically};
use procsteal_reference::Schedule;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How deep a signature's folder is: one level for each of its four parts.
const SIGNATURE_DEPTH: usize = 4;

/// A directory of findings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingsDir {
    root: PathBuf,
}

/// What a merge did.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Merged {
    /// Findings that were not there before.
    pub added: usize,
    /// Findings that both had.
    pub known: usize,
}

impl FindingsDir {
    /// The directory, made if it is not there.
    ///
    /// # Errors
    /// [`FindingsError::Io`] if it cannot be made.
    pub fn create(root: &Path) -> Result<Self, FindingsError> {
        std::fs::create_dir_all(root).map_err(FindingsError::io("make the folder", root))?;
        Ok(Self { root: root.to_owned() })
    }

    /// A directory that is there.
    ///
    /// # Errors
    /// [`FindingsError::Io`] if it is not there or no directory.
    pub fn open(root: &Path) -> Result<Self, FindingsError> {
        std::fs::read_dir(root).map_err(FindingsError::io("read the folder", root))?;
        Ok(Self { root: root.to_owned() })
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the schedule of a finding is, or would be.
    #[must_use]
    pub fn path_of(&self, finding: &Finding) -> PathBuf {
        self.root.join(finding.signature.to_string()).join(format!("{}.sched", finding.id()))
    }

    /// Stores a finding, and says where its schedule is. The schedule's text comes last: where it is, all is there.
    /// Of two findings of one schedule the one whose metadata comes first in the order of bytes is kept.
    ///
    /// # Errors
    /// [`FindingsError::Io`], naming the file. Whatever was stored before is whole.
    pub fn store(&self, finding: &Finding) -> Result<PathBuf, FindingsError> {
        let path = self.path_of(finding);
        let json = metadata_bytes(&finding.metadata, &path)?;
        let there = read_if_there(&path.with_extension("json"))?;
        if there.is_some_and(|there| there <= json) && path.is_file() {
            return Ok(path);
        }
        write_atomically(&path.with_extension("bin"), &finding.schedule.to_byte_vec())?;
        for (scheduler, trace) in &finding.traces {
            write_atomically(&path.with_extension(format!("{scheduler}.trace")), trace)?;
        }
        write_atomically(&path.with_extension("json"), &json)?;
        write_atomically(&path, finding.schedule.to_string().as_bytes())?;
        Ok(path)
    }

    /// The schedules of all findings, in order of path.
    ///
    /// # Errors
    /// [`FindingsError::Io`] if a folder cannot be read.
    pub fn paths(&self) -> Result<Vec<PathBuf>, FindingsError> {
        let mut paths = Vec::new();
        collect(&self.root, SIGNATURE_DEPTH, &mut paths)?;
        paths.sort();
        Ok(paths)
    }

    /// All findings, in order of signature and id.
    ///
    /// # Errors
    /// [`FindingsError`] for the first file that is not what it must be.
    pub fn load_all(&self) -> Result<Vec<Finding>, FindingsError> {
        self.paths()?.iter().map(|path| load(path)).collect()
    }

    /// Adds all findings of another directory. In whatever order directories are merged, the result is the same.
    ///
    /// # Errors
    /// [`FindingsError`] for the first file that cannot be read or written.
    pub fn merge(&self, other: &Self) -> Result<Merged, FindingsError> {
        let mut merged = Merged::default();
        for finding in other.load_all()? {
            if self.path_of(&finding).is_file() {
                merged.known += 1;
            } else {
                merged.added += 1;
            }
            self.store(&finding)?;
        }
        Ok(merged)
    }
}

fn metadata_bytes(metadata: &Metadata, path: &Path) -> Result<Vec<u8>, FindingsError> {
    let mut json = serde_json::to_vec_pretty(metadata)
        .map_err(|error| FindingsError::damaged(path, error.to_string(), "metadata that JSON can hold"))?;
    json.push(b'\n');
    Ok(json)
}

fn read(path: &Path) -> Result<Vec<u8>, FindingsError> {
    std::fs::read(path).map_err(FindingsError::io("read", path))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, FindingsError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FindingsError::io("read", path)(error)),
    }
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), FindingsError> {
    for entry in std::fs::read_dir(folder).map_err(FindingsError::io("read the folder", folder))? {
        let path = entry.map_err(FindingsError::io("read the folder", folder))?.path();
        if depth > 0 && path.is_dir() {
            collect(&path, depth - 1, paths)?;
        } else if depth == 0 && path.extension().is_some_and(|extension| extension == "sched") {
            paths.push(path);
        }
    }
    Ok(())
}

/// The schedule in a file: text in `.sched`, engine bytes in `.bin`.
///
/// # Errors
/// [`FindingsError`] if the file cannot be read or is no schedule.
pub fn load_schedule(path: &Path) -> Result<Schedule, FindingsError> {
    let bytes = read(path)?;
    if path.extension().is_some_and(|extension| extension == "bin") {
        return Ok(Schedule::from_bytes(&bytes));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| FindingsError::damaged(path, error.to_string(), "a schedule as text"))?;
    text.parse().map_err(|error| FindingsError::damaged(path, format!("{error}"), "a schedule as text"))
}

/// Reads the finding whose schedule is at `path`.
///
/// # Errors
/// [`FindingsError`] if one of its files cannot be read or does not fit the others.
pub fn load(path: &Path) -> Result<Finding, FindingsError> {
    let schedule = load_schedule(path)?;
    let json = path.with_extension("json");
    let metadata: Metadata = serde_json::from_slice(&read(&json)?)
        .map_err(|error| FindingsError::damaged(&json, error.to_string(), "metadata of a finding"))?;
    if metadata.format != FORMAT {
        return Err(FindingsError::Format { path: json, found: metadata.format });
    }
    let id = id_of(&schedule);
    if metadata.id != id || path.file_stem().is_none_or(|stem| *stem != *id) {
        let found = format!("id {}", metadata.id);
        return Err(FindingsError::damaged(&json, found, format!("{id}, the hash of the schedule")));
    }
    let signature = metadata.signature.parse();
    let signature =
        signature.map_err(|error| FindingsError::damaged(&json, format!("{error}"), "a signature"))?;
    Ok(Finding { traces: load_traces(path, &id)?, schedule, signature, metadata })
}

fn load_traces(path: &Path, id: &str) -> Result<BTreeMap<String, Vec<u8>>, FindingsError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut traces = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(FindingsError::io("read the folder", folder))? {
        let entry = entry.map_err(FindingsError::io("read the folder", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let scheduler = name.strip_prefix(id).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".trace"));
        if let Some(scheduler) = scheduler {
            traces.insert(scheduler.to_owned(), read(&entry.path())?);
        }
    }
    Ok(traces)
}
