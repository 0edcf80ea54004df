//! What the vaults hold, read by a few plain rules of the test's own.

use std::fmt;

use secretzero::emulator::StoredVersion;

use super::secretfile::name;
use super::tale::{Entry, Start};
use super::world::Stage;

/// Every target of every secret, by the secrets' and their targets' places.
pub type Picture = Vec<Vec<Seen>>;

/// One target.
#[derive(Clone, PartialEq)]
pub struct Seen {
    pub is_live: bool,
    /// Oldest first; also of a deleted name.
    pub versions: Vec<StoredVersion>,
}

/// What stands under a name; of a deleted one, what it will be when it is back.
#[derive(Clone, Debug, PartialEq)]
pub enum Is {
    Missing,
    /// A certificate's, another owner's, or disabled: nobody may touch it.
    Sealed,
    /// Somebody wrote over ours.
    Changed,
    Existing,
    /// Of this generation.
    Ours(State),
}

/// The parts of a state tag that count here.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub generation: String,
    pub rotated: jiff::Timestamp,
    pub born: jiff::Timestamp,
}

impl Stage<'_> {
    pub fn look(&self) -> Picture {
        let control = self.control();
        let seen = |secret: usize, host: &String| Seen {
            is_live: control.is_live(host, &name(secret)),
            versions: control.versions(host, &name(secret)),
        };
        let secrets = self.tale.secrets.iter().enumerate();
        secrets
            .map(|(secret, entry)| {
                let hosts = self.hosts.iter().take(entry.targets.len());
                hosts.map(|host| seen(secret, host)).collect()
            })
            .collect()
    }
}

impl Seen {
    pub fn is(&self, entry: &Entry, target: usize) -> Is {
        let Some(current) = self.versions.last() else { return Is::Missing };
        let is_sealed = matches!(entry.targets[target].start, Start::Managed)
            || is_foreign(current)
            || !current.enabled;
        if is_sealed {
            return Is::Sealed;
        }
        match State::of(current) {
            Some(state) if is_ours(current) => Is::Ours(state),
            Some(_) => Is::Changed,
            None if self.versions.iter().any(is_ours) => Is::Changed,
            None => Is::Existing,
        }
    }

    /// Our newest version behind the current one, if it can be read.
    pub fn older(&self) -> Option<(State, &str)> {
        let (_, older) = self.versions.split_last()?;
        older
            .iter()
            .filter(|version| is_ours(version) && version.enabled)
            .filter_map(|version| Some((State::of(version)?, version.value.as_str())))
            .max_by(|a, b| a.0.generation.cmp(&b.0.generation))
    }

    pub fn is_foreign(&self) -> bool {
        self.versions.last().is_some_and(is_foreign)
    }

    pub fn is_deleted(&self) -> bool {
        !self.is_live && !self.versions.is_empty()
    }

    pub fn ids(&self) -> Vec<&str> {
        self.versions.iter().map(|version| version.id.as_str()).collect()
    }

    pub fn value(&self) -> Option<&str> {
        self.versions.last().map(|version| version.value.as_str())
    }
}

impl State {
    pub fn of(version: &StoredVersion) -> Option<Self> {
        let tag = version.tags.get("secretzero-state")?;
        let mut parts = tag.split(';').skip(1);
        let generation = parts.next()?.to_owned();
        let mut time = || parts.next()?.parse().ok();
        Some(Self { generation, rotated: time()?, born: time()? })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1;{};{};{};-", self.generation, self.rotated, self.born)
    }
}

/// Whether we wrote the version.
pub fn is_ours(version: &StoredVersion) -> bool {
    let Some(state) = State::of(version) else { return false };
    let late = version.created.as_second() - state.born.as_second();
    !is_foreign(version) && version.tags.contains_key("secretzero") && (-5..=300).contains(&late)
}

fn is_foreign(version: &StoredVersion) -> bool {
    let tag = |key: &str| version.tags.get(key).map(String::as_str);
    tag("ManagedBy").is_some_and(|by| by != "secretzero")
        || tag("secretzero").is_some_and(|owner| owner.contains('/'))
}

/// A story for people: values here are no secrets.
impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let life = match (self.versions.is_empty(), self.is_live) {
            (true, _) => "missing",
            (_, true) => "live",
            (_, false) => "deleted",
        };
        write!(f, "{life}")?;
        for version in &self.versions {
            let state = version.tags.get("secretzero-state").map_or("", String::as_str);
            let (value, created) = (&version.value, version.created);
            let off = if version.enabled { "" } else { " disabled" };
            write!(f, "\n      {created} {value}{off} [{state}]")?;
        }
        Ok(())
    }
}
