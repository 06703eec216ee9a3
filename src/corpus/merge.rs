//! The union of corpora: the same files, whichever comes first.

use super::entry::load;
use crate::findings::{FindingsError, Merged, id_of, write_atomically};
use std::path::Path;

/// Adds the schedules of `from` to `to`, each under the hash of its text, as text and as engine bytes. A schedule that
/// is there already, under whatever name, is not added again.
///
/// # Errors
/// [`FindingsError`] for the first file that cannot be read or written.
pub fn merge(to: &Path, from: &Path) -> Result<Merged, FindingsError> {
    std::fs::create_dir_all(to).map_err(FindingsError::io("make the folder", to))?;
    let mut there: Vec<_> = load(to)?.into_iter().map(|entry| entry.schedule).collect();
    let mut merged = Merged::default();
    for entry in load(from)? {
        let id = id_of(&entry.schedule);
        let (binary, text) = (to.join(format!("{id}.bin")), to.join(format!("{id}.sched")));
        // Bytes without their text are what a merge left that was killed between the two.
        let is_half = binary.is_file() && !text.is_file();
        if there.contains(&entry.schedule) && !is_half {
            merged.known += 1;
            continue;
        }
        write_atomically(&binary, &entry.schedule.to_byte_vec())?;
        write_atomically(&text, entry.schedule.to_string().as_bytes())?;
        merged.added += 1;
        there.push(entry.schedule);
    }
    Ok(merged)
}
