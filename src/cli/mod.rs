//! The command line: flags, exit codes, output. Every command is a file of its own around functions of the library.

mod ablate;
mod bench;
mod bounds;
mod check;
mod compare;
mod completions;
mod confirm;
mod conformance;
mod corpus;
mod coverage;
mod diff;
mod events;
mod explain;
mod hunt;
mod input;
mod lists;
mod man;
mod minimize;
mod output;
mod present;
mod progress;
mod replay;
mod report;
mod signatures;
mod survey;
mod triage;
mod verify;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// A bench on which concurrent tracing protocols are taken apart: schedules drive models of the Go scheduler, and a
/// reader that agrees with Go's own says whether the traces that they write can be parsed.
#[derive(Parser)]
#[command(name = "procsteal", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Arguments {
    /// Prints one JSON document to standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  nothing wrong
  1  a finding: an unparseable trace, a difference, a failing schedule
  2  bad usage or unreadable input
  3  an internal fault
  4  a limit was reached before the answer was known

Examples:
  procsteal hunt                          search prefix for schedules whose trace cannot be parsed
  procsteal replay finding.sched --steps  run one of them, step by step
  procsteal check trace.out               can Go read this trace, and if not, why";

#[derive(Subcommand)]
enum Command {
    /// Searches for schedules whose trace cannot be parsed; minimizes and stores each new kind
    Hunt(hunt::Arguments),
    /// Runs one schedule; prints steps, events and verdict; writes the Go trace
    Replay(replay::Arguments),
    /// Makes a schedule as small as it gets with the same signature
    Minimize(minimize::Arguments),
    /// Runs one schedule on two schedulers and compares their traces
    Diff(diff::Arguments),
    /// Says of real traces whether Go can read them, and if not, which event waits for what
    Check(check::Arguments),
    /// Prints the ordered events of a trace
    Events(events::Arguments),
    /// Looks for schedules that write what real traces say of system calls and Ps
    Explain(explain::Arguments),
    /// Tries every interleaving within bounds: a proof, or every signature with a smallest schedule
    Verify(verify::Arguments),
    /// Verifies every subset of the fix's three hunks
    Ablate(ablate::Arguments),
    /// Tries the failures on the real Go runtime
    Confirm(confirm::Arguments),
    /// Compares the oracle with Go's own reader, line by line, on generated and mutated traces
    Conformance(conformance::Arguments),
    /// Measures the workbench beside its peers, as one table
    Bench(bench::Arguments),
    /// Writes the differential report on a findings directory, in every form
    Report(report::Arguments),
    /// Keeps folders of schedules small and sound
    Corpus(corpus::Arguments),
    /// Counts how often a hunt takes each numbered step of the specification
    Coverage(coverage::Arguments),
    /// Groups findings by signature, and tells new ones from known ones
    Triage(triage::Arguments),
    /// Lists the schedulers
    Schedulers,
    /// Prints the completions for a shell
    Completions(completions::Arguments),
    /// Writes the man pages
    Man(man::Arguments),
    /// Lists the strategies of `hunt`, or says how soon each finds what
    Strategies(compare::Arguments),
    /// Measures how well signatures name bugs
    Signatures(signatures::Arguments),
    /// Measures how small minimizing makes what a hunt finds
    Survey(survey::Arguments),
}

/// What a command came to, when it came to an end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    /// Nothing wrong.
    Clean,
    /// An unparseable trace, a difference, a failing schedule.
    Finding,
    /// The command has said of a file that it is no input for it: no trace, or one of a format that is not read.
    NoInput,
    /// A limit was reached before the answer was known.
    Limit,
}

impl Outcome {
    fn finding_if(found: bool) -> Self {
        if found { Self::Finding } else { Self::Clean }
    }
}

/// What a command needs besides its own flags.
struct Context {
    output: output::Output,
}

/// Input that cannot be used: exit code 2. Any other error is an internal fault: exit code 3.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadInput(String);

impl BadInput {
    /// A typed error of the library that tells of bad input.
    fn of(error: impl std::error::Error) -> Self {
        Self(error.to_string())
    }

    /// What became of an attempt to do something with a file: `BadInput::file(path, "written")`.
    fn file(path: &Path, done: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |error| Self(format!("{}: cannot be {done}: {error}", path.display()))
    }
}

/// Runs the command that the process's arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let format = if arguments.json { output::Format::Json } else { output::Format::Text };
    let mut context = Context { output: output::Output::new(format) };
    let result = run(&arguments.command, &mut context).and_then(|outcome| {
        context.output.flush()?;
        Ok(outcome)
    });
    match result {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Finding) => ExitCode::from(1),
        Ok(Outcome::NoInput) => ExitCode::from(2),
        Ok(Outcome::Limit) => ExitCode::from(4),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // What was printed before the error stands; if that cannot be printed either, the error says enough.
            let _ = context.output.flush();
            // With standard error closed there is nobody left to tell; the exit code still says it.
            let place = if output::is_unwritable(&error) { "standard output: " } else { "" };
            let _ = writeln!(std::io::stderr(), "procsteal: {place}{error:#}");
            ExitCode::from(if error.is::<BadInput>() || !place.is_empty() { 2 } else { 3 })
        }
    }
}

fn run(command: &Command, context: &mut Context) -> anyhow::Result<Outcome> {
    match command {
        Command::Hunt(arguments) => hunt::run(arguments, context),
        Command::Minimize(arguments) => minimize::run(arguments, context),
        Command::Replay(arguments) => replay::run(arguments, context),
        Command::Diff(arguments) => diff::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::Events(arguments) => events::run(arguments, context),
        Command::Explain(arguments) => explain::run(arguments, context),
        Command::Verify(arguments) => verify::run(arguments, context),
        Command::Ablate(arguments) => ablate::run(arguments, context),
        Command::Confirm(arguments) => confirm::run(arguments, context),
        Command::Conformance(arguments) => conformance::run(arguments, context),
        Command::Bench(arguments) => bench::run(arguments, context),
        Command::Report(arguments) => report::run(arguments, context),
        Command::Corpus(arguments) => corpus::run(arguments, context),
        Command::Coverage(arguments) => coverage::run(arguments, context),
        Command::Triage(arguments) => triage::run(arguments, context),
        Command::Strategies(arguments) => compare::run(arguments, context),
        Command::Signatures(arguments) => signatures::run(arguments, context),
        Command::Survey(arguments) => survey::run(arguments, context),
        Command::Schedulers => lists::schedulers(context),
        Command::Completions(arguments) => completions::run(arguments, context),
        Command::Man(arguments) => man::run(arguments, context),
    }
}
