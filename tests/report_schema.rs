//! The report's JSON is what `docs/report.schema.json` says, and its SARIF what the schema of SARIF 2.1.0 says.

#![allow(clippy::expect_used, reason = "tests: a panic is how they fail")]

use procsteal::confirm::{Sighting, SightingCount};
use procsteal::report::{Case, Format, Json, Report, Sarif};
use procsteal_reference::{Schedule, Variant};
use serde_json::{Value, json};
use std::path::Path;

const REPORT_SCHEMA: &str = "docs/report.schema.json";
const SARIF_SCHEMA: &str = "tests/fixtures/schemas/sarif-2.1.0.json";

fn root(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there")
}

/// Where `document` departs from the schema in the file, as paths.
fn faults(schema: &str, document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&root(schema)).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    validator.iter_errors(document).map(|error| error.instance_path.to_string()).collect()
}

fn written(format: &dyn Format) -> Value {
    let variant = |name: &str| Variant::named(name).expect("it is a scheduler");
    let case = |file: &str, scheduler: &str, other: &str| {
        let schedule: Schedule =
            root(&format!("tests/fixtures/schedules/{file}.sched")).parse().expect("it is a schedule");
        Case {
            id: file.to_owned(),
            schedule,
            scheduler: variant(scheduler),
            other: variant(other),
            expected: None,
        }
    };
    let retake = case("retake-stop", "prefix", "fixed");
    let gone = case("steal-of-a-thread-that-is-gone", "fixed", "prefix");
    let reacquired = case("reacquired-stop", "prefix", "fixed");
    let sighting = Sighting {
        signature: "stuck/GoSyscallEndBlocked/retake/stop".to_owned(),
        experiment: "retake-stop".to_owned(),
        go_version: "1.22.10".to_owned(),
        outcome: "confirmed".to_owned(),
        counts: vec![SightingCount {
            runtime: "prefix".to_owned(),
            is_control: false,
            runs: 100,
            seen_runs: 41,
        }],
    };
    let report =
        Report::of(&[retake, gone.clone()]).against(&Report::of(&[gone, reacquired])).beside(&[sighting]);
    let mut bytes = Vec::new();
    format.write(&report, &mut bytes).expect("a vector takes everything");
    serde_json::from_slice(&bytes).expect("it is JSON")
}

#[test]
fn a_report_is_what_its_schema_says() {
    assert_eq!(faults(REPORT_SCHEMA, &written(&Json)), [""; 0]);
}

#[test]
fn what_the_schema_does_not_say_is_noticed() {
    let mut changed = written(&Json);
    changed["findings"][0]["steps"] = json!(1);
    changed["findings"][0]["guilty"]["steps"] = json!("many");
    changed["findings"][1]["other"]["outcome"]["verdict"] = json!("unknown");
    changed["comparison"].as_object_mut().expect("it was compared").remove("gone");
    let mut found = faults(REPORT_SCHEMA, &changed);
    found.sort();
    assert_eq!(
        found,
        ["/comparison", "/findings/0", "/findings/0/guilty/steps", "/findings/1/other/outcome"]
    );
}

#[test]
fn the_sarif_is_what_the_standard_says() {
    let mut sarif = written(&Sarif);
    assert_eq!(faults(SARIF_SCHEMA, &sarif), [""; 0]);
    sarif["runs"][0]["results"][0]["level"] = json!("bad");
    assert_eq!(faults(SARIF_SCHEMA, &sarif), ["/runs/0/results/0/level"]);
}
