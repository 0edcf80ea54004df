//! The terminal of a person who watches, for what must be said to them at once.

use std::fmt;
use std::sync::Arc;

/// Says things to a person from any thread, beside reports and progress.
#[derive(Clone)]
pub struct Terminal(Arc<dyn Fn(&str) + Send + Sync>);

impl Terminal {
    /// A terminal, by what writes to it.
    pub fn new(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// Writes lines of text that must be harmless already; each gets its end.
    pub fn say(&self, text: &str) {
        (self.0)(&format!("{text}\n"));
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terminal")
    }
}
