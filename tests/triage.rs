//! What engines and hunts leave behind is gathered, minimized, grouped, and taken into a corpus once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test is told by its panic")]

use procsteal::corpus::{distill, doctor, load, merge, seeds};
use procsteal::findings::FindingsDir;
use procsteal::minimize::{Extent, Known, MinimizeOptions, TrialLimit};
use procsteal::targets::TARGETS;
use procsteal::triage::{KnownBugs, adopt, gather, triage};
use procsteal_reference::{Schedule, Switch, ThreadId};
use std::fs;
use std::path::Path;

const RETAKE_STOP: &str = include_str!("../corpus/regressions/stuck-GoSyscallEndBlocked-retake-stop.sched");

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The bytes of a schedule with a switch that changes nothing: it names a step that no thread reaches.
fn with_needless_switch(text: &str, step: u16) -> Vec<u8> {
    let mut schedule: Schedule = text.parse().unwrap();
    schedule.switches.push(Switch { thread: ThreadId(0), step, to: ThreadId(1) });
    schedule.to_byte_vec()
}

#[test]
fn artifacts_of_both_engines_become_one_minimized_finding_and_one_file_of_the_corpus() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for step in 0..6 {
        let bytes = with_needless_switch(RETAKE_STOP, 60_000 + step);
        write(&root.join(format!("artifacts/prefix/crash-{step}")), &bytes);
        write(&root.join(format!("afl/differential/main/crashes/id:00000{step},sig:06")), &bytes);
    }
    write(&root.join("afl/differential/main/crashes/README.txt"), b"not an input");
    write(&root.join("afl/differential/main/queue/id:000000,orig:seed"), b"not a crash");
    write(&root.join("artifacts/oracle/crash-0"), b"go 1.22 trace\0\0\0 and no more");
    let findings = FindingsDir::create(&root.join("findings")).unwrap();

    let of_libfuzzer = gather(&root.join("artifacts"), &findings, MinimizeOptions::default()).unwrap();
    assert_eq!((of_libfuzzer.inputs, of_libfuzzer.harmless), (7, 1));
    let of_afl = gather(&root.join("afl"), &findings, MinimizeOptions::default()).unwrap();
    assert_eq!((of_afl.inputs, of_afl.harmless), (6, 0));
    assert_eq!((of_afl.panics, of_afl.troubles), (Vec::new(), Vec::new()));

    let sorted = triage(findings.load_all().unwrap(), &KnownBugs::default());
    let [group] = &sorted.groups[..] else { panic!("{:?}", sorted.groups) };
    assert_eq!(group.signature.to_string(), "stuck/GoSyscallEndBlocked/retake/stop");
    let [finding] = &group.findings[..] else { panic!("{:?}", group.findings) };
    assert_eq!(finding.schedule, RETAKE_STOP.parse().unwrap());

    let corpus = root.join("corpus");
    let adopted = adopt(&sorted, &corpus).unwrap();
    let names: Vec<_> = adopted.iter().map(|adopted| adopted.path.file_name().unwrap()).collect();
    assert_eq!(names, ["stuck-GoSyscallEndBlocked-retake-stop.sched"]);
    assert_eq!(adopt(&sorted, &corpus).unwrap(), []);
    let diagnosis = doctor(&corpus).unwrap();
    assert_eq!((diagnosis.checked, diagnosis.complaints), (1, Vec::new()));
    let text = fs::read_to_string(&adopted[0].path).unwrap();
    assert!(
        text.starts_with(
            "# expect prefix stuck/GoSyscallEndBlocked/retake/stop\n# expect fixed parseable\nprocsteal schedule v1\n"
        ),
        "{text}"
    );
}

#[test]
fn an_input_whose_minimizing_reaches_its_limit_is_stored_as_it_is_and_the_others_too() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for step in 0..2 {
        write(
            &root.join(format!("a/prefix/crash-{step}")),
            &with_needless_switch(RETAKE_STOP, 60_000 + step),
        );
    }
    let findings = FindingsDir::create(&root.join("findings")).unwrap();
    let gathered =
        gather(&root.join("a"), &findings, MinimizeOptions { limit: TrialLimit(1), known: Known::Ignore })
            .unwrap();
    assert_eq!((gathered.inputs, gathered.troubles.len()), (2, 0));
    let paths = [root.join("a/prefix/crash-0"), root.join("a/prefix/crash-1")];
    assert_eq!(gathered.limits_reached, paths);
    let sorted = triage(findings.load_all().unwrap(), &KnownBugs::default());
    assert!(sorted.has_news());
    let [group] = &sorted.groups[..] else { panic!("{:?}", sorted.groups) };
    assert_eq!(group.signature.to_string(), "stuck/GoSyscallEndBlocked/retake/stop");
    assert!(group.findings.iter().all(|finding| finding.metadata.extent == Extent::LimitReached));

    // A file that does not say how far it was minimized was to its end.
    let whole = FindingsDir::create(&root.join("whole")).unwrap();
    let gathered = gather(&root.join("a"), &whole, MinimizeOptions::default()).unwrap();
    assert_eq!(gathered.limits_reached, [""; 0].map(std::path::PathBuf::from));
    let path = &whole.paths().unwrap()[0];
    assert!(!fs::read_to_string(path.with_extension("json")).unwrap().contains("extent"));
    assert_eq!(whole.load_all().unwrap()[0].metadata.extent, Extent::Minimal);
}

#[test]
fn a_finding_is_gathered_with_its_metadata_and_a_damaged_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("a/prefix/crash-0"), &with_needless_switch(RETAKE_STOP, 60_000));
    let first = FindingsDir::create(&root.join("first")).unwrap();
    gather(&root.join("a"), &first, MinimizeOptions::default()).unwrap();
    let second = FindingsDir::create(&root.join("second")).unwrap();
    let gathered = gather(first.root(), &second, MinimizeOptions::default()).unwrap();
    assert_eq!((gathered.inputs, &gathered.troubles), (1, &Vec::new()));
    assert_eq!(second.load_all().unwrap(), first.load_all().unwrap());

    let path = &first.paths().unwrap()[0];
    fs::write(path.with_extension("json"), "{}").unwrap();
    let gathered = gather(first.root(), &second, MinimizeOptions::default()).unwrap();
    let [(told, trouble)] = &gathered.troubles[..] else { panic!("{:?}", gathered.troubles) };
    assert_eq!(told, path);
    assert!(trouble.contains("findings-damaged"), "{trouble}");
}

#[test]
fn every_target_gets_seeds_that_it_accepts_and_that_are_a_corpus_again() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let schedules = load(&corpus).unwrap();
    let files = seeds(&corpus, folder.path()).unwrap();
    let mut seen = 0;
    for target in TARGETS {
        let inputs: Vec<_> = fs::read_dir(folder.path().join(target.name)).unwrap().collect();
        assert!(inputs.len() >= schedules.len(), "{}", target.name);
        for input in inputs {
            // Known failures are no news: no target fails on what the corpus has.
            (target.run)(&fs::read(input.unwrap().path()).unwrap());
            seen += 1;
        }
    }
    assert_eq!(seen, files);
    let again = load(&folder.path().join("prefix")).unwrap();
    let sorted = |entries: &[procsteal::corpus::Entry]| {
        let mut texts: Vec<_> = entries.iter().map(|entry| entry.schedule.to_string()).collect();
        texts.sort();
        texts
    };
    assert_eq!(sorted(&again), sorted(&schedules));
}

#[test]
fn corpora_of_engines_are_merged_and_distilled() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let seed = include_str!("../corpus/seeds/wake.sched").parse::<Schedule>().unwrap().to_byte_vec();
    let other = RETAKE_STOP.parse::<Schedule>().unwrap().to_byte_vec();
    write(&root.join("engine/0123456789abcdef0123456789abcdef01234567"), &seed);
    write(&root.join("engine/main/queue/id:000000,time:0,execs:0,orig:a.bin"), &seed);
    write(&root.join("engine/main/queue/id:000001,src:000000,time:1,op:havoc"), &other);
    write(&root.join("engine/main/queue/.state/deterministic_done/id:000000"), b"");
    write(&root.join("engine/main/fuzzer_stats"), b"not an input");
    let entries = load(&root.join("engine")).unwrap();
    assert_eq!(entries.len(), 3);
    let kept = distill(&entries);
    assert_eq!(kept.len(), 2);
    // AFL++'s instances all begin to count at 0: the names of copies must not be theirs.
    let names: std::collections::BTreeSet<_> =
        kept.iter().map(procsteal::corpus::Entry::name_of_copy).collect();
    assert!(
        names.len() == 2 && names.iter().all(|name| name.ends_with(".bin") && name.len() == 20),
        "{names:?}"
    );
    let merged = merge(&root.join("small"), &root.join("engine")).unwrap();
    assert_eq!((merged.added, merged.known), (2, 1));
}
