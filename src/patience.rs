//! Waits for a name that a vault is busy with, for a bounded time, and says for what.

use std::time::Duration;

use log::Level;

use crate::azure::key_vault::KeyVault;
use crate::azure::{Answer, Code, Failure};
use crate::clock::Clock;
use crate::error::Result;
use crate::names::SecretName;

/// Asks until the answer is another than `is_pending`, or patience is over.
pub fn patiently<T>(
    clock: &Clock,
    purpose: &Purpose,
    mut ask: impl FnMut() -> Answer<T>,
    is_pending: impl Fn(&Failure) -> bool,
) -> Answer<T> {
    let mut wait = Wait::new(clock);
    loop {
        match ask() {
            Err(failure) if is_pending(&failure) => {
                if !wait.once(purpose, &failure) {
                    return Err(wait.given_up(failure));
                }
            }
            answer => return answer,
        }
    }
}

/// What somebody waits for to do something.
pub struct Purpose {
    /// What is to be done.
    to: &'static str,
    place: String,
}

impl Purpose {
    /// To do that to a name.
    pub fn new(to: &'static str, vault: &KeyVault, name: &SecretName) -> Self {
        Self { to, place: place(vault, name) }
    }
}

/// Waits that grow, up to a bound.
pub struct Wait<'a> {
    clock: &'a Clock,
    next: Duration,
    left: Duration,
}

impl<'a> Wait<'a> {
    /// The first wait is a quarter of a second.
    pub fn new(clock: &'a Clock) -> Self {
        Self { clock, next: Duration::from_millis(250), left: PATIENCE }
    }

    /// Waits, or fails with what it waited for.
    pub fn or_else(&mut self, purpose: &Purpose, failure: Failure) -> Result<()> {
        if self.once(purpose, &failure) { Ok(()) } else { Err(self.given_up(failure).error) }
    }

    /// Waits, and says for what once it takes longer than a moment; false once patience is over.
    fn once(&mut self, purpose: &Purpose, failure: &Failure) -> bool {
        if self.left < self.next {
            return false;
        }
        if self.next == TOLD {
            let (Purpose { to, place }, bound) = (purpose, PATIENCE.as_secs());
            let state = state(failure.code);
            // That the vault takes its time is no surprise; that somebody else works there is one.
            let level = if is_missing(failure) { Level::Info } else { Level::Warn };
            log::log!(level, "{place}: {state}; waiting to {to}, up to {bound} s");
        }
        self.clock.wait(self.next);
        self.left -= self.next;
        self.next = (self.next * 2).min(LONGEST);
        true
    }

    /// Says of a failure how long it was waited out.
    fn given_up(&self, mut failure: Failure) -> Failure {
        let waited = PATIENCE.saturating_sub(self.left).as_secs();
        failure.error.what += &format!("; given up after {waited} s");
        failure
    }
}

/// What a name is in that is waited for.
fn state(code: Code) -> &'static str {
    match code {
        Code::BeingDeleted => "it is being deleted or purged",
        Code::BeingRecovered => "it is being recovered",
        Code::NotFound => "the vault does not show it yet",
        _ => "another request works on it",
    }
}

/// Whether the name is deleting, purging or recovering, so that a later try may succeed.
pub fn is_moving(failure: &Failure) -> bool {
    matches!(failure.code, Code::BeingDeleted | Code::BeingRecovered)
}

/// The same, or another request works on the name, which the service says without an inner code.
pub fn is_busy(failure: &Failure) -> bool {
    is_moving(failure) || failure.code == Code::Conflict
}

/// Whether the vault does not show the name.
pub fn is_missing(failure: &Failure) -> bool {
    failure.code == Code::NotFound
}

/// `vault/name`.
pub fn place(vault: &KeyVault, name: &SecretName) -> String {
    format!("{}/{name}", vault.url().name())
}

/// How long a deleting, recovering or purging name is waited for; minutes have been seen.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// The wait at which it is said what is waited for: a second or two have gone by.
const TOLD: Duration = Duration::from_secs(2);
/// The longest of the waits.
const LONGEST: Duration = Duration::from_secs(8);
