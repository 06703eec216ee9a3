//! Writes seeds for the fuzz target `oracle`: `cargo run -p procsteal-oracle --example fuzz-seeds -- FOLDER`.
//!
//! They are Go's `.test` files in binary, the files of Go's own fuzz corpus, and the real traces that are short.

use procsteal_oracle::testtrace::{TestFile, parse_fuzz_file};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Longer traces would be cut by the `-max_len` of the runs that these seeds are for.
const MAX_SEED_BYTES: usize = 65_536;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("say into which folder the seeds go")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut count = 0;
    for path in files(&data)? {
        let Some(seed) = seed(&path)? else { continue };
        let name = path.file_name().ok_or("a file without a name")?;
        if seed.len() <= MAX_SEED_BYTES {
            fs::write(folder.join(name), seed)?;
            count += 1;
        }
    }
    println!("{count} seeds in {}", folder.display());
    Ok(())
}

/// All files below `folder`, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

/// The trace in the file; `None` if it is of another kind.
fn seed(path: &Path) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    let is = |extension| path.extension().is_some_and(|found| found == extension);
    let in_go_corpus = path.parent().is_some_and(|folder| folder.ends_with("fuzz"));
    Ok(if is("trace") {
        Some(fs::read(path)?)
    } else if is("test") {
        Some(TestFile::parse(&fs::read_to_string(path)?)?.trace.to_binary())
    } else if in_go_corpus {
        Some(parse_fuzz_file(&fs::read_to_string(path)?)?)
    } else {
        None
    })
}
