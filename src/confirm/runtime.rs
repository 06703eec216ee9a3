//! The release's runtime, edited into the scheduler that is asked for, and the Go program built with it.

use std::path::{Path, PathBuf};

use super::edit::{Definition, Edit, Source};
use super::edits;
use super::error::ConfirmError;
use super::scheduler::Scheduler;
use crate::go::Toolchain;

/// The files of `GOROOT/src/runtime` that are edited; the tracer's is `trace2.go` in 1.22 and `trace.go` from 1.23 on.
const EDITED_FILES: [&str; 4] = ["proc.go", "runtime2.go", "trace2.go", "trace.go"];

/// The file that is added to the runtime.
const PAUSE_FILE: &str = "procsteal_pause.go";
const PAUSE_SOURCE: &str = include_str!("program/pause.go");

const MAIN_SOURCE: (&str, &str) = ("main.go", include_str!("program/main.go"));

/// What tells the scheduler of Go 1.22 to 1.25 from later ones: the functions of the fix, and the CAS in them.
const DESIGN: [(Definition, &str); 3] = [
    (Definition::Function("retake"), "atomic.Cas(&pp.status, s, _Pidle)"),
    (Definition::Function("exitsyscallfast"), "atomic.Cas(&oldp.status, _Psyscall, _Pidle)"),
    (Definition::Function("entersyscall_gcwait"), "atomic.Cas(&pp.status, _Psyscall, _Pgcstop)"),
];

/// Whether the places for delays are compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delays {
    /// The runtime has them, all switched off until a run asks for one.
    Possible,
    /// The runtime is not touched but for the hunks of its scheduler.
    None,
}

/// Whether the program has threads that are made in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Threads {
    /// All are Go's.
    OfGo,
    /// C makes some, for which the program is linked with C and needs a C compiler.
    OfGoAndC,
}

/// A program to build: the same source for each, with the parts that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Program {
    /// The runtime.
    pub scheduler: Scheduler,
    /// Its delays.
    pub delays: Delays,
    /// Its threads.
    pub threads: Threads,
}

impl Program {
    fn name(self) -> String {
        let delays = match self.delays {
            Delays::Possible => "delays",
            Delays::None => "plain",
        };
        match self.threads {
            Threads::OfGo => format!("{}-{delays}", self.scheduler),
            Threads::OfGoAndC => format!("{}-{delays}-c", self.scheduler),
        }
    }

    fn sources(self) -> [(&'static str, &'static str); 3] {
        let sites = match self.delays {
            Delays::Possible => ("sites.go", include_str!("program/sites.go")),
            Delays::None => ("nosites.go", include_str!("program/nosites.go")),
        };
        let foreign = match self.threads {
            Threads::OfGo => ("noforeign.go", include_str!("program/noforeign.go")),
            Threads::OfGoAndC => ("foreign.go", include_str!("program/foreign.go")),
        };
        [MAIN_SOURCE, sites, foreign]
    }
}

/// The sources of one release's runtime, to be edited.
#[derive(Clone, Debug)]
pub struct Runtime {
    version: String,
    sources: Vec<Source>,
}

impl Runtime {
    /// Reads the runtime of a toolchain.
    ///
    /// # Errors
    ///
    /// [`ConfirmError::File`] when a file cannot be read, [`ConfirmError::OtherScheduler`] when the release's
    /// scheduler is not the one that the edits are about.
    pub fn read(toolchain: &Toolchain) -> Result<Self, ConfirmError> {
        let folder = toolchain.goroot().join("src").join("runtime");
        let mut sources = Vec::new();
        for file in EDITED_FILES {
            let path = folder.join(file);
            if path.exists() {
                let text = std::fs::read_to_string(&path).map_err(file_error("read", &path))?;
                sources.push(Source::new(file, &text));
            }
        }
        let runtime = Self { version: toolchain.version().to_owned(), sources };
        runtime.check_design()?;
        Ok(runtime)
    }

    /// The edited files, as name and text; those that no edit touches are left out.
    ///
    /// # Errors
    ///
    /// [`ConfirmError::Edit`] when an edit does not apply exactly once.
    pub fn edited(
        &self,
        scheduler: Scheduler,
        delays: Delays,
    ) -> Result<Vec<(String, String)>, ConfirmError> {
        let mut sources = self.sources.clone();
        let mut edits = edits::scheduler_edits(scheduler);
        if delays == Delays::Possible {
            edits.extend_from_slice(edits::delay_edits());
        }
        for edit in &edits {
            self.apply(&mut sources, edit)?;
        }
        let changed = sources.iter().zip(&self.sources).filter(|(new, old)| new.text() != old.text());
        let mut files: Vec<(String, String)> =
            changed.map(|(new, _)| (new.file().to_owned(), new.text())).collect();
        if delays == Delays::Possible {
            files.push((PAUSE_FILE.to_owned(), PAUSE_SOURCE.to_owned()));
        }
        Ok(files)
    }

    /// Applies the edit to the first file that has its definition.
    fn apply(&self, sources: &mut [Source], edit: &Edit) -> Result<(), ConfirmError> {
        let owner = sources.iter().position(|source| source.has(edit.definition)).unwrap_or(0);
        let Some(source) = sources.get_mut(owner) else {
            return Err(self.other_scheduler("there is no proc.go"));
        };
        source.apply(edit).map_err(|source| ConfirmError::Edit { version: self.version.clone(), source })
    }

    fn check_design(&self) -> Result<(), ConfirmError> {
        for (definition, fragment) in DESIGN {
            let Some(source) = self.sources.iter().find(|source| source.has(definition)) else {
                return Err(self.other_scheduler(&format!("there is no {definition}")));
            };
            match source.contains(definition, fragment) {
                Ok(true) => {}
                Ok(false) => {
                    return Err(self.other_scheduler(&format!("{definition} has no `{fragment}`")));
                }
                Err(source) => return Err(ConfirmError::Edit { version: self.version.clone(), source }),
            }
        }
        Ok(())
    }

    fn other_scheduler(&self, evidence: &str) -> ConfirmError {
        ConfirmError::OtherScheduler { version: self.version.clone(), evidence: evidence.to_owned() }
    }
}

/// Builds the program with the edited runtime, under `folder`; the path of the program.
///
/// # Errors
///
/// As [`Runtime::edited`] and [`Toolchain::build`]; [`ConfirmError::File`] when the folder is not writable.
pub fn build_program(
    toolchain: &Toolchain,
    runtime: &Runtime,
    program: Program,
    folder: &Path,
) -> Result<PathBuf, ConfirmError> {
    let folder = folder.join(program.name());
    let overlay = write_runtime(runtime, program.scheduler, program.delays, &folder)?;
    // Not overlaid themselves: a compiler of C looks at the folder of its sources as it is.
    let source_folder = std::path::absolute(&folder).map_err(file_error("resolve", &folder))?.join("source");
    create_folder(&source_folder)?;
    let mut sources = Vec::new();
    for (name, text) in program.sources() {
        let file = write(&source_folder.join(name), text)?;
        sources.push(file.to_string_lossy().into_owned());
    }
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let output = folder.join("program");
    match program.threads {
        Threads::OfGo => toolchain.build(&overlay, &sources, &output)?,
        Threads::OfGoAndC => toolchain.clone().with_c().build(&overlay, &sources, &output)?,
    }
    Ok(output)
}

/// Writes the edited files into `folder`: which file of the source tree each stands for, and where it is.
pub(super) fn write_runtime(
    runtime: &Runtime,
    scheduler: Scheduler,
    delays: Delays,
    folder: &Path,
) -> Result<Vec<(PathBuf, PathBuf)>, ConfirmError> {
    create_folder(folder)?;
    let mut overlay = Vec::new();
    for (name, text) in runtime.edited(scheduler, delays)? {
        let real_file = write(&folder.join(&name), &text)?;
        overlay.push((Path::new("runtime").join(name), real_file));
    }
    Ok(overlay)
}

pub(super) fn write(path: &Path, text: &str) -> Result<PathBuf, ConfirmError> {
    std::fs::write(path, text).map_err(file_error("write", path))?;
    Ok(path.to_owned())
}

pub(super) fn create_folder(folder: &Path) -> Result<(), ConfirmError> {
    std::fs::create_dir_all(folder).map_err(file_error("make", folder))
}

pub(super) fn file_error(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ConfirmError {
    let path = path.to_owned();
    move |source| ConfirmError::File { doing, path, source }
}
