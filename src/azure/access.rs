//! Patience with a role assignment that a vault has not seen yet.

use std::sync::OnceLock;
use std::time::Duration;

use super::failure::Failure;
use crate::clock::Clock;

/// How long a refused call is asked again; shared by all vaults of a run.
#[derive(Debug)]
pub struct Access {
    clock: Clock,
    /// From the first refusal on; none: not at all.
    limit: Option<Duration>,
    /// By the clock; unset before the first refusal.
    ends: OnceLock<Duration>,
}

impl Access {
    /// Waits by this clock, that long in all.
    pub fn new(clock: Clock, limit: Option<Duration>) -> Self {
        Self { clock, limit, ends: OnceLock::new() }
    }

    /// Waits before a call is asked again; false: it stays refused. The first one says what is waited for.
    pub fn waits(&self, vault: &str) -> bool {
        let Some(limit) = self.limit else { return false };
        let ends = *self.ends.get_or_init(|| {
            let seconds = limit.as_secs();
            log::warn!("{vault} sees no role assignment yet; waiting for one, up to {seconds} s");
            self.clock.elapsed() + limit
        });
        let left = ends.saturating_sub(self.clock.elapsed());
        if left.is_zero() {
            return false;
        }
        self.clock.wait(AGAIN.min(left));
        true
    }

    /// Says of a refusal that it was waited for.
    pub fn gave_up(&self, mut failure: Failure) -> Failure {
        if let Some(limit) = self.limit {
            let seconds = limit.as_secs();
            failure.error.what += &format!("; no role assignment was seen within {seconds} s");
        }
        failure
    }
}

/// How long to wait before asking again. An assignment takes up to ten minutes.
const AGAIN: Duration = Duration::from_secs(10);
