//! What `--json` prints is what `docs/json.schema.json` says, for every command that needs no other program.
#![allow(clippy::unwrap_used, reason = "a failed test is told by its panic")]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(repository().join("docs/json.schema.json")).unwrap())
        .unwrap()
}

/// The document that a command prints.
fn document(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_procsteal"))
        .arg("--json")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Where a document departs from the schema of its name.
fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let name = document["schema"].as_str().unwrap();
    let own = json!({ "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"] });
    let validator = jsonschema::validator_for(&own).unwrap();
    validator.iter_errors(document).map(|error| format!("{name}{}: {error}", error.instance_path)).collect()
}

#[test]
fn every_document_is_what_its_schema_says() {
    let folder = tempfile::tempdir().unwrap();
    let regressions = repository().join("corpus/regressions");
    let regressions = regressions.to_str().unwrap();
    let failing = format!("{regressions}/stuck-GoSyscallEndBlocked-retake-stop.sched");
    let trace = |name: &str| format!("{}/oracle/tests/data/traces/{name}.trace", repository().display());
    let (good, broken) = (trace("go1.22.10-annotations"), trace("go1.22.10-prefix-retake-stop-3"));
    let commands: &[&[&str]] = &[
        &["hunt", "--executions", "500", "--seed", "1"],
        &["replay", &failing, "--steps", "--events"],
        &["replay", &failing, "--scheduler", "fixed"],
        &["minimize", &failing],
        &["diff", &failing],
        &["check", &good, &broken],
        &["events", &good],
        &["triage", "findings"],
        &["report", "findings"],
        &["corpus", "stats", regressions],
        &["corpus", "doctor", regressions],
        &["corpus", "distill", regressions, "--out", "distilled"],
        &["corpus", "merge", "merged", "distilled"],
        &["corpus", "seeds", "merged", "--out", "seeds"],
        &["corpus", "reanchor", "distilled"],
        &[
            "corpus",
            "smallest",
            "distilled",
            "--out",
            "smallest.toml",
            "--scheduler",
            "fixed",
            "--executions",
            "0",
            "--limit",
            "100",
            "--known-smallest",
            "ignore",
        ],
        &["coverage", "--executions", "50"],
        &["schedulers"],
        &["strategies"],
        &["strategies", "--compare", "--seeds", "2", "--executions", "50"],
        &["signatures", "--executions", "100"],
        &["survey", "--findings", "1", "--executions", "500"],
        &["verify", "--preset", "tiny", "--tracer", "stop"],
        &["ablate", "--preset", "tiny", "--tracer", "stop"],
        &["explain", &good, "--executions", "20"],
    ];
    let schema = schema();
    let faults: Vec<String> =
        commands.iter().flat_map(|arguments| faults(&schema, &document(folder.path(), arguments))).collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn what_the_schema_does_not_say_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut schedulers = document(folder.path(), &["schedulers"]);
    schedulers["schedulers"][0]["name"] = json!(1);
    schedulers["more"] = json!(null);
    assert_eq!(faults(&schema(), &schedulers).len(), 2);
}
