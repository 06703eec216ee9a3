//! `procsteal completions`: what a shell needs to complete our flags.

use super::{Context, Outcome};
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  procsteal completions bash > ~/.local/share/bash-completion/completions/procsteal")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "procsteal", &mut script);
    context.output.write_all(&script)?;
    Ok(Outcome::Clean)
}
