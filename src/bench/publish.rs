//! Puts a whole table where people read it: the page in docs, its data and picture, and the README's lines.

use super::growth::PICTURE;
use super::{BenchError, Table, markdown, summary};
use crate::findings::write_atomically;
use std::path::Path;

/// Where the README's lines begin and end.
const MARKS: (&str, &str) = ("<!-- make bench -->\n", "<!-- end of make bench -->");

/// Makes the published files those of the table in the folder `from`, which must have every group.
///
/// # Errors
///
/// [`BenchError::Unpublishable`] if groups are missing or the README has no place for the lines, and if a file cannot be
/// read or written.
pub fn publish(from: &Path, repository: &Path) -> Result<(), BenchError> {
    let data = from.join("bench.json");
    let table = read(&data)?;
    let is_missing = |name: &&str| !table.groups.iter().any(|heading| heading.group == *name);
    let mut names = super::groups().into_iter().map(|group| group.name());
    if let Some(missing) = names.find(is_missing) {
        return Err(BenchError::Unpublishable { problem: format!("it has no group `{missing}`") });
    }
    let readme = repository.join("README.md");
    let text = std::fs::read_to_string(&readme).map_err(BenchError::file("read", &readme))?;
    let text = with_summary(&text, &table).ok_or_else(|| BenchError::Unpublishable {
        problem: format!("{} has no lines between {:?} and {:?}", readme.display(), MARKS.0, MARKS.1),
    })?;
    let docs = repository.join("docs");
    let picture = from.join(PICTURE);
    let picture = std::fs::read(&picture).map_err(BenchError::file("read", &picture))?;
    let data = std::fs::read(&data).map_err(BenchError::file("read", &data))?;
    let files = [
        (docs.join("measured.json"), data),
        (docs.join("measured.md"), page(&table).into_bytes()),
        (docs.join(PICTURE), picture),
        (readme, text.into_bytes()),
    ];
    for (path, bytes) in files {
        write_atomically(&path, &bytes)
            .map_err(|error| BenchError::Unpublishable { problem: error.to_string() })?;
    }
    Ok(())
}

/// A table that was written as JSON.
///
/// # Errors
///
/// If the file cannot be read, or is no such table.
pub fn read(path: &Path) -> Result<Table, BenchError> {
    let bytes = std::fs::read(path).map_err(BenchError::file("read", path))?;
    serde_json::from_slice(&bytes).map_err(|error| BenchError::Unpublishable {
        problem: format!("{} is no table of `bench`: {error}", path.display()),
    })
}

/// The page with the whole table.
#[must_use]
pub fn page(table: &Table) -> String {
    let head = "# What `make bench` measured\n\nThe table as one run printed it; how to read it, and what makes such figures \
                lie, is in [benchmarks.md](benchmarks.md).\n\n";
    format!("{head}{}", markdown(table))
}

/// The README with the lines of this table in the place of those that it has; `None` if there is no such place.
#[must_use]
pub fn with_summary(readme: &str, table: &Table) -> Option<String> {
    let (before, rest) = readme.split_once(MARKS.0)?;
    let (_, after) = rest.split_once(MARKS.1)?;
    Some(format!("{before}{}{}{}{after}", MARKS.0, summary(table), MARKS.1))
}
