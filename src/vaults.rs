//! The vaults that a Secretfile names, each with the client that reaches it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::azure::credential::TokenSource;
use crate::azure::key_vault::KeyVault;
use crate::error::{Error, Result};
use crate::http::Http;
use crate::names::VaultUrl;
use crate::secretfile::{Secretfile, Target};

/// A client per provider and vault, since two providers may reach one vault.
pub struct Vaults(BTreeMap<(usize, VaultUrl), KeyVault>);

impl Vaults {
    /// Makes the clients; `sign_in` gives a provider's tokens in a vault's cloud.
    pub fn new(
        file: &Secretfile,
        http: &Arc<Http>,
        mut sign_in: impl FnMut(usize, &VaultUrl) -> Result<Arc<TokenSource>>,
    ) -> Result<Self> {
        let mut clients = BTreeMap::new();
        for target in file.secrets.iter().flat_map(|secret| &secret.targets) {
            let key = (target.provider, target.vault.clone());
            if let std::collections::btree_map::Entry::Vacant(place) = clients.entry(key) {
                let tokens = sign_in(target.provider, &target.vault)?;
                place.insert(KeyVault::new(http.clone(), target.vault.clone(), tokens));
            }
        }
        Ok(Self(clients))
    }

    /// The client for a target's vault.
    pub fn of(&self, target: &Target) -> Result<&KeyVault> {
        self.0
            .get(&(target.provider, target.vault.clone()))
            .ok_or_else(|| Error::internal("a target has no client").at(target.to_string()))
    }

    /// Every vault once, by the first of the providers that reach it.
    pub fn each(&self) -> impl Iterator<Item = &KeyVault> {
        let first: BTreeMap<&VaultUrl, &KeyVault> =
            self.0.iter().rev().map(|((_, url), client)| (url, client)).collect();
        first.into_values()
    }

    /// The services' time: the latest that any vault named.
    pub fn now(&self, otherwise: Timestamp) -> Timestamp {
        self.0.values().map(KeyVault::now).max().unwrap_or(otherwise)
    }
}
