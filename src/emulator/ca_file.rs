//! The certificate's file.

use std::path::Path;

use crate::error::{Error, Result};
use crate::new_file;

/// Writes it for everybody to read; who sees the file sees all of it.
pub fn write(path: &Path, pem: &str) -> Result<()> {
    new_file::put(path, pem).map_err(|error| {
        let what = format!("the certificate cannot be written: {error}");
        Error::usage(what).at(path.display().to_string()).help("give `--ca-out` another file")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = write(&folder.path().join("no/ca.pem"), "x").expect_err("no such folder");
        assert!(error.to_string().contains("no/ca.pem"), "{error}");
    }
}
