//! Compares the oracle with Go's own reader: `cargo run --release --example conformance -- [COUNT [SEED [FIRST]]]`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use procsteal::conformance::{EXCEPTIONS, Options, run};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let numbers = std::env::args().skip(1).map(|number| number.parse()).collect::<Result<Vec<u64>, _>>()?;
    let mut options = Options { jobs: std::thread::available_parallelism()?, ..Options::default() };
    for (option, number) in
        [&mut options.count, &mut options.seed, &mut options.first].into_iter().zip(numbers)
    {
        *option = number;
    }
    let is_terminal = std::io::stderr().is_terminal();
    let summary = run(&options, |done| {
        if is_terminal {
            eprint!("\r{done} of {}", options.count);
        }
    })?;
    println!("{summary}");
    for exception in EXCEPTIONS {
        println!("exception {}: {}", exception.name, exception.reason);
    }
    Ok(ExitCode::from(u8::from(!summary.differences.is_empty())))
}
