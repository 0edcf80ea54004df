//! One connection: perhaps a tunnel, then TLS, then one request after the other.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::broken::{Broken, Refusal};
use super::disturbed::disturb;
use super::head::Head;
use super::render::{render, render_shaped};
use super::tunnel;
use super::wire::Wire;
use crate::emulator::azure::{Azure, Came, Outcome};
use crate::emulator::fault::TLS;
use crate::emulator::hosts;
use crate::emulator::message::{Reply, Request};
use crate::emulator::record::Seen;
use crate::emulator::shape::Shape;

/// Talks until one side ends it.
pub fn serve(socket: &TcpStream, tls: &Arc<ServerConfig>, azure: &Azure) {
    // A client may vanish at any time; there is nobody to tell.
    let _ = talk(socket, tls, azure);
}

/// Tunnel, handshake, requests, and the reason why they end early.
fn talk(socket: &TcpStream, tls: &Arc<ServerConfig>, azure: &Azure) -> Result<(), Broken> {
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(IDLE))?;
    socket.set_write_timeout(Some(IDLE))?;
    let peer = socket.peer_addr()?.ip().to_canonical();
    let target = match first_byte(socket)? {
        Some(TLS_HANDSHAKE) => None,
        // Of all methods, only CONNECT starts so.
        first if first == Some(b'C') || !azure.has_host() => Some(tunnel::open(socket, azure)?),
        _ => {
            let (names, wire) = ([None, None], Wire::new(socket));
            return Exchange { azure, peer, names, came: Came::Plainly, wire }.serve();
        }
    };
    let fault = azure.early_fault(&Seen::step(TLS, target.as_deref().unwrap_or_default()));
    let is_last = disturb(fault, azure, &mut Wire::new(socket), &[])?;
    let mut stream = StreamOwned::new(session(tls)?, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    if is_last {
        return Ok(());
    }
    let names = [target, stream.conn.server_name().map(str::to_ascii_lowercase)];
    Exchange { azure, peer, names, came: Came::Safely, wire: Wire::new(stream) }.serve()
}

/// The client's first byte, which stays to be read.
fn first_byte(socket: &TcpStream) -> io::Result<Option<u8>> {
    let mut first = [0];
    Ok((socket.peek(&mut first)? == 1).then_some(first[0]))
}

/// A fresh TLS session.
fn session(tls: &Arc<ServerConfig>) -> io::Result<ServerConnection> {
    ServerConnection::new(tls.clone()).map_err(io::Error::other)
}

/// The requests of one connection.
struct Exchange<'a, S> {
    /// Who answers.
    azure: &'a Azure,
    /// The client's address.
    peer: IpAddr,
    /// The host of the tunnel and the one of the TLS handshake, where there was one.
    names: [Option<String>; 2],
    /// How they come.
    came: Came,
    /// Inside TLS, or in clear.
    wire: Wire<S>,
}

impl<S: Read + Write> Exchange<'_, S> {
    /// Answers, and says why where it ends early.
    fn serve(mut self) -> Result<(), Broken> {
        if let Err(Broken::Refused(refusal)) = self.run() {
            self.wire.write(&render(&refusal.reply(), "", true))?;
            self.wire.ignore_the_rest();
        }
        Ok(())
    }

    /// One request after the other, until one of them is the last.
    fn run(&mut self) -> Result<(), Broken> {
        while let Some(head) = self.wire.head()? {
            if self.is_cut(&head) {
                return Ok(());
            }
            let body = self.wire.body(&head)?;
            let closes = head.closes;
            let request = self.request(head, body)?;
            let outcome = self.azure.exchange(&request, self.came);
            if self.answer(outcome, &request.method, closes)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends what there is to send; true: the connection ends.
    fn answer(&mut self, outcome: Outcome, method: &str, closes: bool) -> Result<bool, Broken> {
        let bytes = |reply: &Reply| render(reply, method, closes);
        match outcome {
            Outcome::Reply(reply) => self.wire.write(&bytes(&reply))?,
            Outcome::Half(reply) => {
                self.wire.write(halves(&bytes(&reply)).0)?;
                return Ok(true);
            }
            Outcome::Paused(reply, time) => {
                let bytes = bytes(&reply);
                let (first, second) = halves(&bytes);
                self.wire.write(first)?;
                self.azure.clock.stall(time);
                self.wire.write(second)?;
            }
            Outcome::Shaped(reply, shape) => {
                self.wire.write(&render_shaped(&reply, method, closes, shape))?;
                return Ok(matches!(shape, Shape::Closed | Shape::Short | Shape::Long));
            }
            Outcome::Nothing => return Ok(true),
        }
        Ok(closes)
    }

    /// Whether the connection ends on purpose over the rest of this request.
    fn is_cut(&self, head: &Head) -> bool {
        let (Ok(host), Ok((path, query))) = (head.host(), path_and_query(&head.target)) else {
            return false;
        };
        let host = host.strip_suffix(":443").unwrap_or(&host).to_owned();
        let seen = Seen { method: head.method.clone(), host, path, query };
        self.azure.early_fault(&seen).is_some()
    }

    /// The request, if it is meant for the host of this connection.
    fn request(&self, head: Head, body: Vec<u8>) -> Result<Request, Broken> {
        let host = head.host()?;
        let host = host.strip_suffix(":443").unwrap_or(&host).to_owned();
        let (name, _) = hosts::without_port(&host);
        if self.names.iter().flatten().any(|known| known != name) {
            return Err(ANOTHER_HOST.into());
        }
        let (path, query) = path_and_query(&head.target)?;
        let (method, headers) = (head.method, head.headers);
        Ok(Request { method, host, path, query, headers, body, peer: self.peer })
    }
}

/// The first half, and the rest.
fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len() / 2)
}

/// Of a path or an absolute URL, whose host is the `Host` header's by the standard.
fn path_and_query(target: &str) -> Result<(String, String), Broken> {
    let path = match target.strip_prefix("https://") {
        Some(rest) => rest.find('/').and_then(|start| rest.get(start..)).unwrap_or("/"),
        None => target,
    };
    if !path.starts_with('/') {
        return Err(NO_PATH.into());
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Ok((path.to_owned(), query.to_owned()))
}

/// How long a client may say nothing.
const IDLE: Duration = Duration::from_secs(60);

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// One connection serves one host.
const ANOTHER_HOST: Refusal =
    Refusal::new(421, "this connection was made to another host than the Host header names");
/// Neither a path nor an https URL.
const NO_PATH: Refusal = Refusal::new(400, "a request's target must be a path");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_path_or_an_absolute_url() {
        let parts = |target| path_and_query(target).ok();
        let expected = Some(("/secrets/a".to_owned(), "b=c".to_owned()));
        assert_eq!(parts("/secrets/a?b=c"), expected);
        assert_eq!(parts("https://a.vault.azure.net/secrets/a?b=c"), expected);
        assert_eq!(parts("https://a.vault.azure.net"), Some(("/".to_owned(), String::new())));
        assert_eq!(parts("*"), None);
        assert_eq!(parts("http://a/b"), None);
    }
}
