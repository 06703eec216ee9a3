//! Writes a file so that a kill at any moment leaves the old one, the new one, or none: never a part.

use super::FindingsError;
use std::io::Write;
use std::path::Path;

/// Writes a file by way of a temporary one in the same folder: write, sync, rename, sync the folder.
///
/// # Errors
/// [`FindingsError::Io`], naming the file.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FindingsError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(FindingsError::io("make the folder", folder))?;
    let mut builder = tempfile::Builder::new();
    // As any file is made: temporary ones are their owner's alone, and these are to be read.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(FindingsError::io("write in", folder))?;
    file.write_all(bytes).map_err(FindingsError::io("write", path))?;
    file.as_file().sync_all().map_err(FindingsError::io("sync", path))?;
    file.persist(path).map_err(|error| FindingsError::io("write", path)(error.error))?;
    // A rename lasts only once its folder is on the disk, where folders can be opened at all.
    #[cfg(unix)]
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(FindingsError::io("sync the folder", folder))?;
    Ok(())
}
