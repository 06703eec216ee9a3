//! The command `procsteal`.

use std::process::ExitCode;

fn main() -> ExitCode {
    procsteal::cli::main()
}
