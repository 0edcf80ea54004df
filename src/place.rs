//! Names in vaults, as `delete` and `recover` work on them.

use std::collections::BTreeSet;

use crate::azure::key_vault::KeyVault;
use crate::error::{Error, Result};
use crate::names::{SecretName, VaultUrl};
use crate::secretfile::{Secret, Secretfile, Target};
use crate::vaults::Vaults;

/// One name in one vault.
pub struct Place<'a> {
    /// The entry of a Secretfile that it belongs to, or did.
    pub entry: String,
    /// The template's field that is stored alone.
    pub field: Option<String>,
    /// The vault.
    pub vault: &'a KeyVault,
    /// The name in it.
    pub name: SecretName,
    /// Whether it is removed even if it is not ours; none: it never is.
    pub forced: Option<bool>,
}

/// The names that a command works on.
pub struct Places<'a> {
    /// Where they are; those of one entry are neighbours.
    pub places: Vec<Place<'a>>,
    /// The vaults that could not be listed.
    pub unread: Vec<(VaultUrl, Error)>,
}

/// The targets of the `secrets` (indices into the file) in the vaults of `limit`, in the file's order.
pub fn of_entries<'a>(
    file: &Secretfile,
    vaults: &'a Vaults,
    secrets: &[usize],
    limit: Option<&BTreeSet<String>>,
    forced: &[String],
) -> Result<Vec<Place<'a>>> {
    let targets = secrets.iter().flat_map(|&index| {
        let secret = &file.secrets[index];
        secret.targets.iter().map(move |target| (secret, target))
    });
    targets
        .filter(|(_, target)| limit.is_none_or(|limit| limit.contains(target.vault.host())))
        .map(|(secret, target)| of_target(vaults, secret, target, forced))
        .collect()
}

fn of_target<'a>(
    vaults: &'a Vaults,
    secret: &Secret,
    target: &Target,
    forced: &[String],
) -> Result<Place<'a>> {
    Ok(Place {
        entry: secret.name.clone(),
        field: target.field.clone(),
        vault: vaults.of(target)?,
        name: target.name.clone(),
        forced: Some(forced.contains(&secret.name)),
    })
}
