//! Files that hold a value: new, for their owner alone.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
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
            .help("let this user write into its folder")
    })
}

fn fill(mut file: File, value: &SecretValue, owner: &Path) -> std::io::Result<Option<Kept>> {
    let kept = file_owner::give(&file, owner)?;
    file.write_all(value.expose().as_bytes())?;
    file.flush()?;
    Ok(kept)
}

/// A link among the folders of a relative path: what is checked out may hold one that leads elsewhere. An
/// absolute path is the workflow's own word.
fn link_on_the_way(path: &Path) -> Option<PathBuf> {
    let mut way = PathBuf::new();
    if path.is_absolute() {
        return None;
    }
    for part in path.components() {
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
    use std::os::unix::fs::MetadataExt;

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
    fn a_link_is_not_followed_even_where_it_leads_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).expect("linked");
        assert!(check(&link).is_err());
        assert!(write(&link, &SecretValue::new("x".to_owned()), None).is_err());
        assert!(!target.exists());
    }
}
