//! Reading reality back: whether the model can write what real traces say of system calls and Ps.
//!
//! A hunt says that Go does what the model does only as far as the model does what Go does. Here a real trace is cut
//! into windows ([`windows`]): a few consecutive events of system calls and Ps of one thread, and all that belongs to
//! one ProcSteal. For each of them a schedule is looked for ([`search`]) whose trace, written by the model, has the
//! same window. A window for which none is found is a gap: of the model, or of the search.
//!
//! ```
//! use procsteal::reality::{RealTrace, explain};
//! use procsteal_reference::Variant;
//!
//! let bytes = include_bytes!("../../oracle/tests/data/traces/go1.22.10-wait-on-pipe.trace");
//! let trace = RealTrace::new("wait-on-pipe", bytes)?;
//! let fixed = Variant::named("fixed").expect("fixed is a scheduler");
//! let explanation = explain(fixed, &[trace], 200, 1, &mut |_, _| ());
//! assert!(explanation.traces[0].generations >= 1);
//! # Ok::<(), procsteal_oracle::testtrace::BinaryError>(())
//! ```

mod scenario;
mod search;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use procsteal_oracle::testtrace::BinaryError;
use procsteal_reference::Variant;
use serde::Serialize;

pub use search::{Explained, search};
pub use window::{Place, WINDOW_EVENTS, Window, windows};

/// Executions unless another number is asked for; beyond them hardly anything new appeared (`docs/reality.md`).
pub const DEFAULT_EXECUTIONS: u64 = 200_000;

/// A real trace and its windows.
#[derive(Clone, Debug)]
pub struct RealTrace {
    name: String,
    windows: Vec<Window>,
}

impl RealTrace {
    /// Cuts the trace `bytes` into windows; `name` is for the report.
    ///
    /// # Errors
    ///
    /// [`BinaryError`] when the bytes are no trace.
    pub fn new(name: &str, bytes: &[u8]) -> Result<Self, BinaryError> {
        Ok(Self { name: name.to_owned(), windows: windows(bytes)? })
    }
}

/// How much of one trace the model explains.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TraceResult {
    /// The trace.
    pub name: String,
    /// Generations that have windows.
    pub generations: usize,
    /// Generations of which every window is explained.
    pub explained_generations: usize,
    /// Windows.
    pub windows: usize,
    /// Windows for whose shape there is a schedule.
    pub explained_windows: usize,
    /// Windows around a steal.
    pub steals: usize,
    /// Those for whose shape there is a schedule.
    pub explained_steals: usize,
}

/// A shape for which no schedule was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Gap {
    /// The shape.
    pub shape: String,
    /// The windows of this shape in all traces.
    pub windows: usize,
    /// The trace that has the first of them.
    pub trace: String,
    /// Where it is there.
    pub place: Place,
}

/// How much of some traces the model explains.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The model's scheduler.
    pub scheduler: String,
    /// Trace by trace.
    pub traces: Vec<TraceResult>,
    /// The shapes of all windows, each counted once.
    pub shapes: usize,
    /// What is not explained, the most frequent first.
    pub gaps: Vec<Gap>,
    /// The executions that were made.
    pub executions: u64,
    /// The executions after which nothing more was found.
    pub needed_executions: u64,
    /// A schedule for each shape that is explained.
    #[serde(skip)]
    pub explained: Explained,
}

/// Looks for schedules that write the windows of the traces, in at most `executions` executions decided by `seed`.
///
/// `progress` hears the number of executions so far and of shapes still missing.
pub fn explain(
    scheduler: &Variant,
    traces: &[RealTrace],
    executions: u64,
    seed: u64,
    progress: &mut dyn FnMut(u64, usize),
) -> Explanation {
    let all = || traces.iter().flat_map(|trace| &trace.windows);
    let wanted: BTreeSet<String> = all().map(|window| window.shape.clone()).collect();
    let explained = search(scheduler, &wanted, executions, seed, progress);
    let mut gaps: BTreeMap<&str, Gap> = BTreeMap::new();
    for trace in traces {
        for window in trace.windows.iter().filter(|window| !explained.schedules.contains_key(&window.shape)) {
            let Window { place, shape } = window.clone();
            let first = || Gap { shape, windows: 0, trace: trace.name.clone(), place };
            gaps.entry(&window.shape).or_insert_with(first).windows += 1;
        }
    }
    let mut gaps: Vec<Gap> = gaps.into_values().collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.windows));
    Explanation {
        scheduler: scheduler.name.to_owned(),
        traces: traces.iter().map(|trace| result(trace, &explained)).collect(),
        shapes: wanted.len(),
        gaps,
        executions: explained.executions,
        needed_executions: explained.needed_executions,
        explained,
    }
}

fn result(trace: &RealTrace, explained: &Explained) -> TraceResult {
    let is_explained = |window: &&Window| explained.schedules.contains_key(&window.shape);
    let is_steal = |window: &&Window| window.shape.starts_with("steal:");
    let windows = || trace.windows.iter();
    let generations: BTreeSet<_> = windows().map(|window| window.place.generation).collect();
    let with_gaps: BTreeSet<_> =
        windows().filter(|window| !is_explained(window)).map(|window| window.place.generation).collect();
    TraceResult {
        name: trace.name.clone(),
        generations: generations.len(),
        explained_generations: generations.len() - with_gaps.len(),
        windows: windows().count(),
        explained_windows: windows().filter(is_explained).count(),
        steals: windows().filter(is_steal).count(),
        explained_steals: windows().filter(is_steal).filter(is_explained).count(),
    }
}

impl Explanation {
    /// The explanation as Markdown: a table of the traces, and the gaps.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{} of {} shapes explained by {} (the last at execution {} of {})\n",
            self.explained.schedules.len(),
            self.shapes,
            self.scheduler,
            self.needed_executions,
            self.executions
        );
        text.push_str("| trace | generations | windows | steals |\n| --- | ---: | ---: | ---: |\n");
        for trace in &self.traces {
            let _ = writeln!(
                text,
                "| {} | {} of {} | {} of {} | {} of {} |",
                trace.name,
                trace.explained_generations,
                trace.generations,
                trace.explained_windows,
                trace.windows,
                trace.explained_steals,
                trace.steals
            );
        }
        if !self.gaps.is_empty() {
            text.push_str("\n| gap | windows | first in |\n| --- | ---: | --- |\n");
        }
        for Gap { shape, windows, trace, place: Place { generation, thread, event } } in &self.gaps {
            let _ = writeln!(
                text,
                "| {shape} | {windows} | {trace}, generation {}, thread {}, event {event} |",
                generation.0, thread.0
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &[u8] = include_bytes!("../../oracle/tests/data/traces/go1.22.10-fixed-1.trace");

    fn fixed() -> &'static Variant {
        Variant::named("fixed").expect("fixed is a scheduler")
    }

    #[test]
    fn a_schedule_is_found_for_most_of_a_real_trace_and_replays() {
        let trace = RealTrace::new("fixed-1", TRACE).unwrap();
        let explanation = explain(fixed(), &[trace], 2_000, 1, &mut |_, _| ());
        assert!(explanation.traces[0].explained_windows * 2 > explanation.traces[0].windows);
        let mut model = procsteal_reference::Model::new();
        for (shape, schedule) in &explanation.explained.schedules {
            let run = model.run(fixed(), schedule).unwrap();
            let written: Vec<Window> = run.traces().flat_map(|trace| windows(&trace).unwrap()).collect();
            assert!(written.iter().any(|window| window.shape == *shape), "{shape}");
        }
    }

    #[test]
    fn what_the_model_has_not_written_is_a_gap() {
        let trace = RealTrace::new("fixed-1", TRACE).unwrap();
        let explanation = explain(fixed(), &[trace], 0, 1, &mut |_, _| ());
        assert_eq!(explanation.traces[0].explained_generations, 0);
        assert_eq!(explanation.gaps.len(), explanation.shapes);
        let windows: usize = explanation.gaps.iter().map(|gap| gap.windows).sum();
        assert_eq!(windows, explanation.traces[0].windows);
        assert!(explanation.to_markdown().contains("| fixed-1 | 0 of "));
    }
}
