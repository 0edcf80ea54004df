//! What is given to a CI system: commands on a stream, and text in its files.

use std::fs::{File, OpenOptions};
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
    /// Texts for files, in order; a file that grows is there once.
    pub files: Vec<FileText>,
}

/// Texts for one file.
#[derive(Debug)]
pub struct FileText {
    /// The file.
    pub path: PathBuf,
    /// What it gets, in one write.
    pub texts: Vec<SecretValue>,
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
        let texts = vec![SecretValue::new(text)];
        self.file_texts(FileText { path: path.to_owned(), texts, mode });
    }

    /// Adds what another has, behind this one's.
    pub fn join(&mut self, other: Self) {
        self.commands.extend(other.commands);
        other.files.into_iter().for_each(|file| self.file_texts(file));
    }

    fn file_texts(&mut self, new: FileText) {
        let grows = |file: &&mut FileText| file.path == new.path && file.mode == Mode::Append;
        match self.files.iter_mut().find(grows).filter(|_| new.mode == Mode::Append) {
            Some(file) => file.texts.extend(new.texts),
            None => self.files.push(new),
        }
    }
}

/// Writes the files, then the commands, which may refer to them: each file, and the commands, in one write,
/// and what was appended is cut off again where not all can be written. A reader who is gone got what it
/// wanted.
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
    let mut grown = Vec::new();
    let done = write(&handover.files, &mut grown).and_then(|()| {
        let commands = SecretValue::concat(&handover.commands);
        match stream.write_all(commands.expose().as_bytes()).and_then(|()| stream.flush()) {
            Err(error) if !is_fine(&error) => Err(unsaid(&error)),
            _ => Ok(()),
        }
    });
    if done.is_err() {
        // A file that cannot be cut either is beyond help; the first error tells the cause.
        grown.iter().for_each(|Grown { file, length }| drop(file.set_len(*length)));
    }
    done
}

/// A file that got longer, and how long it was, in bytes.
struct Grown {
    /// It, open.
    file: File,
    /// Before it grew.
    length: u64,
}

fn write(files: &[FileText], grown: &mut Vec<Grown>) -> Result<()> {
    for FileText { path, texts, mode } in files {
        let text = SecretValue::concat(texts);
        let written = match mode {
            Mode::Append => append(path, &text, grown),
            Mode::Replace => new_file::put(path, text.expose()),
        };
        written.map_err(|error| unwritten(path, &error))?;
    }
    Ok(())
}

/// Notes the file before it grows: a write that fails may have written some.
fn append(path: &Path, text: &SecretValue, grown: &mut Vec<Grown>) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    grown.push(Grown { file: file.try_clone()?, length });
    // Another program of this step may have left its last line open.
    let open = SecretValue::new(if last == *b"\n" { "" } else { "\n" }.to_owned());
    let whole = SecretValue::concat(&[open, text.duplicate()]);
    file.write_all(whole.expose().as_bytes())
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
    .help(
        "let this user write it, see that the disk has room, or choose another CI system with --ci",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appending(path: &Path, texts: &[&str]) -> Handover {
        let mut handover = Handover::default();
        texts.iter().for_each(|text| handover.file(path, (*text).to_owned(), Mode::Append));
        handover
    }

    #[test]
    fn a_line_that_another_program_left_open_is_closed_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("output");
        std::fs::write(&path, "a=b").expect("written");
        let handover = appending(&path, &["c=d\n", "e=f\n"]);
        assert_eq!(handover.files.len(), 1, "one write for each file");
        deliver(&handover, &mut Vec::new()).expect("appended");
        deliver(&appending(&path, &["g=h\n"]), &mut Vec::new()).expect("appended");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "a=b\nc=d\ne=f\ng=h\n");
    }

    #[test]
    fn a_file_that_is_not_there_is_not_made_by_appending_and_others_are_as_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, absent) = (folder.path().join("env"), folder.path().join("output"));
        std::fs::write(&path, "a=b").expect("written");
        let mut handover = appending(&path, &["c=d\n"]);
        handover.join(appending(&absent, &["e=f\n"]));
        assert!(deliver(&handover, &mut Vec::new()).is_err() && !absent.exists());
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "a=b");
    }
}
