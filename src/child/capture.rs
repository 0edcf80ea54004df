//! One stream of a running program, read without waiting.

use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;

use zeroize::Zeroizing;

/// What came out of a stream so far; wiped when dropped.
pub struct Capture<S> {
    /// None once it has ended.
    source: Option<S>,
    /// Room for all of it from the start, so that growing leaves no copy behind.
    kept: Zeroizing<Vec<u8>>,
    most: usize,
    is_over: bool,
}

impl<S: Read + AsFd> Capture<S> {
    /// Keeps at most `most` bytes of a stream.
    pub fn new(source: S, most: usize) -> std::io::Result<Self> {
        rustix::io::ioctl_fionbio(&source, true)?;
        let kept = Zeroizing::new(Vec::with_capacity(most));
        Ok(Self { source: Some(source), kept, most, is_over: false })
    }

    /// The stream, until it has ended.
    pub fn source(&self) -> Option<&S> {
        self.source.as_ref()
    }

    /// Takes what is there now: at most as much as a pipe can hold, so that a program that never stops
    /// writing cannot keep us here.
    pub fn read(&mut self) {
        let mut chunk = Zeroizing::new([0; CHUNK]);
        for _ in 0..PIPE / CHUNK {
            let Some(source) = &mut self.source else { return };
            match source.read(chunk.as_mut_slice()) {
                Ok(0) => self.source = None,
                Ok(length) => self.keep(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.source = None,
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.most - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.is_over |= bytes.len() > room;
    }

    /// Whether there was more than is kept.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// What was kept.
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.kept
    }
}

/// What is read at once; bytes.
const CHUNK: usize = 8 << 10;
/// The most that Linux lets a pipe hold; bytes.
const PIPE: usize = 1 << 20;
