//! The file of changes: one JSON line for each, on the disk before its request is answered.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;

use super::folder::{Folder, private, unusable};
use super::ledger::{Ledger, Record};
use crate::error::{Error, Result};

/// An open file of changes.
pub(in crate::emulator) struct Log {
    /// Appends.
    file: File,
    /// Bytes of whole lines.
    length: u64,
    /// Whether a failed write could not be undone, so that a line after it would be lost.
    is_broken: bool,
    /// Keeps other processes out.
    _folder: Folder,
}

impl Log {
    /// Reads all changes and writes them anew, in the fewest lines.
    ///
    /// # Errors
    ///
    /// A line before the last one is damaged, or the file cannot be read or written.
    pub fn open(folder: Folder, now: Timestamp) -> Result<(Self, Ledger)> {
        let path = folder.log();
        let ledger = read(&path)?;
        let (file, length) =
            compact(&folder, &ledger, now).map_err(|error| unusable(&path, &error))?;
        Ok((Self { file, length, is_broken: false, _folder: folder }, ledger))
    }

    /// Returns when the change is on the disk.
    ///
    /// # Errors
    ///
    /// It is not, and the file is as before; if even that fails, no later change is taken either.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("an earlier change could not be kept"));
        }
        let line = line(record)?;
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.length += line.len() as u64,
            Err(_) => self.is_broken = self.file.set_len(self.length).is_err(),
        }
        written
    }
}

/// A record and its line feed.
fn line(record: &Record) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    Ok(line)
}

/// Replays the file; a missing one is empty.
fn read(path: &Path) -> Result<Ledger> {
    let mut ledger = Ledger::default();
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ledger),
        opened => opened.map_err(|error| unusable(path, &error))?,
    };
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let length = lines.read_until(b'\n', &mut line).map_err(|error| unusable(path, &error))?;
        let is_whole = line.ends_with(b"\n");
        if length > 0 && !replay(&mut ledger, &line) && is_whole {
            return Err(damaged(path, number));
        }
        // The process died while it wrote the last line; nobody was told of that change.
        if !is_whole {
            break;
        }
    }
    Ok(ledger)
}

/// Whether the line is a change that can follow those before it.
fn replay(ledger: &mut Ledger, line: &[u8]) -> bool {
    serde_json::from_slice(line).is_ok_and(|record| ledger.apply(record))
}

/// Writes a new file beside the old one, which stays whole until the new one is on the disk.
fn compact(folder: &Folder, ledger: &Ledger, now: Timestamp) -> io::Result<(File, u64)> {
    let path = folder.log();
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = private(&new)?;
    let mut out = BufWriter::new(&file);
    for record in ledger.records(now) {
        out.write_all(&line(&record)?)?;
    }
    out.flush()?;
    drop(out);
    file.sync_all()?;
    fs::rename(&new, &path)?;
    folder.sync()?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Names the line but not what it says, which may be a value.
fn damaged(path: &Path, number: u64) -> Error {
    Error::usage("this change of the embedded vault's state is damaged")
        .at(format!("{}:{number}", path.display()))
        .help("remove the line to go on without that change, or the folder to start anew")
}

#[cfg(test)]
impl Log {
    /// A file that takes no bytes, as on a full disk.
    pub fn fail_from_now_on(&mut self) {
        self.file = File::open(self._folder.log()).unwrap();
    }
}
