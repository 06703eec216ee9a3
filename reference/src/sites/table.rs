//! The map from the steps of the specification to the functions that have them, as Markdown.

use super::{SiteKind, functions, numbered_sites};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Numbered steps that no line of the model has, and why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("3.6", "1", "only a dying process freezes the world"),
    ("3.10", "5", "running goroutines look at `gcwaiting` at their safe points"),
    ("3.10", "7", "of starting the world: no P has work of its own, as there is one run queue"),
    ("3.11", "2", "there is no trace reader to run"),
    ("3.11", "3", "there are no workers of the garbage collector"),
    ("4.1", "3", "there is no reader's state, and strings are named when they are used"),
    ("4.2", "4", "strings are named when they are used"),
    ("4.2", "16", "what the reader would consume is carried away at step 14"),
];

/// Section and step, each as numbers to sort by and as it is written.
type RowKey = (Vec<u32>, &'static str, Vec<u32>, &'static str);

/// `docs/steps.md`: each section and step, the function that has it, and where.
#[must_use]
pub fn table() -> String {
    let mut rows: BTreeMap<RowKey, Vec<String>> = BTreeMap::new();
    let key = |section: &'static str, step: &'static str| (numbers(section), section, numbers(step), step);
    for site in numbered_sites() {
        let place = format!("`{}` in `{}`{}", site.function, site.file, note(site.kind));
        let places = rows.entry(key(site.section, site.step)).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    for (section, function, file) in functions() {
        let has_steps = numbered_sites().any(|site| site.function == function && site.section == section);
        if !has_steps {
            rows.entry(key(section, "")).or_default().push(format!("`{function}` in `{file}`"));
        }
    }
    for (section, step, why) in LEFT_OUT {
        rows.entry(key(section, step)).or_default().push(format!("left out: {why}"));
    }
    let mut text = String::from(
        "# Steps\n\n\
         Which function of `reference/src` has each numbered step of `spec/scheduler-model.md`. Written by `make steps` from the\n\
         comments of the model; a test fails when it is out of date. \"calls\" names the function that takes the step's own steps;\n\
         \"with the step before\" is what no other thread could see; \"at its callers\" counts as a step of the line that calls. Where the\n\
         specification numbers no steps, the function alone is named.\n\n\
         | section | step | function |\n| --- | --- | --- |\n",
    );
    for ((_, section, _, step), places) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {section} | {step} | {} |", places.join("; "));
    }
    text
}

fn note(kind: SiteKind) -> String {
    match kind {
        SiteKind::Step => String::new(),
        SiteKind::Call(callee) => format!(", calls `{callee}`"),
        SiteKind::OfCaller => ", at its callers".to_owned(),
        SiteKind::Private => ", with the step before".to_owned(),
    }
}

/// For sorting 3.10 after 3.9.
fn numbers(dotted: &str) -> Vec<u32> {
    dotted.split('.').filter_map(|part| part.parse().ok()).collect()
}
