//! The exports of real traces: snapshots, and what must hold of every one.
#![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]

use procsteal_oracle::{Reader, chrome, jsonl};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn traces() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/traces");
    let mut traces: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "trace"))
        .collect();
    traces.sort();
    traces
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(traces().into_iter().find(|path| path.ends_with(name)).unwrap()).unwrap()
}

#[test]
fn json_lines_of_a_small_trace() {
    let mut lines = Vec::new();
    let verdict = jsonl::write(&read("go1.25.5-annotations.trace"), &mut lines).unwrap();
    assert_eq!(verdict, Ok(48));
    insta::assert_snapshot!("json-lines", String::from_utf8(lines).unwrap());
}

#[test]
fn every_trace_has_a_json_line_for_each_event() {
    for path in traces() {
        let trace = std::fs::read(&path).unwrap();
        let mut lines = Vec::new();
        let verdict = jsonl::write(&trace, &mut lines).unwrap();
        let readable = Reader::new(&trace).unwrap().filter(Result::is_ok).count();
        let values: Vec<Value> = String::from_utf8(lines)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let (end, events) = values.split_last().unwrap();
        assert_eq!(events.len(), readable, "{}", path.display());
        assert!(events.iter().all(|event| event["kind"].is_string() && event["time"].is_i64()));
        assert_eq!(end["end"], if verdict.is_ok() { "ok" } else { "error" });
        assert_eq!(end["events"], readable);
    }
}

#[test]
fn chrome_trace_of_a_small_trace() {
    let mut document = Vec::new();
    let verdict = chrome::write(&read("go1.22.10-annotations.trace"), &mut document).unwrap();
    assert_eq!(verdict, Ok(39));
    insta::assert_snapshot!("chrome", String::from_utf8(document).unwrap());
}

fn chrome_events(path: &Path) -> Vec<Value> {
    let mut document = Vec::new();
    let _verdict = chrome::write(&std::fs::read(path).unwrap(), &mut document).unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    document["traceEvents"].as_array().unwrap().clone()
}

/// What the trace event format asks of each event, by its phase.
#[test]
fn chrome_events_keep_to_the_rules_of_the_format() {
    for path in traces() {
        let file = path.display();
        let (mut groups, mut lanes) = (BTreeSet::new(), BTreeSet::new());
        let mut spans: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for event in chrome_events(&path) {
            let (group, name) = (event["pid"].as_i64().unwrap(), event["name"].as_str().unwrap());
            let lane = (group, event["tid"].as_i64());
            assert!(
                event["ph"] == "M" || event["ts"].as_f64().is_some_and(|time| time >= 0.0),
                "{file}: {event}"
            );
            let span = format!("{} {} {group}", event["cat"], event["id"]);
            let is_sound = match event["ph"].as_str().unwrap() {
                "M" if name == "process_name" => groups.insert(group),
                "M" => name == "thread_name" && (lanes.insert(lane) || event["args"]["name"].is_string()),
                "X" => lanes.contains(&lane) && event["dur"].as_f64().is_some_and(|time| time >= 0.0),
                "i" => lanes.contains(&lane) && event["s"] == "t",
                "C" => event["args"]["value"].is_u64(),
                "b" => {
                    spans.entry(span).or_default().push(event["name"].clone());
                    event["cat"].is_string() && lanes.contains(&lane)
                }
                "e" => spans.get_mut(&span).and_then(Vec::pop).is_some_and(|begun| begun == name),
                _ => false,
            };
            assert!(is_sound && groups.contains(&group), "{file}: {event}");
        }
        assert!(spans.values().all(Vec::is_empty), "{file}: {spans:?} do not end");
    }
}

#[test]
fn slices_of_a_lane_do_not_overlap() {
    for path in traces() {
        let mut ends: BTreeMap<(i64, i64), f64> = BTreeMap::new();
        let mut slices = 0;
        for event in chrome_events(&path) {
            if event["ph"] == "X" {
                let lane = (event["pid"].as_i64().unwrap(), event["tid"].as_i64().unwrap());
                let (start, duration) = (event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap());
                let end = ends.entry(lane).or_insert(f64::MIN);
                assert!(*end <= start + 0.001, "{}: lane {lane:?} at {start}", path.display());
                *end = start + duration;
                slices += 1;
            }
        }
        assert!(slices > 0, "{}", path.display());
    }
}
