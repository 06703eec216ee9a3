//! One schedule of a corpus: a file, and what its first comment claims of it.

use crate::findings::{FindingsError, id_of, load_schedule};
use crate::signature::Signature;
use procsteal_reference::{Schedule, Variant};
use std::fmt;
use std::path::{Path, PathBuf};

/// The comment with which a schedule says what it shows: `# expect SCHEDULER SIGNATURE`.
const CLAIM: &str = "# expect ";

/// The word in place of a signature for a trace that can be parsed.
const PARSEABLE: &str = "parseable";

/// A schedule of a corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its file.
    pub path: PathBuf,
    /// The schedule.
    pub schedule: Schedule,
    /// What it claims, scheduler by scheduler.
    pub claims: Vec<Claim>,
}

/// What a schedule shows on a scheduler, as its file says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The scheduler.
    pub scheduler: &'static Variant,
    /// The signature; none if the trace can be parsed.
    pub signature: Option<Signature>,
}

impl Claim {
    /// The claim that a line of a schedule's text makes, if it is a comment that makes one.
    pub(super) fn of_comment(line: &str) -> Option<Self> {
        claim(line.strip_prefix(CLAIM)?)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.signature.as_ref().map_or(PARSEABLE.to_owned(), Signature::to_string);
        write!(f, "{CLAIM}{} {name}", self.scheduler.name)
    }
}

impl Entry {
    /// The name of its file, without the ending.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Hexadecimal digits of the names that libFuzzer gives to inputs.
const LIBFUZZER_DIGITS: usize = 40;

/// Whether it is an input of a fuzzing engine's corpus, by its name: libFuzzer takes a hash, AFL++ a number.
fn is_engine_input(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_hash = name.len() == LIBFUZZER_DIGITS && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash || name.starts_with("id:") || name.starts_with("id_")
}

/// Whether a file or folder is somebody's own: AFL++ keeps notes beside its inputs, with names like theirs.
pub(crate) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

impl Entry {
    /// The name of a copy of its file: its own; of an engine's input the hash of the schedule, because two instances
    /// of an engine give one name to different inputs.
    #[must_use]
    pub fn name_of_copy(&self) -> String {
        if is_engine_input(&self.path) {
            return format!("{}.bin", id_of(&self.schedule));
        }
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// All schedules of a folder and the folders in it (`*.sched`, `*.bin` and what libFuzzer and AFL++ keep), in order of
/// path. A `.bin` beside a `.sched` of its name is the same schedule and left out.
///
/// # Errors
/// [`FindingsError`] for the first file that cannot be read.
pub fn load(folder: &Path) -> Result<Vec<Entry>, FindingsError> {
    paths(folder)?.iter().map(|path| load_entry(path)).collect()
}

/// The files of [`load`].
pub(super) fn paths(folder: &Path) -> Result<Vec<PathBuf>, FindingsError> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(FindingsError::io("read the folder", &folder))? {
            let path = entry.map_err(FindingsError::io("read the folder", &folder))?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            match ending {
                _ if is_hidden(&path) => {}
                _ if path.is_dir() => folders.push(path),
                _ if is_engine_input(&path) => paths.push(path),
                "sched" => paths.push(path),
                "bin" if !path.with_extension("sched").is_file() => paths.push(path),
                _ => {}
            }
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads one schedule and its claims.
///
/// # Errors
/// [`FindingsError`] if the file cannot be read, is no schedule, or claims something that cannot be understood.
pub fn load_entry(path: &Path) -> Result<Entry, FindingsError> {
    let schedule = if is_engine_input(path) {
        Schedule::from_bytes(&std::fs::read(path).map_err(FindingsError::io("read", path))?)
    } else {
        load_schedule(path)?
    };
    let mut claims = Vec::new();
    if path.extension().is_some_and(|ending| ending == "sched") {
        let text = std::fs::read_to_string(path).map_err(FindingsError::io("read", path))?;
        for line in text.lines().filter_map(|line| line.strip_prefix(CLAIM)) {
            let expected = "# expect SCHEDULER SIGNATURE, or # expect SCHEDULER parseable";
            let claim = claim(line).ok_or_else(|| FindingsError::damaged(path, line, expected))?;
            claims.push(claim);
        }
    }
    Ok(Entry { path: path.to_owned(), schedule, claims })
}

fn claim(line: &str) -> Option<Claim> {
    let (scheduler, signature) = line.trim().split_once(' ')?;
    let scheduler = Variant::named(scheduler)?;
    let signature = match signature.trim() {
        PARSEABLE => None,
        signature => Some(signature.parse().ok()?),
    };
    Some(Claim { scheduler, signature })
}
