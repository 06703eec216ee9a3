//! Every execution with so many switches: the smallest schedules that show something, and what larger scenarios come
//! to when their threads are interrupted only a few times.
//!
//! A schedule says where a thread makes way for another; everywhere else the run goes on by its fixed rule. Executions
//! are tried in the order of their switches, and of equally many in the order of their steps, so that the first that
//! shows a signature is a smallest one. A state that was reached with as few switches and steps is not explored again.

use super::counts::Counts;
use super::explore::Elsewhere;
use super::frame::Leg;
use super::monitor::Monitor;
use super::runnable::{SYSMON, sysmon_waits};
use super::store::ByFingerprint;
use procsteal_reference::{
    Chooser, Enabled, Model, Op, Pending, Scenario, Schedule, Switch, ThreadId, Variant, Verb,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A choice against the fixed rule: at this step of the run this thread goes on.
type Deviation = (u32, ThreadId);

/// An execution to be tried.
#[derive(Default)]
struct Plan {
    deviations: Vec<Deviation>,
    /// What the windows are before the last of them.
    monitor: Rc<Monitor>,
}

impl Plan {
    /// About how many bytes it takes; what the windows are is shared.
    const fn bytes(&self) -> usize {
        size_of::<Self>() + self.deviations.capacity() * size_of::<Deviation>()
    }
}

/// What a state in the table of those that were reached takes, with what the table keeps free.
const REACHED_BYTES: usize = 2 * size_of::<(u128, (u32, u32))>();

/// What the search hands out.
pub(super) trait Visitor {
    /// An execution came to its end and wrote something new. Its schedule can be replayed.
    fn end(&mut self, schedule: Schedule);

    /// Asked after each execution; breaks to stop.
    fn progress(&mut self, counts: &Counts) -> ControlFlow<()>;
}

/// Knows of states from which nothing can be shown that is looked for.
pub(super) trait Hope {
    /// Whether there is something to be shown yet, or it is not known.
    fn is_left(&mut self, at: &Elsewhere<'_>) -> Result<bool, Stopped>;

    /// About how many bytes that knowledge takes.
    fn bytes(&self) -> u64;
}

/// Knows nothing.
pub(super) struct Blind;

impl Hope for Blind {
    fn is_left(&mut self, _: &Elsewhere<'_>) -> Result<bool, Stopped> {
        Ok(true)
    }

    fn bytes(&self) -> u64 {
        0
    }
}

/// The state of the search of one scenario.
pub(super) struct Search<'a> {
    scenario: &'a Scenario,
    traces: usize,
    sysmon_waits: bool,
    /// With how many switches and after how many steps each state was reached first.
    reached: ByFingerprint<(u32, u32)>,
    /// With how many switches and after how many steps each end was reached.
    ends: ByFingerprint<(u32, u32)>,
    digests: ByFingerprint<()>,
    /// Executions to be tried: by switches and steps, and among equals by their choices.
    agenda: BTreeMap<(u32, u32), Vec<Plan>>,
    /// How many bytes those take.
    agenda_bytes: usize,
    most_switches: u32,
    hope: &'a mut dyn Hope,
    walk: Walk,
    bytes: Vec<u8>,
    counts: Counts,
}

/// The execution that is being walked.
struct Walk {
    plan: Plan,
    followed: usize,
    switches: Vec<Switch>,
    legs: Vec<Leg>,
    monitor: Rc<Monitor>,
    last: Option<(ThreadId, Pending)>,
    known: bool,
    whole: bool,
    stopped: bool,
}

impl Walk {
    fn new(plan: Plan) -> Self {
        let (switches, legs, monitor) = (Vec::new(), Vec::new(), Rc::clone(&plan.monitor));
        let (known, whole, stopped) = (false, false, false);
        Self { plan, followed: 0, switches, legs, monitor, last: None, known, whole, stopped }
    }
}

/// The search was stopped before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stopped;

impl<'a> Search<'a> {
    pub(super) fn new(scenario: &'a Scenario, most_switches: u32, hope: &'a mut dyn Hope) -> Self {
        let ops = || scenario.goroutines.iter().flatten();
        Self {
            scenario,
            traces: ops().filter(|op| **op == Op::TraceStart).count(),
            sysmon_waits: sysmon_waits(scenario),
            reached: ByFingerprint::default(),
            ends: ByFingerprint::default(),
            digests: ByFingerprint::default(),
            agenda: BTreeMap::from([((0, 0), vec![Plan::default()])]),
            agenda_bytes: 0,
            most_switches,
            hope,
            walk: Walk::new(Plan::default()),
            bytes: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Tries every execution.
    pub(super) fn run(
        &mut self,
        scheduler: &Variant,
        model: &mut Model,
        visitor: &mut dyn Visitor,
    ) -> (Counts, Result<(), Stopped>) {
        while let Some((_, executions)) = self.agenda.pop_first() {
            for plan in executions {
                self.agenda_bytes = self.agenda_bytes.saturating_sub(plan.bytes());
                self.execute(plan, scheduler, model, visitor);
                self.counts.states = self.reached.len() as u64;
                let bytes = self.reached.capacity() * REACHED_BYTES + self.agenda_bytes;
                self.counts.bytes = bytes as u64 + self.hope.bytes();
                if self.walk.stopped {
                    return (self.counts, Err(Stopped));
                }
                if visitor.progress(&self.counts).is_break() {
                    return (self.counts, Err(Stopped));
                }
            }
        }
        (self.counts, Ok(()))
    }

    fn execute(&mut self, plan: Plan, scheduler: &Variant, model: &mut Model, visitor: &mut dyn Visitor) {
        self.walk = Walk::new(plan);
        let scenario = self.scenario;
        let run = model.run_with(scheduler, scenario, self);
        self.counts.executions += 1;
        if self.walk.known || self.walk.stopped {
            return;
        }
        let (digest, steps) = match run {
            Ok(run) => {
                self.counts.steps += u64::from(run.steps());
                self.counts.longest = self.counts.longest.max(run.steps());
                (run.digest(), run.steps())
            }
            Err(fault) => (xxh3_64(fault.detail.as_bytes()), fault.steps),
        };
        self.digests.insert(u128::from(digest), ());
        self.counts.distinct_traces = self.digests.len() as u64;
        self.bytes.clear();
        self.bytes.extend_from_slice(&digest.to_le_bytes());
        self.walk.monitor.write_past(&mut self.bytes);
        let here = (self.walk.switches.len() as u32, steps);
        let reached = self.ends.entry(xxh3_128(&self.bytes)).or_insert((u32::MAX, u32::MAX));
        if *reached > here {
            *reached = here;
            let switches = std::mem::take(&mut self.walk.switches);
            visitor.end(Schedule { scenario: scenario.clone(), switches });
        }
    }

    /// The walk is where it has no more choices of its own: a state like any other.
    fn arrive(&mut self, enabled: &Enabled<'_>) {
        let level = self.walk.plan.deviations.len() as u32;
        let default = enabled.default_choice();
        if level == self.most_switches && !is_landmark(enabled, default) {
            return;
        }
        self.bytes.clear();
        enabled.write_state(&mut self.bytes);
        self.walk.monitor.write(&mut self.bytes);
        let state = xxh3_128(&self.bytes);
        self.bytes.push(enabled.current.0);
        let here = (level, enabled.steps());
        let reached = self.reached.entry(xxh3_128(&self.bytes)).or_insert((u32::MAX, u32::MAX));
        if *reached <= here {
            self.walk.known = true;
            return;
        }
        *reached = here;
        if level == self.most_switches {
            return;
        }
        let (legs, steps, monitor) = (&self.walk.legs[..], enabled.steps(), &*self.walk.monitor);
        match self.hope.is_left(&Elsewhere { state, legs, steps, monitor }) {
            Ok(true) => {}
            Ok(false) => {
                self.walk.known = true;
                return;
            }
            Err(Stopped) => {
                self.walk.stopped = true;
                return;
            }
        }
        let early = self.sysmon_waits && !enabled.goroutines_were_made();
        for thread in enabled.runnable().filter(|thread| *thread != default && !(early && *thread == SYSMON))
        {
            let mut deviations = Vec::with_capacity(level as usize + 1);
            deviations.extend_from_slice(&self.walk.plan.deviations);
            deviations.push((enabled.steps(), thread));
            let plan = Plan { deviations, monitor: Rc::clone(&self.walk.monitor) };
            self.agenda_bytes += plan.bytes();
            self.agenda.entry((level + 1, enabled.steps())).or_default().push(plan);
        }
    }

    /// The last step has been taken.
    fn step_taken(&mut self, enabled: &Enabled<'_>) {
        let Some((thread, pending)) = self.walk.last.take() else { return };
        let mut monitor = *self.walk.monitor;
        monitor.step(thread, &pending, enabled.generation(), enabled.only_read());
        if monitor != *self.walk.monitor {
            self.walk.monitor = Rc::new(monitor);
        }
    }
}

/// Whether the state is one of those by which executions without further choices are compared. They go the same way
/// from the first state that they have in common, so it need not be that one; any part of a state may decide.
fn is_landmark(enabled: &Enabled<'_>, next: ThreadId) -> bool {
    enabled.pending(next).is_some_and(|pending| matches!(pending.verb, Verb::Lock | Verb::Wait))
}

impl Search<'_> {
    fn go_on(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.step_taken(enabled);
        let mut thread = enabled.default_choice();
        if self.walk.whole || self.traces > 0 && enabled.traces_are_whole(self.traces) {
            self.walk.whole = true;
            return (thread, u32::MAX);
        }
        match self.walk.plan.deviations.get(self.walk.followed) {
            Some((step, to)) if *step == enabled.steps() => {
                let from = enabled.current;
                let step = u16::try_from(enabled.steps_of(from)).unwrap_or(u16::MAX);
                self.walk.switches.push(Switch { thread: from, step, to: *to });
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

impl Chooser for Search<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let (thread, further) = self.go_on(enabled);
        if self.walk.legs.last().is_none_or(|leg| leg.thread != thread) {
            self.walk.legs.push(Leg { from: enabled.steps(), thread });
        }
        (thread, further)
    }

    fn cuts(&self) -> bool {
        self.walk.known || self.walk.stopped
    }
}

/// The schedule whose run takes these choices, and then goes on by the fixed rule, sysmon before the others.
pub(super) fn schedule_of(scheduler: &Variant, scenario: &Scenario, choices: &[ThreadId]) -> Schedule {
    let mut transcript = Transcript { choices, switches: Vec::new() };
    // A run that fails fails again when its schedule is run.
    let _fault = Model::new().run_with(scheduler, scenario, &mut transcript).err();
    Schedule { scenario: scenario.clone(), switches: transcript.switches }
}

/// Notes where choices differ from the fixed rule.
struct Transcript<'a> {
    choices: &'a [ThreadId],
    switches: Vec<Switch>,
}

impl Chooser for Transcript<'_> {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let default = enabled.default_choice();
        let chosen = match self.choices.get(enabled.steps() as usize) {
            Some(choice) => *choice,
            // A steal that sysmon has begun is brought to its end: it is part of the signature.
            None if enabled.is_runnable(SYSMON) => SYSMON,
            None => default,
        };
        if chosen != default {
            let from = enabled.current;
            let step = u16::try_from(enabled.steps_of(from)).unwrap_or(u16::MAX);
            self.switches.push(Switch { thread: from, step, to: chosen });
        }
        (chosen, 0)
    }
}
