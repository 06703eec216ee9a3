//! Prints what Go's own trace reader sees: `cargo run --example go_events -- 1.27.3 trace.out`.

use procsteal::go::{GoReader, GoRelease};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usage = "usage: go_events 1.22.10|1.24.11|1.27.3 TRACE...";
    let mut arguments = std::env::args().skip(1);
    let version = arguments.next().ok_or(usage)?;
    let release = GoRelease::ALL.into_iter().find(|release| release.version() == version).ok_or(usage)?;
    let mut session = GoReader::ensure(release, "target/toolchains".as_ref())?.start()?;
    for name in arguments {
        print!("{}", session.read(&std::fs::read(name)?)?);
    }
    Ok(())
}
