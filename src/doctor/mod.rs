//! Looks at everything between a job and its vaults, and says what is wrong and what mends it.
//!
//! [`ask`] collects facts and decides nothing, [`probe`] tries every right on one name of its own where that is
//! wanted, [`judge`] makes findings of the facts and asks nobody. [`grants`] says which rights the file needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::Clock;
use crate::env::Env;
use crate::http::Http;
use crate::names::VaultUrl;
use crate::neutral;
use crate::report::doctor::{Check, Grant, Identity, State, VaultFindings};
use crate::secretfile::{Secret, Secretfile, Target};
use crate::vaults::Vaults;
use crate::work;

mod ask;
mod assignee;
mod facts;
mod grants;
mod judge;
mod needs;
mod probe;
mod rights;
#[cfg(test)]
mod tests;

use assignee::Assignee;

/// What one provider has in one vault.
pub struct Place<'a> {
    /// Index into the file's providers.
    provider: usize,
    /// The provider's name.
    provider_name: &'a str,
    /// The vault.
    vault: &'a VaultUrl,
    /// The targets there; one at least.
    targets: Vec<(&'a Secret, &'a Target)>,
}

impl<'a> Place<'a> {
    /// Every vault and provider of these secrets; `only` limits the vaults by their hosts.
    pub fn all(
        file: &'a Secretfile,
        secrets: &[usize],
        only: Option<&BTreeSet<String>>,
    ) -> Vec<Self> {
        let mut places: BTreeMap<(&VaultUrl, usize), Self> = BTreeMap::new();
        let secrets = secrets.iter().filter_map(|&index| file.secrets.get(index));
        let targets = secrets.flat_map(|secret| secret.targets.iter().map(move |t| (secret, t)));
        for (secret, target) in targets {
            let (provider, vault) = (target.provider, &target.vault);
            let Some(about) = file.providers.get(provider) else { continue };
            if only.is_some_and(|only| !only.contains(vault.host())) {
                continue;
            }
            let place = places.entry((vault, provider)).or_insert_with(|| Self {
                provider,
                provider_name: &about.name,
                vault,
                targets: Vec::new(),
            });
            place.targets.push((secret, target));
        }
        places.into_values().collect()
    }
}

/// How vaults are looked at.
pub struct Visit<'a> {
    /// Waits.
    pub clock: &'a Clock,
    /// Trusts the built-in authorities alone, where the job adds others.
    pub plain: Option<Arc<Http>>,
    /// Whether rights are tried.
    pub probes: bool,
}

impl Visit<'_> {
    /// Looks at every place.
    pub fn each(
        &self,
        places: &[Place<'_>],
        vaults: &Vaults,
        parallel: usize,
    ) -> Vec<VaultFindings> {
        let found = work::each(places, parallel, |place| self.one(place, vaults));
        found.into_iter().flatten().collect()
    }

    fn one(&self, place: &Place<'_>, vaults: &Vaults) -> Option<VaultFindings> {
        let is_it =
            |provider: usize, host: &str| provider == place.provider && host == place.vault.host();
        let (_, vault) =
            vaults.by_provider().find(|(provider, vault)| is_it(*provider, vault.url().host()))?;
        let facts = ask::facts(self, place, vault);
        Some(VaultFindings {
            vault: place.vault.host().to_owned(),
            provider: neutral::line(place.provider_name),
            identity: facts.identity(),
            findings: judge::findings(place, &facts),
        })
    }
}

/// The least rights, where they were asked for, or where something about identity or rights failed.
pub fn roles(
    file: &Secretfile,
    places: &[Place<'_>],
    found: &[VaultFindings],
    env: &Env,
    is_asked: bool,
) -> Vec<Grant> {
    let of = |place: &Place<'_>| {
        let at = found.iter().find(|found| {
            found.vault == place.vault.host()
                && found.provider == neutral::line(place.provider_name)
        });
        (is_asked || at.is_some_and(lacks_rights)).then(|| {
            let known =
                at.and_then(|found| found.identity.as_ref()).and_then(Assignee::of_identity);
            let told = || Assignee::told(&file.providers[place.provider].auth, env);
            grants::grant(place, &known.unwrap_or_else(told))
        })
    };
    places.iter().filter_map(of).collect()
}

fn lacks_rights(found: &VaultFindings) -> bool {
    let rights = |check: Check| check == Check::SignIn || check >= Check::List;
    found.findings.iter().any(|finding| {
        finding.state == State::Failed
            && rights(finding.check)
            && finding.check != Check::DeletedNames
    })
}

impl facts::Facts {
    /// Who we are, where a token said so.
    fn identity(&self) -> Option<Identity> {
        let caller = self.caller.as_ref()?.as_ref().ok()?.clone();
        let (application, object, tenant) = (caller.application, caller.object, caller.tenant);
        object.as_ref().or(application.as_ref())?;
        Some(Identity { application, object, tenant, is_person: caller.is_person })
    }
}
