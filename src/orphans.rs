//! What this file's scope owns in its vaults, although the file no longer names it.

use std::collections::BTreeSet;

use crate::azure::Answer;
use crate::azure::key_vault::{KeyVault, NextPage, Page, Properties};
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::names::VaultUrl;
use crate::ownership::Extent;
use crate::place::{Place, Places};
use crate::secretfile::Secretfile;
use crate::state::{MANAGED_BY, MANAGED_BY_TAG, OWNER_TAG};
use crate::vaults::Vaults;
use crate::work;

/// Without a scope, another file's secrets cannot be told from this one's.
pub fn check_scope(file: &Secretfile) -> Result<()> {
    if file.scope.is_some() {
        return Ok(());
    }
    let what =
        "the file has no scope, so that its orphans cannot be told from another file's secrets";
    Err(Error::usage(what)
        .at(&file.path)
        .help("set `metadata.scope`, or `metadata.project`, and run `sync` before the entries go"))
}

/// Lists the vaults of `limit`. What is soft-deleted already counts only where it is to be purged.
pub fn find<'a>(
    file: &Secretfile,
    vaults: &'a Vaults,
    limit: Option<&BTreeSet<String>>,
    extent: Extent,
    parallel: usize,
) -> Places<'a> {
    let vaults: Vec<&KeyVault> = vaults
        .each()
        .filter(|vault| limit.is_none_or(|limit| limit.contains(vault.url().host())))
        .collect();
    let found = work::each(&vaults, parallel, |vault| of_vault(file, vault, extent));
    let mut orphans = Places { places: Vec::new(), unread: Vec::new() };
    for (vault, found) in vaults.iter().zip(found) {
        match found {
            Ok(places) => orphans.places.extend(places),
            Err(error) => orphans.unread.push((vault.url().clone(), error)),
        }
    }
    // The sort is stable: the vaults keep their order within an entry.
    orphans.places.sort_by(|a, b| a.entry.cmp(&b.entry));
    orphans
}

fn of_vault<'a>(file: &Secretfile, vault: &'a KeyVault, extent: Extent) -> Result<Vec<Place<'a>>> {
    let mut listed = all(vault, |next| vault.list(next))?;
    if extent == Extent::Purge {
        let deleted = all(vault, |next| vault.list_deleted(next))?;
        listed.extend(deleted.into_iter().map(|deleted| deleted.properties));
    }
    let named = named(file, vault.url());
    let orphan = |item: Properties| {
        let entry = orphaned_entry(file, &named, &item)?;
        Some(Place { entry, field: None, vault, name: item.name, forced: None })
    };
    Ok(listed.into_iter().filter_map(orphan).collect())
}

/// The names in the vault that are targets of the file.
fn named(file: &Secretfile, vault: &VaultUrl) -> BTreeSet<String> {
    let targets = file.secrets.iter().flat_map(|secret| &secret.targets);
    targets.filter(|target| target.vault == *vault).map(|target| target.name.key()).collect()
}

/// The entry that the name was written for, where it is an orphan of this very scope. What the file
/// owned under a former scope may be another file's today.
fn orphaned_entry(
    file: &Secretfile,
    named: &BTreeSet<String>,
    item: &Properties,
) -> Option<String> {
    let tags = item.tags.as_ref()?;
    let (scope, entry) = tags.get(OWNER_TAG)?.rsplit_once('/')?;
    let is_ours = file.scope.as_deref() == Some(scope)
        && tags.get(MANAGED_BY_TAG).is_some_and(|by| by == MANAGED_BY);
    (is_ours && !item.managed && !named.contains(&item.name.key())).then(|| entry.to_owned())
}

/// Every page of a list.
fn all<T>(
    vault: &KeyVault,
    fetch: impl Fn(Option<&NextPage>) -> Answer<Page<T>>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    let mut next = None;
    for _ in 0..MAX_PAGES {
        let page = fetch(next.as_ref()).map_err(|failure| failure.error)?;
        items.extend(page.items);
        next = page.next;
        if next.is_none() {
            return Ok(items);
        }
    }
    let what = format!("its list of secrets has more than {MAX_PAGES} pages");
    Err(Error::of(ErrorCode::OddAnswer, what).at(vault.url().name()))
}

/// A list that has more pages of 25 is taken for one without an end.
const MAX_PAGES: usize = 4_000;
