//! Looks at every target before anything is written. Reads metadata, and a value only where a caller
//! may GET but not list.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::azure::key_vault::{Deleted, KeyVault, NextPage, Page, Properties};
use crate::azure::{Answer, Code, Failure};
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::names::SecretName;
use crate::observation::{Found, Newest, Observation, needs_versions, newest};
use crate::secretfile::{Secretfile, Target};
use crate::vaults::Vaults;
use crate::work;

/// One observation per target, in the order of the secrets and their targets.
pub type Observations = Vec<Vec<Observation>>;

/// Observes the targets of the `secrets` (indices into the file) by lists first.
pub fn observe(
    file: &Secretfile,
    vaults: &Vaults,
    secrets: &[usize],
    parallel: usize,
) -> Observations {
    let groups = by_vault(file, vaults, secrets);
    let lists = work::each(&groups, parallel, |group| list(group, parallel));
    let asks: Vec<Ask<'_>> = groups
        .iter()
        .zip(&lists)
        .flat_map(|(group, listed)| {
            group.targets.iter().map(move |t| Ask { group, listed, target: t })
        })
        .collect();
    let vault = |ask: &Ask<'_>| ask.group.vault.url().clone();
    let found = work::in_lanes(&asks, parallel, vault, |_| true, |ask| ask.answer(file));
    let mut by_place: BTreeMap<(usize, usize), Observation> =
        asks.iter().zip(found).map(|(ask, seen)| (ask.target.place, seen)).collect();
    secrets.iter().map(|&secret| row(file, secret, &mut by_place)).collect()
}

/// Observes one secret's targets again, by name.
pub fn observe_secret(file: &Secretfile, vaults: &Vaults, secret: usize) -> Vec<Observation> {
    work::each(&file.secrets[secret].targets, AT_ONCE, |target| {
        let found = match vaults.of(target) {
            Ok(vault) => by_name(vault, &target.name),
            Err(error) => Found::Failed(error),
        };
        Observation::judge(file, target, found)
    })
}

fn row(
    file: &Secretfile,
    secret: usize,
    found: &mut BTreeMap<(usize, usize), Observation>,
) -> Vec<Observation> {
    let targets = &file.secrets[secret].targets;
    let missing = || Found::Failed(Error::internal("a target was not observed"));
    (0..targets.len())
        .map(|target| {
            found
                .remove(&(secret, target))
                .unwrap_or_else(|| Observation::judge(file, &targets[target], missing()))
        })
        .collect()
}

/// The targets in one vault that one client reaches.
struct Group<'a> {
    vault: &'a KeyVault,
    targets: Vec<Place<'a>>,
}

/// A target and its indices.
struct Place<'a> {
    place: (usize, usize),
    target: &'a Target,
}

fn by_vault<'a>(file: &'a Secretfile, vaults: &'a Vaults, secrets: &[usize]) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<(usize, &str), Group<'a>> = BTreeMap::new();
    for &secret in secrets {
        for (index, target) in file.secrets[secret].targets.iter().enumerate() {
            let Ok(vault) = vaults.of(target) else {
                continue;
            };
            groups
                .entry((target.provider, target.vault.host()))
                .or_insert_with(|| Group { vault, targets: Vec::new() })
                .targets
                .push(Place { place: (secret, index), target });
        }
    }
    let mut groups: Vec<Group<'a>> = groups.into_values().collect();
    // What has the longest lists takes the longest, and begins.
    groups.sort_by_key(|group| Reverse(group.targets.len()));
    groups
}

/// What the lists of one vault said.
struct Listed {
    live: Answer<Listing<Properties>>,
    deleted: Answer<Listing<Deleted>>,
}

/// What some pages of a list said.
struct Listing<T> {
    found: BTreeMap<String, T>,
    /// Whether every page was read, so that a name that was not found is not there.
    complete: bool,
}

/// Reads the lists of live and, where names are left, of deleted secrets.
fn list(group: &Group<'_>, parallel: usize) -> Listed {
    let vault = group.vault;
    let mut wanted: BTreeSet<String> = group.targets.iter().map(|t| t.target.name.key()).collect();
    // More pages than that, and looking the names up by that many threads is quicker.
    let most = wanted.len() / parallel.max(1);
    let live = pages(|next| vault.list(next), |item| item.name.key(), &wanted, most);
    if let Ok(live) = &live {
        wanted.retain(|name| !live.found.contains_key(name));
    }
    let none_left = || Listing { found: BTreeMap::new(), complete: true };
    let is_readable = live.as_ref().map_or_else(|failure| failure.code == Code::Rights, |_| true);
    let deleted = if wanted.is_empty() || !is_readable {
        Ok(none_left())
    } else {
        let name = |item: &Deleted| item.properties.name.key();
        pages(|next| vault.list_deleted(next), name, &wanted, most)
    };
    Listed { live, deleted }
}

/// Reads pages until every name is found, the list ends, or more than `most` pages were read.
fn pages<T>(
    fetch: impl Fn(Option<&NextPage>) -> Answer<Page<T>>,
    name: impl Fn(&T) -> String,
    wanted: &BTreeSet<String>,
    most: usize,
) -> Answer<Listing<T>> {
    let mut found = BTreeMap::new();
    let mut next = None;
    for read in 1.. {
        let page = fetch(next.as_ref())?;
        let items = page.items.into_iter().map(|item| (name(&item), item));
        found.extend(items.filter(|(name, _)| wanted.contains(name)));
        next = page.next;
        if next.is_none() || found.len() == wanted.len() || read > most {
            break;
        }
    }
    Ok(Listing { found, complete: next.is_none() })
}

/// One target, with what the lists of its vault said.
struct Ask<'a> {
    group: &'a Group<'a>,
    listed: &'a Listed,
    target: &'a Place<'a>,
}

impl Ask<'_> {
    fn answer(&self, file: &Secretfile) -> Observation {
        let target = self.target.target;
        Observation::judge(file, target, self.find(file))
    }

    fn find(&self, file: &Secretfile) -> Found {
        let vault = self.group.vault;
        let target = self.target.target;
        let name = &target.name;
        match &self.listed.live {
            Ok(live) => match live.found.get(&name.key()) {
                Some(current) if needs_versions(file, target, current) => {
                    with_versions(vault, name, current)
                }
                Some(current) => {
                    Found::Live { current: Box::new(current.clone()), versions: Vec::new() }
                }
                None if live.complete => self.find_deleted(),
                None => by_name(vault, name),
            },
            // A role on single secrets lists their versions, and not the vault.
            Err(failure) if failure.code == Code::Rights => by_name(vault, name),
            Err(failure) => Found::Failed(failure.error.clone()),
        }
    }

    fn find_deleted(&self) -> Found {
        let name = &self.target.target.name;
        match &self.listed.deleted {
            Ok(deleted) => match deleted.found.get(&name.key()) {
                Some(deleted) => Found::Deleted(Box::new(deleted.clone())),
                None if deleted.complete => Found::Absent,
                None => deleted_by_name(self.group.vault, name),
            },
            Err(_) => deleted_by_name(self.group.vault, name),
        }
    }
}

/// A current version from a list, with the older ones beside it.
fn with_versions(vault: &KeyVault, name: &SecretName, current: &Properties) -> Found {
    match vault.versions(name) {
        Ok(versions) => Found::Live { current: Box::new(current.clone()), versions },
        Err(failure) => Found::Failed(failure.error),
    }
}

/// Looks one name up by its versions.
pub fn by_name(vault: &KeyVault, name: &SecretName) -> Found {
    match vault.versions(name) {
        Ok(versions) => match newest(&versions) {
            Newest::None => deleted_by_name(vault, name),
            Newest::One(current) => {
                Found::Live { current: Box::new(current.clone()), versions: versions.clone() }
            }
            Newest::Tie => decide_tie(vault, name, versions),
        },
        // Azure answers an unknown name with an empty list, so that a 404 alone proves nothing.
        Err(failure) if matches!(failure.code, Code::Rights | Code::NotFound) => {
            by_get(vault, name, failure)
        }
        Err(failure) => Found::Failed(failure.error),
    }
}

/// Versions made in the same second: only GET by name tells the current one.
fn decide_tie(vault: &KeyVault, name: &SecretName, versions: Vec<Properties>) -> Found {
    match vault.get(name, None) {
        Ok(bundle) => Found::Live { current: Box::new(bundle.properties), versions },
        Err(failure) if failure.code == Code::Disabled => Found::Hidden,
        Err(failure) => Found::Failed(undecided(vault, name, failure)),
    }
}

fn undecided(vault: &KeyVault, name: &SecretName, failure: Failure) -> Error {
    let what = "its two newest versions were made in the same second, and which one is current \
                could not be read";
    Error::of(ErrorCode::AccessDenied, what)
        .at(format!("{}/{name}", vault.url().name()))
        .help(format!("allow this identity to get secrets ({})", failure.error.what))
}

/// For a caller who may get and not list. Who may do neither is told of the lesser right: `listing` is
/// how the list failed.
fn by_get(vault: &KeyVault, name: &SecretName, listing: Failure) -> Found {
    match vault.get(name, None) {
        Ok(bundle) => Found::Live { current: Box::new(bundle.properties), versions: Vec::new() },
        Err(failure) => match failure.code {
            Code::NotFound => deleted_by_name(vault, name),
            Code::Disabled => Found::Hidden,
            Code::Rights if listing.code == Code::Rights => Found::Failed(listing.error),
            _ => Found::Failed(failure.error),
        },
    }
}

/// Whether a name that is not there is soft-deleted. Who may not see that is told by the vault when
/// the name is written.
fn deleted_by_name(vault: &KeyVault, name: &SecretName) -> Found {
    match vault.get_deleted(name) {
        Ok(deleted) => Found::Deleted(Box::new(deleted)),
        Err(failure) => match failure.code {
            // A vault without soft delete does not know deleted names.
            Code::NotFound | Code::Unsupported => Found::Absent,
            Code::Rights => deleted_by_list(vault, name),
            _ => Found::Failed(failure.error),
        },
    }
}

fn deleted_by_list(vault: &KeyVault, name: &SecretName) -> Found {
    let wanted = BTreeSet::from([name.key()]);
    let key = |item: &Deleted| item.properties.name.key();
    match pages(|next| vault.list_deleted(next), key, &wanted, MAX_PAGES) {
        Ok(mut listing) => match listing.found.remove(&name.key()) {
            Some(deleted) => Found::Deleted(Box::new(deleted)),
            None if listing.complete => Found::Absent,
            None => Found::Failed(endless(vault)),
        },
        Err(failure)
            if matches!(failure.code, Code::Rights | Code::NotFound | Code::Unsupported) =>
        {
            Found::Absent
        }
        Err(failure) => Found::Failed(failure.error),
    }
}

fn endless(vault: &KeyVault) -> Error {
    let what = format!("its list of deleted secrets has more than {MAX_PAGES} pages");
    Error::of(ErrorCode::OddAnswer, what).at(vault.url().name())
}

/// How many targets of one secret are looked at at once; as many secrets as `--parallel` says may do so.
const AT_ONCE: usize = 4;
/// A list that has more pages of 25 is taken for one without an end.
const MAX_PAGES: usize = 4_000;
