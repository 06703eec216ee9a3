//! Prints what Go's own trace reader sees: `cargo run --example go_events -- 1.27.3 trace.out`.
//!
//! A file may also be one of Go's `.test` files, or of a Go fuzz corpus.

use std::path::Path;

use procsteal::go::{GoReader, GoRelease};
use procsteal_oracle::testtrace::{TestFile, parse_fuzz_file};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usage = "usage: go_events 1.22.10|1.24.11|1.27.3 TRACE...";
    let mut arguments = std::env::args().skip(1);
    let version = arguments.next().ok_or(usage)?;
    let release = GoRelease::ALL.into_iter().find(|release| release.version() == version).ok_or(usage)?;
    let mut session = GoReader::ensure(release, "target/toolchains".as_ref())?.start()?;
    for name in arguments {
        print!("{}", session.read(&read_trace(name.as_ref())?)?);
    }
    Ok(())
}

fn read_trace(path: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path)?;
    if path.extension().is_some_and(|extension| extension == "test") {
        Ok(TestFile::parse(std::str::from_utf8(&bytes)?)?.trace.to_binary())
    } else if bytes.starts_with(b"go test fuzz") {
        Ok(parse_fuzz_file(std::str::from_utf8(&bytes)?)?)
    } else {
        Ok(bytes)
    }
}
