//! `procsteal man`: a man page for the program and one for each command.

use super::{BadInput, Context, Outcome};
use clap::CommandFactory;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  procsteal man --out ~/.local/share/man/man1 && man procsteal-hunt")]
pub(super) struct Arguments {
    /// The folder for the pages
    #[arg(long, default_value = "man", value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    std::fs::create_dir_all(&arguments.out).map_err(BadInput::file(&arguments.out, "made"))?;
    clap_mangen::generate_to(super::Arguments::command(), &arguments.out)
        .map_err(BadInput::file(&arguments.out, "filled"))?;
    writeln!(context.output, "man pages in {}", arguments.out.display())?;
    Ok(Outcome::Clean)
}
