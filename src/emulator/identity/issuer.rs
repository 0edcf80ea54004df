//! Makes the tokens of a host's identities.

use std::sync::Mutex;

use jiff::Timestamp;

use super::Assigned;
use crate::emulator::entra::{Mint, claims};
use crate::emulator::lock::lock;
use crate::emulator::record::Record;

/// What an endpoint needs to issue tokens that the vaults take.
pub struct Issuer<'a> {
    /// Signs them.
    pub(in crate::emulator) mint: &'a Mint,
    /// Keeps them for tests.
    pub(in crate::emulator) record: &'a Mutex<Record>,
    /// The tenant of the host.
    pub(in crate::emulator) tenant: &'a str,
    /// The service's time.
    pub(in crate::emulator) now: Timestamp,
}

impl Issuer<'_> {
    /// A token of an identity for a resource; none if it cannot be signed.
    pub fn token(&self, identity: &Assigned, resource: &str) -> Option<String> {
        let now = self.now.as_second();
        let claims = claims(resource, &identity.client, self.tenant, now, LIFE);
        let token = self.mint.issue(&claims).ok()?;
        lock(self.record).token(token.clone());
        Some(token)
    }

    /// When a token that is issued now ends; seconds since 1970.
    pub fn ends(&self) -> i64 {
        self.now.as_second().saturating_add(LIFE)
    }
}

/// A day, as such tokens live; seconds.
pub const LIFE: i64 = 86_400;
