//! Reports in every form, from known findings.

#![allow(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they fail")]

use procsteal::confirm::{Sighting, SightingCount};
use procsteal::report::{
    Case, Format, Html, Json, Junit, Markdown, Outcome, Report, RowKind, Sarif, Terminal, formats,
};
use procsteal::report::{TraceReport, trace_report};
use procsteal_reference::{Schedule, Variant};
use serde_json::Value;
use std::path::Path;

fn case(file: &str, scheduler: &str, other: &str) -> Case {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schedules").join(format!("{file}.sched"));
    let schedule: Schedule =
        std::fs::read_to_string(path).expect("it is there").parse().expect("it is a schedule");
    let variant = |name| Variant::named(name).expect("it is a scheduler");
    Case {
        id: file.to_owned(),
        schedule,
        scheduler: variant(scheduler),
        other: variant(other),
        expected: None,
    }
}

fn cases() -> Vec<Case> {
    vec![
        case("retake-stop", "prefix", "fixed"),
        case("retake-advance", "prefix", "fixed"),
        case("reacquired-stop", "prefix", "fixed"),
        case("steal-of-a-thread-that-is-gone", "fixed", "prefix"),
    ]
}

fn written(format: &dyn Format, report: &Report) -> String {
    let mut bytes = Vec::new();
    format.write(report, &mut bytes).expect("a vector takes everything");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

fn json(format: &dyn Format, report: &Report) -> Value {
    serde_json::from_str(&written(format, report)).expect("it is JSON")
}

#[test]
fn two_reports_have_the_same_bytes() {
    let (first, second) = (Report::of(&cases()), Report::of(&cases()));
    for format in formats() {
        assert!(written(&*format, &first) == written(&*format, &second), "{} differs", format.file_name());
    }
}

#[test]
fn the_terminal_gets_a_few_lines_of_the_width_it_has() {
    let report = Report::of(&[case("retake-stop", "prefix", "fixed")]);
    let text = written(&Terminal { width: 72, ..Terminal::default() }, &report);
    assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn markdown_tells_the_finding() {
    insta::assert_snapshot!(written(
        &Markdown::default(),
        &Report::of(&[case("retake-stop", "prefix", "fixed")])
    ));
}

#[test]
fn markdown_stays_below_its_limit() {
    let report = Report::of(&cases());
    let whole = written(&Markdown::default(), &report);
    let limit_bytes = whole.len() / 2;
    let page = written(&Markdown { limit_bytes }, &report);
    assert!(page.len() <= limit_bytes);
    assert!(page.contains("do not fit on this page"));
}

#[test]
fn junit_has_a_case_per_schedule() {
    insta::assert_snapshot!(written(&Junit, &Report::of(&cases())));
}

#[test]
fn a_known_failure_passes_and_a_changed_one_does_not() {
    let mut known = case("retake-stop", "prefix", "fixed");
    known.expected = Some("stuck/GoSyscallEndBlocked/retake/stop".parse().expect("it is a signature"));
    let mut changed = known.clone();
    changed.expected = Some("stuck/ProcSteal/retake/stop".parse().expect("it is a signature"));
    let report = Report::of(&[known, changed]);
    assert_eq!(report.failures().count(), 1);
    let xml = written(&Junit, &report);
    assert!(xml.contains("tests=\"2\"") && xml.contains("failures=\"1\""), "{xml}");
}

#[test]
fn sarif_points_at_the_step_and_the_runtime_function() {
    let sarif = json(&Sarif, &Report::of(&cases()));
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("there are rules");
    let results = run["results"].as_array().expect("there are results");
    assert_eq!(results.len(), 4);
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("each names its rule") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0];
        let file = place["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("each has a file");
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).is_file(), "{file}");
        let function =
            place["logicalLocations"][0]["fullyQualifiedName"].as_str().expect("each has a function");
        assert!(function.starts_with("runtime."), "{function}");
    }
    // Lines of the model's source move with every edit; what they say must not.
    let mut locations: Vec<Value> = results.iter().map(|result| result["locations"][0].clone()).collect();
    for location in &mut locations {
        let line = location["physicalLocation"]["region"]["startLine"].take();
        assert!(line.as_u64().is_some_and(|line| line > 0));
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&locations).expect("it was JSON"));
}

#[test]
fn the_page_needs_no_network_and_has_every_finding() {
    let report = Report::of(&cases());
    let page = written(&Html, &report);
    for finding in &report.findings {
        assert!(page.contains(&finding.signature) && page.contains(&finding.id));
    }
    for reference in ["http://", "https://", "src=", "<link", "@import", "url("] {
        assert!(!page.contains(reference), "the page refers to {reference}");
    }
    assert_eq!(page.matches("<svg class=\"timeline\"").count(), 2 * report.findings.len());
    assert_eq!(page.matches("class=\"failure\" d=").count(), report.findings.len());
}

#[test]
fn event_streams_differ_where_the_steal_is_missing() {
    let report = Report::of(&[case("retake-stop", "prefix", "fixed")]);
    let finding = &report.findings[0];
    let first = finding.first_difference.expect("they differ");
    assert!(finding.event_diff[..first].iter().all(|row| row.kind == RowKind::Same));
    assert!(matches!(finding.guilty.outcome, Outcome::Unparseable { .. }));
    assert!(matches!(finding.other.outcome, Outcome::Parseable { .. }));
}

#[test]
fn what_the_real_runtime_did_stands_beside_the_finding() {
    let count = |runtime: &str, is_control, seen_runs| SightingCount {
        runtime: runtime.to_owned(),
        is_control,
        runs: 100,
        seen_runs,
    };
    let sighting = |signature: &str| Sighting {
        signature: signature.to_owned(),
        experiment: "retake-stop".to_owned(),
        go_version: "1.22.10".to_owned(),
        outcome: "confirmed".to_owned(),
        counts: vec![count("prefix", false, 41), count("fixed", true, 0)],
    };
    let cases = [case("retake-stop", "prefix", "fixed")];
    let report = Report::of(&cases)
        .beside(&[sighting("stuck/GoSyscallEndBlocked/retake/stop"), sighting("of/another/bug/none")]);
    assert_eq!(report.findings[0].sightings.len(), 1);
    for text in [
        written(&Terminal { width: 500, ..Terminal::default() }, &report),
        written(&Markdown::default(), &report),
        written(&Html, &report),
        written(&Sarif, &report).replace('\n', " "),
    ] {
        assert!(text.contains("1.22.10"), "{text}");
    }
    let text = written(&Terminal { width: 500, ..Terminal::default() }, &report);
    assert!(text.contains("prefix 41 of 100 runs; control: fixed 0 of 100 runs"), "{text}");
    assert_eq!(json(&Json, &report)["findings"][0]["sightings"][0]["counts"][0]["seen_runs"], 41);
}

#[test]
fn a_baseline_tells_new_from_gone() {
    let all = cases();
    let (new, old) = (Report::of(&all[..2]), Report::of(&all[1..]));
    let report = new.against(&old);
    let comparison = report.comparison.clone().expect("it was compared");
    assert_eq!(comparison.new, ["prefix: stuck/GoSyscallEndBlocked/retake/stop"]);
    assert_eq!(comparison.unchanged, ["prefix: stuck/GoSyscallEndBlocked/retake/advance"]);
    assert_eq!(
        comparison.gone,
        ["fixed: stuck/ProcSteal/reacquired/stop", "prefix: stuck/GoSyscallEndBlocked/reacquired/stop"]
    );
    for text in [
        written(&Terminal::default(), &report),
        written(&Markdown::default(), &report),
        written(&Html, &report),
    ] {
        assert!(text.contains("1 new, 2 gone, 1 unchanged"));
    }
    assert_eq!(json(&Json, &report)["comparison"]["gone"].as_array().map(Vec::len), Some(2));
    let sarif = json(&Sarif, &report);
    let results = sarif["runs"][0]["results"].as_array().expect("there are results");
    let states: Vec<_> = results.iter().filter_map(|result| result["baselineState"].as_str()).collect();
    assert_eq!(states, ["unchanged", "new", "absent", "absent"]);
}

fn real_trace(name: &str) -> TraceReport {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/tests/data/traces").join(name);
    trace_report(&std::fs::read(path).expect("the trace is there"), name)
}

#[test]
fn a_broken_trace_of_the_real_runtime_has_a_page() {
    let report = real_trace("go1.22.10-prefix-retake-stop-2.trace");
    assert_eq!(report.failure().map(|explanation| explanation.error.code()), Some("stuck"));
    let mut page = Vec::new();
    report.write_html(&mut page).expect("a vector takes everything");
    let page = String::from_utf8(page).expect("it is UTF-8");
    assert!(page.contains("What waits for what") && page.contains("ProcSteal"));
    assert_eq!(page.matches("class=\"failure\" d=").count(), 1);
}

#[test]
fn a_sound_trace_has_a_page_too() {
    let report = real_trace("go1.22.10-annotations.trace");
    assert!(report.failure().is_none());
    let mut page = Vec::new();
    report.write_html(&mut page).expect("a vector takes everything");
    assert!(
        String::from_utf8(page)
            .expect("it is UTF-8")
            .contains(&format!("parseable, {} events", report.events()))
    );
}
