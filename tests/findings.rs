//! What storing promises: whole files, unions in any order, errors that name the file; and what is built on it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test is told by its panic")]

mod support;

use procsteal::Bench;
use procsteal::corpus::{self, doctor};
use procsteal::findings::{Finding, FindingsDir, Merged, Origin, load};
use procsteal::minimize::{Minimized, minimize};
use procsteal::triage::{KnownBugs, triage};
use procsteal_reference::Variant;
use std::path::Path;
use std::sync::OnceLock;
use support::files;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The regressions, minimized on the scheduler that they are kept for.
fn minimized() -> &'static [(&'static Variant, Minimized)] {
    static MINIMIZED: OnceLock<Vec<(&'static Variant, Minimized)>> = OnceLock::new();
    MINIMIZED.get_or_init(|| {
        let entries = corpus::load(&repository().join("corpus/regressions")).unwrap();
        let failing = entries.iter().map(|entry| {
            let claim = entry.claims.iter().find(|claim| claim.signature.is_some()).unwrap();
            (claim.scheduler, minimize(&mut Bench::new(), claim.scheduler, &entry.schedule).unwrap())
        });
        failing.collect()
    })
}

/// The regressions, as findings of one seed or another.
fn findings(seed: u64) -> Vec<Finding> {
    let mut bench = Bench::new();
    let origin = Origin { seed: Some(seed), ..Origin::default() };
    let mut findings: Vec<Finding> = minimized()
        .iter()
        .map(|(scheduler, minimized)| Finding::new(&mut bench, scheduler, minimized, origin))
        .collect();
    findings.sort_by(|a, b| (&a.signature, a.id()).cmp(&(&b.signature, b.id())));
    findings
}

#[test]
fn what_is_stored_is_what_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let dir = FindingsDir::create(folder.path()).unwrap();
    let findings = findings(1);
    for finding in &findings {
        let path = dir.store(finding).unwrap();
        assert_eq!(&load(&path).unwrap(), finding);
    }
    assert_eq!(dir.load_all().unwrap(), findings);
    assert_eq!(doctor(folder.path()).unwrap().complaints, []);
}

#[test]
fn merging_gives_the_same_bytes_in_any_order() {
    let store = |findings: &[Finding]| {
        let folder = tempfile::tempdir().unwrap();
        let dir = FindingsDir::create(folder.path()).unwrap();
        findings.iter().for_each(|finding| drop(dir.store(finding).unwrap()));
        (folder, dir)
    };
    let (all, others) = (findings(1), findings(2));
    let (one, one_dir) = store(&all);
    let (two, two_dir) = store(&others[1..]);
    let merged = one_dir.merge(&two_dir).unwrap();
    assert_eq!(merged, Merged { added: 0, known: all.len() - 1 });
    two_dir.merge(&one_dir).unwrap();
    assert_eq!(files(one.path()), files(two.path()));
}

#[test]
fn damage_is_told_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let dir = FindingsDir::create(folder.path()).unwrap();
    let finding = &findings(1)[0];
    let path = dir.store(finding).unwrap();
    let json = path.with_extension("json");
    let text = std::fs::read_to_string(&json).unwrap();

    std::fs::write(&json, text.replace("\"format\": 1", "\"format\": 99")).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("findings-format") && error.contains("99") && error.contains(".json"), "{error}");

    std::fs::write(&json, &text[..text.len() / 2]).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("findings-damaged") && error.contains(".json"), "{error}");
    assert_eq!(doctor(folder.path()).unwrap().complaints.len(), 1);

    std::fs::write(&json, &text).unwrap();
    std::fs::write(&path, "procsteal schedule v1\nG1: sleep\n").unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains(".sched"), "{error}");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let error = FindingsDir::open(Path::new("no/such/folder")).unwrap_err().to_string();
    assert!(error.contains("no/such/folder") && error.contains("Check the path"), "{error}");
}

#[test]
fn triage_tells_new_from_known() {
    let known = KnownBugs::load(&repository().join("corpus/known.toml")).unwrap();
    let findings = findings(1);
    let sorted = triage(findings.clone(), &known);
    assert!(!sorted.has_news(), "a regression's signature is not in corpus/known.toml: {:#?}", sorted.groups);
    let mut backwards = findings.clone();
    backwards.reverse();
    assert_eq!(triage(backwards, &known), sorted);
    let news = triage(findings, &KnownBugs::default());
    assert!(news.has_news());
    assert_eq!(news.groups.len(), sorted.groups.len());
}

#[test]
fn the_corpus_is_sound_and_small() {
    let folder = repository().join("corpus");
    assert_eq!(doctor(&folder).unwrap().complaints, []);
    let seeds = corpus::load(&folder.join("seeds")).unwrap();
    assert_eq!(
        corpus::distill(&seeds),
        seeds,
        "a seed adds nothing to the others: run `procsteal corpus distill`"
    );
}

#[test]
fn corpora_merge_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let regressions = repository().join("corpus/regressions");
    let count = corpus::load(&regressions).unwrap().len();
    assert_eq!(corpus::merge(folder.path(), &regressions).unwrap(), Merged { added: count, known: 0 });
    let before = files(folder.path());
    assert_eq!(corpus::merge(folder.path(), &regressions).unwrap(), Merged { added: 0, known: count });
    assert_eq!(files(folder.path()), before);
    assert_eq!(doctor(folder.path()).unwrap().complaints, []);
}
