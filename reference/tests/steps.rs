//! The comments of the model tell the truth: each numbered step is taken by some run, and `docs/steps.md` is up to date.

#[allow(dead_code, reason = "other tests need the rest")]
mod common;

use common::{Random, Tracing, random_schedule};
use procsteal_reference::sites::{Coverage, table};
use procsteal_reference::{Model, Record, Variant};

/// Numbered lines that the hunt does not reach, and why: file, function, step. There is none.
const UNREACHED: &[(&str, &str, &str, &str)] = &[];

#[test]
fn a_short_hunt_takes_every_numbered_step() {
    let mut random = Random::new(1);
    let mut model = Model::new();
    model.record_steps(Record::Steps);
    let mut coverage = Coverage::default();
    for index in 0..8_000 {
        let schedule = random_schedule(&mut random, Tracing::Anything);
        // The rare steps are in prefix and fixed; the others share their functions, but for the last two.
        let name = match index {
            0..6_000 => ["prefix", "fixed"][index % 2],
            6_000..7_000 => "repaired",
            _ => "repaired-steal",
        };
        let scheduler = Variant::named(name).ok_or(name);
        assert!(scheduler.is_ok(), "no scheduler {name}");
        let Ok(scheduler) = scheduler else { continue };
        let outcome = model.run(scheduler, &schedule).map(|_| ());
        assert_eq!(outcome, Ok(()), "{schedule}");
        coverage.add(&model.take_steps());
    }
    let unreached: Vec<_> = coverage.never_reached().collect();
    let explained =
        |file, function, step| UNREACHED.iter().any(|row| (row.0, row.1, row.2) == (file, function, step));
    let unexplained: Vec<_> =
        unreached.iter().filter(|site| !explained(site.file, site.function, site.step)).collect();
    let list: Vec<_> = unexplained
        .iter()
        .map(|site| {
            format!("{}:{} {} step {} {:?}", site.file, site.line, site.function, site.step, site.kind)
        })
        .collect();
    assert!(list.is_empty(), "never reached:\n{}", list.join("\n"));
    let explained_but_reached: Vec<_> = UNREACHED
        .iter()
        .filter(|row| {
            !unreached.iter().any(|site| (site.file, site.function, site.step) == (row.0, row.1, row.2))
        })
        .collect();
    assert!(explained_but_reached.is_empty(), "reached after all: {explained_but_reached:?}");
}

#[test]
fn the_table_of_steps_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/steps.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == table(), "docs/steps.md is out of date: run `make steps`");
}
