//! The threads of a hunt: each takes the next thing that is to be done, a batch or a finding to minimize.

use super::HuntError;
use super::batch::{BatchPlan, BatchReport, run_batch};
use super::mutate::Corpus;
use crate::execution::Bench;
use crate::findings::{Finding, Origin};
use crate::minimize::{MinimizeError, MinimizeOptions, minimize_with};
use procsteal_reference::{Schedule, Variant};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A finding to be minimized.
#[derive(Debug)]
pub(super) struct ToMinimize {
    /// Which kind of the hunt it is.
    pub(super) kind: usize,
    pub(super) scheduler: &'static Variant,
    pub(super) schedule: Schedule,
    pub(super) origin: Origin,
    pub(super) options: MinimizeOptions,
}

/// Something to be done.
enum Task {
    Batch { index: usize, plan: BatchPlan, corpus: Arc<Corpus> },
    Minimize(Box<ToMinimize>),
}

/// Something that was done.
pub(super) enum Done {
    /// A batch of the round, by its place in it.
    Batch(usize, BatchReport),
    /// A kind of the hunt, by its number.
    Minimized(usize, Result<Box<Finding>, MinimizeError>),
    /// A worker ended early.
    Lost,
}

/// What is to be done, in order.
#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    is_closed: bool,
}

/// The queue, and who waits for it to have something.
#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    /// A worker that panics has only taken a task out: the queue is sound.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; none once there will be no more.
    fn take(&self) -> Option<Task> {
        let mut queue = self.lock();
        loop {
            if queue.is_closed {
                return None;
            }
            if let Some(task) = queue.tasks.pop_front() {
                return Some(task);
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Threads that work until they are dropped.
pub(super) struct Workers {
    shared: Arc<Shared>,
    receiver: Receiver<Done>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    pub(super) fn start(jobs: NonZeroUsize) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, receiver) = channel();
        let start = |_| {
            let (shared, sender) = (Arc::clone(&shared), sender.clone());
            std::thread::spawn(move || work(&shared, &sender))
        };
        let threads = (0..jobs.get()).map(start).collect();
        Self { shared, receiver, threads }
    }

    /// Has the batches of a round run, after all that is to be done by now.
    pub(super) fn run(&self, plans: &[BatchPlan], corpus: &Arc<Corpus>) {
        let tasks = plans.iter().enumerate();
        let tasks = tasks.map(|(index, plan)| Task::Batch { index, plan: *plan, corpus: Arc::clone(corpus) });
        self.shared.lock().tasks.extend(tasks);
        self.shared.changed.notify_all();
    }

    /// Has a finding minimized, before the batches: it takes longer than any of these.
    pub(super) fn minimize(&self, finding: ToMinimize) {
        let mut queue = self.shared.lock();
        let is_batch = |task: &Task| matches!(task, Task::Batch { .. });
        let at = queue.tasks.iter().position(is_batch).unwrap_or(queue.tasks.len());
        queue.tasks.insert(at, Task::Minimize(Box::new(finding)));
        drop(queue);
        self.shared.changed.notify_one();
    }

    /// Forgets the batches that nobody has begun.
    pub(super) fn forget_batches(&self) {
        self.shared.lock().tasks.retain(|task| matches!(task, Task::Minimize(_)));
    }

    /// What was done next; none if that takes longer than `at_most`.
    pub(super) fn wait(&self, at_most: Duration) -> Result<Option<Done>, HuntError> {
        match self.receiver.recv_timeout(at_most) {
            Ok(Done::Lost) | Err(RecvTimeoutError::Disconnected) => Err(HuntError::Worker),
            Ok(done) => Ok(Some(done)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
        }
    }
}

impl Drop for Workers {
    /// Lets every worker end what it is at.
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A worker that panicked has said so, and the hunt knows by `Done::Lost`.
            let _ = thread.join();
        }
    }
}

/// Tells the hunt if its worker panics.
struct Alarm<'a>(&'a Sender<Done>);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // A hunt that no longer listens has ended.
            let _ = self.0.send(Done::Lost);
        }
    }
}

/// Does one thing after the other.
fn work(shared: &Shared, sender: &Sender<Done>) {
    let _alarm = Alarm(sender);
    let mut bench = Bench::new();
    while let Some(task) = shared.take() {
        let done = match task {
            Task::Batch { index, plan, corpus } => {
                Done::Batch(index, run_batch(&mut bench, plan, &corpus, &mut |_, _, _| ()))
            }
            Task::Minimize(finding) => Done::Minimized(finding.kind, minimized(&mut bench, &finding)),
        };
        if sender.send(done).is_err() {
            return;
        }
    }
}

fn minimized(bench: &mut Bench, finding: &ToMinimize) -> Result<Box<Finding>, MinimizeError> {
    let minimized = minimize_with(bench, finding.scheduler, &finding.schedule, finding.options)?;
    Ok(Box::new(Finding::new(bench, finding.scheduler, &minimized, finding.origin)))
}

#[cfg(test)]
mod tests {
    use super::{Alarm, Queue, Shared, Task, ToMinimize, Workers};
    use crate::explore::batch::BatchPlan;
    use crate::explore::mutate::Corpus;
    use crate::explore::{HuntError, StrategyKind};
    use crate::findings::Origin;
    use crate::minimize::MinimizeOptions;
    use procsteal_reference::{Schedule, VARIANTS};
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn a_hunt_hears_of_a_worker_that_panics_while_others_wait() {
        let (sender, receiver) = channel();
        let shared = Arc::new(Shared::default());
        let (waits, others) = (Arc::clone(&shared), sender.clone());
        let idle = std::thread::spawn(move || super::work(&waits, &others));
        let lost = std::thread::spawn(move || {
            let _alarm = Alarm(&sender);
            std::panic::resume_unwind(Box::new("a worker's end"));
        });
        let workers = Workers { shared, receiver, threads: vec![idle, lost] };
        let heard = std::iter::repeat_with(|| workers.wait(Duration::from_secs(1))).find(|heard| {
            // A slow machine hears of it later.
            !matches!(heard, Ok(None))
        });
        assert!(matches!(heard, Some(Err(HuntError::Worker))), "{:?}", heard.map(|heard| heard.is_err()));
    }

    #[test]
    fn what_is_to_be_minimized_comes_before_batches() {
        let (_sender, receiver) = channel();
        let workers = Workers { shared: Arc::default(), receiver, threads: Vec::new() };
        let (scheduler, strategy) = (&VARIANTS[0], StrategyKind::default());
        let plan = BatchPlan { number: 0, executions: 1, seed: 0, scheduler, strategy };
        workers.run(&[plan; 2], &Arc::new(Corpus::default()));
        for kind in 0..2 {
            let (schedule, options) = (Schedule::default(), MinimizeOptions::default());
            workers.minimize(ToMinimize { kind, scheduler, schedule, origin: Origin::default(), options });
        }
        let names = |queue: &Queue| -> Vec<String> {
            let tasks = queue.tasks.iter().map(|task| match task {
                Task::Batch { index, .. } => format!("batch {index}"),
                Task::Minimize(finding) => format!("kind {}", finding.kind),
            });
            tasks.collect()
        };
        assert_eq!(names(&workers.shared.lock()), ["kind 0", "kind 1", "batch 0", "batch 1"]);
        workers.forget_batches();
        assert_eq!(names(&workers.shared.lock()), ["kind 0", "kind 1"]);
    }
}
