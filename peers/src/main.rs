//! One small race under loom's exhaustive check, under shuttle's DFS, and under procsteal's `verify`, in one run: a JSON
//! document with executions, CPU time, and what each found.
//!
//! Usage: `procsteal-peers PROCSTEAL [EXECUTIONS]`: where the program `procsteal` is, and after how many executions a
//! check is left unfinished (default 3,000,000).
//! An exhaustive check tries every order anyway, so that threads need no barrier to start at.

mod race;

use cpu_time::ProcessTime;
use race::Variant;
use serde::Serialize;
use shuttle::scheduler::DfsScheduler;
use shuttle::{Config, FailurePersistence, Runner};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// loom alone takes 1,663,174 executions on the fixed race.
const EXECUTIONS: usize = 3_000_000;

/// One check.
#[derive(Serialize)]
struct Check {
    checker: &'static str,
    variant: Variant,
    executions: u64,
    /// Distinct states, where the checker knows of states.
    states: Option<u64>,
    wall_seconds: f64,
    /// Not known of another process.
    cpu_seconds: Option<f64>,
    /// Whether nothing is left to try, or a failure was found.
    finished: bool,
    found: Option<String>,
}

#[derive(Serialize)]
struct Document {
    format: u32,
    race: &'static str,
    checks: Vec<Check>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = std::env::args().nth(1).ok_or("usage: procsteal-peers PROCSTEAL [EXECUTIONS]")?;
    let most = std::env::args().nth(2).map_or(Ok(EXECUTIONS), |text| text.parse())?;
    // A failure is an answer here.
    std::panic::set_hook(Box::new(|_| {}));
    let mut checks = Vec::new();
    for variant in [Variant::Prefix, Variant::Fixed] {
        checks.push(measure("loom", variant, most, &race::loom::EXECUTIONS, || {
            let mut builder = loom::model::Builder::new();
            builder.max_branches = 100_000;
            builder.max_permutations = Some(most);
            builder.check(move || race::loom::execution(variant));
        }));
        checks.push(measure("shuttle-dfs", variant, most, &race::shuttle::EXECUTIONS, || {
            let mut config = Config::new();
            config.failure_persistence = FailurePersistence::None;
            let scheduler = DfsScheduler::new(Some(most), false);
            Runner::new(scheduler, config).run(move || race::shuttle::execution(variant));
        }));
        checks.push(verified(&program, variant)?);
    }
    let race =
        "one syscall, one steal, tracing stops; procsteal's is the whole model: 2 Ps, 3 threads, 300 steps";
    serde_json::to_writer_pretty(std::io::stdout(), &Document { format: 1, race, checks })?;
    println!();
    Ok(())
}

fn measure(
    checker: &'static str,
    variant: Variant,
    most: usize,
    counter: &AtomicU64,
    check: impl FnOnce(),
) -> Check {
    counter.store(0, Ordering::Relaxed);
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let result = catch_unwind(AssertUnwindSafe(check));
    let (wall_seconds, cpu_seconds) = (wall.elapsed().as_secs_f64(), Some(cpu.elapsed().as_secs_f64()));
    let executions = counter.load(Ordering::Relaxed);
    let found = result.err().map(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    });
    let finished = found.is_some() || executions < most as u64;
    Check { checker, variant, executions, states: None, wall_seconds, cpu_seconds, finished, found }
}

/// What `procsteal verify` says of the small preset, in its JSON document.
fn verified(program: &str, variant: Variant) -> Result<Check, Box<dyn std::error::Error>> {
    let scheduler = match variant {
        Variant::Prefix => "prefix",
        Variant::Fixed => "fixed",
    };
    let wall = Instant::now();
    let output = Command::new(program)
        .args(["verify", "--json", "--jobs", "1", "--preset", "small", "--scheduler", scheduler])
        .output()?;
    let wall_seconds = wall.elapsed().as_secs_f64();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    // The first is smaller: main alone, with a syscall of its own.
    let scenario = &report["scenarios"][1];
    let counts = &scenario["counts"];
    Ok(Check {
        checker: "procsteal",
        variant,
        executions: counts["executions"].as_u64().ok_or("verify said nothing of executions")?,
        states: counts["states"].as_u64(),
        wall_seconds,
        cpu_seconds: None,
        finished: scenario["complete"] == true,
        found: report["findings"][0]["signature"].as_str().map(str::to_owned),
    })
}
