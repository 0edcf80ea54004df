//! What goes wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use super::record::Seen;

/// What happens to a request instead of its plain answer.
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
    /// It is carried out, and the connection ends without an answer.
    ResetAfter,
    /// It is carried out and answered after this time.
    Delay(Duration),
    /// It is carried out, and the connection ends in the middle of the answer.
    Truncate,
}

/// Sees every request before it is carried out, and may choose its fault. It may block: no lock of
/// the emulator is held meanwhile.
pub type Hook = Arc<dyn Fn(&Seen) -> Option<Fault> + Send + Sync>;
