//! The file by which Azure Arc's agent checks that we may act for the server.
//!
//! Who answers in the agent's place could name any file and have its content sent, so a path is
//! judged before it is opened.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::secret::SecretValue;

/// Reads the key that a challenge (`Basic realm=PATH`) names, if it lies in `directory`.
pub fn read(challenge: &str, directory: &Path) -> Result<SecretValue> {
    let path = Path::new(realm(challenge).ok_or_else(no_realm)?);
    if !is_named_within(path, directory) {
        return Err(outside(directory));
    }
    let path = real(path, directory)?;
    content(&path)
}

/// The realm of a `Basic` challenge, quoted or not.
fn realm(challenge: &str) -> Option<&str> {
    let (scheme, rest) = challenge.trim().split_once(' ')?;
    let (key, value) = rest.trim_start().split_once('=')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic") && key.trim().eq_ignore_ascii_case("realm");
    let value = value.trim().trim_matches('"');
    (is_basic && !value.is_empty()).then_some(value)
}

/// Whether a path says, by its text alone, that it is a key of this directory.
fn is_named_within(path: &Path, directory: &Path) -> bool {
    let is_plain = path.components().all(|part| !matches!(part, Component::ParentDir));
    is_plain && path.parent() == Some(directory) && is_key(path)
}

/// Whether a file is called as the agent calls its keys.
fn is_key(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "key")
}

/// Where the path leads once every link is followed: still a key of the directory, and a plain file.
fn real(path: &Path, directory: &Path) -> Result<PathBuf> {
    let real = path.canonicalize().map_err(|error| unreadable(&error))?;
    let home = directory.canonicalize().map_err(|error| unreadable(&error))?;
    if real.parent() == Some(&home) && is_key(&real) && real.is_file() {
        return Ok(real);
    }
    Err(outside(directory))
}

/// The key itself, without the line break at its end.
fn content(path: &Path) -> Result<SecretValue> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    let limit = MAX_BYTES as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() > MAX_BYTES {
        return Err(of_agent(&format!("the key file has more than {MAX_BYTES} bytes")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| of_agent("the key file is no text"))?;
    Ok(SecretValue::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The agent's group alone may read its keys.
fn unreadable(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::PermissionDenied {
        let what = "this user may not read the keys of Azure Arc's agent";
        let help = "add the user to the group `himds` (`usermod -aG himds USER`), and start its \
                    session or the runner's service anew";
        return Error::new(Kind::SignIn, what).help(help);
    }
    of_agent(&format!("the key file of Azure Arc's agent cannot be read: {error}"))
}

/// The file is none of the agent's.
fn outside(directory: &Path) -> Error {
    let directory = directory.display();
    of_agent(&format!("Azure Arc's agent named a file that is no key in {directory}"))
}

/// The challenge is of another form.
fn no_realm() -> Error {
    of_agent("Azure Arc's agent named no key file")
}

/// A failure that the agent has to answer for.
fn of_agent(what: &str) -> Error {
    let help = "check with `azcmagent show` that it is the agent who answers, and update it";
    Error::new(Kind::SignIn, what).help(help)
}

/// Where the agent writes its keys, on Linux.
pub const DIRECTORY: &str = "/var/opt/azcmagent/tokens";
/// The most that a key file may have.
const MAX_BYTES: usize = 4_096;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_must_name_a_key_of_the_agents_own_directory() {
        let directory = Path::new(DIRECTORY);
        assert!(is_named_within(Path::new("/var/opt/azcmagent/tokens/a.key"), directory));
        for path in [
            "/etc/shadow",
            "/var/opt/azcmagent/tokens/a.txt",
            "/var/opt/azcmagent/tokens/a",
            "/var/opt/azcmagent/tokens/.key",
            "/var/opt/azcmagent/tokens/",
            "/var/opt/azcmagent/tokens/sub/a.key",
            "/var/opt/azcmagent/tokens/../a.key",
            "/var/opt/azcmagent/tokens/../../../../etc/a.key",
            "/var/opt/azcmagent/tokens2/a.key",
            "var/opt/azcmagent/tokens/a.key",
            "a.key",
            "",
        ] {
            assert!(!is_named_within(Path::new(path), directory), "{path}");
        }
    }

    #[test]
    fn a_challenge_names_the_file_with_or_without_quotes() {
        for challenge in
            ["Basic realm=/a/b.key", "basic  Realm=\"/a/b.key\"", " Basic realm = /a/b.key "]
        {
            assert_eq!(realm(challenge), Some("/a/b.key"), "{challenge}");
        }
        for challenge in ["", "Basic", "Basic realm=", "Bearer realm=/a", "Basic nonce=/a"] {
            assert_eq!(realm(challenge), None, "{challenge}");
        }
    }

    #[test]
    fn a_key_is_read_without_its_last_line_break() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("a.key");
        fs::write(&path, "k ey\r\n").expect("written");
        let key = read(&format!("Basic realm={}", path.display()), home.path()).expect("a key");
        assert_eq!(key.expose(), "k ey");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_directory_is_not_followed() {
        let (home, other) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
        let target = other.path().join("x.key");
        fs::write(&target, "secret").expect("written");
        let link = home.path().join("a.key");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        let read = read(&format!("Basic realm={}", link.display()), home.path());
        assert!(read.expect_err("refused").what.contains("no key in"));
    }

    #[test]
    fn a_folder_a_missing_file_and_a_large_file_are_no_keys() {
        let home = tempfile::tempdir().expect("a folder");
        let refused = |name: &str| {
            let path = home.path().join(name);
            read(&format!("Basic realm={}", path.display()), home.path()).expect_err(name).what
        };
        fs::create_dir(home.path().join("folder.key")).expect("made");
        fs::write(home.path().join("large.key"), vec![b'x'; MAX_BYTES + 1]).expect("written");
        fs::write(home.path().join("binary.key"), [0xff]).expect("written");
        assert!(refused("folder.key").contains("no key in"));
        assert!(refused("none.key").contains("cannot be read"));
        assert!(refused("large.key").contains("more than 4096 bytes"));
        assert!(refused("binary.key").contains("no text"));
    }

    #[test]
    fn a_file_that_we_may_not_read_names_the_group() {
        let error = unreadable(&io::ErrorKind::PermissionDenied.into());
        assert!(error.to_string().contains("himds"), "{error}");
    }
}
