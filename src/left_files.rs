//! The files that `fetch` leaves for the next steps of a job, and the step after the job that removes them.
//!
//! An action hands their paths to its own last step as a state; others of the job cannot set it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::error::{Error, Result};
use crate::file_owner;
use crate::neutral;

/// The state's name.
pub const STATE: &str = "secretzero_files";

/// Whether this is the last step: the image has a name of its own for it, since all else is as in the
/// first one, the inputs included.
pub fn is_last_step(args: &[OsString]) -> bool {
    args.first().and_then(|name| Path::new(name).file_name()).is_some_and(|name| name == NAME)
}

/// The state that lists these files, which are about to be made; none where there are none.
pub fn state(paths: &[&Path]) -> Result<Option<String>> {
    let paths = paths.iter().map(|path| whole(path)).collect::<Result<Vec<_>>>()?;
    let list = serde_json::to_string(&paths);
    let list = list.map_err(|_| Error::usage("the path of a file of `fetch` is not UTF-8"))?;
    Ok((!paths.is_empty()).then_some(list))
}

/// From the root on and without a link, so that the last step can tell whether the way is still the same.
fn whole(path: &Path) -> Result<PathBuf> {
    let folder = file_owner::folder(path).canonicalize();
    let folder =
        folder.map_err(|error| refused(path, &format!("its folder is not there: {error}")))?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

/// What became of a file: its path, for people, and why it is still there.
pub struct Removal {
    /// The path.
    pub path: String,
    /// Whether there was anything to remove, or what stood against it.
    pub was_there: Result<bool>,
}

/// Removes what the first step left; nothing where it left nothing.
pub fn remove(env: &Env) -> Result<Vec<Removal>> {
    let Some(state) = env.get(&format!("STATE_{STATE}")) else { return Ok(Vec::new()) };
    let Ok(paths) = serde_json::from_str::<Vec<PathBuf>>(state) else {
        return Err(Error::usage(format!("the state `{STATE}` is no list of paths"))
            .help("remove the files of `fetch` in a step of your own"));
    };
    let roots = roots(env);
    let each = paths.iter().map(|path| Removal {
        path: neutral::line(&path.display().to_string()),
        was_there: remove_one(path, &roots),
    });
    Ok(each.collect())
}

/// The folders of a job, which go with it; its actions in containers share a home of their own.
fn roots(env: &Env) -> Vec<PathBuf> {
    let names = ["GITHUB_WORKSPACE", "RUNNER_TEMP", "HOME"];
    let folders = names.iter().filter_map(|name| env.get(name));
    folders.filter_map(|folder| Path::new(folder).canonicalize().ok()).collect()
}

/// Removes a regular file that is where it was made: in a folder of the job, along no link. What stands
/// there now may be another step's doing.
fn remove_one(path: &Path, roots: &[PathBuf]) -> Result<bool> {
    let folder = match file_owner::folder(path).canonicalize() {
        Err(error) if is_gone(error.kind()) => return Ok(false),
        folder => folder.map_err(|error| refused(path, &error.to_string()))?,
    };
    if folder != file_owner::folder(path) {
        return Err(refused(path, "there is a link on the way now"));
    }
    match std::fs::symlink_metadata(path) {
        Err(error) if is_gone(error.kind()) => return Ok(false),
        Ok(found) if found.is_file() => {}
        _ => return Err(refused(path, "what is there is no regular file")),
    }
    if !roots.iter().any(|root| folder.starts_with(root)) {
        return Err(refused(path, "it is in no folder of this job"));
    }
    std::fs::remove_file(path).map_err(|error| refused(path, &error.to_string()))?;
    Ok(true)
}

fn is_gone(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn refused(path: &Path, why: &str) -> Error {
    Error::usage(format!("the file of `fetch` cannot be removed: {why}"))
        .at(path.display().to_string())
        .help("remove it in a step of your own that has `if: always()`")
}

/// The program's name as the last step.
const NAME: &str = "secretzero-post";

#[cfg(test)]
mod tests {
    use super::*;

    /// What the runner makes of the state.
    const VARIABLE: &str = "STATE_secretzero_files";

    /// A job's folder with a file in it, and the state that lists that and one more.
    fn job() -> (tempfile::TempDir, PathBuf, Env) {
        let job = tempfile::tempdir().expect("a folder");
        let path = job.path().canonicalize().expect("there").join("key");
        std::fs::write(&path, "value").expect("written");
        let env = env(job.path(), &listed(&[&path, &path.with_file_name("gone")]));
        (job, path, env)
    }

    fn listed(paths: &[&Path]) -> String {
        state(paths).expect("the folder is there").expect("a list")
    }

    fn env(root: &Path, state: &str) -> Env {
        let root = root.display().to_string();
        let pairs = [("GITHUB_WORKSPACE", root.as_str()), (VARIABLE, state)];
        Env::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    fn results(env: &Env) -> Vec<Option<bool>> {
        let removals = remove(env).expect("a list").into_iter();
        removals.map(|removal| removal.was_there.ok()).collect()
    }

    #[test]
    fn files_are_removed_and_one_that_is_gone_is_no_failure() {
        let (_job, path, env) = job();
        assert_eq!(results(&env), [Some(true), Some(false)]);
        assert_eq!(results(&env), [Some(false), Some(false)]);
        assert!(!path.exists());
    }

    #[test]
    fn nothing_else_is_removed() {
        let (job, path, env) = job();
        let (folder, other) = (job.path().join("folder"), job.path().join("other"));
        std::fs::create_dir(&folder).expect("made");
        std::fs::rename(&path, &other).expect("moved");
        std::os::unix::fs::symlink(&other, &path).expect("linked");
        assert_eq!(results(&env), [None, Some(false)]);
        std::fs::remove_file(&path).expect("there");
        std::fs::create_dir(&path).expect("made");
        assert_eq!(results(&env), [None, Some(false)]);
        assert!(other.exists() && path.is_dir());
    }

    #[test]
    fn a_file_outside_of_the_job_or_behind_a_new_link_stays() {
        let (job, path, _) = job();
        let elsewhere = tempfile::tempdir().expect("a folder");
        assert_eq!(results(&env(elsewhere.path(), &listed(&[&path]))), [None]);
        let folder = job.path().join("folder");
        let list = format!("[\"{}/key\"]", folder.display());
        std::os::unix::fs::symlink(job.path(), folder).expect("linked");
        assert_eq!(results(&env(job.path(), &list)), [None]);
        assert!(path.exists());
    }

    #[test]
    fn a_file_in_the_home_that_the_jobs_actions_share_goes_too() {
        let (job, path, _) = job();
        let pairs = [("HOME", job.path().display().to_string()), (VARIABLE, listed(&[&path]))];
        let env = Env::new(pairs.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(results(&env), [Some(true)]);
    }

    #[test]
    fn the_last_step_is_known_by_its_name_alone() {
        let is_last =
            |args: &[&str]| is_last_step(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(is_last(&["/secretzero-post", "--from-action"]));
        assert!(!is_last(&["/secretzero", "secretzero-post"]) && !is_last(&[]));
    }
}
