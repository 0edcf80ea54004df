//! What a vault says of a target, read as one of a few states.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::azure::key_vault::{Deleted, Properties};
use crate::error::Error;
use crate::names::VersionId;
use crate::secretfile::{Secretfile, Target};
use crate::state::{MANAGED_BY, MANAGED_BY_TAG, OWNER_TAG, State};

/// What was found under a target's name, before it is judged.
#[derive(Debug, Clone)]
pub enum Found {
    /// Refused, not reachable, throttled to the end, or undecidable.
    Failed(Error),
    /// Neither there nor soft-deleted, as far as the rights let us see.
    Absent,
    /// Soft-deleted.
    Deleted(Box<Deleted>),
    /// There. `versions` holds all versions where they were looked at.
    Live {
        /// The current version.
        current: Box<Properties>,
        /// Every version, in no order.
        versions: Vec<Properties>,
    },
    /// There, but disabled and with only GET allowed, so that nothing more is known.
    Hidden,
}

/// A target's state; the first that fits.
#[derive(Debug, Clone)]
pub enum Standing {
    /// Not known; the reason.
    Unknown(Error),
    /// A certificate owns it.
    Managed,
    /// Another scope or another tool owns it; its name.
    Foreign(String),
    /// Its current version cannot be read.
    Disabled,
    /// Somebody wrote over ours, or cloned our tags. Our newest version behind it, if there is one.
    ChangedOutside(Option<(VersionId, State)>),
    /// Soft-deleted.
    SoftDeleted,
    /// A value that never was ours.
    PreExisting,
    /// Ours.
    Ours(State),
    /// Not there.
    Missing,
}

/// One target, as it was seen.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The state.
    pub standing: Standing,
    /// The current version, where there is one.
    pub current: Option<Properties>,
    /// What a reader should know, such as a tag that does not parse.
    pub notice: Option<String>,
    /// When the vault purges a soft-deleted name by itself, where it says so.
    pub purge: Option<Timestamp>,
}

impl Observation {
    /// Judges what was found under the name of `target`, an entry called `entry`.
    pub fn judge(file: &Secretfile, target: &Target, found: Found) -> Self {
        match found {
            Found::Failed(error) => Self::plain(Standing::Unknown(error)),
            Found::Absent => Self::plain(Standing::Missing),
            Found::Deleted(deleted) => Self::judge_deleted(file, target, &deleted),
            Found::Hidden => Self::plain(Standing::Disabled),
            Found::Live { current, versions } => {
                Self::judge_live(file, target, *current, &versions)
            }
        }
    }

    fn plain(standing: Standing) -> Self {
        Self { standing, current: None, notice: None, purge: None }
    }

    /// What is somebody else's stays so while it is soft-deleted: it is neither recovered nor purged.
    fn judge_deleted(file: &Secretfile, target: &Target, deleted: &Deleted) -> Self {
        let standing = match whose(file, &deleted.properties, &[], target.options.take_over) {
            owned @ (Standing::Managed | Standing::Foreign(_)) => owned,
            _ => Standing::SoftDeleted,
        };
        Self { purge: deleted.purge, ..Self::plain(standing) }
    }

    fn judge_live(
        file: &Secretfile,
        target: &Target,
        current: Properties,
        versions: &[Properties],
    ) -> Self {
        let no_tags = BTreeMap::new();
        let tags = current.tags.as_ref().unwrap_or(&no_tags);
        let state = State::of(tags);
        let unreadable = tags.contains_key(crate::state::STATE_TAG) && state.is_none();
        let notice =
            unreadable.then(|| "its state tag does not parse and counts as none".to_owned());
        let standing = match whose(file, &current, versions, target.options.take_over) {
            owned @ (Standing::Managed | Standing::Foreign(_)) => owned,
            _ if !current.enabled && target.options.enabled.is_none() => Standing::Disabled,
            owned => owned,
        };
        Self { standing, current: Some(current), notice, purge: None }
    }

    /// The state tag, where the target is ours.
    pub fn ours(&self) -> Option<&State> {
        match &self.standing {
            Standing::Ours(state) => Some(state),
            _ => None,
        }
    }
}

/// Whose a version is, by its tags and the versions behind it: managed, foreign, changed outside,
/// pre-existing or ours, whether it can be read or not.
pub fn whose(
    file: &Secretfile,
    current: &Properties,
    versions: &[Properties],
    take_over: bool,
) -> Standing {
    let no_tags = BTreeMap::new();
    let tags = current.tags.as_ref().unwrap_or(&no_tags);
    let older = newest_of_ours(file, versions, current.version.as_ref());
    if current.managed {
        return Standing::Managed;
    }
    if let Some(owner) = foreign_owner(file, tags).filter(|_| !take_over) {
        return Standing::Foreign(owner);
    }
    match State::of(tags).filter(|_| is_ours(file, tags)) {
        Some(state) if state.is_born_at(current.created) => Standing::Ours(state),
        Some(_) => Standing::ChangedOutside(older),
        None if older.is_some() => Standing::ChangedOutside(older),
        None => Standing::PreExisting,
    }
}

/// Whether a current version needs a look at its older ones before it can be judged.
pub fn needs_versions(file: &Secretfile, target: &Target, current: &Properties) -> bool {
    let no_tags = BTreeMap::new();
    let tags = current.tags.as_ref().unwrap_or(&no_tags);
    let foreign = foreign_owner(file, tags).is_some() && !target.options.take_over;
    let settled = current.managed
        || foreign
        || State::of(tags).is_some_and(|s| is_ours(file, tags) && s.is_born_at(current.created));
    !settled
}

/// Our newest version among the older ones.
fn newest_of_ours(
    file: &Secretfile,
    versions: &[Properties],
    current: Option<&VersionId>,
) -> Option<(VersionId, State)> {
    versions
        .iter()
        .filter(|version| version.version.as_ref() != current)
        .filter_map(|version| Some((version.version.clone()?, state_of_ours(file, version)?)))
        .max_by(|a, b| a.1.generation.cmp(&b.1.generation))
}

/// The state of a version that we wrote.
pub fn state_of_ours(file: &Secretfile, version: &Properties) -> Option<State> {
    let tags = version.tags.as_ref().filter(|tags| is_ours(file, tags))?;
    State::of(tags).filter(|state| state.is_born_at(version.created))
}

/// Whether the tags name this file's scope, or one that it had before.
fn is_ours(file: &Secretfile, tags: &BTreeMap<String, String>) -> bool {
    tags.get(OWNER_TAG).is_some_and(|owner| owner_is_ours(file, owner))
        && tags.get(MANAGED_BY_TAG).is_none_or(|by| by == MANAGED_BY)
}

/// Who else owns it: another tool, or another scope of ours.
fn foreign_owner(file: &Secretfile, tags: &BTreeMap<String, String>) -> Option<String> {
    match (tags.get(MANAGED_BY_TAG), tags.get(OWNER_TAG)) {
        (Some(tool), _) if tool != MANAGED_BY => Some(tool.clone()),
        (_, Some(owner)) if !owner_is_ours(file, owner) => Some(owner.clone()),
        _ => None,
    }
}

/// `SCOPE/NAME`, or `NAME` without a scope; the entry may have been renamed.
fn owner_is_ours(file: &Secretfile, owner: &str) -> bool {
    let scope = owner.rsplit_once('/').map(|(scope, _)| scope);
    let was_ours = |old: &String| old == scope.unwrap_or_default();
    scope == file.scope.as_deref() || file.formerly.iter().any(was_ours)
}

/// The current version by age; on a tie only the service knows.
pub fn newest(versions: &[Properties]) -> Newest<'_> {
    let Some(created) = versions.iter().map(|version| version.created).max() else {
        return Newest::None;
    };
    let mut of_that_second = versions.iter().filter(|version| version.created == created);
    match (of_that_second.next(), of_that_second.next()) {
        (Some(only), None) => Newest::One(only),
        _ => Newest::Tie,
    }
}

/// The outcome of [`newest`].
#[derive(Debug, Clone, Copy)]
pub enum Newest<'a> {
    /// There is no version.
    None,
    /// This one.
    One(&'a Properties),
    /// Several were made in this second.
    Tie,
}
