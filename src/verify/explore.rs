//! Walks through every state that a scenario can reach, as far as their traces can differ.
//!
//! Executions are replayed from their start along a prefix of choices and then go on until they reach a state that has
//! been explored, or their end. Where steps of different threads cannot be in each other's way, one order of them
//! stands for all: dynamic partial-order reduction with a store of states. `docs/verify.md` says why that is sound.

mod elsewhere;

pub(super) use elsewhere::{Elsewhere, is_settled};

use super::counts::Counts;
use super::frame::{Frame, Leg};
use super::lists::Lists;
use super::monitor::Monitor;
use super::runnable::{First, runnable};
use super::shown::Shown;
use super::step::{Step, touch_at_most, touched_at_most};
use super::store::{ByFingerprint, Fingerprint, Known, Met, Store};
use super::touch::Touch;
use super::visitor::{Incomplete, Judged, Reduction, Visitor};
use elsewhere::Root;
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{Chooser, Enabled, Model, Op, Run, Scenario, ThreadId, Variant};
use xxhash_rust::xxh3::xxh3_128;

/// One exploration of one scenario.
pub(super) struct Explorer<'a> {
    scheduler: &'a Variant,
    scenario: &'a Scenario,
    reduction: Reduction,
    first: First,
    /// How many traces the scenario writes.
    traces: usize,
    store: Store,
    lists: Lists,
    /// By its traces and where the tracer acted, what an execution with something wrong shows.
    ends: ByFingerprint<Shown>,
    /// By the digest of its traces, what is known of an execution.
    judged: ByFingerprint<Judged>,
    /// By what will be traced, the same of executions whose last trace can no longer change.
    decided: ByFingerprint<Judged>,
    /// Where the path begins.
    root: Root,
    /// States that an exploration has left before its end, and what executions from them show at least.
    partly: ByFingerprint<Shown>,
    path: Vec<Frame>,
    /// How the path comes to its beginning, and for each frame, how it goes on from it.
    legs: Vec<Leg>,
    /// Of the execution so far.
    legs_begun: usize,
    /// The step that is being taken behind the last frame.
    step: Option<Step>,
    /// What the windows are before it.
    monitor: Monitor,
    /// Steps of the execution so far.
    steps: u32,
    /// By thread, what its steps touched.
    touched: [Touch; MAX_THREADS],
    /// A step has touched what it is held not to.
    unguarded: bool,
    bytes: Vec<u8>,
    arrival: Arrival,
    /// The traces of a run that went on to see them are whole.
    whole: bool,
    counts: Counts,
}

/// What the end of an execution's new part came upon.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Arrival {
    /// Still on its way.
    Going,
    /// A state that has been explored, in which these threads can go on.
    Known { known: Known, runnable: u16 },
    /// A state from which that can be shown that is wanted.
    Hopeful { shown: Shown },
    /// The traces are whole.
    Whole,
    /// The traces cannot change any more, and can be parsed.
    Decided,
    /// The traces cannot change any more: by this much of the state. The run goes on to its end, to see them.
    Deciding { content: Fingerprint },
    /// A state of the path itself: it goes in circles.
    Circle,
}

impl<'a> Explorer<'a> {
    pub(super) fn new(scheduler: &'a Variant, scenario: &'a Scenario, reduction: Reduction) -> Self {
        let ops = || scenario.goroutines.iter().flatten();
        Self {
            scheduler,
            scenario,
            reduction,
            first: First::Usual,
            traces: ops().filter(|op| **op == Op::TraceStart).count(),
            store: Store::default(),
            lists: Lists::default(),
            ends: ByFingerprint::default(),
            judged: ByFingerprint::default(),
            decided: ByFingerprint::default(),
            root: Root::default(),
            partly: ByFingerprint::default(),
            path: Vec::new(),
            legs: Vec::new(),
            legs_begun: 0,
            step: None,
            monitor: Monitor::default(),
            steps: 0,
            touched: [Touch::NOTHING; MAX_THREADS],
            unguarded: false,
            bytes: Vec::new(),
            arrival: Arrival::Going,
            whole: false,
            counts: Counts::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn trying_first(self, first: First) -> Self {
        Self { first, ..self }
    }

    /// About how many bytes the exploration takes.
    pub(super) fn bytes(&self) -> u64 {
        let partly = self.partly.capacity() * size_of::<(Fingerprint, Shown)>() * 2;
        (self.store.bytes() + self.lists.bytes() + partly) as u64
    }

    /// What threads but this one touch, in any execution.
    pub(super) fn touched_by_others(&self) -> [Touch; MAX_THREADS] {
        std::array::from_fn(|own| {
            let others = self.touched.iter().enumerate().filter(|(slot, _)| *slot != own);
            others.fold(Touch::NOTHING, |all, (_, touched)| all.and(*touched))
        })
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
            if self.root.shown.meets(self.root.wanted) {
                self.abandon();
            }
            if !self.retreat() {
                self.counts.states = self.store.len() as u64;
                self.counts.bytes = self.bytes();
                self.counts.done_ppm = 1_000_000;
                return (self.counts, Ok(()));
            }
            self.counts.states = self.store.len() as u64;
            if self.counts.executions.is_multiple_of(256) {
                self.counts.bytes = self.bytes();
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
        self.judged.contains_key(&u128::from(digest))
    }

    /// One execution, along the path and on to something known.
    fn execute(&mut self, model: &mut Model, visitor: &mut dyn Visitor) -> Result<(), Incomplete> {
        (self.arrival, self.whole, self.step, self.legs_begun) = (Arrival::Going, false, None, 0);
        self.monitor = self.root.monitor;
        let (scheduler, scenario) = (self.scheduler, self.scenario);
        let run = model.run_with(scheduler, scenario, self);
        self.counts.executions += 1;
        if self.unguarded {
            return Err(Incomplete::Unguarded);
        }
        if let (Some(step), Some(frame)) = (self.step.take(), self.path.last_mut()) {
            // The run has ended with this step, and nothing more is known of it.
            let touched = &mut self.touched[step.thread.0 as usize];
            *touched = touched.and(touch_at_most(&step.pending));
            frame.taken.add(&step);
            self.steps += 1;
        }
        if let Ok(run) = &run {
            self.counts.steps += u64::from(run.steps());
        }
        match (&run, std::mem::replace(&mut self.arrival, Arrival::Going)) {
            (_, Arrival::Circle) => return Err(Incomplete::Circle),
            (Ok(_), Arrival::Known { known, runnable }) => self.step_done(&known, runnable),
            (Ok(_), Arrival::Hopeful { shown }) => self.root.shown = shown,
            (Ok(_), Arrival::Decided) => self.last_step_done(Shown::NOTHING),
            (Ok(run), Arrival::Deciding { content }) => {
                let judged = self.judge(run, visitor);
                self.decided.insert(content, judged);
                match judged {
                    Judged::Fine => self.last_step_done(Shown::NOTHING),
                    // Which signature it has depends on what else happens: the same way again, and on.
                    Judged::Wrong => return self.execute(model, visitor),
                }
            }
            (Ok(run), Arrival::Going | Arrival::Whole) => {
                let shown = match self.judge(run, visitor) {
                    Judged::Wrong => self.shown_at_end(run, visitor),
                    Judged::Fine => Shown::NOTHING,
                };
                self.last_step_done(shown);
            }
            (Err(_), _) => {
                let shown = visitor.wrong(&self.choices());
                self.last_step_done(shown);
            }
        }
        Ok(())
    }

    /// What an execution shows that came to its end with something wrong.
    fn shown_at_end(&mut self, run: &Run<'_>, visitor: &mut dyn Visitor) -> Shown {
        self.bytes.clear();
        self.bytes.extend_from_slice(&run.digest().to_le_bytes());
        self.monitor.write_past(&mut self.bytes);
        let end = xxh3_128(&self.bytes);
        if let Some(shown) = self.ends.get(&end) {
            return *shown;
        }
        let shown = visitor.wrong(&self.choices());
        self.ends.insert(end, shown);
        shown
    }

    /// The threads of the execution's steps.
    fn choices(&self) -> Vec<ThreadId> {
        let ends = self.legs.iter().skip(1).map(|next| next.from).chain([self.steps]);
        let stretches = self.legs.iter().zip(ends);
        let stretches =
            stretches.map(|(leg, end)| std::iter::repeat_n(leg.thread, (end - leg.from) as usize));
        stretches.flatten().collect()
    }

    /// What is known of the traces of a run that came to its end.
    fn judge(&mut self, run: &Run<'_>, visitor: &mut dyn Visitor) -> Judged {
        self.counts.longest = self.counts.longest.max(run.steps());
        let digest = u128::from(run.digest());
        if let Some(judged) = self.judged.get(&digest) {
            return *judged;
        }
        let judged = visitor.judge(run);
        self.judged.insert(digest, judged);
        self.counts.distinct_traces = self.judged.len() as u64;
        judged
    }

    /// The last step of the path led to the end of everything: it comes after whatever else can happen. That holds also
    /// where it gave the last token back after tracing was stopped. What others do meanwhile cannot be traced, but it can
    /// be in a race with what the thread did while it had the token, and is only known where it is explored.
    fn last_step_done(&mut self, shown: Shown) {
        if let Some(frame) = self.path.last_mut() {
            frame.wanted |= frame.runnable;
        }
        self.step_done(&Known { shown, ..Known::default() }, 0);
    }

    /// The step chosen in the last frame is explored: what follows it is known.
    fn step_done(&mut self, after: &Known, runnable_after: u16) {
        let Some(frame) = self.path.last_mut() else {
            self.root.shown = after.shown;
            return;
        };
        frame.shown = frame.shown.and(after.shown);
        if after.shown.meets(self.root.wanted) {
            self.root.shown = after.shown;
        }
        let before = self.lists.before(&after.futures, &frame.taken, runnable_after & !frame.runnable);
        frame.wanted |= before.racing & frame.runnable;
        self.lists.include(&mut frame.futures, &before.futures);
    }

    /// Goes back to the last state in which something is left to try, and chooses that. Says whether there is one.
    fn retreat(&mut self) -> bool {
        while let Some(frame) = self.path.last_mut() {
            let left = frame.wanted & frame.runnable & !frame.tried;
            if left != 0 {
                let thread = ThreadId(left.trailing_zeros() as u8);
                frame.choose(thread);
                self.legs.last_mut().into_iter().for_each(|leg| leg.thread = thread);
                return true;
            }
            let (state, runnable) = (frame.state, frame.runnable);
            let known = Known { futures: frame.futures, shown: frame.shown };
            self.store.leave(state, known);
            self.path.pop();
            self.legs.pop();
            self.step_done(&known, runnable);
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

    /// The step that was chosen last has been taken: what it was is known now.
    fn step_taken(&mut self, enabled: &Enabled<'_>) {
        let (Some(mut step), Some(frame)) = (self.step.take(), self.path.last_mut()) else { return };
        self.unguarded |= !step.was_taken(enabled, &self.monitor);
        let touched = &mut self.touched[step.thread.0 as usize];
        *touched = touched.and(touched_at_most(enabled, &step.pending));
        self.monitor.step(step.thread, &step.pending, enabled.generation(), enabled.only_read());
        frame.taken.add(&step);
    }

    /// The thread takes a step behind the last frame.
    fn take(&mut self, enabled: &Enabled<'_>, thread: ThreadId) -> ThreadId {
        self.step = enabled.pending(thread).map(|pending| Step::next(enabled, thread, pending));
        thread
    }

    /// The step with which the thread of the last frame goes on before anybody else does anything, if it does.
    fn goes_on(&self, enabled: &Enabled<'_>, runnable: u16) -> Option<Step> {
        let frame = self.path.last().filter(|_| self.reduces())?;
        let thread = ThreadId(frame.taken.thread as u8);
        let pending = enabled.pending(thread).filter(|_| runnable & 1 << thread.0 != 0)?;
        Some(Step::next(enabled, thread, pending)).filter(|step| frame.taken.goes_on_with(step))
    }

    /// The execution has reached a state that is not on the path.
    fn arrive(&mut self, enabled: &Enabled<'_>) -> ThreadId {
        self.step_taken(enabled);
        if self.traces > 0 && enabled.traces_are_whole(self.traces) {
            self.arrival = Arrival::Whole;
            return enabled.current;
        }
        let runnable = runnable(enabled, self.scenario, self.reduction);
        if let Some(step) = self.goes_on(enabled, runnable) {
            self.step = Some(step);
            return enabled.current;
        }
        let stopping = self.reduces() && self.traces > 0 && enabled.last_trace_is_stopping(self.traces);
        if stopping && enabled.token_holders() == 0 && self.arrive_decided(enabled) {
            return enabled.default_choice();
        }
        self.bytes.clear();
        enabled.write_state(&mut self.bytes);
        self.monitor.write(&mut self.bytes);
        let state = xxh3_128(&self.bytes);
        if let Some(shown) = self.hopeful(state, self.root.wanted) {
            self.arrival = Arrival::Hopeful { shown };
            return enabled.current;
        }
        match self.store.arrive(state) {
            Met::Never => {}
            Met::Left(known) => {
                self.arrival = Arrival::Known { known, runnable };
                return enabled.current;
            }
            Met::OnPath => {
                self.arrival = Arrival::Circle;
                return enabled.current;
            }
        }
        let mut frame = Frame::new(enabled, state, self.monitor, runnable, &mut self.lists);
        if !self.reduces() {
            frame.wanted = runnable;
        }
        let first = self.first.choice(enabled, runnable, stopping, state);
        frame.choose(first);
        self.path.push(frame);
        self.legs.push(Leg { from: enabled.steps(), thread: first });
        self.legs_begun = self.legs.len();
        self.take(enabled, first)
    }

    /// No token is held and none can be had: all that will be traced is in the buffers. Says whether nothing of what
    /// else can happen matters, as far as is known.
    fn arrive_decided(&mut self, enabled: &Enabled<'_>) -> bool {
        self.bytes.clear();
        enabled.write_what_is_traced(&mut self.bytes);
        let content = xxh3_128(&self.bytes);
        self.arrival = match self.decided.get(&content) {
            Some(Judged::Wrong) => return false,
            Some(Judged::Fine) => Arrival::Decided,
            None => Arrival::Deciding { content },
        };
        true
    }

    fn reduces(&self) -> bool {
        self.reduction == Reduction::PartialOrder
    }
}

impl Chooser for Explorer<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        if let Arrival::Deciding { .. } = self.arrival {
            self.whole = enabled.traces_are_whole(self.traces);
            return (enabled.default_choice(), 0);
        }
        self.steps = enabled.steps();
        while self.legs.get(self.legs_begun).is_some_and(|leg| leg.from <= self.steps) {
            self.legs_begun += 1;
        }
        let Some(begun) = self.legs_begun.checked_sub(1) else { return (self.arrive(enabled), 0) };
        let Leg { from, thread } = self.legs[begun];
        if self.path.is_empty() && self.steps < self.root.steps {
            let next = self.legs.get(self.legs_begun).map_or(self.root.steps, |leg| leg.from);
            return (thread, next - self.steps - 1);
        }
        if let Some((last, between)) = self.legs[self.legs_begun..].split_last() {
            // What one thread does is replayed at once, up to the last frame, whose step is watched.
            let other = between.iter().find(|leg| leg.thread != thread).unwrap_or(last);
            return (thread, other.from - self.steps - 1);
        }
        let Some(frame) = self.path.last().filter(|_| from == self.steps) else {
            return (self.arrive(enabled), 0);
        };
        self.monitor = frame.monitor;
        (self.take(enabled, thread), 0)
    }

    fn cuts(&self) -> bool {
        match self.arrival {
            Arrival::Going => false,
            Arrival::Deciding { .. } => self.whole,
            _ => true,
        }
    }
}
