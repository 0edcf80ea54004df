//! Why a connection ends early.

use std::io;

use crate::emulator::message::Reply;

/// A connection on which nothing more can be read.
#[derive(Debug)]
pub enum Broken {
    /// The client is gone, or too slow.
    Gone,
    /// The client is told why.
    Refused(Refusal),
}

/// What a client is told before the connection ends.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// One sentence; nothing of the request is repeated in it.
    pub sentence: &'static str,
}

impl Refusal {
    /// A status and its reason.
    pub const fn new(status: u16, sentence: &'static str) -> Self {
        Self { status, sentence }
    }

    /// In plain text.
    pub fn reply(self) -> Reply {
        let kind = ("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned());
        let body = format!("{}\n", self.sentence).into_bytes();
        Reply { status: self.status, headers: vec![kind], body }
    }
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
