//! Files that hold a value: new, for their owner alone.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::export::plain;
use crate::file_owner::{self, Kept};
use crate::neutral;
use crate::secret::SecretValue;

/// Refuses a place where no new file can be made, before anything is fetched for it.
pub fn check(path: &Path) -> Result<()> {
    let at = || path.display().to_string();
    if std::fs::symlink_metadata(path).is_ok() {
        let error =
            Error::of(ErrorCode::FileUnwritable, "a file or a link of that name is there already")
                .at(at());
        return Err(error.help("remove it first, or choose another name"));
    }
    if let Some(link) = link_on_the_way(path) {
        let what = format!("`{}` is a link, and links are not followed", link.display());
        return Err(Error::of(ErrorCode::FileUnwritable, what)
            .at(at())
            .help("name the folder that it points to"));
    }
    let folder = file_owner::folder(path);
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return Err(Error::of(ErrorCode::FileUnwritable, "it names a folder, not a file")
            .at(at())
            .help("name the file in it"));
    }
    if path.file_name().is_none() || !folder.is_dir() {
        let what = format!("the folder `{}` is not there", folder.display());
        return Err(Error::of(ErrorCode::FileUnwritable, what)
            .at(at())
            .help("make it first: mkdir -p"));
    }
    Ok(())
}

/// Writes a value to a new file with mode 0600. It gets the owner of `owner`, a folder, where this user may
/// give files away: in a container all is root's otherwise, and later steps could not read it. Where it
/// cannot be given away it is safe as it is, and what is returned says so. A file that cannot be written
/// whole is removed.
pub fn write(path: &Path, value: &SecretValue, owner: Option<&Path>) -> Result<Option<String>> {
    let at = path.display().to_string();
    // A name that is taken meanwhile, be it by a link, makes this fail.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|file| {
        // Another name's file is not ours to remove; it is empty.
        place(path).map_or(Ok(()), |place| stands_at(&file, &place))?;
        let filled = fill(file, value, owner.unwrap_or_else(|| file_owner::folder(path)));
        // It is ours: a file that was there before was never opened.
        filled.inspect_err(|_| drop(std::fs::remove_file(path)))
    });
    let show = |kept: Kept| {
        let Kept { own, wanted, why } = kept;
        let path = neutral::line(&at);
        format!("{path} stays user {own}'s own, and steps of user {wanted} cannot read it: {why}")
    };
    written.map(|kept| kept.map(show)).map_err(|error| {
        Error::of(ErrorCode::FileUnwritable, format!("the file cannot be written: {error}"))
            .at(&at)
            .help("let this user write into its folder, and see that the disk has room")
    })
}

/// Fails unless what was opened is at `place`, by the kernel's own word: a folder on the way may have been
/// replaced by a link since it was looked at, and be back by now.
fn stands_at(file: &File, place: &Path) -> std::io::Result<()> {
    match std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())) {
        Ok(found) if found != place => Err(std::io::Error::other("its folder was replaced")),
        Err(_) if link_on_the_way(place).is_some() => Err(std::io::ErrorKind::NotFound.into()),
        _ => Ok(()),
    }
}

/// Where a name leads without a link, in the working directory.
fn place(path: &Path) -> Option<PathBuf> {
    root(path).map(|root| plain(&root.join(path)))
}

/// The working directory, where a path leads into it: what is checked out there may hold a link that leads
/// elsewhere. Another absolute path is the workflow's own word, and so is any that starts where all do.
fn root(path: &Path) -> Option<PathBuf> {
    let root = Path::new(".").canonicalize().ok()?;
    let is_in = path.is_relative() || root.parent().is_some() && path.starts_with(&root);
    is_in.then_some(root)
}

fn fill(mut file: File, value: &SecretValue, owner: &Path) -> std::io::Result<Option<Kept>> {
    // The process may take its own rights from new files.
    if file.metadata()?.mode() & 0o600 != 0o600 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    let kept = file_owner::give(&file, owner)?;
    file.write_all(value.expose().as_bytes())?;
    file.flush()?;
    Ok(kept)
}

/// A link among the folders of a path in the working directory.
fn link_on_the_way(path: &Path) -> Option<PathBuf> {
    let root = root(path)?;
    let below = path.strip_prefix(&root).unwrap_or(path);
    let mut way = if path.is_absolute() { root } else { PathBuf::new() };
    for part in below.components() {
        way.push(part);
        let is_link = std::fs::symlink_metadata(&way).is_ok_and(|it| it.file_type().is_symlink());
        if is_link && !matches!(part, Component::ParentDir | Component::CurDir) {
            return Some(way);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let value = SecretValue::new("a\r\n\u{feff}b\n".to_owned());
        check(&path).expect("free");
        write(&path, &value, None).expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), value.expose().as_bytes());
        assert_eq!(std::fs::metadata(&path).expect("there").mode() & 0o7777, 0o600);
        assert!(check(&path).is_err() && write(&path, &value, None).is_err());
    }

    #[test]
    fn a_file_that_cannot_be_finished_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, absent) = (folder.path().join("key"), folder.path().join("absent"));
        let value = SecretValue::new("x".to_owned());
        write(&path, &value, Some(&absent)).expect_err("there is no owner to give it to");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_a_link_led_elsewhere_is_known_although_the_link_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("there");
        let (way, elsewhere) = (root.join("way"), root.join("elsewhere"));
        std::fs::create_dir(&elsewhere).expect("made");
        std::os::unix::fs::symlink(&elsewhere, &way).expect("linked");
        let file = File::create_new(way.join("key")).expect("made");
        std::fs::remove_file(&way).expect("there");
        std::fs::create_dir(&way).expect("made");
        stands_at(&file, &elsewhere.join("key")).expect("there it is");
        stands_at(&file, &way.join("key")).expect_err("there it is not");
    }

    #[test]
    fn a_place_is_known_in_the_working_directory_alone() {
        let root = Path::new(".").canonicalize().expect("there");
        assert_eq!(place(Path::new("a/./b")), Some(root.join("a/b")));
        assert_eq!(place(&root.join("a/../b")), Some(root.join("b")));
        assert_eq!(place(Path::new("/somewhere/else")), None);
    }

    #[test]
    fn a_name_that_ends_like_a_folders_is_refused_before_anything_is_fetched() {
        let error = check(Path::new("new/")).expect_err("a folder");
        assert_eq!(error.what, "it names a folder, not a file");
    }

    #[test]
    fn a_link_is_not_followed_even_where_it_leads_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).expect("linked");
        assert!(check(&link).is_err());
        assert!(write(&link, &SecretValue::new("x".to_owned()), None).is_err());
        assert!(!target.exists());
    }
}
