//! Files that a command reads, whole and within a bound.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::secretfile;

/// Reads a file of at most `most` bytes.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let at = path.display().to_string();
    let unreadable = |error: std::io::Error| unreadable(&error).at(&at);
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        let error = Error::of(ErrorCode::FileUnreadable, "it is a folder, not a file").at(&at);
        return Err(error.help("name the file in it"));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(Error::of(
            ErrorCode::FileUnreadable,
            format!("the file has more than {most} bytes"),
        )
        .at(&at));
    }
    Ok(bytes)
}

/// Reads a text file of at most 16 MiB.
pub fn read_text(path: &Path) -> Result<String> {
    let bytes = read(path, secretfile::MAX_BYTES)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::of(ErrorCode::FileUnreadable, format!("the file is not UTF-8 at byte {at}"))
            .at(path.display().to_string())
    })
}

fn unreadable(error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::of(ErrorCode::FileUnreadable, "there is no such file").help(
            "check its path, which starts in the working directory; `--file` names the Secretfile, and \
             `secretzero init` writes one",
        ),
        ErrorKind::PermissionDenied => {
            Error::of(ErrorCode::FileUnreadable, "the file may not be read")
                .help("let this user read it")
        }
        _ => Error::of(ErrorCode::FileUnreadable, format!("the file cannot be read: {error}")),
    }
}
