//! The small race: executions, the way to the first finding, and the whole of the mended one, beside shuttle and loom.
//!
//! The peers run the race as `bench/peers` has it, three threads and some twenty atomic operations. What runs here is the
//! whole model on the scenario that has the same race, with its trace written and judged.

mod ours;
mod peers;

use super::measure::Interval;
use super::table::{Figure, PEAK_COLUMN, Table, Workload, mebibytes};
use super::{BenchError, Contestant, Group, Sample, Setup, contest};

/// Searches for the first finding, each with a seed of its own.
const SEEDS: u64 = 50;

/// Executions after which such a search gives up.
const FIRST_LIMIT: u64 = 20_000;

/// The searches that the summary shows.
const HEADLINES: [&str; 5] =
    ["shuttle, random", "shuttle, URW", "shuttle, PCT of depth 5", "procsteal, hold", "procsteal, portfolio"];

pub(super) struct Race;

impl Group for Race {
    fn name(&self) -> &'static str {
        "race"
    }

    fn about(&self) -> &'static str {
        "The race of golang/go#65181 in small: a victim in one system call, a thief, a tracer that stops. shuttle, loom and \
         a step machine run some twenty atomic operations (`bench/peers`); `procsteal` rows run the whole model on the \
         scenario that has this race (2 Ps, one goroutine with one system call, one round of sysmon), so one execution of \
         theirs does much more. `executions` is of the mended race; `first finding` is of the broken one, 50 seeds, at most \
         20,000 executions each, with ratios of the CPU time to the finding (by bootstrap); `all` is the mended race to its \
         end, once. Shuttle's threads start at a barrier; its tracer and loom's look again and again at a seqlock, the \
         step machine's is only chosen when there is something to see."
    }

    fn measure(&self, _setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        measure_executions("small", table)?;
        measure_executions("large", table)?;
        measure_firsts("small", table)?;
        measure_firsts("large", table)?;
        measure_all(table)
    }
}

/// Executions a second.
fn measure_executions(size: &str, table: &mut Table) -> Result<(), BenchError> {
    let mut contestants: Vec<Box<dyn Contestant>> = Vec::new();
    for racer in peers::executing(size) {
        match racer.start()? {
            Ok(peer) => contestants.push(Box::new(peer)),
            Err(reason) => table.leave_out(racer.name(), reason),
        }
    }
    contestants.extend(ours::executing(size));
    let series = contest(&mut contestants, table.turns)?;
    let name = format!("{size}, executions");
    table.add(Workload { name: &name, unit: "executions", input_bytes: None }, &series, Some(0));
    Ok(())
}

/// What searches with several seeds came to; infinite where nothing was found.
struct Firsts {
    name: String,
    executions: Vec<f64>,
    milliseconds: Vec<f64>,
}

impl Firsts {
    fn of(
        name: String,
        seeds: u64,
        mut search: impl FnMut(u64) -> Result<(Sample, bool), BenchError>,
    ) -> Result<Self, BenchError> {
        const MILLISECONDS: f64 = 1e3;
        let (mut executions, mut milliseconds) = (Vec::new(), Vec::new());
        // The first search is there to warm up; it is made again.
        search(0)?;
        for seed in 0..seeds {
            let (sample, found) = search(seed)?;
            let or_never = |value: f64| if found { value } else { f64::INFINITY };
            executions.push(or_never(sample.units as f64));
            milliseconds.push(or_never(sample.cpu.as_secs_f64() * MILLISECONDS));
        }
        Ok(Self { name, executions, milliseconds })
    }

    fn add_to(&self, table: &mut Table, workload: &str, base: Option<&Self>) {
        let (Some(executions), Some(milliseconds)) =
            (Interval::of(self.executions.clone()), Interval::of(self.milliseconds.clone()))
        else {
            return;
        };
        let found = self.executions.iter().filter(|value| value.is_finite()).count();
        let figures = vec![
            Figure::text("found", format!("{found} of {}", self.executions.len())),
            Figure::median("executions to the first finding", executions),
            Figure::median("CPU ms to the first finding", milliseconds),
        ];
        let ratio = base.and_then(|base| Interval::of_ratio(&base.milliseconds, &self.milliseconds));
        table.add_row(workload, &self.name, figures, ratio);
    }
}

/// Executions and time to the first finding.
fn measure_firsts(size: &str, table: &mut Table) -> Result<(), BenchError> {
    let mut all: Vec<Firsts> = Vec::new();
    for racer in peers::finding(size) {
        // What there is of it is said with the executions.
        let Ok(mut peer) = racer.start()? else { continue };
        let seeds = if racer.is_random() { SEEDS } else { 1 };
        let search = |seed| peer.search(&format!("first {seed} {FIRST_LIMIT}"));
        all.push(Firsts::of(racer.name(), seeds, search)?);
    }
    for mut ours in ours::finding(size) {
        all.push(Firsts::of(ours.name(), SEEDS, |seed| Ok(ours.first(seed, FIRST_LIMIT)))?);
    }
    let workload = format!("{size}, first finding");
    for (number, firsts) in all.iter().enumerate() {
        firsts.add_to(table, &workload, all.first().filter(|_| number > 0));
    }
    let columns = ["found", "executions to the first finding", "CPU ms to the first finding"];
    table.headline(&workload, &columns, |row| {
        HEADLINES.contains(&row.contestant.as_str()) && row.workload == workload
    });
    Ok(())
}

/// The mended race to its end.
fn measure_all(table: &mut Table) -> Result<(), BenchError> {
    const WORKLOAD: &str = "small, all";
    let mut rows: Vec<(String, Sample, String)> = Vec::new();
    for (racer, limit) in peers::exhausting() {
        match racer.start()? {
            Ok(mut peer) => {
                let (sample, ended) = peer.search(&format!("all {limit}"))?;
                let outcome = if ended { "holds" } else { "no end by then" };
                rows.push((racer.name(), sample, outcome.to_owned()));
            }
            Err(reason) => table.leave_out(racer.name(), reason),
        }
    }
    rows.push(ours::verify()?);
    let base_seconds = rows.first().map(|(_, sample, _)| sample.cpu.as_secs_f64());
    for (number, (name, sample, outcome)) in rows.iter().enumerate() {
        let seconds = sample.cpu.as_secs_f64();
        let mut figures = vec![
            Figure::text("the mended race", outcome),
            Figure::number("executions", sample.units as f64),
            Figure::number("CPU seconds", seconds),
        ];
        figures.push(match sample.peak_memory_bytes {
            Some(bytes) => Figure::number(PEAK_COLUMN, mebibytes(bytes)),
            None => Figure::text(PEAK_COLUMN, "not measured"),
        });
        let ratio = base_seconds.filter(|_| number > 0 && outcome == "holds").map(|base| base / seconds);
        let ratio = ratio.map(|ratio| Interval { low: ratio, median: ratio, high: ratio });
        table.add_row(WORKLOAD, name, figures, ratio);
    }
    table.headline(WORKLOAD, &["the mended race", "executions", "CPU seconds"], |row| {
        row.workload == WORKLOAD
    });
    Ok(())
}
