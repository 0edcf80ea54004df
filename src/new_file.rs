//! A file that is made whole and then put in its place, so that a reader sees the old one or the new one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rand::TryRng;

use crate::file_owner;

/// Puts a text at `path`, for everybody to read; it gets the owner of its folder. A link there is replaced, never followed.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    let draft = draft(path)?;
    let written = make(&draft, text).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        // What could not be made need not be removed.
        let _ = std::fs::remove_file(&draft);
    }
    written
}

/// Whether a file could be put at `path`, as far as that can be told without doing it.
pub fn check(path: &Path) -> io::Result<()> {
    let draft = draft(path)?;
    std::fs::File::create_new(&draft)?;
    std::fs::remove_file(&draft)
}

/// Beside the file, so that it can take its place in one step.
fn draft(path: &Path) -> io::Result<PathBuf> {
    let mut mark = [0; 16];
    rand::rngs::SysRng.try_fill_bytes(&mut mark).map_err(|_| io::ErrorKind::Other)?;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}", hex::encode(mark)));
    Ok(path.with_file_name(name))
}

/// Writes the draft, down to the disk.
fn make(draft: &Path, text: &str) -> io::Result<()> {
    let mut file = std::fs::File::create_new(draft)?;
    file.write_all(text.as_bytes())?;
    file_owner::give(&file, file_owner::folder(draft))?;
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
    fn an_older_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ca.pem");
        put(&path, "old").expect("written");
        put(&path, "new").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    #[test]
    fn a_draft_that_cannot_take_its_place_is_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("taken");
        std::fs::create_dir_all(path.join("by a folder")).expect("made");
        put(&path, "text").expect_err("a folder is in the way");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_stays() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, other) = (folder.path().join("link"), folder.path().join("other"));
        std::fs::write(&other, "other").expect("written");
        std::os::unix::fs::symlink(&other, &path).expect("linked");
        put(&path, "new").expect("written");
        let kept = std::fs::symlink_metadata(&path).expect("there");
        assert!(kept.is_file());
        assert_eq!(kept.permissions().mode() & 0o777, 0o644);
        assert_eq!(std::fs::read_to_string(&other).expect("readable"), "other");
    }
}
