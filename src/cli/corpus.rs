//! `procsteal corpus`: folders of schedules, counted, made small, joined and checked.

use super::hunt::{cancel_on_ctrl_c, schedulers};
use super::minimize::KnownArgument;
use super::progress::Line;
use super::{BadInput, Context, Outcome, output::Document};
use crate::corpus::{
    Anchoring, SmallestError, SmallestOptions, collect_smallest, distill, doctor, load, merge, reanchor,
    seeds, stats,
};
use crate::findings::{FindingsError, write_atomically};
use crate::minimize::{Size, TrialLimit};
use crate::signature::Signature;
use procsteal_reference::Schedule;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Counts schedules, features, and the steps of the model that they reach
    Stats {
        /// A folder of schedules
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Copies a smallest set of schedules that shows all that the folder shows
    Distill {
        /// A folder of schedules
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where they are copied to
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Adds the schedules of one folder to another, each once
    Merge {
        /// The folder that grows
        #[arg(value_name = "TO")]
        to: PathBuf,
        /// The folder that is read
        #[arg(value_name = "FROM")]
        from: PathBuf,
    },
    /// Writes schedules as fuzzing engines take them: a folder of inputs for each fuzz target
    Seeds {
        /// A folder of schedules
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where the targets' folders are
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Finds schedules that show again what their files claim, after a change of the model moved the steps
    ///
    /// Switches stand at step numbers. A schedule that no longer shows what it claims is tried with its switches moved,
    /// then its scenario is searched; what is found is minimized and written in its place.
    Reanchor {
        /// A folder of schedules with `# expect` comments
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Looks for the smallest schedule of each scheduler and signature, for as long as it takes: where minimizing begins
    ///
    /// Signatures are those of hunts, of a folder of schedules, and of what is known. The collection in the repository, which the program is
    /// built with, is made by `make smallest`, anew after every change of the model or the search.
    Smallest {
        /// A folder of schedules to begin from
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The file that is written
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Schedulers, separated by commas, or `all`
        #[arg(long, default_value = "all", value_delimiter = ',', value_name = "S")]
        scheduler: Vec<String>,
        /// Executions of the hunt on each
        #[arg(long, default_value_t = 60_000, value_name = "N")]
        executions: u64,
        /// Findings of each signature to begin from, at most
        #[arg(long, default_value_t = 2, value_name = "N")]
        findings: u64,
        /// Seed of the hunts
        #[arg(long, default_value_t = 0, value_name = "N")]
        seed: u64,
        /// Executions that the search for one scheduler and one signature may take
        #[arg(long, default_value_t = 150_000, value_name = "N")]
        limit: u32,
        /// Whether to begin from what the program knows as well, so that nothing is lost that a hunt seldom finds
        #[arg(long, default_value = "use", value_name = "WHETHER")]
        known_smallest: KnownArgument,
    },
    /// Checks that every file is a schedule, replays, and still has the verdict that it claims
    Doctor {
        /// A folder of schedules
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

fn bad(error: FindingsError) -> anyhow::Error {
    BadInput::of(error).into()
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Stats { folder } => print_stats(folder, context),
        Command::Distill { folder, out } => run_distill(folder, out, context),
        Command::Merge { to, from } => {
            let merged = merge(to, from).map_err(bad)?;
            if context.output.is_json() {
                let body = serde_json::json!({ "added": merged.added, "known": merged.known });
                context.output.json(Document::CorpusMerge, &body)?;
            } else {
                writeln!(context.output, "{} added, {} were there", merged.added, merged.known)?;
            }
            Ok(Outcome::Clean)
        }
        Command::Seeds { folder, out } => {
            let files = seeds(folder, out).map_err(bad)?;
            if context.output.is_json() {
                context.output.json(Document::CorpusSeeds, &serde_json::json!({ "files": files }))?;
            } else {
                writeln!(context.output, "{files} inputs in {}", out.display())?;
            }
            Ok(Outcome::Clean)
        }
        Command::Reanchor { folder } => run_reanchor(folder, context),
        Command::Smallest { folder, out, scheduler, executions, findings, seed, limit, known_smallest } => {
            let schedulers = schedulers(scheduler)?;
            let (executions, findings, seed) = (*executions, *findings, *seed);
            let limit = TrialLimit(*limit);
            let known = known_smallest.get();
            let options = SmallestOptions { schedulers, executions, findings, seed, limit, known };
            run_smallest(&options, folder, out, context)
        }
        Command::Doctor { folder } => run_doctor(folder, context),
    }
}

fn print_stats(folder: &Path, context: &mut Context) -> anyhow::Result<Outcome> {
    let stats = stats(&load(folder).map_err(bad)?);
    let name =
        |site: &procsteal_reference::sites::Site| format!("{} {}/{}", site.function, site.section, site.step);
    if context.output.is_json() {
        let signatures: Vec<_> = stats
            .signatures
            .iter()
            .map(|((scheduler, signature), count)| {
                serde_json::json!({ "scheduler": scheduler, "signature": signature, "count": count })
            })
            .collect();
        let body = serde_json::json!({
            "schedules": stats.schedules,
            "bytes": stats.bytes,
            "features": stats.features,
            "steps_reached": stats.steps_reached.len(),
            "steps_missed": stats.steps_missed.iter().map(name).collect::<Vec<_>>(),
            "signatures": signatures,
        });
        context.output.json(Document::CorpusStats, &body)?;
        return Ok(Outcome::Clean);
    }
    let output = &mut context.output;
    writeln!(output, "{} schedules, {} bytes, {} features", stats.schedules, stats.bytes, stats.features)?;
    let (reached, missed) = (stats.steps_reached.len(), stats.steps_missed.len());
    writeln!(output, "{reached} of the model's {} numbered steps reached", reached + missed)?;
    for site in &stats.steps_missed {
        writeln!(output, "  not reached: {}", name(site))?;
    }
    for ((scheduler, signature), count) in &stats.signatures {
        writeln!(output, "{count:>6}  {scheduler:<24} {signature}")?;
    }
    Ok(Outcome::Clean)
}

fn run_distill(folder: &Path, out: &Path, context: &mut Context) -> anyhow::Result<Outcome> {
    let entries = load(folder).map_err(bad)?;
    let kept = distill(&entries);
    std::fs::create_dir_all(out).map_err(BadInput::file(out, "made"))?;
    for entry in &kept {
        let bytes = std::fs::read(&entry.path).map_err(BadInput::file(&entry.path, "read"))?;
        let name = entry.name_of_copy();
        write_atomically(&out.join(name), &bytes).map_err(bad)?;
    }
    if context.output.is_json() {
        let body = serde_json::json!({ "schedules": entries.len(), "kept": kept.len() });
        context.output.json(Document::CorpusDistill, &body)?;
    } else {
        writeln!(context.output, "{} of {} schedules kept in {}", kept.len(), entries.len(), out.display())?;
    }
    Ok(Outcome::Clean)
}

fn run_reanchor(folder: &Path, context: &mut Context) -> anyhow::Result<Outcome> {
    let reanchored = reanchor(folder).map_err(bad)?;
    let word = |anchoring: &Anchoring| match anchoring {
        Anchoring::Kept => "kept",
        Anchoring::Moved => "moved",
        Anchoring::Lost => "lost: hunt for it again, or take its claim back",
    };
    if context.output.is_json() {
        let files: Vec<_> = reanchored
            .iter()
            .map(|file| serde_json::json!({ "file": file.path, "outcome": word(&file.anchoring) }))
            .collect();
        context.output.json(Document::CorpusReanchor, &serde_json::json!({ "files": files }))?;
    } else {
        for file in &reanchored {
            writeln!(context.output, "{}: {}", file.path.display(), word(&file.anchoring))?;
        }
    }
    Ok(Outcome::finding_if(reanchored.iter().any(|file| file.anchoring == Anchoring::Lost)))
}

fn run_smallest(
    options: &SmallestOptions,
    folder: &Path,
    out: &Path,
    context: &mut Context,
) -> anyhow::Result<Outcome> {
    let cancel = cancel_on_ctrl_c()?;
    let mut line = Line::new();
    let known = collect_smallest(options, folder, &cancel, |text| line.show(text));
    line.clear();
    let known = known.map_err(|error| match error {
        SmallestError::Findings(error) => bad(error),
        error => error.into(),
    })?;
    if cancel.load(Ordering::Relaxed) {
        // What there is by then would take the place of more.
        return Ok(Outcome::Limit);
    }
    write_atomically(out, known.to_toml().as_bytes()).map_err(bad)?;
    if context.output.is_json() {
        let of = |(scheduler, signature, schedule): (&str, &Signature, &Schedule)| {
            serde_json::json!({
                "scheduler": scheduler,
                "signature": signature.to_string(),
                "schedule": schedule.to_string(),
            })
        };
        let body = serde_json::json!({ "smallest": known.iter().map(of).collect::<Vec<_>>() });
        context.output.json(Document::CorpusSmallest, &body)?;
    } else {
        for (scheduler, signature, schedule) in known.iter() {
            let parts = Size::of(schedule).parts();
            writeln!(context.output, "{parts:>3} parts  {scheduler:<24} {signature}")?;
        }
    }
    Ok(Outcome::Clean)
}

fn run_doctor(folder: &Path, context: &mut Context) -> anyhow::Result<Outcome> {
    let diagnosis = doctor(folder).map_err(bad)?;
    if context.output.is_json() {
        let complaints: Vec<_> = diagnosis
            .complaints
            .iter()
            .map(|complaint| serde_json::json!({ "file": complaint.path, "message": complaint.message }))
            .collect();
        let body = serde_json::json!({ "checked": diagnosis.checked, "complaints": complaints });
        context.output.json(Document::CorpusDoctor, &body)?;
    } else {
        for complaint in &diagnosis.complaints {
            writeln!(context.output, "{}: {}", complaint.path.display(), complaint.message)?;
        }
        let (checked, wrong) = (diagnosis.checked, diagnosis.complaints.len());
        writeln!(context.output, "{checked} schedules checked, {wrong} with something wrong")?;
    }
    Ok(Outcome::finding_if(!diagnosis.complaints.is_empty()))
}
