//! The connections that are open: counted, bounded, and closed when the server stops.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::emulator::lock::lock;

/// All of them.
#[derive(Default)]
pub struct Connections {
    /// Those that are open.
    open: Mutex<Open>,
    /// One of them ended, or all must.
    ended: Condvar,
}

/// What the lock guards.
#[derive(Default)]
struct Open {
    /// By number.
    sockets: BTreeMap<u64, Arc<TcpStream>>,
    /// The next one's number.
    next: u64,
    /// Whether all must end.
    is_closed: bool,
}

/// One connection; it is closed and forgotten when this is dropped.
pub struct Admitted {
    /// The socket, which `close_all` may shut down at any time.
    pub socket: Arc<TcpStream>,
    /// Its number.
    number: u64,
    /// Where it is counted.
    among: Arc<Connections>,
}

/// How many may be open at once.
const MAX_OPEN: usize = 512;

impl Connections {
    /// Counts a new connection in; the socket comes back when there are too many, or none may be.
    pub fn admit(self: &Arc<Self>, socket: TcpStream) -> Result<Admitted, TcpStream> {
        let mut open = lock(&self.open);
        if open.is_closed || open.sockets.len() >= MAX_OPEN {
            return Err(socket);
        }
        let socket = Arc::new(socket);
        let number = open.next;
        open.next += 1;
        open.sockets.insert(number, socket.clone());
        Ok(Admitted { socket, number, among: self.clone() })
    }

    /// Ends every connection, and admits no other.
    pub fn close_all(&self) {
        let mut open = lock(&self.open);
        open.is_closed = true;
        for socket in open.sockets.values() {
            // One that the client has ended already is closed as well.
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.ended.notify_all();
    }

    /// Whether `close_all` was called.
    pub fn is_closed(&self) -> bool {
        lock(&self.open).is_closed
    }

    /// Waits until a connection ends, which frees what a new one needs, but no longer than `limit`.
    pub fn wait_for_end(&self, limit: Duration) {
        let open = lock(&self.open);
        if !open.is_closed {
            drop(self.ended.wait_timeout(open, limit).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Both);
        lock(&self.among.open).sockets.remove(&self.number);
        self.among.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn closing_ends_the_open_ones_and_admits_no_other() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).expect("connected");
        let connections = Arc::new(Connections::default());
        let (socket, _) = listener.accept().expect("accepted");
        let admitted = connections.admit(socket).expect("admitted");
        connections.close_all();
        assert_eq!(client.read(&mut [0]).expect("the end"), 0);
        let other = admitted.socket.try_clone().expect("a socket");
        assert!(connections.admit(other).is_err());
    }
}
