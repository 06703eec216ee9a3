//! Tries a smaller schedule: does it still show the same?

use super::anchor::{Anchor, Anchored, anchors_of};
use super::{Cost, TrialLimit};
use crate::execution::{Bench, Execution, Verdict};
use crate::explore::Recorder;
use crate::signature::{Signature, signature};
use procsteal_reference::{Chooser, Follow, Scenario, Schedule, Touch, Variant};

/// What a minimized schedule must keep, and the bench on which it is tried.
pub(super) struct Trial<'a> {
    bench: &'a mut Bench,
    scheduler: &'static Variant,
    signature: &'a Signature,
    limit: TrialLimit,
    pub(super) executions: u32,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        bench: &'a mut Bench,
        scheduler: &'static Variant,
        signature: &'a Signature,
        limit: TrialLimit,
    ) -> Self {
        Self { bench, scheduler, signature, limit, executions: 0 }
    }

    /// The schedule with the switches that say something in it, in the order in which they happen, if it keeps the
    /// signature.
    pub(super) fn keeps(&mut self, schedule: Schedule) -> Option<Schedule> {
        let mut follow = Follow::default();
        follow.load(&schedule);
        self.run(schedule.scenario, &mut follow)
    }

    /// The run that a chooser makes of the scenario, as a schedule, if it has the signature.
    pub(super) fn run(&mut self, scenario: Scenario, chooser: &mut dyn Chooser) -> Option<Schedule> {
        self.executions += 1;
        let mut switches = Vec::new();
        let mut recorder = Recorder::new(chooser, &mut switches);
        let execution = self.bench.execute_with(self.scheduler, &scenario, &mut recorder);
        self.of_signature(Schedule { scenario, switches }, &execution)
    }

    /// The schedule of that execution, if it has the signature.
    fn of_signature(&mut self, schedule: Schedule, execution: &Execution) -> Option<Schedule> {
        if !self.may_have_signature(execution) {
            return None;
        }
        let found = signature(&self.bench.record(self.scheduler, &schedule))?;
        (found == *self.signature).then_some(schedule)
    }

    /// As [`run`](Self::run), and what it touched.
    pub(super) fn run_tracked(
        &mut self,
        scenario: Scenario,
        chooser: &mut dyn Chooser,
    ) -> (Option<Schedule>, Vec<Touch>) {
        self.executions += 1;
        let mut switches = Vec::new();
        let mut recorder = Recorder::new(chooser, &mut switches);
        let (execution, touches) = self.bench.execute_tracked(self.scheduler, &scenario, &mut recorder);
        let schedule = Schedule { scenario, switches };
        (self.of_signature(schedule, &execution), touches)
    }

    /// What one run of the scenario touches.
    pub(super) fn touches_of(&mut self, scenario: &Scenario, chooser: &mut dyn Chooser) -> Vec<Touch> {
        self.executions += 1;
        self.bench.execute_tracked(self.scheduler, scenario, chooser).1
    }

    pub(super) fn scheduler(&self) -> &'static Variant {
        self.scheduler
    }

    pub(super) fn signature(&self) -> &Signature {
        self.signature
    }

    /// Whether no more executions may be made.
    pub(super) fn is_over(&self) -> bool {
        self.executions >= self.limit.0
    }

    /// A look that is cheap: most candidates fail it, and the signature itself needs a record of all steps.
    fn may_have_signature(&self, execution: &Execution) -> bool {
        match &execution.verdict {
            Verdict::Parseable { .. } => false,
            Verdict::Unparseable(unparseable) => unparseable.error.code() == self.signature.code,
            Verdict::Fault(_) => self.signature.code == "fault",
        }
    }

    /// The candidate if it is smaller than `smallest` and keeps the signature: with its switches at the same steps,
    /// or, where the scenario has changed and steps with it, at the same places of the model.
    pub(super) fn improves(&mut self, smallest: &Schedule, candidate: &Schedule) -> Option<Schedule> {
        // A pass may have put an operation into a script in which it cannot stand: that is not written down as it is.
        if candidate.clone().into_legal() != *candidate {
            return None;
        }
        let cost = Cost::of(smallest);
        let smaller = |schedule: &Schedule| Cost::of(schedule) < cost;
        if let Some(kept) = self.keeps(candidate.clone()).filter(smaller) {
            return Some(kept);
        }
        if candidate.scenario == smallest.scenario {
            return None;
        }
        let anchors = self.anchors(smallest);
        subsets(&anchors).iter().find_map(|anchors| {
            self.run(candidate.scenario.clone(), &mut Anchored::new(anchors)).filter(smaller)
        })
    }

    fn anchors(&mut self, schedule: &Schedule) -> Vec<Anchor> {
        self.executions += 1;
        anchors_of(self.bench, self.scheduler, schedule)
    }
}

/// Schedules with more switches than this are not tried without each one, or each two, of them.
const MAX_FOR_SINGLES: usize = 24;
const MAX_FOR_PAIRS: usize = 8;

/// All anchors, then all but one, then all but two: a change of the scenario may make some needless, as one round of
/// sysmon less makes its waking.
fn subsets(anchors: &[Anchor]) -> Vec<Vec<Anchor>> {
    let count = anchors.len();
    let without = |left_out: &[usize]| {
        let kept = anchors.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
        kept.map(|(_, anchor)| *anchor).collect::<Vec<_>>()
    };
    let mut subsets = vec![anchors.to_vec()];
    if count <= MAX_FOR_SINGLES {
        subsets.extend((0..count).map(|index| without(&[index])));
    }
    if count <= MAX_FOR_PAIRS {
        let pairs = (0..count).flat_map(|first| (first + 1..count).map(move |second| [first, second]));
        subsets.extend(pairs.map(|pair| without(&pair)));
    }
    subsets
}

#[cfg(test)]
mod tests {
    use super::Trial;
    use crate::execution::Bench;
    use crate::minimize::TrialLimit;
    use crate::signature::signature;
    use procsteal_reference::{Op, Schedule, Variant};

    const NINE_PARTS: &str = "procsteal schedule v1
procs 2
G1: go G2, gosched, trace-start
G2: syscall
foreign 1
switch M1@40 -> M2
";

    #[test]
    fn what_cannot_be_written_down_is_no_candidate() {
        let fixed = Variant::named("fixed").unwrap();
        let schedule: Schedule = NINE_PARTS.parse().unwrap();
        let mut bench = Bench::new();
        let shown = signature(&bench.record(fixed, &schedule)).unwrap();
        // The model runs what another goroutine than main may not do, and it fails alike.
        let mut illegal = schedule.clone();
        illegal.scenario.goroutines =
            vec![vec![Op::Go(procsteal_reference::GoId(1)), Op::Syscall], vec![Op::TraceStart]];
        illegal.switches[0].step = 26;
        let mut trial = Trial::new(&mut bench, fixed, &shown, TrialLimit::default());
        assert!(trial.keeps(illegal.clone()).is_some());
        assert_eq!(trial.improves(&schedule, &illegal), None);
    }
}
