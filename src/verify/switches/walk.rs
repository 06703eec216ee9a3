//! Walks one execution: along its choices against the fixed rule, and on by the rule until a state is known.

use super::super::explore::is_settled;
use super::super::frame::Leg;
use super::super::monitor::Monitor;
use super::super::runnable::{SYSMON, sysmon_waits};
use super::super::store::{ByFingerprint, Fingerprint};
use super::Reached;
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{
    Chooser, Enabled, Model, Op, Pending, Scenario, Schedule, Switch, ThreadId, Variant, Verb,
};
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A choice against the fixed rule: at this step of the run this thread goes on.
type Deviation = (u32, ThreadId);

/// An execution to be tried.
#[derive(Default)]
pub(super) struct Plan {
    deviations: Vec<Deviation>,
    /// What the windows are before the last of them.
    monitor: Arc<Monitor>,
}

impl Plan {
    /// How many choices it has against the fixed rule.
    pub(super) const fn level(&self) -> u32 {
        self.deviations.len() as u32
    }

    /// About how many bytes it takes; what the windows are is shared.
    pub(super) const fn bytes(&self) -> usize {
        size_of::<Self>() + self.deviations.capacity() * size_of::<Deviation>()
    }

    /// After how many steps the last of them is.
    pub(super) fn steps(&self) -> u32 {
        self.deviations.last().map_or(0, |(steps, _)| *steps)
    }

    /// The same with one more choice against the rule, in a state that it comes to.
    pub(super) fn followed_by<'a>(&'a self, spot: &'a Spot) -> impl Iterator<Item = Self> + use<'a> {
        let threads = (0..MAX_THREADS as u8).filter(|slot| spot.others & 1 << slot != 0).map(ThreadId);
        threads.map(|thread| {
            let mut deviations = Vec::with_capacity(self.deviations.len() + 1);
            deviations.extend_from_slice(&self.deviations);
            deviations.push((spot.steps, thread));
            Self { deviations, monitor: Arc::clone(&spot.monitor) }
        })
    }
}

/// What executions are walked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// What they show. Those that have come to the same state stay together, so it is enough to compare them now and
    /// then.
    Ends,
    /// The states that they come to as well, for what can be tried from there.
    States,
}

/// A state that an execution has come to after its last choice.
pub(super) struct Spot {
    pub(super) state: Fingerprint,
    /// The same with the thread that took the last step, on which the fixed rule depends.
    pub(super) known_by: Fingerprint,
    pub(super) steps: u32,
    pub(super) monitor: Arc<Monitor>,
    /// Who can go on there against the fixed rule, a bit for each thread.
    pub(super) others: u16,
    /// An exploration from there meets all that can be shown.
    pub(super) settled: bool,
}

/// How a walk came to its end.
pub(super) enum End {
    /// In a state that is known.
    Joined(Fingerprint),
    /// With the execution.
    Whole(Whole),
}

/// An execution that was walked to its end.
pub(super) struct Whole {
    /// A digest of its traces, and one of all that its signature depends on.
    pub(super) traces: u64,
    pub(super) shows: Fingerprint,
    pub(super) steps: u32,
    /// It ended with no fault of the model.
    pub(super) is_regular: bool,
    pub(super) schedule: Schedule,
}

/// What came of a walk.
pub(super) struct Walked {
    /// The states after its last choice, up to the first that is known.
    pub(super) trail: Vec<Spot>,
    /// How the execution came to the last of them.
    pub(super) legs: Vec<Leg>,
    pub(super) end: End,
}

/// The scenario that is walked in.
pub(super) struct Ground<'a> {
    scheduler: &'a Variant,
    scenario: &'a Scenario,
    traces: usize,
    sysmon_waits: bool,
}

impl<'a> Ground<'a> {
    pub(super) fn new(scheduler: &'a Variant, scenario: &'a Scenario) -> Self {
        let ops = || scenario.goroutines.iter().flatten();
        let traces = ops().filter(|op| **op == Op::TraceStart).count();
        Self { scheduler, scenario, traces, sysmon_waits: sysmon_waits(scenario) }
    }
}

/// Walks executions one after the other.
pub(super) struct Walker<'a> {
    ground: &'a Ground<'a>,
    purpose: Purpose,
    /// What was known before the first of them.
    reached: [&'a ByFingerprint<Reached>; 2],
    /// After how many steps those that came before have been in a state that was not.
    met: ByFingerprint<u32>,
    bytes: Vec<u8>,
    /// The execution that is being walked.
    walk: Walk<'a>,
}

/// The execution that is being walked.
struct Walk<'a> {
    plan: &'a Plan,
    followed: usize,
    switches: Vec<Switch>,
    legs: Vec<Leg>,
    trail: Vec<Spot>,
    monitor: Arc<Monitor>,
    last: Option<(ThreadId, Pending)>,
    joined: Option<Fingerprint>,
    /// The traces are whole.
    whole: bool,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            followed: 0,
            switches: Vec::new(),
            legs: Vec::new(),
            trail: Vec::new(),
            monitor: Arc::clone(&plan.monitor),
            last: None,
            joined: None,
            whole: false,
        }
    }
}

/// Walks some executions. What comes of each is as if those before it had been walked alone, but that a walk may go on
/// beyond a state that another walker has come to meanwhile.
pub(super) fn walk(
    ground: &Ground<'_>,
    purpose: Purpose,
    reached: [&ByFingerprint<Reached>; 2],
    plans: &[Plan],
    model: &mut Model,
) -> Vec<Walked> {
    let Some(first) = plans.first() else { return Vec::new() };
    let (met, bytes, walk) = (ByFingerprint::default(), Vec::new(), Walk::new(first));
    let mut walker = Walker { ground, purpose, reached, met, bytes, walk };
    plans.iter().map(|plan| walker.execute(plan, model)).collect()
}

impl<'a> Walker<'a> {
    fn execute(&mut self, plan: &'a Plan, model: &mut Model) -> Walked {
        self.walk = Walk::new(plan);
        let Ground { scheduler, scenario, .. } = *self.ground;
        let run = model.run_with(scheduler, scenario, self);
        let (trail, legs) = (std::mem::take(&mut self.walk.trail), std::mem::take(&mut self.walk.legs));
        if let Some(joined) = self.walk.joined {
            return Walked { trail, legs, end: End::Joined(joined) };
        }
        let (traces, steps, is_regular) = match run {
            Ok(run) => (run.digest(), run.steps(), true),
            Err(fault) => (xxh3_64(fault.detail.as_bytes()), fault.steps, false),
        };
        self.bytes.clear();
        self.bytes.extend_from_slice(&traces.to_le_bytes());
        self.walk.monitor.write_past(&mut self.bytes);
        let shows = xxh3_128(&self.bytes);
        let switches = std::mem::take(&mut self.walk.switches);
        let schedule = Schedule { scenario: scenario.clone(), switches };
        Walked { trail, legs, end: End::Whole(Whole { traces, shows, steps, is_regular, schedule }) }
    }

    /// The walk is where it has no more choices of its own: a state like any other.
    fn arrive(&mut self, enabled: &Enabled<'_>) {
        let default = enabled.default_choice();
        if self.purpose == Purpose::Ends && !is_landmark(enabled, default) {
            return;
        }
        self.bytes.clear();
        enabled.write_state(&mut self.bytes);
        self.walk.monitor.write(&mut self.bytes);
        let state = xxh3_128(&self.bytes);
        self.bytes.push(enabled.current.0);
        let (known_by, steps) = (xxh3_128(&self.bytes), enabled.steps());
        let level = self.walk.plan.level();
        let mut known = self.reached.iter().filter_map(|table| table.get(&known_by));
        let is_known = known.any(|known| known.is_at_most(level, steps));
        if is_known || self.met.get(&known_by).is_some_and(|known| *known <= steps) {
            self.walk.joined = Some(known_by);
            return;
        }
        self.met.insert(known_by, steps);
        let others = match self.purpose {
            Purpose::Ends => 0,
            Purpose::States => self.others(enabled, default),
        };
        let (monitor, settled) = (Arc::clone(&self.walk.monitor), is_settled(enabled));
        self.walk.trail.push(Spot { state, known_by, steps, monitor, others, settled });
    }

    /// Who can go on against the fixed rule.
    fn others(&self, enabled: &Enabled<'_>, default: ThreadId) -> u16 {
        let early = self.ground.sysmon_waits && !enabled.goroutines_were_made();
        let sysmon = if early { 1 << SYSMON.0 } else { 0 };
        enabled.runnable_mask() & !(1 << default.0) & !sysmon
    }

    /// The last step has been taken.
    fn step_taken(&mut self, enabled: &Enabled<'_>) {
        let Some((thread, pending)) = self.walk.last.take() else { return };
        let mut monitor = *self.walk.monitor;
        monitor.step(thread, &pending, enabled.generation(), enabled.only_read());
        if monitor != *self.walk.monitor {
            self.walk.monitor = Arc::new(monitor);
        }
    }

    fn go_on(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.step_taken(enabled);
        let mut thread = enabled.default_choice();
        let traces = self.ground.traces;
        if self.walk.whole || traces > 0 && enabled.traces_are_whole(traces) {
            self.walk.whole = true;
            return (thread, u32::MAX);
        }
        match self.walk.plan.deviations.get(self.walk.followed) {
            Some((step, to)) if *step == enabled.steps() => {
                self.walk.switches.extend(enabled.switch_to(*to));
                self.walk.followed += 1;
                thread = *to;
            }
            Some(_) => {}
            None => self.arrive(enabled),
        }
        match self.walk.plan.deviations.get(self.walk.followed) {
            // The windows are known at the last choice; what comes before it is replayed at once.
            Some((step, _)) => (thread, step - enabled.steps() - 1),
            None => {
                self.walk.last = enabled.pending(thread).map(|pending| (thread, pending));
                (thread, 0)
            }
        }
    }
}

/// Whether the state is one of those by which executions without further choices are compared. They go the same way
/// from the first state that they have in common, so it need not be that one; any part of a state may decide.
fn is_landmark(enabled: &Enabled<'_>, next: ThreadId) -> bool {
    enabled.pending(next).is_some_and(|pending| matches!(pending.verb, Verb::Lock | Verb::Wait))
}

impl Chooser for Walker<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let (thread, further) = self.go_on(enabled);
        if self.walk.legs.last().is_none_or(|leg| leg.thread != thread) {
            self.walk.legs.push(Leg { from: enabled.steps(), thread });
        }
        (thread, further)
    }

    fn cuts(&self) -> bool {
        self.walk.joined.is_some()
    }
}
