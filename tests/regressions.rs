//! Replays every minimized finding of `corpus/regressions`: one test for each file, named by it.

use libtest_mimic::{Arguments, Failed, Trial};
use procsteal::Bench;
use procsteal::corpus::{Claim, Entry, load};
use procsteal::minimize::minimize;
use procsteal::signature::signature;
use procsteal_reference::Schedule;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let entries = match load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/regressions")) {
        Ok(entries) if entries.is_empty() => {
            eprintln!("corpus/regressions holds no schedules");
            return ExitCode::FAILURE;
        }
        Ok(entries) => entries,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let trials = entries
        .into_iter()
        .map(|entry| Trial::test(entry.name(), move || test(&entry).map_err(Failed::from)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn test(entry: &Entry) -> Result<(), String> {
    if entry.claims.is_empty() {
        return Err("it has no line `# expect SCHEDULER SIGNATURE`".to_owned());
    }
    if Schedule::from_bytes(&entry.schedule.to_byte_vec()) != entry.schedule {
        return Err("its binary form is another schedule".to_owned());
    }
    let mut bench = Bench::new();
    entry.claims.iter().try_for_each(|claim| test_claim(&mut bench, &entry.schedule, claim))?;
    // It was minimized for the first of its claims; on another scheduler it may fail by chance.
    match entry.claims.iter().find(|claim| claim.signature.is_some()) {
        Some(claim) => test_minimal(&mut bench, &entry.schedule, claim),
        None => Ok(()),
    }
}

fn test_claim(bench: &mut Bench, schedule: &Schedule, claim: &Claim) -> Result<(), String> {
    let scheduler = claim.scheduler;
    let recording = bench.record(scheduler, schedule);
    let found = signature(&recording);
    if found != claim.signature {
        let verdict = recording.execution.verdict;
        return Err(format!("on {}: expected {:?}, found {verdict:?}", scheduler.name, claim.signature));
    }
    Ok(())
}

fn test_minimal(bench: &mut Bench, schedule: &Schedule, claim: &Claim) -> Result<(), String> {
    let minimized = minimize(bench, claim.scheduler, schedule).map_err(|error| error.to_string())?;
    if minimized.schedule == *schedule {
        return Ok(());
    }
    let smaller = minimized.schedule;
    Err(format!("on {}: it is not minimal; smaller is\n{smaller}", claim.scheduler.name))
}
