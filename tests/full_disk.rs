//! A full disk gives a clear error and exit code 2, and what was stored before stays and counts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test is told by its panic")]
#![cfg(unix)]

mod folders;

use folders::files;
use std::path::Path;
use std::process::{Command, Output};

const HUNT: &str = "hunt --json --scheduler prefix --executions 13000 --seed 3 --jobs 2 --save-every 0s";

fn sh(folder: &Path, script: &str) -> Output {
    let script = script.replace("PROCSTEAL", env!("CARGO_BIN_EXE_procsteal"));
    Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A hunt to its end without hindrance: its folder and what it prints.
fn whole() -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    let output = sh(folder.path(), &format!("PROCSTEAL {HUNT} --out findings"));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    (folder, output)
}

#[test]
fn a_file_that_may_not_grow_ends_a_hunt_that_goes_on_later() {
    let (expected, expected_output) = whole();
    let folder = tempfile::tempdir().unwrap();
    // Findings fit in 4096 bytes; the state of the hunt, with its corpus, does not.
    let limited =
        sh(folder.path(), &format!("trap '' XFSZ; ulimit -f 8; exec PROCSTEAL {HUNT} --out findings"));
    assert_eq!(limited.status.code(), Some(2), "{}", stderr(&limited));
    let told = stderr(&limited);
    assert!(
        told.contains("findings-io: cannot write") && told.contains("Everything stored before is whole"),
        "{told}"
    );
    let stored = files(&folder.path().join("findings"));
    assert!(stored.keys().any(|path| path.ends_with(".sched")), "{:?}", stored.keys());
    for (path, bytes) in &stored {
        let whole = std::fs::read(expected.path().join("findings").join(path)).unwrap();
        assert_eq!(*bytes, whole, "{path}");
    }
    let printed: serde_json::Value = serde_json::from_slice(&limited.stdout).unwrap();
    assert_eq!(printed["ended"], "failed");
    assert_eq!(
        printed["kinds"].as_array().unwrap().len(),
        stored.keys().filter(|p| p.ends_with(".sched")).count()
    );

    let output = sh(folder.path(), &format!("PROCSTEAL {HUNT} --out findings"));
    assert_eq!(output.stdout, expected_output.stdout);
    assert_eq!(files(&folder.path().join("findings")), files(&expected.path().join("findings")));
}

/// Fills a file system of 40 KiB, looks, makes it larger, and goes on.
#[test]
fn a_full_file_system_ends_a_hunt_that_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("disk")).unwrap();
    let mounts = "unshare -rm true && unshare -rm mount -t tmpfs -o size=40k none disk";
    if !sh(folder.path(), mounts).status.success() {
        // Where nobody may mount, the test above stands for this one.
        eprintln!("no file system can be mounted here: not tried");
        return;
    }
    let (expected, expected_output) = whole();
    let script = format!(
        "mount -t tmpfs -o size=40k none disk
        cd disk
        PROCSTEAL {HUNT} --out findings >../first.json 2>../first.err
        echo $? >../first.code
        cp -r findings ../first
        mount -o remount,size=40m .
        PROCSTEAL {HUNT} --out findings >../second.json
        cp -r findings ../second"
    );
    std::fs::write(
        folder.path().join("script"),
        script.replace("PROCSTEAL", env!("CARGO_BIN_EXE_procsteal")),
    )
    .unwrap();
    let output = sh(folder.path(), "unshare -rm sh ./script");
    assert!(output.status.success(), "{}", stderr(&output));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("first.code"), "2\n", "{}", read("first.err"));
    let told = read("first.err");
    assert!(told.contains("free some space and start again"), "{told}");
    let expected_files = files(&expected.path().join("findings"));
    for (path, bytes) in files(&folder.path().join("first")) {
        assert_eq!(Some(&bytes), expected_files.get(&path), "{path}");
    }
    assert_eq!(read("second.json").into_bytes(), expected_output.stdout);
    assert_eq!(files(&folder.path().join("second")), expected_files);
}

#[test]
fn output_that_cannot_be_written_is_told() {
    if !Path::new("/dev/full").exists() {
        eprintln!("there is no /dev/full here: not tried");
        return;
    }
    let output = sh(Path::new(env!("CARGO_MANIFEST_DIR")), "PROCSTEAL corpus stats corpus >/dev/full");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("No space left"), "{}", stderr(&output));
}
