//! How every target stands: lists and their properties, judged as `sync` judges them. Writes nothing.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::azure::key_vault::{KeyVault, Properties};
use crate::clock::Clock;
use crate::error::Error;
use crate::neutral;
use crate::observation::{Observation, Standing, state_of_ours};
use crate::observe;
use crate::old_versions::crowded;
use crate::plan::{Case, Options};
use crate::report::status::{Date, SecretKind, SecretStatus, State, TargetStatus, VersionStatus};
use crate::secretfile::{Secret, Secretfile, Target};
use crate::state::{self, later, whole_seconds};
use crate::vaults::Vaults;
use crate::wanted::GRACE;
use crate::work;

/// What is asked.
pub struct Look<'a> {
    /// The file.
    pub file: &'a Secretfile,
    /// Its vaults.
    pub vaults: &'a Vaults,
    /// The runner's time, where no vault names any.
    pub clock: &'a Clock,
    /// How many requests run at once.
    pub parallel: usize,
    /// The vaults (hosts) to report; none: all.
    pub only: Option<BTreeSet<String>>,
    /// What is near; none: what `expires: true` leaves between due and expired.
    pub within: Option<SignedDuration>,
    /// Whether versions are listed one by one.
    pub lists_versions: bool,
}

/// Looks at the targets of the `secrets` (indices into the file).
pub fn look(look: &Look<'_>, secrets: &[usize]) -> Vec<SecretStatus> {
    let seen = observe::observe(look.file, look.vaults, secrets, look.parallel);
    let targets: Vec<(&Target, &Observation)> = secrets
        .iter()
        .zip(&seen)
        .flat_map(|(&secret, seen)| look.file.secrets[secret].targets.iter().zip(seen))
        .collect();
    let versions =
        work::each(&targets, look.parallel, |(target, seen)| look.versions(target, seen));
    let mut versions = versions.into_iter();
    let secrets = secrets.iter().map(|&secret| &look.file.secrets[secret]).zip(&seen);
    secrets
        .map(|(secret, seen)| {
            let versions: Vec<Versions> = versions.by_ref().take(seen.len()).collect();
            look.secret(secret, seen, versions)
        })
        .collect()
}

/// All versions of a target; none where there are none to ask for.
type Versions = Option<Result<Vec<Properties>, Error>>;

impl Look<'_> {
    /// The services' time: the earliest that a vault told.
    pub fn now(&self) -> Timestamp {
        let told = self.vaults.each().filter_map(KeyVault::told_now).min();
        whole_seconds(told.unwrap_or_else(|| self.clock.now()))
    }

    /// The end of what is near.
    pub fn horizon(&self) -> Timestamp {
        later(self.now(), self.within.unwrap_or(GRACE))
    }

    fn is_asked_for(&self, target: &Target) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(target.vault.host()))
    }

    fn versions(&self, target: &Target, seen: &Observation) -> Versions {
        seen.current.as_ref().filter(|_| self.is_asked_for(target))?;
        let vault = self.vaults.of(target);
        Some(vault.and_then(|vault| vault.versions(&target.name).map_err(|failure| failure.error)))
    }

    fn secret(
        &self,
        secret: &Secret,
        seen: &[Observation],
        versions: Vec<Versions>,
    ) -> SecretStatus {
        let options = Options::default();
        let case = Case { file: self.file, secret, seen, options: &options, now: self.now() };
        let newest = newest(seen);
        let due = newest.and_then(|state| case.due(state)).filter(|_| !secret.one_time);
        let mut notices = case.notices();
        let all = secret.targets.iter().zip(seen).zip(versions);
        let asked = all.filter(|((target, _), _)| self.is_asked_for(target));
        let targets = asked
            .map(|((target, seen), versions)| {
                notices.extend(notice(target, versions.as_ref()));
                self.target(target, seen, versions.and_then(Result::ok), newest)
            })
            .collect();
        SecretStatus {
            name: neutral::line(&secret.name),
            kind: kind(secret),
            generation: newest.map(|state| state.generation.to_string()),
            rotated: newest.map(|state| state.rotated.to_string()),
            age_days: newest.map(|state| self.age(state)),
            due: due.map(|due| self.date(due)),
            targets,
            notices,
            not_ours: secret.not_ours.clone(),
        }
    }

    fn target(
        &self,
        target: &Target,
        seen: &Observation,
        versions: Option<Vec<Properties>>,
        newest: Option<&state::State>,
    ) -> TargetStatus {
        let (state, current, ours) = (word(&seen.standing), seen.current.as_ref(), seen.ours());
        // Whoever owns it minds when it expires.
        let is_theirs = matches!(state, State::Foreign | State::Managed);
        let expires = current.filter(|_| !is_theirs).and_then(|current| current.expires);
        let error = failure(&seen.standing);
        TargetStatus {
            vault: target.vault.host().to_owned(),
            name: target.name.to_string(),
            field: target.field.as_deref().map(neutral::line),
            uri: format!("{}/secrets/{}", target.vault, target.name),
            state,
            behind: ours
                .zip(newest)
                .is_some_and(|(own, newest)| own.generation < newest.generation),
            owner: owner(&seen.standing),
            purge: seen.purge.map(|purge| purge.to_string()),
            generation: ours.map(|state| state.generation.to_string()),
            rotated: ours.map(|state| state.rotated.to_string()),
            age_days: ours.map(|state| self.age(state)),
            created: current.map(|current| current.created.to_string()),
            enabled: current.map(|current| current.enabled),
            expires: expires.map(|seconds| self.date(time(seconds))),
            version_count: versions.as_ref().map(Vec::len),
            versions: versions
                .filter(|_| self.lists_versions)
                .map(|versions| self.each_version(versions, current)),
            error: error.map(Into::into),
            failed: error.map(|error| error.kind),
        }
    }

    /// The newest first.
    fn each_version(
        &self,
        mut versions: Vec<Properties>,
        current: Option<&Properties>,
    ) -> Vec<VersionStatus> {
        versions.sort_by(|a, b| (b.created, &b.version).cmp(&(a.created, &a.version)));
        let current = current.and_then(|current| only_like(&versions, current));
        let show = |(index, version): (usize, &Properties)| VersionStatus {
            id: version.version.as_ref().map(ToString::to_string).unwrap_or_default(),
            created: version.created.to_string(),
            enabled: version.enabled,
            current: current == Some(index),
            generation: state_of_ours(self.file, version).map(|state| state.generation.to_string()),
            expires: version.expires.map(|seconds| self.date(time(seconds))),
        };
        versions.iter().enumerate().map(show).collect()
    }

    /// Whole days since the minted parts were minted.
    fn age(&self, state: &state::State) -> i64 {
        self.now().duration_since(state.rotated).as_hours().div_euclid(24).max(0)
    }

    fn date(&self, at: Timestamp) -> Date {
        Date::new(at, self.now(), self.horizon())
    }
}

/// The newest generation of ours, whether it is current or behind what somebody else wrote.
fn newest(seen: &[Observation]) -> Option<&state::State> {
    let states = seen.iter().filter_map(|seen| match &seen.standing {
        Standing::Ours(state) | Standing::ChangedOutside(Some((_, state))) => Some(state),
        _ => None,
    });
    states.max_by(|a, b| a.generation.cmp(&b.generation))
}

/// The version that a list of names showed without its id; none where several look like it.
fn only_like(versions: &[Properties], current: &Properties) -> Option<usize> {
    let is_like = |(_, version): &(usize, &Properties)| match &current.version {
        Some(_) => version.version == current.version,
        None => version.created == current.created && version.tags == current.tags,
    };
    let mut alike = versions.iter().enumerate().filter(is_like).map(|(index, _)| index);
    alike.next().filter(|_| alike.next().is_none())
}

fn kind(secret: &Secret) -> SecretKind {
    match (secret.is_minted(), secret.is_given()) {
        (true, true) => SecretKind::Mixed,
        (false, _) => SecretKind::Given,
        (true, false) => SecretKind::Minted,
    }
}

fn word(standing: &Standing) -> State {
    match standing {
        Standing::Unknown(_) => State::Unknown,
        Standing::Managed => State::Managed,
        Standing::Foreign(_) => State::Foreign,
        Standing::Disabled => State::Disabled,
        Standing::ChangedOutside(_) => State::ChangedOutside,
        Standing::SoftDeleted => State::SoftDeleted,
        Standing::PreExisting => State::PreExisting,
        Standing::Ours(_) => State::Ours,
        Standing::Missing => State::Missing,
    }
}

fn owner(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Foreign(owner) => Some(neutral::line(owner)),
        _ => None,
    }
}

fn failure(standing: &Standing) -> Option<&Error> {
    match standing {
        Standing::Unknown(error) => Some(error),
        _ => None,
    }
}

fn notice(target: &Target, versions: Option<&Result<Vec<Properties>, Error>>) -> Option<String> {
    match versions? {
        Ok(versions) => Some(format!("{target}: {}", crowded(versions.len())?)),
        Err(error) => Some(format!("{target}: its versions could not be listed ({})", error.what)),
    }
}

/// A time of the service, which may lie beyond what we can say.
fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
