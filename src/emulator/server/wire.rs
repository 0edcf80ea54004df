//! HTTP/1.1 on a stream: heads, bodies and replies.

use std::io::{self, Read, Write};

use super::broken::{Broken, Refusal};
use super::head::{Head, Length};
use super::render::CONTINUE;

/// One client's stream, and what was read of it ahead of time.
pub struct Wire<S> {
    /// In clear, or inside TLS.
    stream: S,
    /// What was read and not used yet.
    buffer: Vec<u8>,
}

/// The longest head, and the longest line between chunks; bytes.
const MAX_HEAD: usize = 64 << 10;
/// The longest body; bytes.
const MAX_BODY: usize = 1 << 20;
/// What is still read of a client that was refused, so that it gets to read why; bytes.
const MAX_IGNORED: usize = 8 << 20;

impl<S: Read + Write> Wire<S> {
    /// Nothing is read yet.
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The next request's head; none when the client ended the connection between two requests.
    pub fn head(&mut self) -> Result<Option<Head>, Broken> {
        loop {
            if let Some((head, used)) = Head::parse(&self.buffer)? {
                self.buffer.drain(..used);
                return Ok(Some(head));
            }
            if self.buffer.len() >= MAX_HEAD {
                return Err(LONG_HEAD.into());
            }
            if !self.fill()? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(Broken::Gone) };
            }
        }
    }

    /// The body that belongs to `head`.
    pub fn body(&mut self, head: &Head) -> Result<Vec<u8>, Broken> {
        match head.length {
            Length::Known(0) => return Ok(Vec::new()),
            Length::Known(length) if length > MAX_BODY => return Err(LONG_BODY.into()),
            _ => {}
        }
        if head.awaits_continue {
            self.stream.write_all(CONTINUE)?;
            self.stream.flush()?;
        }
        match head.length {
            Length::Known(length) => self.take(length),
            Length::Chunked => self.chunks(),
        }
    }

    /// Writes bytes and flushes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Reads on for a while: a connection that is closed over unread bytes takes the last reply along.
    pub fn ignore_the_rest(&mut self) {
        let mut ignored = self.buffer.len();
        self.buffer.clear();
        while ignored < MAX_IGNORED && self.fill().unwrap_or(false) {
            ignored += self.buffer.len();
            self.buffer.clear();
        }
    }

    /// The stream again; what was read ahead must be empty.
    pub fn into_stream(self) -> Result<S, Broken> {
        if self.buffer.is_empty() { Ok(self.stream) } else { Err(TOO_EARLY.into()) }
    }

    /// A chunked body, joined.
    fn chunks(&mut self) -> Result<Vec<u8>, Broken> {
        let mut body = Vec::new();
        loop {
            let size = chunk_size(&self.line()?)?;
            if size > MAX_BODY - body.len() {
                return Err(LONG_BODY.into());
            }
            if size == 0 {
                self.trailers()?;
                return Ok(body);
            }
            body.append(&mut self.take(size)?);
            if !self.line()?.is_empty() {
                return Err(BAD_CHUNK.into());
            }
        }
    }

    /// Nobody asks for them.
    fn trailers(&mut self) -> Result<(), Broken> {
        let mut read = 0;
        while read < MAX_HEAD {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(());
            }
            read += line.len();
        }
        Err(LONG_HEAD.into())
    }

    /// A line without its end.
    fn line(&mut self) -> Result<Vec<u8>, Broken> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.drain(..end).collect();
                self.buffer.drain(..2);
                return Ok(line);
            }
            if self.buffer.len() >= MAX_HEAD {
                return Err(BAD_CHUNK.into());
            }
            self.must_fill()?;
        }
    }

    /// Exactly so many bytes.
    fn take(&mut self, length: usize) -> Result<Vec<u8>, Broken> {
        while self.buffer.len() < length {
            self.must_fill()?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    /// Reads more, or the client is gone too early.
    fn must_fill(&mut self) -> Result<(), Broken> {
        if self.fill()? { Ok(()) } else { Err(Broken::Gone) }
    }

    /// Reads more; false at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 8 << 10];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(read) => {
                    self.buffer.extend_from_slice(bytes.get(..read).unwrap_or_default());
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The size at the start of a chunk, without its extensions.
fn chunk_size(line: &[u8]) -> Result<usize, Broken> {
    let text = std::str::from_utf8(line).map_err(|_| BAD_CHUNK)?;
    let digits = text.split(';').next().unwrap_or_default().trim();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(BAD_CHUNK.into());
    }
    usize::from_str_radix(digits, 16).map_err(|_| LONG_BODY.into())
}

/// Over `MAX_HEAD`.
const LONG_HEAD: Refusal = Refusal::new(431, "a request's head may have 64 KiB");
/// Over `MAX_BODY`.
const LONG_BODY: Refusal = Refusal::new(413, "a request's body may have 1 MiB");
/// No size, or no end of line where one must be.
const BAD_CHUNK: Refusal = Refusal::new(400, "a chunk of the body is malformed");
/// Bytes after the head of a CONNECT.
const TOO_EARLY: Refusal = Refusal::new(400, "the client spoke before the tunnel was open");

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client sends, a few bytes at a time, and what it gets.
    struct Client<'a>(&'a [u8], Vec<u8>);

    impl Read for Client<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let few = into.len().min(3);
            self.0.read(into.get_mut(..few).unwrap_or_default())
        }
    }

    impl Write for Client<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn status(error: &Broken) -> u16 {
        match error {
            Broken::Refused(refusal) => refusal.status,
            Broken::Gone => 0,
        }
    }

    fn body_of(text: &str) -> Result<Vec<u8>, Broken> {
        let mut wire = Wire::new(Client(text.as_bytes(), Vec::new()));
        let head = wire.head()?.expect("a head");
        wire.body(&head)
    }

    #[test]
    fn two_requests_on_one_stream_are_told_apart() {
        let text = "PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n";
        let mut wire = Wire::new(Client(text.as_bytes(), Vec::new()));
        let head = wire.head().expect("readable").expect("a head");
        assert_eq!(wire.body(&head).expect("a body"), b"abc");
        assert_eq!(wire.head().expect("readable").expect("a head").target, "/b");
        assert!(wire.head().expect("readable").is_none());
    }

    #[test]
    fn chunks_are_joined_and_bad_ones_refused() {
        let head = "PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let good = format!("{head}3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: z\r\n\r\n");
        assert_eq!(body_of(&good).expect("a body"), b"abcde");
        for (chunks, expected) in [
            ("x\r\n", 400),
            ("1\r\nab\r\n", 400),
            ("100001\r\n", 413),
            ("ffffffffffffffffff\r\n", 413),
            ("3\r\na", 0),
        ] {
            let error = body_of(&format!("{head}{chunks}")).expect_err("refused");
            assert_eq!(status(&error), expected, "{chunks:?}");
        }
    }

    #[test]
    fn a_head_and_a_body_over_their_bounds_are_refused() {
        let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(MAX_HEAD));
        assert_eq!(status(&body_of(&long).expect_err("refused")), 431);
        let long = format!("PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", MAX_BODY + 1);
        assert_eq!(status(&body_of(&long).expect_err("refused")), 413);
    }

    #[test]
    fn a_client_that_waits_is_told_to_go_on_once() {
        let text = "PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx";
        let mut wire = Wire::new(Client(text.as_bytes(), Vec::new()));
        let head = wire.head().expect("readable").expect("a head");
        wire.body(&head).expect("a body");
        assert_eq!(wire.stream.1, b"HTTP/1.1 100 Continue\r\n\r\n");
    }
}
