//! How the cost of a run grows with the schedule and its threads, and the cost of a verdict with the trace.

use super::plot::{Panel, Point, plot};
use super::table::{Table, Workload};
use super::{BenchError, Contestant, Group, Peer, Series, Setup, contest, serve_turns};
use crate::explore::{Input, Profile, Recorder, Rng, StrategyKind};
use procsteal_oracle::Judge;
use procsteal_reference::{
    GoId, Model, Op, ProcSet, Procs, Record, Scenario, Schedule, SysmonRound, ThreadId, Variant,
};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Goroutines beside main, and system calls of each, as the schedule gets longer.
const LONGER: [(u8, u8); 5] = [(2, 1), (2, 2), (2, 4), (2, 8), (2, 16)];

/// The same as there are more threads that run at the same time.
const MORE_THREADS: [(u8, u8); 5] = [(1, 4), (2, 4), (3, 4), (4, 4), (5, 4)];

/// Decides how the threads take turns.
const WALK_SEED: u64 = 1;

/// Runs of a schedule in a turn.
const RUNS: u64 = 2_000;

/// Bytes of traces that a turn reads: as many readings of each trace as that makes.
const BYTES_PER_TURN: usize = 8 << 20;

/// The real traces that are read, and how the large ones are called that the oracle's rows left in the results' folder.
const TRACES: &str = "oracle/tests/data/traces";
const LARGE_TRACE_PREFIX: &str = "load-";

/// Where the picture of the growth is written, in the folder for results.
pub(super) const PICTURE: &str = "growth.svg";

/// What the process of a point does, for [`serve`].
const RUN_WAY: &str = "run";
const VERDICT_WAY: &str = "verdict";

pub(super) struct Growth;

impl Group for Growth {
    fn name(&self) -> &'static str {
        "growth"
    }

    fn about(&self) -> &'static str {
        "The model on `fixed` with longer and longer schedules, and with more and more goroutines that make 4 system calls each \
         and so more and more threads; the oracle on real traces of more and more bytes. Each in a process of its own, whose \
         memory is given. `growth.svg` shows it, on logarithmic axes, where what is proportional lies on a diagonal."
    }

    fn measure(&self, setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let longer = measure_runs(&LONGER, |cost| cost.steps, setup, table)?;
        let more_threads = measure_runs(&MORE_THREADS, |cost| cost.threads, setup, table)?;
        let verdicts = measure_verdicts(setup, table)?;
        let panels = [
            ("a run, by its length", "steps", longer),
            ("a run, by its threads", "threads", more_threads),
            ("a verdict, by its trace", "KB of trace", verdicts),
        ];
        let [time, memory] = [Point::time as fn(_, &_) -> _, Point::memory].map(|of| {
            panels.each_ref().map(|(title, x, sizes)| {
                let points = sizes.iter().filter_map(|(size, series)| of(*size, series)).collect();
                Panel { title, x, y: "", points }
            })
        });
        let y = |panels: [Panel<'static>; 3], y| panels.map(|panel| Panel { y, ..panel });
        let rows = [y(time, "microseconds of CPU"), y(memory, "peak MiB of the process")];
        let path = setup.out.join(PICTURE);
        let picture = plot(&rows)
            .map_err(|problem| BenchError::Contestant { name: "the picture".to_owned(), problem })?;
        std::fs::write(&path, picture).map_err(BenchError::file("write", &path))
    }
}

/// What was measured, by size.
type Sizes = Vec<(f64, Series)>;

/// A busy program: everybody in and out of system calls, sysmon taking what it finds, and a walk that lets them all go on
/// in turn. Without it one thread would do everything.
fn schedule(goroutines: u8, syscalls: u8, scheduler: &Variant) -> Schedule {
    let mut main = vec![Op::TraceStart];
    main.extend((1..=goroutines).map(|slot| Op::Go(GoId(slot))));
    let mut scripts = vec![main];
    scripts.extend((0..goroutines).map(|_| vec![Op::Syscall; usize::from(syscalls)]));
    let round = SysmonRound { retake: ProcSet(0b1111), preempt: ProcSet::default() };
    let scenario =
        Scenario { procs: Procs(4), sysmon: vec![round; 2], goroutines: scripts, ..Scenario::default() };
    let scenario = Schedule { scenario, switches: Vec::new() }.into_legal().scenario;
    let mut walk = StrategyKind::Random.build_unlearned();
    walk.begin(&mut Input {
        scenario: scenario.clone(),
        profile: &Profile::default(),
        rng: Rng::new(WALK_SEED, 0),
    });
    let mut switches = Vec::new();
    // A run that fails is one without steps, which the table then shows.
    drop(Model::new().run_with(scheduler, &scenario, &mut Recorder::new(walk.as_mut(), &mut switches)));
    Schedule { scenario, switches }
}

/// How large a run is.
struct RunSize {
    steps: u32,
    threads: u32,
}

fn size_of(schedule: &Schedule, scheduler: &Variant) -> RunSize {
    let mut model = Model::new();
    model.record_steps(Record::Touches);
    let steps = model.run(scheduler, schedule).map_or(0, |run| run.steps());
    let threads: BTreeSet<ThreadId> = model.touches().iter().map(|touch| touch.thread).collect();
    RunSize { steps, threads: threads.len() as u32 }
}

fn measure_runs(
    sizes: &[(u8, u8)],
    size_on_axis: fn(&RunSize) -> u32,
    setup: &Setup,
    table: &mut Table,
) -> Result<Sizes, BenchError> {
    let Some(fixed) = Variant::named("fixed") else { return Ok(Vec::new()) };
    let mut measured = Vec::new();
    for (goroutines, syscalls) in sizes {
        let size = size_of(&schedule(*goroutines, *syscalls, fixed), fixed);
        let what = format!("{goroutines},{syscalls}");
        let series = measure_one("model", RUN_WAY, Path::new(&what), setup)?;
        let RunSize { steps, threads } = size;
        let name =
            format!("{goroutines} goroutines, {syscalls} syscalls each: {steps} steps, {threads} threads");
        table.add(Workload { name: &name, unit: "runs", input_bytes: None }, &series, None);
        measured.extend(series.into_iter().map(|series| (f64::from(size_on_axis(&size)), series)));
    }
    Ok(measured)
}

/// A process that does this, for some turns.
fn measure_one(name: &str, way: &str, what: &Path, setup: &Setup) -> Result<Vec<Series>, BenchError> {
    let mut command = Command::new(&setup.program);
    command.args(["bench", "--serve", way]).arg(what);
    let mut contestants: [Box<dyn Contestant>; 1] = [Box::new(Peer::start(name, &mut command)?)];
    contest(&mut contestants, setup.turns)
}

fn measure_verdicts(setup: &Setup, table: &mut Table) -> Result<Sizes, BenchError> {
    let mut traces = traces_in(Path::new(TRACES), "")?;
    traces.extend(traces_in(&setup.out, LARGE_TRACE_PREFIX)?);
    traces.sort();
    let mut measured = Vec::new();
    for (bytes, path) in &traces {
        let series = measure_one("oracle, verdict only", VERDICT_WAY, path, setup)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let input_bytes = series.first().and_then(|series| Some(series.samples.first()?.units * bytes));
        table.add(Workload { name: &name, unit: "traces", input_bytes }, &series, None);
        measured.extend(series.into_iter().map(|series| (*bytes as f64 / 1_000.0, series)));
    }
    Ok(measured)
}

/// The traces in a folder whose name begins so and that can be read, with their sizes: what a broken trace costs
/// depends on where it breaks.
fn traces_in(folder: &Path, prefix: &str) -> Result<Vec<(u64, PathBuf)>, BenchError> {
    let mut traces = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(BenchError::file("read", folder))? {
        let path = entry.map_err(BenchError::file("read", folder))?.path();
        let is_called_so = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
        if is_called_so && path.extension().is_some_and(|extension| extension == "trace") {
            let trace = std::fs::read(&path).map_err(BenchError::file("read", &path))?;
            if Judge::new().judge(&trace).is_ok() {
                traces.push((trace.len() as u64, path));
            }
        }
    }
    Ok(traces)
}

/// The process of a point: runs a schedule, given as `GOROUTINES,SYSCALLS`, or judges a trace, again and again.
pub(super) fn serve(way: &str, what: &Path) -> Result<(), BenchError> {
    let fail = |problem: String| BenchError::Contestant { name: way.to_owned(), problem };
    let done = match way {
        RUN_WAY => {
            let text = what.to_string_lossy();
            let numbers = text.split_once(',').and_then(|(g, s)| Some((g.parse().ok()?, s.parse().ok()?)));
            let (goroutines, syscalls) = numbers.ok_or_else(|| fail(format!("{text} is no size")))?;
            let fixed = Variant::named("fixed").ok_or_else(|| fail("there is no `fixed`".to_owned()))?;
            let (mut model, schedule) = (Model::new(), schedule(goroutines, syscalls, fixed));
            serve_turns(|| {
                for _ in 0..RUNS {
                    black_box(model.run(fixed, black_box(&schedule)).map_or(0, |run| run.steps()));
                }
                RUNS
            })
        }
        VERDICT_WAY => {
            let trace = std::fs::read(what).map_err(BenchError::file("read", what))?;
            let readings = (BYTES_PER_TURN / trace.len().max(1)).max(1) as u64;
            let mut judge = Judge::new();
            serve_turns(|| {
                for _ in 0..readings {
                    black_box(judge.judge(black_box(&trace)).is_ok());
                }
                readings
            })
        }
        _ => return Err(fail("no such way".to_owned())),
    };
    done.map_err(|error| fail(error.to_string()))
}
