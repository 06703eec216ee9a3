//! Walks one execution: along its choices against the fixed rule, and on by the rule until a state is known.

use super::super::explore::is_settled;
use super::super::frame::Leg;
use super::super::monitor::Monitor;
use super::super::runnable::{SYSMON, sysmon_waits};
use super::super::step::touched_at_most;
use super::super::store::{ByFingerprint, Fingerprint};
use super::super::touch::Touch;
use super::Reached;
use super::trail::{Branch, Branches};
use super::window::{Chain, GoesOn, Window};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::{
    Chooser, Enabled, Model, Op, Pending, Scenario, Schedule, Switch, ThreadId, Variant, Verb,
};
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A choice against the fixed rule: at this step of the run this thread goes on.
pub(super) type Deviation = (u32, ThreadId);

/// How an execution goes that is to be tried.
#[derive(Default)]
pub(super) struct Way {
    pub(super) deviations: Vec<Deviation>,
    /// What the windows are before the last of them.
    pub(super) monitor: Arc<Monitor>,
}

impl Way {
    /// How many choices it has against the fixed rule.
    const fn level(&self) -> u32 {
        self.deviations.len() as u32
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
    /// Who goes on there by the fixed rule, and how.
    pub(super) goes_on: GoesOn,
    /// What the steps to it from the state before touch.
    pub(super) came_by: Touch,
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
    pub(super) deviations: Vec<Deviation>,
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
    /// By thread, what others touch in any execution; None if nothing is to be left out.
    pub(super) others_touch: Option<[Touch; MAX_THREADS]>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(scheduler: &'a Variant, scenario: &'a Scenario) -> Self {
        let ops = || scenario.goroutines.iter().flatten();
        let traces = ops().filter(|op| **op == Op::TraceStart).count();
        Self { scheduler, scenario, traces, sysmon_waits: sysmon_waits(scenario), others_touch: None }
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
    walk: Walk,
}

/// The step that is being taken, and who else could go on in its place.
struct Last {
    thread: ThreadId,
    pending: Pending,
    others: u16,
    was_awake: bool,
}

/// The execution that is being walked.
struct Walk {
    way: Way,
    followed: usize,
    switches: Vec<Switch>,
    legs: Vec<Leg>,
    trail: Vec<Spot>,
    monitor: Arc<Monitor>,
    last: Option<Last>,
    joined: Option<Fingerprint>,
    /// What its steps touched since the last state of the trail.
    came_by: Touch,
    /// From its last choice on, where it is of use.
    window: Option<Window>,
    /// Nobody else need go on after the last step.
    is_apart: bool,
    /// The traces are whole.
    whole: bool,
}

impl Walk {
    fn new(way: Way) -> Self {
        let (monitor, came_by) = (Arc::clone(&way.monitor), Touch::NOTHING);
        let (switches, legs, trail) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            way,
            followed: 0,
            switches,
            legs,
            trail,
            monitor,
            last: None,
            joined: None,
            came_by,
            window: None,
            is_apart: false,
            whole: false,
        }
    }
}

/// Walks some executions, but for those that come to the same as others of them. What comes of each is as if those before it
/// had been walked alone, but that a walk may go on beyond a state that another walker has come to meanwhile.
pub(super) fn walk(
    ground: &Ground<'_>,
    purpose: Purpose,
    reached: [&ByFingerprint<Reached>; 2],
    (branches, plans): (&Branches, &[Option<Branch>]),
    model: &mut Model,
) -> Vec<Walked> {
    let (met, bytes, walk) = (ByFingerprint::default(), Vec::new(), Walk::new(Way::default()));
    let mut walker = Walker { ground, purpose, reached, met, bytes, walk };
    let (mut chain, mut all) = (Chain::default(), Vec::with_capacity(plans.len()));
    for plan in plans {
        if chain.covers(branches, *plan) {
            continue;
        }
        all.push(walker.execute(branches.way(*plan), model));
        chain.walked(*plan, walker.walk.window.and_then(Window::closed));
    }
    all
}

impl Walker<'_> {
    fn execute(&mut self, way: Way, model: &mut Model) -> Walked {
        self.walk = Walk::new(way);
        let Ground { scheduler, scenario, .. } = *self.ground;
        let run = model.run_with(scheduler, scenario, self);
        let walk = &mut self.walk;
        let (trail, legs) = (std::mem::take(&mut walk.trail), std::mem::take(&mut walk.legs));
        let deviations = std::mem::take(&mut walk.way.deviations);
        if let Some(joined) = walk.joined {
            return Walked { deviations, trail, legs, end: End::Joined(joined) };
        }
        let (traces, steps, is_regular) = match run {
            Ok(run) => (run.digest(), run.steps(), true),
            Err(fault) => (xxh3_64(fault.detail.as_bytes()), fault.steps, false),
        };
        self.bytes.clear();
        self.bytes.extend_from_slice(&traces.to_le_bytes());
        walk.monitor.write_past(&mut self.bytes);
        let shows = xxh3_128(&self.bytes);
        let switches = std::mem::take(&mut walk.switches);
        let schedule = Schedule { scenario: scenario.clone(), switches };
        let whole = Whole { traces, shows, steps, is_regular, schedule };
        Walked { deviations, trail, legs, end: End::Whole(whole) }
    }

    /// The walk is where it has no more choices of its own: a state like any other.
    fn arrive(&mut self, enabled: &Enabled<'_>) {
        let default = enabled.default_choice();
        let passes = match self.purpose {
            Purpose::Ends => !is_landmark(enabled, default),
            Purpose::States => self.walk.is_apart,
        };
        if passes || self.walk.joined.is_some() {
            return;
        }
        self.bytes.clear();
        enabled.write_state(&mut self.bytes);
        self.walk.monitor.write(&mut self.bytes);
        let state = xxh3_128(&self.bytes);
        self.bytes.push(enabled.current.0);
        let (known_by, steps) = (xxh3_128(&self.bytes), enabled.steps());
        let level = self.walk.way.level();
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
        let came_by = std::mem::replace(&mut self.walk.came_by, Touch::NOTHING);
        let goes_on = GoesOn::of(enabled, default);
        let spot = Spot { state, known_by, steps, monitor, goes_on, came_by, others, settled };
        self.walk.trail.push(spot);
    }

    /// Who can go on against the fixed rule.
    fn others(&self, enabled: &Enabled<'_>, default: ThreadId) -> u16 {
        let early = self.ground.sysmon_waits && !enabled.goroutines_were_made();
        let sysmon = if early { 1 << SYSMON.0 } else { 0 };
        enabled.runnable_mask() & !(1 << default.0) & !sysmon
    }

    /// The last step has been taken.
    fn step_taken(&mut self, enabled: &Enabled<'_>) {
        let Some(last) = self.walk.last.take() else { return };
        let Last { thread, ref pending, .. } = last;
        if let Some(window) = self.walk.window.as_mut().filter(|window| window.is_open()) {
            window.add(enabled, pending);
        }
        if self.purpose == Purpose::States {
            let touched = touched_at_most(enabled, pending);
            self.walk.came_by = self.walk.came_by.and(touched);
            self.walk.is_apart = self.is_apart(enabled, &last, touched);
        }
        if !Monitor::is_changed_by(pending) {
            return;
        }
        let mut monitor = *self.walk.monitor;
        monitor.step(thread, pending, enabled.generation(), enabled.only_read());
        if monitor != *self.walk.monitor {
            self.walk.monitor = Arc::new(monitor);
        }
    }

    /// Whether nobody else need go on right after a step. Who does could as well go on right before it, and the thread would
    /// take the step when it goes on again: nothing that others ever do meets what the step touches, and the thread could
    /// go on, whatever they do, with the step taken and without. So that comes to the same, with no more switches and no
    /// more steps.
    fn is_apart(&self, enabled: &Enabled<'_>, last: &Last, touched: Touch) -> bool {
        let Last { thread, others, was_awake, .. } = *last;
        let Some(others_touch) = self.ground.others_touch.map(|by_thread| by_thread[thread.0 as usize])
        else {
            return false;
        };
        let goes_on = enabled.default_choice() == thread
            && was_awake
            && GoesOn::of(enabled, thread).does_in_spite_of(others_touch);
        goes_on && !others_touch.conflicts(touched) && self.others(enabled, thread) & !others == 0
    }

    fn go_on(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.step_taken(enabled);
        let mut thread = enabled.default_choice();
        let traces = self.ground.traces;
        if self.walk.whole || traces > 0 && enabled.traces_are_whole(traces) {
            self.walk.whole = true;
            return (thread, u32::MAX);
        }
        match self.walk.way.deviations.get(self.walk.followed) {
            Some((step, to)) if *step == enabled.steps() => {
                self.walk.switches.extend(enabled.switch_to(*to));
                self.walk.followed += 1;
                if self.purpose == Purpose::Ends && self.ground.others_touch.is_some() {
                    self.walk.window = Some(Window::new(thread));
                }
                thread = *to;
            }
            Some(_) => {}
            None => {
                self.walk.window.iter_mut().for_each(|window| window.goes_on(enabled, thread));
                self.arrive(enabled);
            }
        }
        match self.walk.way.deviations.get(self.walk.followed) {
            // The windows are known at the last choice; what comes before it is replayed at once.
            Some((step, _)) => (thread, step - enabled.steps() - 1),
            None => {
                let (others, was_awake) = match self.purpose {
                    Purpose::Ends => (0, false),
                    Purpose::States => (self.others(enabled, thread), !enabled.is_asleep(thread)),
                };
                let last = |pending| Last { thread, pending, others, was_awake };
                self.walk.last = enabled.pending(thread).map(last);
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
        let in_window = self.walk.window.is_some_and(|window| window.is_open());
        self.walk.joined.is_some() && !in_window
    }
}
