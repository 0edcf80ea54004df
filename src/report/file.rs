//! A report's file.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::new_file;
use crate::report::summary::Summary;
use crate::report::{html, markdown};

/// Where a report goes, and in which form.
#[derive(Debug, Clone)]
pub struct ReportFile {
    /// As the user wrote it.
    path: PathBuf,
    /// What the name's end says.
    form: Form,
}

/// Forms of a report's file.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A page by itself.
    Html,
    /// A summary.
    Markdown,
    /// For programs.
    Json,
}

impl ReportFile {
    /// Reads an argument; the name's end tells the form.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let path = PathBuf::from(text);
        let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
        let form = match end.as_deref() {
            Some("html" | "htm") => Form::Html,
            Some("md") => Form::Markdown,
            Some("json") => Form::Json,
            _ => return Err("end the name in .html, .md or .json".to_owned()),
        };
        Ok(Self { path, form })
    }

    /// Its path, for people and later steps.
    pub fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Fails where the file could not be written, before anything is done that it should tell of.
    pub fn check(&self) -> Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if !folder.is_none_or(Path::is_dir) {
            return Err(self.error("there is no such folder", "make the folder first"));
        }
        match self.path.symlink_metadata() {
            Ok(there) if !there.is_file() => {
                let what = "what is there is a link, a folder or a device, and is not replaced";
                Err(self.error(what, "name a new file, or one that a run before made"))
            }
            _ => new_file::check(&self.path).map_err(|error| self.unwritten(&error)),
        }
    }

    /// Writes the report, whole or not at all.
    pub fn write(&self, summary: &Summary<'_>, json: &str) -> Result<()> {
        self.check()?;
        let text = match self.form {
            Form::Html => html::show(summary),
            Form::Markdown => markdown::show(summary),
            Form::Json => json.to_owned(),
        };
        new_file::put(&self.path, &text).map_err(|error| self.unwritten(&error))
    }

    fn unwritten(&self, error: &std::io::Error) -> Error {
        let what = format!("the report cannot be written: {error}");
        self.error(&what, "give `--report` a file in a folder that this user may write")
    }

    fn error(&self, what: &str, help: &str) -> Error {
        Error::of(ErrorCode::FileUnwritable, what).at(self.path.display().to_string()).help(help)
    }
}
