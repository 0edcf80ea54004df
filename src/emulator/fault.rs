//! What goes wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use super::record::Seen;
use super::shape::Shape;

/// What happens to a request instead of its plain answer.
///
/// A connection has two steps before its first request, to which faults that were written down can happen
/// as well: [`CONNECT`], the tunnel, and [`TLS`], the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not carried out, and answered with this.
    Answer {
        /// The status.
        status: u16,
        /// Headers beside those that every answer has; one of the same name replaces it.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// The connection ends before it is carried out.
    ResetBefore,
    /// The connection ends once its head was read, over the rest of it.
    ResetDuring,
    /// It is carried out, and the connection ends without an answer.
    ResetAfter,
    /// It is carried out and answered after this time.
    Delay(Duration),
    /// It is carried out, and the second half of the answer comes after this time.
    Pause(Duration),
    /// It is carried out, and the connection ends in the middle of the answer.
    Truncate,
    /// It is carried out, and answered in another shape.
    Shape(Shape),
}

/// Sees every request before it is carried out, and may choose its fault. It may block: no lock of
/// the emulator is held meanwhile.
pub type Hook = Arc<dyn Fn(&Seen) -> Option<Fault> + Send + Sync>;

/// The method by which a fault names the tunnel to a host.
pub const CONNECT: &str = "CONNECT";
/// The word by which a fault names the handshake with a host, in a method's place.
pub const TLS: &str = "TLS";
