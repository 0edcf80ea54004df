//! The certificate's file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Writes it for everybody to read; who sees the file sees all of it.
pub fn write(path: &Path, pem: &str) -> Result<()> {
    replace(path, pem).map_err(|error| {
        let what = format!("the certificate cannot be written: {error}");
        Error::usage(what).at(path.display().to_string()).help("give `--ca-out` another file")
    })
}

/// Writes a draft, then puts it in the file's place.
fn replace(path: &Path, pem: &str) -> io::Result<()> {
    let draft = draft(path)?;
    let written = make(&draft, pem).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        // What could not be made need not be removed.
        let _ = std::fs::remove_file(&draft);
    }
    written
}

/// Beside the file, so that it can take its place in one step.
fn draft(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}", super::guid::random()));
    Ok(path.with_file_name(name))
}

/// Writes the draft, down to the disk.
fn make(draft: &Path, pem: &str) -> io::Result<()> {
    let mut file = std::fs::File::create_new(draft)?;
    file.write_all(pem.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_certificate_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ca.pem");
        write(&path, "old").expect("written");
        write(&path, "new").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = write(&folder.path().join("no/ca.pem"), "x").expect_err("no such folder");
        assert!(error.to_string().contains("no/ca.pem"), "{error}");
    }
}
