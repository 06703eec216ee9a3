//! What a signature says of the scenarios that can show it, and of where threads are to be held in them.

use crate::explore::Aim;
use crate::signature::Signature;
use procsteal_reference::{Op, Scenario};
use std::ops::RangeInclusive;

/// What a steal site asks of a scenario.
struct Site {
    /// The `site` of signatures.
    name: &'static str,
    /// The functions in which a steal of the site can be torn; none where nobody aims at it.
    functions: &'static [&'static str],
    /// Threads that make syscalls, at least: one whose P is taken, and where a thread takes its P back, that one.
    callers: usize,
    /// Whether a round of sysmon is the thief.
    by_sysmon: bool,
}

/// The sites of steals; all that minimizing knows of them.
const SITES: [Site; 5] = [
    Site { name: "retake", functions: &["retake"], callers: 1, by_sysmon: true },
    Site {
        name: "reacquired",
        functions: &["exitsyscallfast", "exitsyscallfast_reacquired"],
        callers: 2,
        by_sysmon: false,
    },
    Site { name: "gcwait", functions: &["entersyscall_gcwait"], callers: 1, by_sysmon: false },
    Site { name: "stw", functions: &[], callers: 1, by_sysmon: false },
    Site { name: "foreachp", functions: &[], callers: 1, by_sysmon: false },
];

/// The site of the signature's steal; none if it blames none.
fn site_of(signature: &Signature) -> Option<&'static Site> {
    SITES.iter().find(|site| *site.name == signature.site)
}

/// What the scenarios that show a signature are made of: what they must have, and what would only be in the way.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    callers: usize,
    calls: RangeInclusive<usize>,
    advances: RangeInclusive<usize>,
    rounds: RangeInclusive<usize>,
    may_stop: bool,
    /// Threads that Go did not make, at least.
    foreign: usize,
    /// What main stops by: it yields where steals are torn, and blocks where none is.
    stops_by: &'static [Op],
}

impl Needs {
    pub(super) fn of(signature: &Signature) -> Self {
        let (callers, calls, rounds, stops_by) = match site_of(signature) {
            Some(site) => {
                // A token that is too old is that of a look at the syscall before.
                let calls = site.callers.max(if is_left_again(signature) { 2 } else { 1 });
                (site.callers, calls..=calls, usize::from(site.by_sysmon)..=1, &[Op::Gosched][..])
            }
            None => (0, 0..=2, 0..=0, &[Op::SyscallBlock][..]),
        };
        let advances = match signature.tracer.as_str() {
            "advance" => 1..=2,
            "none" => 0..=2,
            _ => 0..=0,
        };
        let may_stop = signature.tracer == "stop";
        // Only `needm` writes it (spec 3.18).
        let foreign = usize::from(signature.event == "GoCreateSyscall");
        Self { callers, calls, advances, rounds, may_stop, foreign, stops_by }
    }

    /// The same, where main may stop by either.
    pub(super) fn stopping_anyhow(self) -> Self {
        Self { stops_by: &[Op::Gosched, Op::SyscallBlock], ..self }
    }

    /// Whether small scenarios may have the operation.
    pub(super) fn allow(&self, op: Op) -> bool {
        match op {
            Op::Gosched | Op::SyscallBlock => self.stops_by.contains(&op),
            Op::TraceStop => self.may_stop,
            Op::TraceAdvance => *self.advances.end() > 0,
            _ => true,
        }
    }

    /// Whether the scenario has all that the signature names, and as little else as small ones have.
    pub(super) fn are_just_met_by(&self, scenario: &Scenario) -> bool {
        self.are_met_by(scenario)
            && *self.calls.end() >= calls_of(scenario).iter().sum()
            && *self.advances.end() >= advances_of(scenario)
            && *self.rounds.end() >= scenario.sysmon.len()
            && scenario.goroutines.iter().flatten().all(|op| self.allow(*op))
    }

    /// Whether all that the signature names is there: a tracer that does what it did, syscalls to take a P out of, and
    /// somebody to take it.
    pub(super) fn are_met_by(&self, scenario: &Scenario) -> bool {
        let calls = calls_of(scenario);
        scenario.goroutines.first().is_some_and(|main| main.contains(&Op::TraceStart))
            && *self.advances.start() <= advances_of(scenario)
            && *self.rounds.start() <= scenario.sysmon.len()
            && *self.calls.start() <= calls.iter().sum()
            && self.callers <= calls.len()
            && self.foreign <= scenario.foreign.len()
    }
}

/// The syscalls of each thread that makes some.
fn calls_of(scenario: &Scenario) -> Vec<usize> {
    let count = |script: &Vec<Op>| script.iter().filter(|op| **op == Op::Syscall).count();
    let of_goroutines = scenario.goroutines.iter().map(count);
    let of_foreign = scenario.foreign.iter().map(|thread| usize::from(thread.callbacks));
    of_goroutines.chain(of_foreign).filter(|calls| *calls > 0).collect()
}

fn advances_of(scenario: &Scenario) -> usize {
    scenario.goroutines.iter().flatten().filter(|op| **op == Op::TraceAdvance).count()
}

fn is_left_again(signature: &Signature) -> bool {
    signature.event == "ProcSteal"
}

/// The steal that the signature blames, if a thread takes its own P back in it and asks for its token after that: then a
/// guide can lead to it.
pub(super) fn aim_of_guides(signature: &Signature) -> Option<Aim> {
    let comes_back = site_of(signature).is_some_and(|site| site.callers > 1);
    aim_of(signature).filter(|aim| comes_back && !aim.token_first)
}

/// The steal that the signature blames; none if it blames none that can be aimed at.
pub(super) fn aim_of(signature: &Signature) -> Option<Aim> {
    let functions =
        site_of(signature).map(|site| site.functions).filter(|functions| !functions.is_empty())?;
    let left_again = is_left_again(signature);
    Some(Aim { functions, token_first: left_again || signature.tracer == "start", left_again })
}

#[cfg(test)]
mod tests {
    use super::SITES;
    use crate::signature::STEAL_SITES;

    #[test]
    fn the_sites_are_those_of_signatures() {
        assert_eq!(SITES.map(|site| site.name), STEAL_SITES.map(|(_, name)| name));
        for (site, (bumps, _)) in SITES.iter().zip(STEAL_SITES) {
            assert!(site.functions.is_empty() || site.functions.contains(&bumps), "{}", site.name);
        }
    }
}
