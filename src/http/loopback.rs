//! A door on this machine that a browser knocks at once, to bring the answer of a sign-in.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::error::Result;
use crate::error::{Error, Kind};

#[cfg(test)]
mod tests;

/// The door: reachable from this machine alone.
pub struct Loopback {
    listener: TcpListener,
    port: u16,
}

/// What becomes of a request.
pub enum Verdict<T> {
    /// It is the one: it gets this page, and the door closes.
    Taken(T, &'static str),
    /// It is another, such as the browser's for an icon: it gets this status.
    Other(u16),
}

/// A connection whose request is not whole yet.
struct Visit {
    stream: TcpStream,
    bytes: Zeroizing<Vec<u8>>,
}

/// What a visit has come to.
enum Progress {
    /// There is more to come.
    Waiting,
    /// Nothing more comes.
    Gone,
    /// A GET for this path and query, by our own name.
    Asks(Zeroizing<String>),
    /// Anything else.
    Wrong(u16),
}

impl Loopback {
    /// Opens it on a free port.
    pub fn open() -> Result<Self> {
        Self::bind().map_err(|error| {
            let what = format!("no port of this machine can be opened for the browser: {error}");
            Error::new(Kind::SignIn, what).help("use `kind: device_code`")
        })
    }

    fn bind() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Its URL. The service takes any port of `localhost`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Waits for the request that `judge` takes, by its path and query; `None` where there is none until
    /// `ends`, by the clock, or until the run is over.
    pub fn receive<T>(
        &self,
        clock: &Clock,
        ends: Duration,
        judge: impl Fn(&str) -> Verdict<T>,
    ) -> Option<T> {
        let mut visits = Vec::new();
        while clock.elapsed() < ends && clock.over().is_none() {
            self.wait(&visits);
            self.let_in(&mut visits);
            let mut waiting = Vec::new();
            for mut visit in visits.drain(..) {
                match visit.read(self.port) {
                    Progress::Waiting => waiting.push(visit),
                    Progress::Gone => {}
                    Progress::Wrong(status) => visit.answer(status, ""),
                    Progress::Asks(target) => match judge(&target) {
                        Verdict::Other(status) => visit.answer(status, ""),
                        Verdict::Taken(taken, page) => {
                            visit.answer(200, page);
                            return Some(taken);
                        }
                    },
                }
            }
            visits = waiting;
        }
        None
    }

    /// Until somebody knocks or says more, or for a moment.
    fn wait(&self, visits: &[Visit]) {
        let streams = visits.iter().map(|visit| visit.stream.as_fd());
        let all = streams.chain([self.listener.as_fd()]);
        let mut waiting: Vec<PollFd<'_>> =
            all.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        // A wait that is cut short is only a look too many.
        let _ = poll(&mut waiting, Timespec::try_from(TICK).ok().as_ref());
    }

    /// Browsers open connections that they never use: the oldest give way.
    fn let_in(&self, visits: &mut Vec<Visit>) {
        while let Ok((stream, _)) = self.listener.accept() {
            if stream.set_nonblocking(true).is_err() {
                continue;
            }
            if visits.len() == MOST_VISITS {
                visits.remove(0);
            }
            let bytes = Zeroizing::new(Vec::with_capacity(MAX_HEAD));
            visits.push(Visit { stream, bytes });
        }
    }
}

impl Visit {
    fn read(&mut self, port: u16) -> Progress {
        let mut chunk = Zeroizing::new([0; 4096]);
        loop {
            let length = match self.stream.read(chunk.as_mut_slice()) {
                Ok(0) => return Progress::Gone,
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Progress::Waiting,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Progress::Gone,
            };
            if self.bytes.len() + length > MAX_HEAD {
                return Progress::Wrong(431);
            }
            self.bytes.extend_from_slice(&chunk[..length]);
            match head(&self.bytes, port) {
                Progress::Waiting => {}
                other => return other,
            }
        }
    }

    /// Somebody who does not take the answer is not waited for long.
    fn answer(mut self, status: u16, page: &str) {
        let head = format!(
            "HTTP/1.1 {status} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Connection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\n\
             Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n{page}",
            reason(status),
            page.len()
        );
        let ready = self.stream.set_nonblocking(false).is_ok()
            && self.stream.set_write_timeout(Some(LONGEST_WRITE)).is_ok();
        if ready && self.stream.write_all(head.as_bytes()).is_ok() {
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }
}

/// Reads a request's head. A name that is not ours is a page elsewhere that had its own name lead here.
fn head(bytes: &[u8], port: u16) -> Progress {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(status) if status.is_partial() => return Progress::Waiting,
        Ok(_) => {}
        Err(_) => return Progress::Wrong(400),
    }
    let (method, path) = (request.method, request.path);
    let mut hosts = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let host = hosts.next().map(|header| header.value);
    let is_ours = ["localhost", "127.0.0.1"]
        .iter()
        .any(|name| host == Some(format!("{name}:{port}").as_bytes()));
    match (is_ours, method, path) {
        (true, Some("GET"), Some(path)) => Progress::Asks(Zeroizing::new(path.to_owned())),
        (true, _, _) => Progress::Wrong(405),
        (false, _, _) => Progress::Wrong(400),
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "Bad Request",
    }
}

/// How long a wait lasts before the time is looked at.
const TICK: Duration = Duration::from_millis(100);
/// The longest request head that is read, in bytes: codes are some kilobytes long.
const MAX_HEAD: usize = 32 << 10;
/// Connections that are open at once.
const MOST_VISITS: usize = 16;
/// How long an answer may take to be taken.
const LONGEST_WRITE: Duration = Duration::from_secs(2);
