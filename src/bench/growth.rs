//! How the cost of a run grows with the schedule, and the cost of a verdict with the trace.

use super::plot::{Panel, Point, plot};
use super::table::{Table, Workload};
use super::{BenchError, Contestant, Group, InProcess, Setup, contest};
use procsteal_oracle::Judge;
use procsteal_reference::{GoId, Model, Op, ProcSet, Procs, Scenario, Schedule, SysmonRound, Variant};
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// Goroutines beside main; each makes [`SYSCALLS`] system calls.
const GOROUTINES: [u8; 5] = [1, 2, 3, 4, 5];

/// System calls of each.
const SYSCALLS: usize = 4;

/// Runs of a schedule in a turn.
const RUNS: u64 = 2_000;

/// Bytes of traces that a turn reads: as many readings of each trace as that makes.
const BYTES_PER_TURN: usize = 8 << 20;

/// The real traces that are read.
const TRACES: &str = "oracle/tests/data/traces";

/// Where the picture of the growth is written, in the folder for results.
const PICTURE: &str = "growth.svg";

pub(super) struct Growth;

impl Group for Growth {
    fn name(&self) -> &'static str {
        "growth"
    }

    fn about(&self) -> &'static str {
        "The model on `fixed` with more and more goroutines of 4 system calls each, and so more and more threads; the oracle on real traces \
         of more and more bytes. `growth.svg` shows it, on logarithmic axes: both should be diagonals."
    }

    fn measure(&self, setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let runs = measure_runs(table)?;
        let verdicts = measure_verdicts(table)?;
        let panels = [
            Panel { title: "a run of the model", x: "steps", y: "microseconds of CPU", points: runs },
            Panel {
                title: "a verdict of the oracle",
                x: "KB of trace",
                y: "microseconds of CPU",
                points: verdicts,
            },
        ];
        let path = setup.out.join(PICTURE);
        let picture = plot(&panels)
            .map_err(|problem| BenchError::Contestant { name: "the picture".to_owned(), problem })?;
        std::fs::write(&path, picture).map_err(BenchError::file("write", &path))
    }
}

/// A busy program: everybody in and out of system calls, sysmon taking what it finds.
fn schedule(goroutines: u8) -> Schedule {
    let mut main = vec![Op::TraceStart];
    main.extend((1..=goroutines).map(|slot| Op::Go(GoId(slot))));
    let mut scripts = vec![main];
    scripts.extend((0..goroutines).map(|_| vec![Op::Syscall; SYSCALLS]));
    let round = SysmonRound { retake: ProcSet(0b11), preempt: ProcSet::default() };
    let scenario =
        Scenario { procs: Procs(2), sysmon: vec![round; 2], goroutines: scripts, ..Scenario::default() };
    Schedule { scenario, switches: Vec::new() }.into_legal()
}

fn measure_runs(table: &mut Table) -> Result<Vec<Point>, BenchError> {
    let Some(fixed) = Variant::named("fixed") else { return Ok(Vec::new()) };
    let mut points = Vec::new();
    for goroutines in GOROUTINES {
        let schedule = schedule(goroutines);
        let mut model = Model::new();
        let steps = model.run(fixed, &schedule).map_or(0, |run| run.steps());
        let work = || {
            for _ in 0..RUNS {
                black_box(model.run(fixed, black_box(&schedule)).map_or(0, |run| run.steps()));
            }
            RUNS
        };
        let mut contestants: [Box<dyn Contestant + '_>; 1] = [Box::new(InProcess::new("model", work))];
        let series = contest(&mut contestants, table.turns)?;
        let name = format!("{goroutines} goroutines, {steps} steps");
        table.add(Workload { name: &name, unit: "runs", input_bytes: None }, &series, None);
        points.extend(series.iter().filter_map(|series| Point::of(f64::from(steps), series)));
    }
    Ok(points)
}

fn measure_verdicts(table: &mut Table) -> Result<Vec<Point>, BenchError> {
    let folder = Path::new(TRACES);
    let entries = std::fs::read_dir(folder).map_err(BenchError::file("read", folder))?;
    let mut traces: Vec<(usize, PathBuf, Vec<u8>)> = Vec::new();
    for entry in entries {
        let path = entry.map_err(BenchError::file("read", folder))?.path();
        if path.extension().is_some_and(|extension| extension == "trace") {
            let bytes = std::fs::read(&path).map_err(BenchError::file("read", &path))?;
            traces.push((bytes.len(), path, bytes));
        }
    }
    traces.sort();
    let mut judge = Judge::new();
    let mut points = Vec::new();
    for (size, path, bytes) in &traces {
        // What a broken trace costs depends on where it breaks.
        if judge.judge(bytes).is_err() {
            continue;
        }
        let readings = (BYTES_PER_TURN / size).max(1) as u64;
        let work = || {
            for _ in 0..readings {
                black_box(judge.judge(black_box(bytes)).is_ok());
            }
            readings
        };
        let mut contestants: [Box<dyn Contestant + '_>; 1] =
            [Box::new(InProcess::new("oracle, verdict only", work))];
        let series = contest(&mut contestants, table.turns)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let input_bytes = Some(*size as u64 * readings);
        table.add(Workload { name: &name, unit: "traces", input_bytes }, &series, None);
        points.extend(series.iter().filter_map(|series| Point::of(*size as f64 / 1_000.0, series)));
    }
    Ok(points)
}
