//! Go's own tests of its tracer, run with an edited runtime, as their authors run them: `go test`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ConfirmError;
use super::runtime::{Delays, Runtime, file_error, write, write_runtime};
use super::scheduler::Scheduler;
use crate::go::Toolchain;

/// The packages of the tracer and its readers; a release may have no `internal/trace/v2`.
const PACKAGES: [&str; 3] = ["runtime/trace", "internal/trace", "internal/trace/v2"];
/// The longest that one package may take, as `go test` reads it: its tests build and run a dozen programs.
const PACKAGE_LIMIT: &str = "40m";

/// Go's tests on one runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoTestResult {
    /// The runtime.
    pub scheduler: Scheduler,
    /// Tests and subtests that passed, by package.
    pub passed: BTreeMap<String, u32>,
    /// Those that were skipped, as `package.Test`.
    pub skipped: Vec<String>,
    /// Those that failed, as `package.Test`, and packages that did not build or end.
    pub failed: Vec<String>,
    /// What the failed ones printed.
    pub output: String,
}

/// Go's tests on several runtimes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoTestReport {
    /// The release whose runtime and tests these are.
    pub go_version: String,
    /// Runtime by runtime.
    pub results: Vec<GoTestResult>,
}

impl GoTestReport {
    /// The report as Markdown: a table, and what failed.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = writeln!(text, "Go {}\n", self.go_version);
        text.push_str(
            "| runtime | package | passed | skipped | failed |\n| --- | --- | ---: | ---: | ---: |\n",
        );
        for result in &self.results {
            for (package, passed) in &result.passed {
                let count = |names: &[String]| {
                    names.iter().filter(|name| name.split('.').next() == Some(package)).count()
                };
                let (skipped, failed) = (count(&result.skipped), count(&result.failed));
                let _ =
                    writeln!(text, "| {} | {package} | {passed} | {skipped} | {failed} |", result.scheduler);
            }
        }
        for result in &self.results {
            for name in &result.failed {
                let _ = writeln!(text, "\nfailed on {}: {name}", result.scheduler);
            }
            if !result.output.is_empty() {
                let _ = writeln!(text, "\n{}", result.output);
            }
        }
        text
    }
}

/// Runs the tests of Go's tracer on each of the runtimes; everything is written under `target`.
///
/// The programs that these tests build themselves have the edited runtime too. Tests that need a C compiler are
/// skipped when there is none.
///
/// # Errors
///
/// As [`confirm`](super::confirm()). A test that fails is no error.
pub fn run_go_tests(
    go_version: &str,
    target: &Path,
    schedulers: &[Scheduler],
    progress: &mut dyn FnMut(&str),
) -> Result<GoTestReport, ConfirmError> {
    let toolchain = Toolchain::ensure(go_version, &target.join("toolchains"))?;
    let runtime = Runtime::read(&toolchain)?;
    let folder = target.join("confirm").join(go_version).join("tests");
    let mut results = Vec::new();
    for &scheduler in schedulers {
        progress(&format!("testing the runtime {scheduler}"));
        results.push(test(&toolchain, &runtime, scheduler, &folder.join(scheduler.name()))?);
    }
    Ok(GoTestReport { go_version: go_version.to_owned(), results })
}

fn test(
    toolchain: &Toolchain,
    runtime: &Runtime,
    scheduler: Scheduler,
    folder: &Path,
) -> Result<GoTestResult, ConfirmError> {
    let overlay = write_runtime(runtime, scheduler, Delays::None, folder)?;
    let description = write(&folder.join("overlay.json"), &toolchain.describe_overlay(&overlay)?)?;
    let description = std::path::absolute(&description).map_err(file_error("resolve", &description))?;
    let source = toolchain.goroot().join("src");
    let mut command = toolchain.command();
    command
        .current_dir(&source)
        .args(["test", "-json", "-count=1", "-vet=off"])
        .args(["-timeout", PACKAGE_LIMIT])
        .args(PACKAGES.iter().filter(|package| source.join(package).is_dir()))
        // Not only an argument: the tests run `go` themselves.
        .env("GOFLAGS", format!("-overlay={}", description.display()))
        // Go finds out by itself whether there is a C compiler.
        .env_remove("CGO_ENABLED");
    let output = command.output().map_err(file_error("run", &toolchain.goroot().join("bin").join("go")))?;
    let mut result = read_events(scheduler, &String::from_utf8_lossy(&output.stdout));
    if !output.status.success() && result.failed.is_empty() {
        result.failed.push("go test".to_owned());
    }
    if !result.failed.is_empty() {
        result.output.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Ok(result)
}

/// One line of `go test -json`; the fields that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TestEvent {
    action: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    test: String,
    #[serde(default)]
    output: String,
}

/// What the lines of `go test -json` say. Other lines are not of a test; a package that does not build says `fail`.
fn read_events(scheduler: Scheduler, lines: &str) -> GoTestResult {
    let mut result = GoTestResult {
        scheduler,
        passed: BTreeMap::new(),
        skipped: Vec::new(),
        failed: Vec::new(),
        output: String::new(),
    };
    let mut printed: BTreeMap<String, String> = BTreeMap::new();
    for event in lines.lines().filter_map(|line| serde_json::from_str::<TestEvent>(line).ok()) {
        let name = format!("{}.{}", event.package, event.test);
        let passed = result.passed.entry(event.package).or_default();
        match event.action.as_str() {
            "output" => printed.entry(name).or_default().push_str(&event.output),
            "pass" if !event.test.is_empty() => *passed += 1,
            "skip" if !event.test.is_empty() => result.skipped.push(name),
            "fail" => {
                result.output.push_str(printed.get(&name).map_or("", String::as_str));
                result.failed.push(name);
            }
            _ => {}
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"Action":"start","Package":"runtime/trace"}
{"Action":"run","Package":"runtime/trace","Test":"TestA"}
{"Action":"pass","Package":"runtime/trace","Test":"TestA","Elapsed":0}
{"Action":"skip","Package":"runtime/trace","Test":"TestB","Elapsed":0}
not a line of go test -json
{"Action":"output","Package":"internal/trace","Test":"TestC/slow","Output":"it is broken\n"}
{"Action":"fail","Package":"internal/trace","Test":"TestC/slow","Elapsed":0}
{"Action":"pass","Package":"runtime/trace","Elapsed":0.1}
"#;

    #[test]
    fn tests_are_counted_by_package_and_failures_quoted() {
        let result = read_events(Scheduler::Repaired, LINES);
        assert_eq!(result.passed["runtime/trace"], 1, "a package that passes is no test");
        assert_eq!(result.skipped, ["runtime/trace.TestB"]);
        assert_eq!(result.failed, ["internal/trace.TestC/slow"]);
        assert_eq!(result.output, "it is broken\n");
    }

    #[test]
    fn the_table_counts_and_the_text_names() {
        let results = vec![read_events(Scheduler::Repaired, LINES)];
        let text = GoTestReport { go_version: "1.22.10".to_owned(), results }.to_markdown();
        assert!(text.contains("| repaired | internal/trace | 0 | 0 | 1 |\n"), "{text}");
        assert!(text.contains("| repaired | runtime/trace | 1 | 1 | 0 |\n"), "{text}");
        assert!(text.contains("failed on repaired: internal/trace.TestC/slow\n"), "{text}");
    }
}
