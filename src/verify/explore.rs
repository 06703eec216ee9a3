//! Walks through every state that a scenario can reach, as far as their traces can differ.
//!
//! Executions are replayed from their start along a prefix of choices and then go on until they reach a state that has
//! been explored, or their end. Where steps of different threads cannot be in each other's way, one order of them
//! stands for all: dynamic partial-order reduction with a store of states. `docs/verify.md` says why that is sound.

use super::monitor::Monitor;
use super::store::{ByFingerprint, Fingerprint, Store};
use super::touch::{Futures, Locks, Taken, Touch};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{
    Chooser, Enabled, Model, Object, Op, Pending, Run, Scenario, ThreadId, Variant, Verb,
};
use std::ops::ControlFlow;
use xxhash_rust::xxh3::xxh3_128;

/// The thread of sysmon.
pub(super) const SYSMON: ThreadId = ThreadId(1);

/// Which orders of steps are tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Every thread that can take a step in a state takes it; only states are not explored twice.
    StatesOnly,
    /// Of steps that commute, one order.
    PartialOrder,
}

/// What an exploration tells as it goes.
pub(super) trait Visitor {
    /// An execution has come to its end, in a way that has not been seen before: none is the same in its trace and in
    /// where the tracer acted. `choices` are the threads of its steps.
    fn end(&mut self, end: End<'_>, choices: &[ThreadId]);

    /// Asked after each execution; breaks to stop.
    fn progress(&mut self, counts: &Counts) -> ControlFlow<()>;
}

/// The end of an execution.
pub(super) enum End<'a> {
    /// Its traces are whole.
    Traces(&'a Run<'a>),
    /// The model failed.
    Fault,
}

/// How much has been explored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Counts {
    /// States that have been reached, each once.
    pub states: u64,
    /// Executions, each replayed from its start.
    pub executions: u64,
    /// Steps that were taken, those of replays included.
    pub steps: u64,
    /// Ends of executions that differ in their trace, times left aside.
    pub distinct_traces: u64,
    /// The longest execution, in steps.
    pub longest: u32,
    /// About how many bytes the states take.
    pub bytes: u64,
    /// The share of the search that is done, in millionths, as far as can be told from its first levels.
    pub done_ppm: u32,
}

impl Counts {
    /// The sums of both; of the longest executions the longer.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            states: self.states + other.states,
            executions: self.executions + other.executions,
            steps: self.steps + other.steps,
            distinct_traces: self.distinct_traces + other.distinct_traces,
            longest: self.longest.max(other.longest),
            bytes: self.bytes.max(other.bytes),
            done_ppm: self.done_ppm.min(other.done_ppm),
        }
    }
}

/// A state on the path that is being walked.
struct Frame {
    state: Fingerprint,
    monitor: Monitor,
    runnable: u16,
    /// Threads to be tried.
    wanted: u16,
    /// Threads that have been.
    tried: u16,
    chosen: ThreadId,
    holder: Option<ThreadId>,
    /// The chosen thread's step, as far as it is known before it is taken.
    taken: Taken,
    pending: [Option<Pending>; MAX_THREADS],
    futures: Futures,
}

/// One exploration of one scenario.
pub(super) struct Explorer<'a> {
    scheduler: &'a Variant,
    scenario: &'a Scenario,
    reduction: Reduction,
    /// How many traces the scenario writes.
    traces: usize,
    /// sysmon begins when tracing has been started.
    sysmon_waits: bool,
    store: Store,
    on_path: ByFingerprint<()>,
    ends: ByFingerprint<()>,
    digests: ByFingerprint<()>,
    path: Vec<Frame>,
    bytes: Vec<u8>,
    arrival: Arrival,
    counts: Counts,
}

/// What the end of an execution's new part came upon.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Arrival {
    /// Still on its way.
    Going,
    /// A state that has been explored, in which these threads can go on.
    Known { futures: Futures, runnable: u16 },
    /// The traces are whole.
    Whole { monitor: Monitor },
    /// A state of the path itself: it goes in circles.
    Circle,
}

/// Why an exploration is not complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Incomplete {
    /// The visitor stopped it.
    Stopped,
    /// The states go in circles, which the reduction does not allow for.
    Circle,
}

impl<'a> Explorer<'a> {
    pub(super) fn new(scheduler: &'a Variant, scenario: &'a Scenario, reduction: Reduction) -> Self {
        let ops = || scenario.goroutines.iter().flatten();
        Self {
            scheduler,
            scenario,
            reduction,
            traces: ops().filter(|op| **op == Op::TraceStart).count(),
            sysmon_waits: scenario.goroutines.first().and_then(|main| main.first()) == Some(&Op::TraceStart),
            store: Store::default(),
            on_path: ByFingerprint::default(),
            ends: ByFingerprint::default(),
            digests: ByFingerprint::default(),
            path: Vec::new(),
            bytes: Vec::new(),
            arrival: Arrival::Going,
            counts: Counts::default(),
        }
    }

    /// Explores until nothing is left.
    pub(super) fn run(
        &mut self,
        model: &mut Model,
        visitor: &mut dyn Visitor,
    ) -> (Counts, Result<(), Incomplete>) {
        loop {
            let outcome = self.execute(model, visitor);
            if outcome.is_err() {
                return (self.counts, outcome);
            }
            if !self.retreat() {
                return (self.counts, Ok(()));
            }
            self.counts.states = (self.store.len() + self.path.len()) as u64;
            if self.counts.executions.is_multiple_of(256) {
                self.counts.bytes = self.store.bytes() as u64;
                self.counts.done_ppm = self.done_ppm();
            }
            if visitor.progress(&self.counts).is_break() {
                return (self.counts, Err(Incomplete::Stopped));
            }
        }
    }

    /// Whether an execution with these traces was met.
    #[cfg(test)]
    pub(super) fn has_seen(&self, digest: u64) -> bool {
        self.digests.contains_key(&u128::from(digest))
    }

    /// One execution, along the path and on to something known.
    fn execute(&mut self, model: &mut Model, visitor: &mut dyn Visitor) -> Result<(), Incomplete> {
        self.arrival = Arrival::Going;
        let (scheduler, scenario) = (self.scheduler, self.scenario);
        let run = model.run_with(scheduler, scenario, self);
        self.counts.executions += 1;
        let end = match (&run, self.arrival) {
            (_, Arrival::Circle) => return Err(Incomplete::Circle),
            (Ok(_), Arrival::Known { futures, runnable }) => {
                self.step_done(&futures, runnable);
                return Ok(());
            }
            (Ok(run), arrival) => {
                self.counts.steps += u64::from(run.steps());
                let monitor = match arrival {
                    Arrival::Whole { monitor } => monitor,
                    _ => self.path.last().map(|frame| frame.monitor).unwrap_or_default(),
                };
                let digest = u128::from(run.digest());
                self.digests.insert(digest, ());
                self.counts.distinct_traces = self.digests.len() as u64;
                self.bytes.clear();
                self.bytes.extend_from_slice(&run.digest().to_le_bytes());
                monitor.write_past(&mut self.bytes);
                let new = self.ends.insert(xxh3_128(&self.bytes), ()).is_none();
                new.then_some(End::Traces(run))
            }
            (Err(_), _) => Some(End::Fault),
        };
        if let Some(end) = end {
            let choices: Vec<ThreadId> = self.path.iter().map(|frame| frame.chosen).collect();
            self.counts.longest = self.counts.longest.max(choices.len() as u32);
            visitor.end(end, &choices);
        }
        self.last_step_done();
        Ok(())
    }

    /// The last step of the path led to the end of everything: it comes after whatever else can happen.
    fn last_step_done(&mut self) {
        if let Some(frame) = self.path.last_mut() {
            frame.wanted |= frame.runnable;
        }
        self.step_done(&Futures::default(), 0);
    }

    /// The step chosen in the last frame is explored: what follows it is known.
    fn step_done(&mut self, after: &Futures, runnable_after: u16) {
        let Some(frame) = self.path.last_mut() else { return };
        let holds = frame.holder == Some(frame.chosen);
        let racing = after.racing(&frame.taken, holds) & frame.runnable;
        frame.wanted |= racing;
        let before = after.before(&frame.taken, runnable_after & !frame.runnable);
        frame.futures.include(&before);
    }

    /// Goes back to the last state in which something is left to try, and chooses that. Says whether there is one.
    fn retreat(&mut self) -> bool {
        while let Some(frame) = self.path.last_mut() {
            let left = frame.wanted & frame.runnable & !frame.tried;
            if left != 0 {
                frame.choose(ThreadId(left.trailing_zeros() as u8));
                return true;
            }
            let futures = frame.whole_futures();
            let (state, runnable) = (frame.state, frame.runnable);
            self.on_path.remove(&state);
            self.store.insert(state, futures);
            self.path.pop();
            self.step_done(&futures, runnable);
        }
        false
    }

    /// How far the first levels of the search are, each frame's part split evenly among the threads to be tried.
    fn done_ppm(&self) -> u32 {
        let (mut part, mut done) = (1.0_f64, 0.0);
        for frame in self.path.iter().take(64) {
            let all = (frame.wanted & frame.runnable | frame.tried).count_ones().max(1);
            part /= f64::from(all);
            done += part * f64::from(frame.tried.count_ones().saturating_sub(1));
        }
        (done * 1e6) as u32
    }

    /// The execution has reached a state that is not on the path.
    fn arrive(&mut self, enabled: &Enabled<'_>) -> ThreadId {
        let mut monitor = Monitor::default();
        if let Some(frame) = self.path.last_mut() {
            if enabled.only_read() {
                frame.taken.touch = frame.taken.touch.reading();
            }
            frame.taken.touch = frame.taken.touch.and(enabled.touched().into());
            monitor = frame.monitor;
            if let Some(pending) = &frame.pending[frame.chosen.0 as usize] {
                monitor.step(frame.chosen, pending, enabled.generation());
            }
        }
        if self.traces > 0 && enabled.traces_are_whole(self.traces) {
            self.arrival = Arrival::Whole { monitor };
            return enabled.current;
        }
        self.bytes.clear();
        enabled.write_state(&mut self.bytes);
        monitor.write(&mut self.bytes);
        let state = xxh3_128(&self.bytes);
        let runnable = self.runnable(enabled);
        if let Some(futures) = self.store.get(state) {
            self.arrival = Arrival::Known { futures: *futures, runnable };
            return enabled.current;
        }
        if self.on_path.insert(state, ()).is_some() {
            self.arrival = Arrival::Circle;
            return enabled.current;
        }
        let first = first_choice(enabled, runnable);
        let mut frame = Frame {
            state,
            monitor,
            runnable,
            wanted: if self.reduction == Reduction::StatesOnly { runnable } else { 0 },
            tried: 0,
            chosen: first,
            holder: enabled.holder_of_sched_lock(),
            taken: Taken { thread: 0, touch: Touch::NOTHING, locks: Locks::No },
            pending: std::array::from_fn(|slot| enabled.pending(ThreadId(slot as u8))),
            futures: Futures::default(),
        };
        frame.choose(first);
        self.path.push(frame);
        first
    }

    /// The threads that are let go on: sysmon not before tracing is on, if the scenario begins with its start.
    fn runnable(&self, enabled: &Enabled<'_>) -> u16 {
        let all = enabled.runnable_mask();
        let without = all & !(1 << SYSMON.0);
        if self.sysmon_waits && without != 0 && !enabled.goroutines_were_made() { without } else { all }
    }
}

/// The thread to go on with first: the one that goes on by default.
fn first_choice(enabled: &Enabled<'_>, runnable: u16) -> ThreadId {
    let default = enabled.default_choice();
    if runnable & 1 << default.0 != 0 { default } else { ThreadId(runnable.trailing_zeros() as u8) }
}

impl Frame {
    fn choose(&mut self, thread: ThreadId) {
        self.chosen = thread;
        self.tried |= 1 << thread.0;
        self.wanted |= 1 << thread.0;
        let Some(pending) = &self.pending[thread.0 as usize] else { return };
        let locks = match (pending.verb, pending.object) {
            (Verb::Lock, Object::SchedLock) => Locks::Sched,
            _ => Locks::No,
        };
        self.taken = Taken { thread: thread.0 as usize, touch: Monitor::touch(pending), locks };
    }

    /// What can follow the state: also what those threads want to do that cannot in it, because another came first.
    /// A thread that can does it somewhere below: nothing ends before it had its turn.
    fn whole_futures(&self) -> Futures {
        let mut futures = self.futures;
        for (slot, pending) in self.pending.iter().enumerate() {
            if let Some(pending) = pending
                && self.runnable & 1 << slot == 0
            {
                futures.0[slot].free = futures.0[slot].free.and(Monitor::touch(pending));
            }
        }
        futures
    }
}

impl Chooser for Explorer<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let depth = enabled.steps() as usize;
        let Some(frame) = self.path.get(depth) else { return (self.arrive(enabled), 0) };
        // A stretch of one thread is replayed at once, up to the last frame, whose step is watched.
        let rest = &self.path[depth..self.path.len() - 1];
        let stretch = rest.iter().take_while(|next| next.chosen == frame.chosen).count();
        (frame.chosen, stretch.saturating_sub(1) as u32)
    }

    fn cuts(&self) -> bool {
        !matches!(self.arrival, Arrival::Going)
    }
}
