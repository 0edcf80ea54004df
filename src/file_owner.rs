//! Who owns what is made in somebody else's folder. A container is root, and the folder is a job's: later
//! steps, and whoever cleans up after them, must be able to read it and to remove it.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

/// Why something stays this user's own although it should be another's.
#[derive(Debug)]
pub struct Kept {
    /// Whose it is: a user's number.
    pub own: u32,
    /// Whose it should be.
    pub wanted: u32,
    /// What the operating system says.
    pub why: io::Error,
}

/// Gives an open file or folder the owner of `like`, where this user may give things away. What stays is of
/// use as it is, and what is returned says why: a container or a file system may not know the other owner.
pub fn give(file: &File, like: &Path) -> io::Result<Option<Kept>> {
    let (own, wanted) = (file.metadata()?.uid(), std::fs::metadata(like)?);
    if own == wanted.uid() {
        return Ok(None);
    }
    match fchown(file, Some(wanted.uid()), Some(wanted.gid())) {
        // Only root gives things away; for anybody else they are right as they are.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        Err(why) => Ok(Some(Kept { own, wanted: wanted.uid(), why })),
        Ok(()) => Ok(None),
    }
}

/// Makes a folder and those above it that are missing, each with the owner of the one that it is in.
pub fn make_folders(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    make_folders(folder(path))?;
    match std::fs::create_dir(path) {
        // Another process was faster.
        Err(_) if path.is_dir() => Ok(()),
        made => made.and_then(|()| give(&File::open(path)?, folder(path)).map(drop)),
    }
}

/// The folder that a path is in.
pub fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_down_to_the_last() {
        let above = tempfile::tempdir().expect("a folder");
        let path = above.path().join("a/b/c");
        make_folders(&path).expect("made");
        make_folders(&path).expect("there");
        assert!(path.is_dir());
        assert_eq!(folder(Path::new("file")), Path::new("."));
    }

    #[test]
    fn what_is_made_has_the_owner_of_its_folder() {
        let above = tempfile::tempdir().expect("a folder");
        let about = |path: &Path| std::fs::metadata(path).map(|about| about.uid()).expect("there");
        // Only root has folders of others to make things in.
        let other = if about(above.path()) == 0 { 1001 } else { about(above.path()) };
        std::os::unix::fs::chown(above.path(), Some(other), None).expect("given away");
        let path = above.path().join("a/b");
        make_folders(&path).expect("made");
        let file = path.join("file");
        give(&File::create(&file).expect("made"), &path).expect("given");
        assert_eq!([&path, folder(&path), &file].map(about), [other; 3]);
    }
}
