//! The folder that keeps the state: ours, private, and of one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::file_owner;

/// Says that the folder is ours; its lock says that a process works there.
const MARKER: &str = "secretzero-emulator";

/// The changes, one a line.
const LOG: &str = "state.jsonl";

/// Keeps the rest out of repositories.
const IGNORE: &str = ".gitignore";

/// A folder that is ours alone as long as this lives.
pub(in crate::emulator) struct Folder {
    /// Where it is.
    path: PathBuf,
    /// The marker, locked; the lock dies with the process.
    _lock: File,
}

impl Folder {
    /// Opens our folder, or makes a missing or empty one ours.
    ///
    /// # Errors
    ///
    /// The folder is somebody else's, in use, or cannot be written.
    pub fn open(path: &Path) -> Result<Self> {
        let marker = path.join(MARKER);
        if !marker.exists() {
            make(path)?;
        }
        if [MARKER, LOG, IGNORE].iter().any(|name| is_no_file(&path.join(name))) {
            return Err(foreign(path));
        }
        let file = private(&marker).map_err(|error| unusable(&marker, &error))?;
        file.try_lock().map_err(|error| in_use(path, error))?;
        keep_out_of_git(path).map_err(|error| unusable(path, &error))?;
        Ok(Self { path: path.to_owned(), _lock: file })
    }

    /// The file of changes.
    pub fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// Makes the renaming of a file durable.
    pub fn sync(&self) -> io::Result<()> {
        // Other systems can neither open a folder nor need to.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }
}

/// A file that only its owner may read, made if it is missing.
pub(in crate::emulator) fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    file_owner::give(&file, file_owner::folder(path))?;
    Ok(file)
}

/// What the operating system refused, and the way out.
pub(in crate::emulator) fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::usage(format!("the embedded vault cannot keep its state here: {error}"))
        .at(path.display().to_string())
        .help("name a folder that you may write")
}

/// Makes the folder, or takes an empty one over.
fn make(path: &Path) -> Result<()> {
    make_private(path).map_err(|error| unusable(path, &error))?;
    let mut entries = fs::read_dir(path).map_err(|error| unusable(path, &error))?;
    if entries.next().is_some() {
        return Err(foreign(path));
    }
    Ok(())
}

/// A folder that only its owner may enter; those above it are made as usual.
fn make_private(path: &Path) -> io::Result<()> {
    file_owner::make_folders(file_owner::folder(path))?;
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => close(path),
        made => made.and_then(|()| {
            file_owner::give(&File::open(path)?, file_owner::folder(path)).map(drop)
        }),
    }
}

/// An empty folder that we take over becomes private, too; another one is left as it is.
#[cfg(unix)]
fn close(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::read_dir(path)?.next().is_some() {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// Elsewhere, a folder is as private as the one above it.
#[cfg(not(unix))]
fn close(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Values must not get into a repository by `git add .`.
fn keep_out_of_git(path: &Path) -> io::Result<()> {
    let ignore = path.join(IGNORE);
    if ignore.exists() { Ok(()) } else { private(&ignore)?.write_all(b"*\n") }
}

/// Whether something stands there that we never make, such as a link out of the folder or a pipe that
/// never ends: the folder may have come with a pull request.
fn is_no_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_file())
}

/// Somebody else's files.
fn foreign(path: &Path) -> Error {
    Error::usage("this folder holds files that the embedded vault did not make")
        .at(path.display().to_string())
        .help("name a new or empty folder")
}

/// Another process works there.
fn in_use(path: &Path, error: TryLockError) -> Error {
    match error {
        TryLockError::WouldBlock => Error::usage("another embedded vault is using this folder")
            .at(path.display().to_string())
            .help("wait for the other one or stop it, or name another folder"),
        TryLockError::Error(error) => unusable(path, &error),
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Kind;

    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        let error = Folder::open(folder.path()).err().unwrap();
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.to_string().contains("new or empty folder"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_whose_files_are_links_is_refused_and_nothing_behind_them_is_read_or_written() {
        for name in [MARKER, LOG, IGNORE] {
            let above = tempfile::tempdir().unwrap();
            let path = above.path().join("state");
            fs::create_dir(&path).unwrap();
            fs::write(path.join(MARKER), "").unwrap();
            let _ = fs::remove_file(path.join(name));
            let outside = above.path().join("outside");
            std::os::unix::fs::symlink(&outside, path.join(name)).unwrap();
            assert!(Folder::open(&path).is_err(), "{name}");
            assert!(!outside.exists(), "{name}");
        }
    }

    #[test]
    fn a_folder_in_use_is_refused_by_name_until_the_other_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::open(folder.path()).unwrap();
        let error = Folder::open(folder.path()).err().unwrap();
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
        drop(first);
        assert!(Folder::open(folder.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_enter_and_git_passes_it_over() {
        use std::os::unix::fs::PermissionsExt;
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("state");
        let _folder = Folder::open(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(MARKER)), 0o600);
        assert_eq!(fs::read_to_string(path.join(".gitignore")).unwrap(), "*\n");
    }
}
