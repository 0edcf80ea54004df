//! The listener: a thread that accepts, and one for each connection.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::ServerConfig;

use self::broken::Refusal;
use self::connections::Connections;
use self::render::render;
use crate::emulator::azure::Azure;
use crate::error::{Error, Kind, Result};

mod broken;
mod connection;
mod connections;
mod disturbed;
mod head;
mod render;
mod tls;
mod tunnel;
mod wire;

pub use self::tls::Tls;

/// A running server; `stop` ends it.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Those that are open.
    connections: Arc<Connections>,
    /// The thread that accepts; none once it was waited for.
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `azure` on a listener of [`bind`].
    pub fn start(listener: TcpListener, tls: Arc<ServerConfig>, azure: Arc<Azure>) -> Result<Self> {
        let address = listener.local_addr().map_err(|error| no_thread(&error))?;
        let connections = Arc::new(Connections::default());
        let door = Door { tls, azure, connections: connections.clone() };
        let accepting = thread::Builder::new()
            .name("emulator".to_owned())
            .spawn(move || accept(&listener, &door))
            .map_err(|error| no_thread(&error))?;
        Ok(Self { address, connections, accepting: Some(accepting) })
    }

    /// Waits for the thread that accepts.
    fn wait(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            // Its panic would have been told already.
            let _ = accepting.join();
        }
    }

    /// Closes the port and every connection.
    pub fn stop(&mut self) {
        self.connections.close_all();
        // The thread that accepts notices only with the next connection.
        if self.accepting.is_some() && TcpStream::connect_timeout(&own(self.address), WAKE).is_ok()
        {
            self.wait();
        }
    }
}

/// A listener on an address of this machine's own, or on any if that is allowed.
pub fn bind(listen: SocketAddr, allow_remote: bool) -> Result<TcpListener> {
    if !listen.ip().is_loopback() && !allow_remote {
        let what = format!("{listen} can be reached from other machines");
        let help = "listen on 127.0.0.1, or add `--allow-remote`";
        return Err(Error::usage(what).help(help));
    }
    TcpListener::bind(listen).map_err(|error| {
        let what = format!("the embedded vault cannot listen on {listen}: {error}");
        Error::usage(what).help("choose another address with `--listen`; port 0 takes a free one")
    })
}

/// The system refuses a thread or a socket.
fn no_thread(error: &std::io::Error) -> Error {
    Error::new(Kind::Usage, format!("the embedded vault cannot start: {error}"))
}

/// What a connection leads to.
struct Door {
    /// For every connection.
    tls: Arc<ServerConfig>,
    /// Who answers.
    azure: Arc<Azure>,
    /// Those that are open.
    connections: Arc<Connections>,
}

/// Accepts until the server stops.
fn accept(listener: &TcpListener, door: &Door) {
    for socket in listener.incoming() {
        if door.connections.is_closed() {
            return;
        }
        match socket {
            Ok(socket) => door.open(socket),
            // Without file descriptors, say, it fails until a connection ends.
            Err(_) => door.connections.wait_for_end(AGAIN),
        }
    }
}

impl Door {
    /// Gives the connection a thread of its own.
    fn open(&self, socket: TcpStream) {
        let admitted = match self.connections.admit(socket) {
            Ok(admitted) => admitted,
            Err(socket) => return refuse(socket),
        };
        let (tls, azure) = (self.tls.clone(), self.azure.clone());
        // Where no thread can be had, the connection ends with the closure.
        let _ = thread::Builder::new()
            .name("connection".to_owned())
            .spawn(move || connection::serve(&admitted.socket, &tls, &azure));
    }
}

/// Says why, without waiting for the client.
fn refuse(mut socket: TcpStream) {
    let _ = socket.set_nonblocking(true);
    let _ = socket.write_all(&render(&TOO_MANY.reply(), "GET", true));
}

/// The address by which this machine reaches its own listener.
fn own(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// How long to wait before accepting again when it failed.
const AGAIN: Duration = Duration::from_secs(1);
/// How long to try to reach our own listener.
const WAKE: Duration = Duration::from_secs(1);

/// As many as `connections` admits.
const TOO_MANY: Refusal = Refusal::new(503, "512 connections are open already");
