//! Programs that the benchmark builds or installs for itself, all under `target/`.

use super::BenchError;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of a failed command that the table quotes: its last ones say why.
const QUOTED_LINES: usize = 3;

/// Where the Makefile puts cargo-fuzz and cargo-afl.
const TOOLS: &str = "target/tools";

/// Runs a command that makes a program, and says in a sentence why there is none if it fails.
pub(super) fn make(name: &str, command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{name} cannot be made: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let end = lines[lines.len().saturating_sub(QUOTED_LINES)..].join(" / ");
    Err(format!("{name} cannot be made ({}): {end}", output.status))
}

/// Has the Makefile install one of its tools, unless it is there.
pub(super) fn tool(name: &str) -> Result<(), String> {
    let path = format!("{TOOLS}/bin/{name}");
    if Path::new(&path).exists() { Ok(()) } else { make(name, Command::new("make").arg(path)) }
}

/// A cargo that finds the tools.
pub(super) fn cargo() -> Result<Command, BenchError> {
    let tools = std::path::absolute(TOOLS).map_err(BenchError::file("resolve", Path::new(TOOLS)))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools.join("bin")).chain(std::env::split_paths(&path));
    let mut cargo = Command::new("cargo");
    cargo.env("XDG_DATA_HOME", tools.join("share"));
    if let Ok(path) = std::env::join_paths(folders) {
        cargo.env("PATH", path);
    }
    Ok(cargo)
}

/// The peers' workspace, and where it is built.
const PEERS: &str = "bench/peers/Cargo.toml";
const PEERS_TARGET: &str = "target/peers";

/// Builds a package of the peers' workspace; gives its program.
pub(super) fn build_peer(package: &str) -> Result<PathBuf, String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release", "--locked", "--package", package]);
    cargo.args(["--manifest-path", PEERS, "--target-dir", PEERS_TARGET]);
    make(package, &mut cargo)?;
    Ok(Path::new(PEERS_TARGET).join("release").join(package))
}

/// A program of a package of PyPI, in a virtual environment under the tools that has its name. An environment counts as
/// made when all of it is.
pub(super) fn install_python(name: &str, min_minor: u32, packages: &[&str]) -> Result<PathBuf, String> {
    let tools = std::path::absolute(TOOLS).map_err(|error| format!("{TOOLS} cannot be resolved: {error}"))?;
    let home = tools.join(name);
    let whole = home.join("whole");
    if !whole.exists() {
        let python = python(min_minor)?;
        make("a virtual environment", Command::new(python).args(["-m", "venv", "--clear"]).arg(&home))?;
        let mut pip = Command::new(home.join("bin/python3"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
        ]);
        make(&packages.join(", "), pip.args(packages))?;
        std::fs::write(&whole, packages.join("\n"))
            .map_err(|error| format!("{}: {error}", whole.display()))?;
    }
    Ok(home.join("bin").join(name))
}

/// With this variable set, the Python that packages are installed with.
const PYTHON_VARIABLE: &str = "PROCSTEAL_PYTHON";

/// The newest Python 3 that can be started, if it is new enough, unless the environment names one.
fn python(min_minor: u32) -> Result<String, String> {
    const NEWEST_MINOR: u32 = 14;
    let starts = |program: &String| {
        Command::new(program).arg("--version").output().is_ok_and(|it| it.status.success())
    };
    let names = (min_minor..=NEWEST_MINOR).rev().map(|minor| format!("python3.{minor}"));
    let missing = || {
        format!("there is no Python 3.{min_minor} or newer; {PYTHON_VARIABLE} can name one in another place")
    };
    std::env::var(PYTHON_VARIABLE).ok().into_iter().chain(names).find(starts).ok_or_else(missing)
}
