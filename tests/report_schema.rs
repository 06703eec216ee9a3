//! The report's JSON is what `docs/report.schema.json` says: checked for the part of JSON Schema that it uses, since
//! the crates that know all of it are larger than everything else here.

#![allow(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they fail")]

use procsteal::report::{Case, Format, Json, Report};
use procsteal_reference::{Schedule, Variant};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The keywords that the schema may use: what is not checked below may not stand in it.
const KEYWORDS: [&str; 13] = [
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "const",
    "description",
    "enum",
    "items",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "title",
];

fn root(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there")
}

fn schema() -> Value {
    serde_json::from_str(&root("docs/report.schema.json")).expect("the schema is JSON")
}

/// What is wrong with `value`, as paths and reasons.
fn faults(schema: &Value, all: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = all.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("no {name}"));
        return faults(target, all, value, path);
    }
    let mut found = Vec::new();
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let fitting = choices.iter().filter(|choice| faults(choice, all, value, path).is_empty()).count();
        if fitting != 1 {
            found.push(format!("{path}: {fitting} of oneOf fit"));
        }
    }
    if let Some(types) = schema.get("type") {
        let allowed = |name: &Value| is_of_type(value, name.as_str().unwrap_or_default());
        if !types.as_array().map_or_else(|| allowed(types), |list| list.iter().any(allowed)) {
            found.push(format!("{path}: not of type {types}"));
        }
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        found.push(format!("{path}: not the constant"));
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|list| !list.contains(value)) {
        found.push(format!("{path}: not in the enum"));
    }
    if let (Some(least), Some(number)) = (schema.get("minimum").and_then(Value::as_i64), value.as_i64())
        && number < least
    {
        found.push(format!("{path}: below {least}"));
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        let each = list.iter().enumerate();
        found.extend(each.flat_map(|(index, item)| faults(items, all, item, &format!("{path}/{index}"))));
    }
    if let Some(object) = value.as_object() {
        found.extend(object_faults(schema, all, object, path));
    }
    found
}

fn object_faults(schema: &Value, all: &Value, object: &Map<String, Value>, path: &str) -> Vec<String> {
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required = schema.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let missing = required.iter().filter_map(Value::as_str).filter(|name| !object.contains_key(*name));
    let mut found: Vec<String> = missing.map(|name| format!("{path}: no {name}")).collect();
    for (name, value) in object {
        let path = format!("{path}/{name}");
        match (properties.get(name), schema.get("additionalProperties")) {
            (Some(property), _) => found.extend(faults(property, all, value, &path)),
            (None, Some(Value::Bool(false))) => found.push(format!("{path}: not in the schema")),
            (None, Some(other)) if other.is_object() => found.extend(faults(other, all, value, &path)),
            (None, _) => {}
        }
    }
    found
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the schema uses type {other}, which is not checked here"),
    }
}

/// Every keyword of the schema, wherever a schema may stand.
fn keywords(schema: &Value, found: &mut Vec<String>) {
    let Some(object) = schema.as_object() else { return };
    for (name, value) in object {
        found.push(name.clone());
        match name.as_str() {
            "properties" | "$defs" => {
                value
                    .as_object()
                    .into_iter()
                    .flat_map(Map::values)
                    .for_each(|schema| keywords(schema, found));
            }
            "oneOf" => value.as_array().into_iter().flatten().for_each(|schema| keywords(schema, found)),
            "items" | "additionalProperties" => keywords(value, found),
            _ => {}
        }
    }
}

fn report() -> Value {
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
    let cases =
        [case("retake-stop", "prefix", "fixed"), case("steal-of-a-thread-that-is-gone", "fixed", "prefix")];
    let report = Report::of(&cases).against(&Report::of(&cases[1..]));
    let mut bytes = Vec::new();
    Json.write(&report, &mut bytes).expect("a vector takes everything");
    serde_json::from_slice(&bytes).expect("it is JSON")
}

#[test]
fn a_report_is_what_the_schema_says() {
    let schema = schema();
    assert_eq!(faults(&schema, &schema, &report(), ""), [""; 0]);
}

#[test]
fn what_the_schema_does_not_say_is_noticed() {
    let schema = schema();
    let mut changed = report();
    changed["findings"][0]["steps"] = json!(1);
    changed["findings"][0]["guilty"]["steps"] = json!("many");
    changed["findings"][1]["other"]["outcome"]["verdict"] = json!("unknown");
    changed["comparison"].as_object_mut().expect("it was compared").remove("gone");
    assert_eq!(
        faults(&schema, &schema, &changed, ""),
        [
            "/comparison: 0 of oneOf fit",
            "/findings/0/guilty/steps: not of type \"integer\"",
            "/findings/0/steps: not in the schema",
            "/findings/1/other/outcome: 0 of oneOf fit",
        ]
    );
}

#[test]
fn the_schema_uses_only_what_is_checked() {
    let mut found = Vec::new();
    keywords(&schema(), &mut found);
    found.retain(|name| name != "type" && !KEYWORDS.contains(&name.as_str()));
    assert_eq!(found, [""; 0]);
}
