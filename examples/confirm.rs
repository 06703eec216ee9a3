//! Tries the model's findings on the real Go runtime:
//! `cargo run --release --example confirm -- [--go VERSION] [--runs N] [--plain-runs N] [--only PART] [--json]`.

use std::path::Path;

use procsteal::confirm::{Options, Progress, confirm};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::new(Path::new("target"));
    let mut json = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--go" => options.go_version = value()?,
            "--runs" => options.runs = value()?.parse()?,
            "--plain-runs" => options.plain_runs = value()?.parse()?,
            "--only" => options.only = Some(value()?),
            "--json" => json = true,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    let report = confirm(&options, &mut |progress| match progress {
        Progress::Running { tally, runs, .. } if tally.runs < *runs => {}
        _ => eprintln!("{progress}"),
    });
    let report = report.map_err(|error| error.to_string())?;
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.to_markdown());
    }
    Ok(())
}
