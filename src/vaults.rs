//! The vaults that a Secretfile names, each with the client that reaches it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::azure::access::Access;
use crate::azure::credential::TokenSource;
use crate::azure::key_vault::KeyVault;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::http::Http;
use crate::names::VaultUrl;
use crate::secretfile::{Secret, Secretfile, Target};

/// A client per provider and vault, since two providers may reach one vault.
pub struct Vaults(BTreeMap<(usize, VaultUrl), KeyVault>);

impl Vaults {
    /// Makes the clients; `sign_in` gives a provider's tokens in a vault's cloud.
    pub fn new(
        file: &Secretfile,
        http: &Arc<Http>,
        access: &Arc<Access>,
        mut sign_in: impl FnMut(usize, &VaultUrl) -> Result<Arc<TokenSource>>,
    ) -> Result<Self> {
        let mut clients: BTreeMap<(usize, VaultUrl), KeyVault> = BTreeMap::new();
        for target in file.secrets.iter().flat_map(|secret| &secret.targets) {
            let key = (target.provider, target.vault.clone());
            if !clients.contains_key(&key) {
                let tokens = sign_in(target.provider, &target.vault)?;
                let vault = target.vault.clone();
                let client = KeyVault::new(http.clone(), vault, tokens, access.clone());
                // The service counts what all of a vault's clients ask.
                let other = clients.values().find(|other| other.url() == &target.vault);
                let client = client.beside(other);
                clients.insert(key, client);
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

    /// Every client, with its provider's index.
    pub fn by_provider(&self) -> impl Iterator<Item = (usize, &KeyVault)> {
        self.0.iter().map(|((provider, _), client)| (*provider, client))
    }

    /// Every vault once, by the first of the providers that reach it.
    pub fn each(&self) -> impl Iterator<Item = &KeyVault> {
        let first: BTreeMap<&VaultUrl, &KeyVault> =
            self.0.iter().rev().map(|((_, url), client)| (url, client)).collect();
        first.into_values()
    }

    /// The services' time for one secret: the earliest that one of its vaults named. A vault whose
    /// clock is wrong makes no other vault's secret due.
    pub fn now(&self, targets: &[Target], otherwise: Timestamp) -> Timestamp {
        self.times(targets).map(|(time, _)| time).min().unwrap_or(otherwise)
    }

    /// Refuses what depends on the time where a secret's vaults disagree on it: which of them is right
    /// cannot be told, and a wrong one would make the secret due.
    pub fn agree_on_time(&self, secret: &Secret) -> Result<()> {
        // Each vault is read once: the time goes on, and may come from another answer meanwhile.
        let times: BTreeMap<&VaultUrl, Timestamp> =
            self.times(&secret.targets).map(|(time, vault)| (vault, time)).collect();
        let earliest = times.iter().min_by_key(|(_, time)| **time);
        let latest = times.iter().max_by_key(|(_, time)| **time);
        match (earliest, latest) {
            (Some((one, first)), Some((other, last)))
                if last.duration_since(*first) > MOST_APART =>
            {
                Err(apart(secret, (*first, one), (*last, other)))
            }
            _ => Ok(()),
        }
    }

    /// What those vaults told that answered.
    fn times<'a>(
        &'a self,
        targets: &'a [Target],
    ) -> impl Iterator<Item = (Timestamp, &'a VaultUrl)> {
        let vaults = targets.iter().filter_map(|target| self.of(target).ok());
        vaults.filter_map(|vault| Some((vault.told_now()?, vault.url())))
    }
}

fn apart(secret: &Secret, first: (Timestamp, &VaultUrl), last: (Timestamp, &VaultUrl)) -> Error {
    let [one, other] =
        [first, last].map(|(time, vault)| format!("{} says {time:.0}", vault.name()));
    let what = format!("the clocks of its vaults disagree: {one}, {other}");
    let help = "nothing is written meanwhile; check what stands between here and the vaults, such as \
                a proxy that keeps old answers, and run again";
    Error::of(ErrorCode::ClocksApart, what).at(&secret.name).help(help)
}

/// How far the clocks of one secret's vaults may be apart.
const MOST_APART: SignedDuration = SignedDuration::from_mins(5);
