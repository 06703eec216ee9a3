//! The report as SARIF 2.1.0: one rule per error code, one result per finding.

use super::pages::{ERROR_PAGES, error_page};
use super::{Finding, Format, Outcome, Place, Report, ReportError};
use serde_json::{Value, json};
use std::io;

/// The schema that the document follows.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run with a result per finding whose trace cannot be parsed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sarif;

impl Format for Sarif {
    fn file_name(&self) -> &'static str {
        "report.sarif"
    }

    fn write(&self, report: &Report, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let found = report.findings.iter().filter_map(|finding| result(report, finding));
        let results: Vec<Value> = found.chain(absent(report)).collect();
        let document = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "procsteal",
                    "version": report.program_version,
                    "rules": rules(),
                } },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")?;
        Ok(())
    }
}

fn rules() -> Vec<Value> {
    ERROR_PAGES.iter().map(|(code, page)| rule(code, page)).collect()
}

/// A rule's help is the page of its error code; the sentence under the heading is its short description.
fn rule(code: &str, page: &str) -> Value {
    let sentence = page.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or(code);
    json!({
        "id": code,
        "shortDescription": { "text": sentence },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": "error" },
    })
}

fn result(report: &Report, finding: &Finding) -> Option<Value> {
    let code = finding.guilty.outcome.code()?;
    let rule_index = ERROR_PAGES.iter().position(|(known, _)| *known == code);
    let message =
        format!("{} on {}: {}", finding.signature, finding.guilty.scheduler, finding.guilty.story.paragraph);
    let mut result = json!({
        "ruleId": code,
        "kind": "fail",
        "level": "error",
        "message": { "text": message },
        "partialFingerprints": {
            "signature/v1": format!("{}:{}", finding.guilty.scheduler, finding.signature),
        },
        "properties": { "schedule": finding.schedule, "id": finding.id, "replay": finding.replay,
            "sightings": finding.sightings },
    });
    if let Some(index) = rule_index.filter(|_| error_page(code).is_some()) {
        result["ruleIndex"] = json!(index);
    }
    if let Outcome::Unparseable { place: Some(place), .. } = &finding.guilty.outcome {
        result["locations"] = json!([location(place)]);
    }
    if let Some(state) = baseline_state(report, finding) {
        result["baselineState"] = json!(state);
    }
    Some(result)
}

/// What the baseline has and the report has not: SARIF keeps it as a result that is absent.
fn absent(report: &Report) -> impl Iterator<Item = Value> {
    let gone = report.comparison.iter().flat_map(|comparison| &comparison.gone);
    gone.map(|name| {
        let code =
            name.split_once(": ").and_then(|(_, signature)| signature.split('/').next()).unwrap_or("fault");
        let mut result = json!({
            "ruleId": code,
            "kind": "fail",
            "level": "error",
            "message": { "text": format!("no longer found: {name}") },
            "partialFingerprints": { "signature/v1": name.replacen(": ", ":", 1) },
            "baselineState": "absent",
        });
        if let Some(index) = ERROR_PAGES.iter().position(|(known, _)| *known == code) {
            result["ruleIndex"] = json!(index);
        }
        result
    })
}

/// The line of the model that takes the step, and the function of the runtime that it stands for.
fn location(place: &Place) -> Value {
    let name = format!("runtime.{}", place.function);
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": place.file, "uriBaseId": "SRCROOT" },
            "region": { "startLine": place.line },
        },
        "logicalLocations": [{ "name": place.function, "fullyQualifiedName": name, "kind": "function" }],
        "message": { "text": format!("step {} of the run: {name} (spec {})", place.step, place.spec) },
    })
}

fn baseline_state(report: &Report, finding: &Finding) -> Option<&'static str> {
    let comparison = report.comparison.as_ref()?;
    let name = format!("{}: {}", finding.guilty.scheduler, finding.signature);
    Some(if comparison.new.contains(&name) { "new" } else { "unchanged" })
}
