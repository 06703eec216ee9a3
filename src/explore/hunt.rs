//! The hunt: workers run batches and minimize what these find; all is merged in the order of numbers.

use super::batch::{BATCH_EXECUTIONS, BatchPlan, BatchReport, Found};
use super::mutate::Corpus;
use super::state::{self, State, StoredSchedule};
use super::summary::Ended;
use super::workers::{Done, ToMinimize, Workers};
use super::{HuntError, HuntOptions, HuntSummary, Keep, Kind, Observer, Progress, Resume};
use crate::findings::{Finding, FindingsDir, Origin};
use crate::minimize::MinimizeError;
use crate::signature::Signature;
use procsteal_reference::Variant;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Batches in a round. They all start from the corpus as it was when the round began, so that none depends on how
/// fast another was. More cores than this would wait for each other.
const ROUND_BATCHES: u64 = 32;

/// No more can run at once.
const MOST_WORKERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(ROUND_BATCHES as usize - 1);

/// How often a hunt that waits for its workers looks whether it must end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Searches for schedules whose trace cannot be parsed, until one of the limits of `options` or until `cancel` is
/// set. Minimizes and stores the first of each signature and scheduler.
///
/// # Errors
/// [`HuntError`] if it cannot begin. What goes wrong later ends the hunt and is told in its summary, so that nothing
/// found is lost.
pub fn hunt(
    options: &HuntOptions,
    cancel: &AtomicBool,
    observer: &mut dyn Observer,
) -> Result<HuntSummary, HuntError> {
    if options.schedulers.is_empty() {
        return Err(HuntError::NoScheduler);
    }
    let mut hunt = Hunt::begin(options, cancel, observer)?;
    let ended = loop {
        match hunt.round() {
            Ok(None) => {}
            Ok(Some(ended)) => break ended,
            Err(error) => break Ended::Failed(error),
        }
    };
    let ended = match hunt.end(&ended) {
        Ok(()) => ended,
        Err(error) => Ended::Failed(error),
    };
    Ok(hunt.summary(ended))
}

struct Hunt<'a> {
    options: &'a HuntOptions,
    cancel: &'a AtomicBool,
    observer: &'a mut dyn Observer,
    findings: Option<FindingsDir>,
    state_path: Option<PathBuf>,
    state: State,
    /// What is merged; `state` is what of it is at the end of a round.
    batches: u64,
    executions: u64,
    steps: u64,
    kinds: Vec<Kind>,
    /// So many of them, the first, are minimized and stored. Minimizing goes on beside later rounds, which do not need it.
    settled: usize,
    /// Kinds that were minimized before one that comes before them.
    minimized: BTreeMap<usize, Result<Box<Finding>, MinimizeError>>,
    corpus: Corpus,
    /// What came into the corpus in this round.
    learned: Vec<StoredSchedule>,
    workers: Workers,
    start: Instant,
    first_executions: u64,
    last_kind: Instant,
    last_save: Instant,
}

impl<'a> Hunt<'a> {
    fn begin(
        options: &'a HuntOptions,
        cancel: &'a AtomicBool,
        observer: &'a mut dyn Observer,
    ) -> Result<Self, HuntError> {
        let findings = options.out.as_deref().map(FindingsDir::create).transpose()?;
        let state_path = state::path_of(options);
        let stored = match (&state_path, options.resume) {
            (Some(path), Resume::Continue) => State::load(path)?.map(|state| (state, path)),
            _ => None,
        };
        let mut corpus = Corpus::default();
        let (state, kinds) = match stored {
            Some((state, path)) => {
                state.fill(&mut corpus, path)?;
                let kinds = state.kinds(path)?;
                (state, kinds)
            }
            None => (State::new(), Vec::new()),
        };
        let now = Instant::now();
        let (batches, executions, steps) = (state.batches, state.executions, state.steps);
        Ok(Self {
            options,
            cancel,
            observer,
            findings,
            state_path,
            state,
            batches,
            executions,
            steps,
            settled: kinds.len(),
            kinds,
            minimized: BTreeMap::new(),
            corpus,
            learned: Vec::new(),
            workers: Workers::start(options.jobs.min(MOST_WORKERS)),
            start: now,
            first_executions: executions,
            last_kind: now,
            last_save: now,
        })
    }

    /// Runs one round of batches; says why if it is the last.
    fn round(&mut self) -> Result<Option<Ended>, HuntError> {
        let total = self.options.executions.unwrap_or(u64::MAX);
        if self.executions >= total {
            return Ok(Some(Ended::Done));
        }
        let left = (total - self.executions).div_ceil(BATCH_EXECUTIONS);
        let round = self.batches..self.batches + left.min(ROUND_BATCHES);
        let plans: Vec<BatchPlan> = round.map(|batch| self.plan(batch, total)).collect();
        self.workers.run(&plans, &Arc::new(self.corpus.clone()));
        let ended = self.merge_round(&plans)?;
        if ended.is_none() {
            self.end_of_round()?;
        }
        Ok(ended)
    }

    fn plan(&self, batch: u64, total: u64) -> BatchPlan {
        let schedulers = &self.options.schedulers;
        let done = batch * BATCH_EXECUTIONS;
        BatchPlan {
            number: self.options.shard.batch(batch),
            executions: BATCH_EXECUTIONS.min(total.saturating_sub(done)),
            seed: self.options.seed,
            scheduler: schedulers[(batch % schedulers.len() as u64) as usize],
            strategy: self.options.strategy,
        }
    }

    /// Merges the reports of a round in order, as they come in.
    fn merge_round(&mut self, plans: &[BatchPlan]) -> Result<Option<Ended>, HuntError> {
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        while next < plans.len() {
            match self.workers.wait(LOOK_EVERY)? {
                Some(Done::Batch(index, report)) => drop(waiting.insert(index, report)),
                Some(done) => self.take_in(done)?,
                None => {}
            }
            loop {
                if let Some(ended) = self.must_end() {
                    return Ok(Some(ended));
                }
                let Some(report) = waiting.remove(&next) else { break };
                self.merge(plans[next], report)?;
                next += 1;
                self.tell_progress();
            }
        }
        Ok(None)
    }

    fn must_end(&self) -> Option<Ended> {
        if self.cancel.load(Ordering::Relaxed) {
            return Some(Ended::Cancelled);
        }
        let is_over = self.options.time.is_some_and(|time| self.start.elapsed() >= time);
        is_over.then_some(Ended::Time)
    }

    fn merge(&mut self, plan: BatchPlan, report: BatchReport) -> Result<(), HuntError> {
        if let Some(schedule) = report.unfaithful {
            return Err(HuntError::Unfaithful(schedule));
        }
        let before = self.executions;
        self.batches += 1;
        self.executions += report.executions;
        self.steps += report.steps;
        for lesson in &report.lessons {
            if self.corpus.admit(lesson) {
                let schedule = lesson.schedule.to_string();
                self.learned.push(StoredSchedule { scheduler: plan.scheduler.name.to_owned(), schedule });
            }
        }
        let mut found: Vec<(Signature, Found)> = report.found.into_iter().collect();
        found.sort_by_key(|(_, found)| found.execution);
        for (signature, found) in found {
            let of_kind = |kind: &&mut Kind| kind.signature == signature && kind.scheduler == plan.scheduler;
            match self.kinds.iter_mut().find(of_kind) {
                Some(kind) => kind.count += found.count,
                None => self.add_kind(plan.scheduler, signature, before, found),
            }
        }
        Ok(())
    }

    fn add_kind(&mut self, scheduler: &'static Variant, signature: Signature, before: u64, found: Found) {
        let first_execution = before + found.execution;
        let (count, strategy) = (found.count, found.strategy);
        let (finding, extent, path) = (None, None, None);
        let kind = Kind { signature, scheduler, count, first_execution, strategy, finding, extent, path };
        if self.options.keep == Keep::Counts {
            self.kinds.push(kind);
            self.settled = self.kinds.len();
            return;
        }
        let origin = Origin {
            strategy: Some(strategy),
            seed: Some(self.options.seed),
            execution: Some(first_execution),
        };
        let (schedule, options) = (found.schedule, self.options.minimizing);
        self.workers.minimize(ToMinimize { kind: self.kinds.len(), scheduler, schedule, origin, options });
        self.last_kind = Instant::now();
        self.kinds.push(kind);
    }

    /// Notes what was minimized, and settles the kinds whose turn it is: in the order in which they were found.
    fn take_in(&mut self, done: Done) -> Result<(), HuntError> {
        if let Done::Minimized(kind, finding) = done {
            self.minimized.insert(kind, finding);
        }
        while let Some(finding) = self.minimized.remove(&self.settled) {
            self.settle(finding?)?;
        }
        Ok(())
    }

    /// Stores the next kind, and tells of it.
    fn settle(&mut self, finding: Box<Finding>) -> Result<(), HuntError> {
        let stored = self.findings.as_ref().map(|findings| findings.store(&finding)).transpose();
        let (path, error) = match stored {
            Ok(path) => (path, None),
            Err(error) => (None, Some(error)),
        };
        let kind = &mut self.kinds[self.settled];
        (kind.extent, kind.path, kind.finding) = (Some(finding.metadata.extent), path, Some(finding));
        self.state.note_settled(self.settled, kind);
        self.settled += 1;
        self.observer.found(kind);
        error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Waits until every kind is minimized and stored.
    fn settle_all(&mut self) -> Result<(), HuntError> {
        self.workers.forget_batches();
        while self.settled < self.kinds.len() {
            if let Some(done) = self.workers.wait(LOOK_EVERY)? {
                self.take_in(done)?;
            }
        }
        Ok(())
    }

    fn end_of_round(&mut self) -> Result<(), HuntError> {
        self.state.batches = self.batches;
        self.state.executions = self.executions;
        self.state.steps = self.steps;
        self.state.corpus.append(&mut self.learned);
        self.state.note_kinds(&self.kinds);
        if self.last_save.elapsed() >= self.options.save_every {
            self.save()?;
        }
        Ok(())
    }

    /// A hunt that goes on from a state has all its findings on the disk.
    fn save(&mut self) -> Result<(), HuntError> {
        self.settle_all()?;
        self.last_save = Instant::now();
        match &self.state_path {
            Some(path) => Ok(self.state.save(path)?),
            None => Ok(()),
        }
    }

    /// Leaves the state of a hunt that can go on, and none of one that is done.
    fn end(&mut self, ended: &Ended) -> Result<(), HuntError> {
        if !matches!(ended, Ended::Failed(_)) {
            self.settle_all()?;
        }
        match (ended, &self.state_path) {
            (Ended::Done, Some(path)) if path.exists() => std::fs::remove_file(path)
                .map_err(|error| crate::findings::FindingsError::io("remove", path)(error).into()),
            (Ended::Done | Ended::Failed(_), _) => Ok(()),
            _ => self.save(),
        }
    }

    fn tell_progress(&mut self) {
        let elapsed = self.start.elapsed();
        self.observer.progress(&Progress {
            executions: self.executions,
            of: self.options.executions,
            rate: (self.executions - self.first_executions) as f64 / elapsed.as_secs_f64(),
            kinds: self.kinds.len(),
            elapsed,
            since_last_kind: self.last_kind.elapsed(),
        });
    }

    fn summary(mut self, ended: Ended) -> HuntSummary {
        // Only a hunt that failed has any left: which, depends on how fast workers are.
        self.kinds.truncate(self.settled);
        HuntSummary {
            executions: self.executions,
            steps: self.steps,
            kinds: self.kinds,
            corpus_schedules: self.corpus.entries.len(),
            corpus_features: self.corpus.features(),
            ended,
            elapsed: self.start.elapsed(),
        }
    }
}
