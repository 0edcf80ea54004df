//! What is given to a CI system: commands on a stream, and text in its files.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::new_file;
use crate::secret::SecretValue;

/// Commands and texts. They may hold values, so that none of it can be shown.
#[derive(Debug, Default)]
pub struct Handover {
    /// Lines for the stream that the CI system reads, each with its line break.
    pub commands: Vec<SecretValue>,
    /// Texts for files, in order.
    pub files: Vec<FileText>,
}

/// A text for a file.
#[derive(Debug)]
pub struct FileText {
    /// The file.
    pub path: PathBuf,
    /// What it gets.
    pub text: SecretValue,
    /// Whether what is there stays.
    pub mode: Mode,
}

/// What becomes of what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It stays, and the text comes behind it. The file must be there: the CI system made it.
    Append,
    /// The text takes its place; nothing that stands there is followed or written through.
    Replace,
}

impl Handover {
    /// Adds a command line.
    pub fn command(&mut self, line: &str) {
        self.commands.push(SecretValue::new(format!("{line}\n")));
    }

    /// Adds a text for a file.
    pub fn file(&mut self, path: &Path, text: String, mode: Mode) {
        let text = SecretValue::new(text);
        self.files.push(FileText { path: path.to_owned(), text, mode });
    }
}

/// Writes the files, then the commands, which may refer to them. A reader who is gone got what it wanted.
pub fn deliver(handover: &Handover, stream: &mut dyn Write) -> Result<()> {
    carry_out(handover, stream, |error| error.kind() == ErrorKind::BrokenPipe)
}

/// The same for values and their masks: a reader who is gone hides nothing, and is a failure.
pub fn deliver_values(handover: &Handover, stream: &mut dyn Write) -> Result<()> {
    carry_out(handover, stream, |_| false)
}

fn carry_out(
    handover: &Handover,
    stream: &mut dyn Write,
    is_fine: fn(&std::io::Error) -> bool,
) -> Result<()> {
    for file in &handover.files {
        let written = match file.mode {
            Mode::Append => append(&file.path, file.text.expose()),
            Mode::Replace => new_file::put(&file.path, file.text.expose()),
        };
        written.map_err(|error| unwritten(&file.path, &error))?;
    }
    for command in &handover.commands {
        match stream.write_all(command.expose().as_bytes()).and_then(|()| stream.flush()) {
            Err(error) if !is_fine(&error) => return Err(unsaid(&error)),
            _ => {}
        }
    }
    Ok(())
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    // Another program of this step may have left its last line open.
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let start = if last == *b"\n" { "" } else { "\n" };
    let written = file.write_all(start.as_bytes()).and_then(|()| file.write_all(text.as_bytes()));
    if written.is_err() {
        // Half a block would make all of the file unreadable for the CI system.
        let _ = file.set_len(length);
    }
    written
}

fn unsaid(error: &std::io::Error) -> Error {
    Error::of(
        ErrorCode::FileUnwritable,
        format!("the commands for the CI system could not be written: {error}"),
    )
}

fn unwritten(path: &Path, error: &std::io::Error) -> Error {
    Error::of(
        ErrorCode::FileUnwritable,
        format!("the file for the next steps cannot be written: {error}"),
    )
    .at(path.display().to_string())
    .help("let this user write it, or choose another CI system with --ci")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_another_program_left_open_is_closed_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("output");
        std::fs::write(&path, "a=b").expect("written");
        append(&path, "c=d\n").expect("appended");
        append(&path, "e=f\n").expect("appended");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "a=b\nc=d\ne=f\n");
    }

    #[test]
    fn a_file_that_is_not_there_is_not_made_by_appending() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(append(&folder.path().join("output"), "c=d\n").is_err());
    }
}
