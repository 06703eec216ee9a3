//! Which hunks of the fix are needed, against what: every subset of them, under everything the tracer can do.

use super::{Bounds, BoundsError, Observer, Options, Outcome, TracerScript, parallel, verify};
use procsteal_reference::Variant;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

/// One of the three places that the fix changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hunk {
    /// `entersyscall_gcwait`
    Gcwait,
    /// `exitsyscallfast`
    Exitsyscallfast,
    /// `retake`
    Retake,
}

impl Hunk {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Gcwait, Self::Exitsyscallfast, Self::Retake];

    /// The name of the function it is in.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gcwait => "gcwait",
            Self::Exitsyscallfast => "exitsyscallfast",
            Self::Retake => "retake",
        }
    }
}

/// The schedulers by their hunks: bit 0 is gcwait's, bit 1 exitsyscallfast's, bit 2 retake's.
const SUBSETS: [&str; 8] = [
    "prefix",
    "prefix+gcwait",
    "prefix+exitsyscallfast",
    "fixed-retake",
    "prefix+retake",
    "fixed-exitsyscallfast",
    "fixed-gcwait",
    "fixed",
];

/// The signatures of one scheduler under one script of the tracer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Cell {
    /// The scheduler.
    pub scheduler: &'static str,
    /// Which hunks it has.
    pub hunks: Vec<Hunk>,
    /// What the tracer does.
    pub tracer: String,
    /// How the verification ended.
    pub outcome: Outcome,
    /// The signatures that exist.
    pub signatures: BTreeSet<String>,
    /// States explored.
    pub states: u64,
    /// Executions.
    pub executions: u64,
}

/// What the cells say of one hunk under one script of the tracer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Judgement {
    /// The hunk.
    pub hunk: Hunk,
    /// What the tracer does.
    pub tracer: String,
    /// Signatures that some subset without the hunk has, and that adding the hunk to it removes.
    pub removes: BTreeSet<String>,
    /// Signatures that only adding the hunk brings.
    pub brings: BTreeSet<String>,
    /// Signatures of the whole fix without this hunk that the whole fix does not have: what the hunk is needed against.
    pub needed_against: BTreeSet<String>,
    /// Whether every cell it rests on is complete.
    pub complete: bool,
}

/// The whole table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Ablation {
    /// How large the scenarios were; the tracer's script is each cell's own.
    pub bounds: Bounds,
    /// By script, then by subset.
    pub cells: Vec<Cell>,
    /// By script, then by hunk.
    pub judgements: Vec<Judgement>,
}

/// Verifies every subset of the hunks under every one of these scripts.
///
/// # Errors
/// Bounds for which the model has no room.
pub fn ablate(
    bounds: &Bounds,
    scripts: &[TracerScript],
    options: &Options,
    observer: &dyn Observer,
) -> Result<Ablation, BoundsError> {
    let within = |script: &TracerScript| Bounds { tracer: script.clone(), ..bounds.clone() };
    scripts.iter().try_for_each(|script| within(script).check())?;
    // Which signatures there are is asked, not how small they can be.
    let alone = Options { jobs: NonZeroUsize::MIN, smallest_switches: Some(0), ..options.clone() };
    let cells = parallel::map(options.jobs, scripts.len() * SUBSETS.len(), |index| {
        let (script, bits) = (&scripts[index / SUBSETS.len()], index % SUBSETS.len());
        let scheduler = Variant::named(SUBSETS[bits])?;
        let report = verify(scheduler, &within(script), &alone, observer).ok()?;
        let totals = report.totals();
        Some(Cell {
            scheduler: scheduler.name,
            hunks: Hunk::ALL.into_iter().filter(|hunk| bits & 1 << *hunk as usize != 0).collect(),
            tracer: script.to_string(),
            outcome: report.outcome,
            signatures: report.findings.into_iter().map(|finding| finding.signature).collect(),
            states: totals.states,
            executions: totals.executions,
        })
    });
    let cells: Vec<Cell> = cells.into_iter().flatten().collect();
    let of_script = cells.chunks(SUBSETS.len()).zip(scripts);
    let judgements =
        of_script.flat_map(|(cells, script)| Hunk::ALL.map(|hunk| judge(hunk, script, cells))).collect();
    Ok(Ablation { bounds: bounds.clone(), cells, judgements })
}

fn judge(hunk: Hunk, script: &TracerScript, cells: &[Cell]) -> Judgement {
    let bit = 1 << hunk as usize;
    let pairs =
        || (0..cells.len()).filter(|bits| bits & bit == 0).map(|bits| (&cells[bits], &cells[bits | bit]));
    // That a signature is gone is known only where everything was explored.
    let lost = |from: &Cell, to: &Cell| -> BTreeSet<String> {
        if !to.is_complete() {
            return BTreeSet::new();
        }
        from.signatures.difference(&to.signatures).cloned().collect()
    };
    let last = pairs().next_back();
    Judgement {
        hunk,
        tracer: script.to_string(),
        removes: pairs().flat_map(|(without, with)| lost(without, with)).collect(),
        brings: pairs().flat_map(|(without, with)| lost(with, without)).collect(),
        needed_against: last.map(|(without, with)| lost(without, with)).unwrap_or_default(),
        complete: cells.iter().all(Cell::is_complete),
    }
}

impl Cell {
    fn is_complete(&self) -> bool {
        matches!(self.outcome, Outcome::Proved | Outcome::Refuted)
    }
}

impl Judgement {
    /// Whether the hunk makes no difference to what can go wrong. No answer if a limit was reached before it is known.
    #[must_use]
    pub fn changes_nothing(&self) -> Option<bool> {
        let nothing = self.removes.is_empty() && self.brings.is_empty();
        (self.complete || !nothing).then_some(nothing)
    }
}

impl Ablation {
    /// Whether no limit was reached.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.cells.iter().all(Cell::is_complete)
    }

    /// The table and what follows from it, as Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!("Bounds: {}.\n\n", self.bounds);
        text.push_str("| hunks | tracer | signatures | outcome | states |\n|---|---|---|---|---:|\n");
        for cell in &self.cells {
            let hunks: Vec<&str> = cell.hunks.iter().map(|hunk| hunk.name()).collect();
            let hunks = if hunks.is_empty() { "none".to_owned() } else { hunks.join(", ") };
            let outcome = match cell.outcome {
                Outcome::Proved => "proved",
                Outcome::Refuted => "refuted",
                Outcome::RefutedAndLimited => "refuted, limit reached",
                Outcome::Limited => "limit reached",
            };
            let Cell { tracer, signatures, states, .. } = cell;
            let _infallible =
                writeln!(text, "| {hunks} | {tracer} | {} | {outcome} | {states} |", listed(signatures));
        }
        text.push_str(
            "\n| hunk | tracer | needed against | removes | brings | known |\n|---|---|---|---|---|---|\n",
        );
        for judgement in &self.judgements {
            let Judgement { hunk, tracer, removes, brings, needed_against, complete } = judgement;
            let known = if *complete { "all" } else { "in part: a limit was reached" };
            let (name, needed) = (hunk.name(), listed(needed_against));
            let _infallible = writeln!(
                text,
                "| {name} | {tracer} | {needed} | {} | {} | {known} |",
                listed(removes),
                listed(brings)
            );
        }
        text.push('\n');
        Hunk::ALL.iter().for_each(|hunk| self.conclude(*hunk, &mut text));
        text
    }

    /// What the judgements on a hunk come to, as an item of a list.
    fn conclude(&self, hunk: Hunk, text: &mut String) {
        let of_hunk = || self.judgements.iter().filter(|judgement| judgement.hunk == hunk);
        let sets = |set: fn(&Judgement) -> &BTreeSet<String>| {
            let named = of_hunk().filter(|judgement| !set(judgement).is_empty());
            let each: Vec<String> =
                named.map(|judgement| format!("{} ({})", listed(set(judgement)), judgement.tracer)).collect();
            each.join("; ")
        };
        let (needed, removes, brings) = (
            sets(|judged| &judged.needed_against),
            sets(|judged| &judged.removes),
            sets(|judged| &judged.brings),
        );
        let complete = of_hunk().all(|judgement| judgement.complete);
        let mut said = Vec::new();
        if !needed.is_empty() {
            said.push(format!("is needed: the fix without it has {needed}"));
        } else if complete {
            said.push(
                "is not needed within these bounds: the fix without it has the signatures that the fix has"
                    .to_owned(),
            );
        } else {
            said.push("is not known to be needed, for a limit was reached".to_owned());
        }
        if needed.is_empty() && !removes.is_empty() {
            said.push(format!("where other hunks are missing it removes {removes}"));
        }
        if !brings.is_empty() {
            said.push(format!("it brings {brings}"));
        }
        if complete && removes.is_empty() && brings.is_empty() {
            said.push("it changes nothing".to_owned());
        }
        let _infallible = writeln!(text, "- `{}` {}.", hunk.name(), said.join("; "));
    }
}

fn listed(signatures: &BTreeSet<String>) -> String {
    if signatures.is_empty() {
        return "none".to_owned();
    }
    signatures.iter().map(|signature| format!("`{signature}`")).collect::<Vec<_>>().join(", ")
}
