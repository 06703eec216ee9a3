//! The state of a hunt on disk, from which a killed one goes on as if nothing had been.

use super::mutate::{Corpus, Lesson};
use super::{HuntOptions, Kind};
use crate::execution::Bench;
use crate::explore::features_of;
use crate::findings::{FindingsError, write_atomically};
use crate::minimize::Extent;
use procsteal_reference::{Follow, Schedule, Variant};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version of the file's format. Another version of the program starts again.
const FORMAT: u32 = 1;

/// What is merged so far: everything that the next batches depend on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    format: u32,
    program_version: String,
    /// Batches merged: a multiple of a round's.
    pub(super) batches: u64,
    pub(super) executions: u64,
    pub(super) steps: u64,
    pub(super) kinds: Vec<StoredKind>,
    /// The corpus, as text, each with the scheduler that it showed something new on.
    pub(super) corpus: Vec<StoredSchedule>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredKind {
    signature: String,
    scheduler: String,
    count: u64,
    first_execution: u64,
    strategy: String,
    #[serde(default)]
    extent: Option<Extent>,
    path: Option<PathBuf>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredSchedule {
    pub(super) scheduler: String,
    pub(super) schedule: String,
}

/// Where the state of a hunt with these options is kept: hunts that differ in what they do have files of their own.
pub(super) fn path_of(options: &HuntOptions) -> Option<PathBuf> {
    let schedulers: Vec<&str> = options.schedulers.iter().map(|scheduler| scheduler.name).collect();
    let shard = options.shard.to_string().replace('/', "of");
    let (seed, strategy) = (options.seed, options.strategy);
    let name = format!(".hunt-{}-{strategy}-{seed}-{shard}.json", schedulers.join(","));
    options.out.as_ref().map(|out| out.join(name))
}

impl State {
    pub(super) fn new() -> Self {
        let program_version = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, program_version, ..Self::default() }
    }

    /// The state in that file; `None` if there is none, or it is another version's.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, FindingsError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FindingsError::io("read", path)(error)),
        };
        let state: Self = serde_json::from_slice(&bytes)
            .map_err(|error| FindingsError::damaged(path, error.to_string(), "the state of a hunt"))?;
        let new = Self::new();
        Ok((state.format == new.format && state.program_version == new.program_version).then_some(state))
    }

    pub(super) fn save(&self, path: &Path) -> Result<(), FindingsError> {
        let mut json = serde_json::to_vec(self)
            .map_err(|error| FindingsError::damaged(path, error.to_string(), "a state that JSON can hold"))?;
        json.push(b'\n');
        write_atomically(path, &json)
    }

    pub(super) fn note_kinds(&mut self, kinds: &[Kind]) {
        self.kinds = kinds
            .iter()
            .map(|kind| StoredKind {
                signature: kind.signature.to_string(),
                scheduler: kind.scheduler.name.to_owned(),
                count: kind.count,
                first_execution: kind.first_execution,
                strategy: kind.strategy.name().to_owned(),
                extent: kind.extent,
                path: kind.path.clone(),
            })
            .collect();
    }

    /// Notes where a kind is stored, if it is one of those of this state.
    pub(super) fn note_settled(&mut self, index: usize, kind: &Kind) {
        if let Some(stored) = self.kinds.get_mut(index) {
            (stored.extent, stored.path) = (kind.extent, kind.path.clone());
        }
    }

    pub(super) fn kinds(&self, path: &Path) -> Result<Vec<Kind>, FindingsError> {
        self.kinds.iter().map(|stored| stored.to_kind(path)).collect()
    }

    /// Fills a corpus with the stored schedules, which show again what they showed.
    pub(super) fn fill(&self, corpus: &mut Corpus, path: &Path) -> Result<(), FindingsError> {
        let mut bench = Bench::new();
        for stored in &self.corpus {
            let scheduler = scheduler(&stored.scheduler, path)?;
            let schedule: Schedule = stored
                .schedule
                .parse()
                .map_err(|error| FindingsError::damaged(path, format!("{error}"), "schedules"))?;
            let mut follow = Follow::default();
            follow.load(&schedule);
            let (execution, touches) = bench.execute_tracked(scheduler, &schedule.scenario, &mut follow);
            let features = features_of(&execution, &touches);
            corpus.admit(&Lesson { schedule: Arc::new(schedule), features });
        }
        Ok(())
    }
}

fn scheduler(name: &str, path: &Path) -> Result<&'static Variant, FindingsError> {
    Variant::named(name).ok_or_else(|| {
        FindingsError::damaged(path, format!("scheduler {name:?}"), "a scheduler of this version")
    })
}

impl StoredKind {
    fn to_kind(&self, path: &Path) -> Result<Kind, FindingsError> {
        let damaged = |found: String| FindingsError::damaged(path, found, "the state of a hunt");
        Ok(Kind {
            signature: self.signature.parse().map_err(|error| damaged(format!("{error}")))?,
            scheduler: scheduler(&self.scheduler, path)?,
            count: self.count,
            first_execution: self.first_execution,
            strategy: self.strategy.parse().map_err(|error| damaged(format!("{error}")))?,
            finding: None,
            extent: self.extent,
            path: self.path.clone(),
        })
    }
}
