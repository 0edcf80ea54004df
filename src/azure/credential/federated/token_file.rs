//! A token in a file that somebody keeps fresh, as Kubernetes does.

use std::fs::File;
use std::io::Read;

use zeroize::Zeroizing;

use super::{IdTokens, id_token};
use crate::azure::credential::Refusal;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::secret::SecretValue;

/// The file, and the time by which its tokens end.
pub struct TokenFile {
    path: String,
    clock: Clock,
}

impl TokenFile {
    /// The file need not be there yet: it is read anew for each request.
    pub fn new(path: String, clock: Clock) -> Self {
        Self { path, clock }
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>> {
        let help = "check AZURE_FEDERATED_TOKEN_FILE or `auth.token_file`, and that this user may read \
                    it";
        let unreadable = |error: std::io::Error| {
            let what = format!("the token file cannot be read: {error}");
            Error::of(ErrorCode::IdToken, what).at(&self.path).help(help)
        };
        let file = File::open(&self.path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            let error = Error::of(ErrorCode::IdToken, "it is no file with a token");
            return Err(error.at(&self.path).help(help));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
        file.take(MOST).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

impl IdTokens for TokenFile {
    fn fetch(&self) -> std::result::Result<SecretValue, Refusal> {
        let bytes = self.read()?;
        // What is no UTF-8 is no token either.
        let text = std::str::from_utf8(&bytes).unwrap_or("?");
        if text.trim().is_empty() {
            let error = Error::of(ErrorCode::IdToken, "the token file is empty").at(&self.path);
            return Err(Refusal::Unavailable(error.help("what writes it has not done so yet")));
        }
        let token = id_token::parse(text, &self.path)?;
        id_token::check_alive(&token, &self.clock, &self.path, ENDED)?;
        Ok(token)
    }
}

/// What to do where the token has ended.
const ENDED: &str = "what writes the file has to renew it, as Kubernetes does; and check the clock";
/// One byte more than the longest token, so that a longer one is seen; bytes.
const MOST: u64 = id_token::LONGEST as u64 + 1;
/// Room for the usual token, so that no copy of it stays behind when the text grows; bytes.
const ROOM: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: impl AsRef<[u8]>) -> (tempfile::TempDir, TokenFile) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("token");
        std::fs::write(&path, text).expect("written");
        let file = TokenFile::new(path.display().to_string(), Clock::system());
        (folder, file)
    }

    #[test]
    fn the_file_is_read_anew_each_time_and_trimmed() {
        let (_folder, file) = file(" a.b.c\n");
        assert_eq!(file.fetch().expect("a token").expose(), "a.b.c");
        std::fs::write(&file.path, "d.e.f").expect("written");
        assert_eq!(file.fetch().expect("a token").expose(), "d.e.f");
    }

    #[test]
    fn an_empty_file_lets_the_next_credential_try() {
        let (_folder, file) = file(" \n");
        assert!(matches!(file.fetch(), Err(Refusal::Unavailable(_))));
    }

    #[test]
    fn what_cannot_be_read_or_is_no_token_stops() {
        let (folder, file) = file("a.b.".to_owned() + &"c".repeat(id_token::LONGEST));
        let refused = |file: &TokenFile| match file.fetch() {
            Err(Refusal::Refused(error)) => error.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(refused(&file).contains("64 KiB"));
        std::fs::write(&file.path, b"\xff\xfe").expect("written");
        assert!(refused(&file).contains("no id token"));
        let missing = TokenFile::new("/nowhere/token".to_owned(), Clock::system());
        assert!(refused(&missing).starts_with("/nowhere/token: the token file cannot be read"));
        let of_folder = TokenFile::new(folder.path().display().to_string(), Clock::system());
        assert!(refused(&of_folder).contains("no file"));
    }
}
