//! What commands read: schedules, traces, scheduler names.

use super::{BadInput, Outcome};
use procsteal_oracle::{Error, ErrorClass};
use procsteal_reference::{Schedule, VARIANTS, Variant};
use std::io::Read;
use std::path::Path;

/// The largest file that is read as a schedule: a hundred times the largest one that can be written.
const MAX_SCHEDULE_BYTES: u64 = 1 << 20;

/// The largest trace that is read: traces are held in memory whole.
const MAX_TRACE_BYTES: u64 = 4 << 30;

/// A file, or standard input for `-`.
pub(super) fn read(path: &Path, limit_bytes: u64) -> anyhow::Result<Vec<u8>> {
    let bad = BadInput::file(path, "read");
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(limit_bytes + 1).read_to_end(&mut bytes).map_err(bad)?;
    } else {
        let file = std::fs::File::open(path).map_err(&bad)?;
        file.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(bad)?;
    }
    if bytes.len() as u64 > limit_bytes {
        let name = path.display();
        return Err(
            BadInput(format!("{name}: larger than {limit_bytes} bytes, the most that is read")).into()
        );
    }
    Ok(bytes)
}

/// A trace file.
pub(super) fn trace(path: &Path) -> anyhow::Result<Vec<u8>> {
    read(path, MAX_TRACE_BYTES)
}

/// What a trace comes to: nothing wrong, a finding, or no trace of a format that the oracle reads.
pub(super) fn outcome_of<T>(verdict: &Result<T, Error>) -> Outcome {
    match verdict.as_ref().err().map(Error::class) {
        None => Outcome::Clean,
        Some(ErrorClass::Header | ErrorClass::UnsupportedVersion) => Outcome::NoInput,
        Some(_) => Outcome::Finding,
    }
}

/// A schedule, in the text form or as an engine's bytes. A `.bin` file, and what is no text, is bytes.
pub(super) fn schedule(path: &Path) -> anyhow::Result<Schedule> {
    let bytes = read(path, MAX_SCHEDULE_BYTES)?;
    let is_bin = path.extension().is_some_and(|extension| extension == "bin");
    let printable = |c: char| !c.is_control() || c.is_whitespace();
    match std::str::from_utf8(&bytes) {
        Ok(text) if !is_bin && text.chars().all(printable) => {
            text.parse().map_err(|error| BadInput(format!("{}: {error}", path.display())).into())
        }
        _ => Ok(Schedule::from_bytes(&bytes)),
    }
}

/// The scheduler of that name, for clap.
pub(super) fn scheduler(name: &str) -> Result<&'static Variant, String> {
    Variant::named(name).ok_or_else(|| {
        let names: Vec<&str> = VARIANTS.iter().map(|variant| variant.name).collect();
        format!("no such scheduler; there are {}", names.join(", "))
    })
}

/// The scheduler of that name, from a list or a finding.
pub(super) fn named_scheduler(name: &str) -> anyhow::Result<&'static Variant> {
    scheduler(name).map_err(|error| BadInput(format!("{name:?}: {error}")).into())
}

/// A schedule as an argument.
#[derive(clap::Args)]
pub(super) struct ScheduleArgument {
    /// A schedule, as text (.sched) or as an engine's bytes (.bin); `-` is standard input
    #[arg(value_name = "SCHEDULE")]
    pub(super) path: std::path::PathBuf,
}

impl ScheduleArgument {
    pub(super) fn read(&self) -> anyhow::Result<Schedule> {
        schedule(&self.path)
    }
}
