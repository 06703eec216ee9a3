//! What minimizing promises: the same signature, nothing that can be left out, the same result again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test is told by its panic")]

use procsteal::Bench;
use procsteal::corpus::{SmallestOptions, collect_smallest, load};
use procsteal::explore::{HuntOptions, Kind, StrategyKind, hunt};
use procsteal::minimize::{
    Cost, Extent, Known, KnownSmallest, MAX_TRIALS, MinimizeOptions, TrialLimit, minimize, minimize_with,
};
use procsteal::signature::{Signature, signature};
use procsteal_reference::{Op, Schedule, VARIANTS, Variant};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// As if nothing were known.
const BY_ITSELF: MinimizeOptions = MinimizeOptions { limit: TrialLimit(MAX_TRIALS), known: Known::Ignore };

/// What the portfolio finds in a few thousand executions of both schedulers.
fn kinds() -> Vec<Kind> {
    let schedulers = vec![&VARIANTS[0], &VARIANTS[1]];
    let options = HuntOptions { schedulers, executions: Some(8_000), seed: 5, ..HuntOptions::default() };
    hunt(&options, &AtomicBool::new(false), &mut ()).unwrap().kinds
}

/// The schedule without one part, for each of its parts.
fn single_removals(schedule: &Schedule) -> Vec<Schedule> {
    let mut shorter = Vec::new();
    let mut add = |edit: &dyn Fn(&mut Schedule)| {
        let mut other = schedule.clone();
        edit(&mut other);
        shorter.push(other);
    };
    for at in 0..schedule.switches.len() {
        add(&|other| drop(other.switches.drain(at..=at)));
    }
    for at in 0..schedule.scenario.sysmon.len() {
        add(&|other| drop(other.scenario.sysmon.drain(at..=at)));
    }
    for at in 0..schedule.scenario.foreign.len() {
        add(&|other| {
            other.scenario.foreign.remove(at);
        });
        if schedule.scenario.foreign[at].callbacks > 0 {
            add(&|other| other.scenario.foreign[at].callbacks -= 1);
        }
    }
    for (slot, script) in schedule.scenario.goroutines.iter().enumerate() {
        for at in 0..script.len() {
            add(&|other| drop(other.scenario.goroutines[slot].drain(at..=at)));
        }
        let is_named =
            |op: &Op| matches!(op, Op::Go(target) | Op::Ready(target) if usize::from(target.0) >= slot);
        if slot > 0 && !schedule.scenario.goroutines.iter().flatten().any(is_named) {
            add(&|other| drop(other.scenario.goroutines.remove(slot)));
        }
    }
    shorter
}

#[test]
fn findings_stay_what_they_are_and_nothing_can_be_left_out() {
    let mut bench = Bench::new();
    let kinds = kinds();
    assert!(!kinds.is_empty());
    for kind in kinds {
        let schedule = &kind.finding.as_ref().unwrap().schedule;
        assert_eq!(signature(&bench.record(kind.scheduler, schedule)), Some(kind.signature.clone()));
        assert_eq!(schedule.clone().into_legal(), *schedule);
        for shorter in single_removals(schedule) {
            let found = signature(&bench.record(kind.scheduler, &shorter));
            assert_ne!(
                found,
                Some(kind.signature.clone()),
                "still fails without a part:\n{shorter}\nof\n{schedule}"
            );
        }
        let again = minimize(&mut bench, kind.scheduler, schedule).unwrap();
        assert_eq!(again.schedule, *schedule);
        assert!(again.trials < MAX_TRIALS / 2, "{} trials", again.trials);
    }
}

#[test]
fn whoever_found_a_frequent_failure_it_comes_to_the_same_schedule() {
    let mut results = BTreeMap::<String, BTreeSet<String>>::new();
    let mut findings = 0;
    for (strategy, seed) in [(StrategyKind::Hold, 1), (StrategyKind::Hold, 2), (StrategyKind::Delay, 3)] {
        let (executions, minimizing) = (Some(1_200), BY_ITSELF);
        let options = HuntOptions { strategy, seed, executions, minimizing, ..HuntOptions::default() };
        for kind in hunt(&options, &AtomicBool::new(false), &mut ()).unwrap().kinds {
            if kind.signature.site == "retake" {
                let schedule = kind.finding.unwrap().schedule.to_string();
                results.entry(kind.signature.to_string()).or_default().insert(schedule);
                findings += 1;
            }
        }
    }
    assert!(findings > results.len(), "{findings} findings, too few to compare");
    for (signature, schedules) in results {
        assert_eq!(schedules.len(), 1, "{signature}: {schedules:#?}");
    }
}

/// Findings of one failure of `fixed` that have nothing in common: passes alone come from each to another schedule.
const FINDINGS_OF_A_RARE_FAILURE: [&str; 3] = [
    "procsteal schedule v1
procs 2
G1: trace-start
foreign 2
foreign 1
switch M1@0 -> M11
switch M11@1 -> M12
switch M12@38 -> M1
",
    "procsteal schedule v1
procs 2
G1: trace-start, go G2, syscall-block
G2: syscall
foreign 2
switch M1@0 -> M12
switch M12@38 -> M1
switch M3@37 -> M12
",
    "procsteal schedule v1
procs 1
G1: go G2, syscall, trace-start
G2: syscall
G3: syscall
sysmon retake P0
switch M1@0 -> M2
switch M1@21 -> M2
switch M3@20 -> M1
switch M1@143 -> M3
",
];

#[test]
fn findings_of_a_rare_failure_come_to_the_same_schedule() {
    let fixed = Variant::named("fixed").unwrap();
    let results: BTreeSet<String> = FINDINGS_OF_A_RARE_FAILURE
        .iter()
        .map(|text| {
            // They share what the search from nothing comes to, and nothing else.
            let minimized =
                minimize_with(&mut Bench::new(), fixed, &text.parse().unwrap(), BY_ITSELF).unwrap();
            assert_eq!(minimized.signature.to_string(), "needs-proc/GoStart/reacquired/start");
            assert_eq!(minimized.after.parts(), 9);
            minimized.schedule.to_string()
        })
        .collect();
    assert_eq!(results.len(), 1, "{results:#?}");
}

/// A finding with a goroutine that nobody creates, which the first passes leave out.
const WITH_A_NEEDLESS_GOROUTINE: &str = "procsteal schedule v1
procs 2
G1: trace-start, syscall
G2: syscall, syscall, gosched
sysmon retake P0
switch M1@0 -> M2
switch M1@84 -> M2
switch M2@11 -> M3
";

#[test]
fn a_limit_gives_what_there_is_by_then() {
    let prefix = Variant::named("prefix").unwrap();
    let schedule: Schedule = WITH_A_NEEDLESS_GOROUTINE.parse().unwrap();
    let mut parts = Vec::new();
    for limit in [0, 30, MAX_TRIALS] {
        let options = MinimizeOptions { limit: TrialLimit(limit), known: Known::Ignore };
        let minimized = minimize_with(&mut Bench::new(), prefix, &schedule, options).unwrap();
        let shown = signature(&Bench::new().record(prefix, &minimized.schedule));
        assert_eq!(shown.as_ref(), Some(&minimized.signature));
        let expected = if limit == MAX_TRIALS { Extent::Minimal } else { Extent::LimitReached };
        assert_eq!(minimized.extent, expected, "{limit}");
        parts.push(minimized.after.parts());
    }
    let [as_given, smaller, smallest] = parts[..] else { panic!("{parts:?}") };
    assert!(as_given == 11 && smaller < as_given && smallest <= smaller, "{parts:?}");
}

#[test]
fn what_does_not_fail_is_not_minimized() {
    let schedule: Schedule = "procsteal schedule v1\nG1: trace-start\n".parse().unwrap();
    let fixed = Variant::named("fixed").unwrap();
    let error = minimize(&mut Bench::new(), fixed, &schedule).unwrap_err();
    assert!(error.to_string().starts_with("minimize-nothing-wrong: "), "{error}");
}

/// What is known is made by a command (`make smallest`) and committed: it must be what it says.
#[test]
fn what_is_known_shows_its_signature_and_nothing_can_be_left_out() {
    let known: KnownSmallest =
        std::fs::read_to_string(repository().join("corpus/smallest.toml")).unwrap().parse().unwrap();
    assert!(known.iter().count() > 50 && known == *KnownSmallest::committed());
    let mut bench = Bench::new();
    for (scheduler, name, schedule) in known.iter() {
        let scheduler = Variant::named(scheduler).unwrap();
        let shown = signature(&bench.record(scheduler, schedule));
        assert_eq!(shown.as_ref(), Some(name), "make smallest: on {}\n{schedule}", scheduler.name);
        assert_eq!(Schedule::from_bytes(&schedule.to_byte_vec()), *schedule);
        for shorter in single_removals(schedule) {
            let found = signature(&bench.record(scheduler, &shorter));
            assert_ne!(found.as_ref(), Some(name), "still fails without a part:\n{shorter}\nof\n{schedule}");
        }
        let minimized = minimize(&mut bench, scheduler, schedule).unwrap();
        assert_eq!((minimized.schedule, minimized.extent), (schedule.clone(), Extent::Minimal));
    }
}

#[test]
fn every_kept_failure_is_known_and_what_is_known_is_no_larger() {
    for entry in load(&repository().join("corpus/regressions")).unwrap() {
        let claim = entry.claims.iter().find(|claim| claim.signature.is_some()).unwrap();
        let name = claim.signature.as_ref().unwrap();
        let known = KnownSmallest::committed().find(claim.scheduler, name);
        let known = known.unwrap_or_else(|| panic!("{name} on {}: make smallest", claim.scheduler.name));
        assert!(Cost::of(known) <= Cost::of(&entry.schedule), "{}", entry.name());
    }
}

/// Two findings of one failure with nothing in common, one of them with what is known left out.
#[test]
fn what_is_known_is_the_result_at_once_and_left_out_on_request() {
    let fixed = Variant::named("fixed").unwrap();
    let name: Signature = "needs-proc/GoStart/reacquired/start".parse().unwrap();
    let known = KnownSmallest::committed().find(fixed, &name).unwrap();
    let [first, second, _] = FINDINGS_OF_A_RARE_FAILURE.map(|text| text.parse::<Schedule>().unwrap());
    let at_once = minimize(&mut Bench::new(), fixed, &first).unwrap();
    assert_eq!((&at_once.schedule, at_once.trials), (known, 1));
    let by_itself = minimize_with(&mut Bench::new(), fixed, &second, BY_ITSELF).unwrap();
    assert!(by_itself.trials > 1_000 && Cost::of(&by_itself.schedule) >= Cost::of(known));
}

#[test]
fn a_known_schedule_that_shows_something_else_counts_for_nothing() {
    // On `fixed` the schedules that are known of `prefix` for its failures show nothing.
    let (prefix, fixed) = (Variant::named("prefix").unwrap(), Variant::named("fixed").unwrap());
    let name: Signature = "stuck/GoSyscallEndBlocked/retake/stop".parse().unwrap();
    let of_prefix = KnownSmallest::committed().find(prefix, &name).unwrap();
    assert!(KnownSmallest::committed().find(fixed, &name).is_none());
    assert!(minimize(&mut Bench::new(), fixed, of_prefix).is_err());
}

/// The file is what the command makes, as far as a second can tell: of failures that are quick to search.
#[test]
fn the_command_makes_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["stuck-GoSyscallEndBlocked-retake-stop", "inconsistent-proc-status-ProcStatus-none-none"] {
        let name = format!("{name}.sched");
        std::fs::copy(repository().join("corpus/regressions").join(&name), folder.path().join(&name))
            .unwrap();
    }
    let prefix = Variant::named("prefix").unwrap();
    let limit = TrialLimit(12_000);
    let options = SmallestOptions {
        schedulers: vec![prefix],
        executions: 0,
        findings: 0,
        seed: 0,
        limit,
        known: Known::Ignore,
    };
    let made = collect_smallest(&options, folder.path(), &AtomicBool::new(false), |_| {}).unwrap();
    assert_eq!(made.iter().count(), 2);
    for (_, name, schedule) in made.iter() {
        assert_eq!(KnownSmallest::committed().find(prefix, name), Some(schedule), "{name}");
    }
    assert_eq!(made.to_toml().parse::<KnownSmallest>().unwrap(), made);
}

#[test]
fn a_collection_with_a_fault_says_which() {
    let entry = |signature: &str| {
        format!(
            "[[smallest]]\nscheduler = \"prefix\"\nsignature = \"{signature}\"\nschedule = \"procsteal schedule v1\\n\"\n"
        )
    };
    let fault = |text: String| text.parse::<KnownSmallest>().unwrap_err().to_string();
    assert!(fault(entry("a/b/c")).starts_with("smallest-signature: "));
    assert!(fault(entry("a/b/c/d").repeat(2)).starts_with("smallest-twice: a/b/c/d on prefix"));
    assert!(fault(entry("a/b/c/d").replace("v1", "v9")).starts_with("smallest-schedule: "));
    assert!(fault("[[smallest]]\n".to_owned()).starts_with("smallest-syntax: "));
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
