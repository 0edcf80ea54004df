//! Makes one version of a secret unreadable, by its id.

use std::collections::BTreeSet;

use crate::azure::key_vault::{Changes, Properties};
use crate::decision::Action;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::names::VersionId;
use crate::neutral;
use crate::observation::{Found, state_of_ours};
use crate::observe;
use crate::report::SecretReport;
use crate::secretfile::{Secret, Secretfile};
use crate::vaults::Vaults;

/// The secret whose versions are looked through.
pub struct Disable<'a> {
    /// The file.
    pub file: &'a Secretfile,
    /// Its vaults.
    pub vaults: &'a Vaults,
    /// The secret.
    pub secret: &'a Secret,
    /// The vaults (hosts) to look in; none: all.
    pub only: Option<BTreeSet<String>>,
}

/// A version, and where it is.
struct Place {
    target: usize,
    version: Properties,
    is_current: bool,
}

impl Disable<'_> {
    /// Disables the version with this id; with `force` even the current one, or one that is not ours.
    pub fn version(&self, id: &VersionId, force: bool) -> Result<SecretReport> {
        let place = self.find(id)?;
        if !force {
            self.check(&place)?;
        }
        if place.version.enabled {
            self.write(&place, id)?;
        }
        let mut actions = vec![Action::Unchanged; self.secret.targets.len()];
        let mut versions = vec![None; self.secret.targets.len()];
        if place.version.enabled {
            actions[place.target] = Action::Disable;
        }
        versions[place.target] = Some(id.clone());
        Ok(SecretReport::new(self.secret, &actions, &versions, false))
    }

    /// An id belongs to one version in one vault.
    fn find(&self, id: &VersionId) -> Result<Place> {
        let mut failed = None;
        for (index, target) in self.secret.targets.iter().enumerate() {
            if self.only.as_ref().is_some_and(|only| !only.contains(target.vault.host())) {
                continue;
            }
            match observe::by_name(self.vaults.of(target)?, &target.name) {
                Found::Live { current, versions } => {
                    let is_current = current.version.as_ref() == Some(id);
                    let mut all = versions.into_iter().chain([*current]);
                    if let Some(version) = all.find(|version| version.version.as_ref() == Some(id))
                    {
                        return Ok(Place { target: index, version, is_current });
                    }
                }
                Found::Failed(error) => failed = Some(error),
                Found::Absent | Found::Deleted(_) | Found::Hidden => {}
            }
        }
        Err(failed.unwrap_or_else(|| self.not_found(id)))
    }

    fn check(&self, place: &Place) -> Result<()> {
        let (what, help) = if place.is_current {
            (
                "it is the current version",
                "make a new one with `rotate`, or disable it by `--force`",
            )
        } else if state_of_ours(self.file, &place.version).is_none() {
            ("the version is not ours", "disable it by `--force` if nobody needs it")
        } else {
            return Ok(());
        };
        let at = self.secret.targets[place.target].to_string();
        Err(Error::of(ErrorCode::NotRemovable, what).at(at).help(help))
    }

    fn write(&self, place: &Place, id: &VersionId) -> Result<()> {
        let target = &self.secret.targets[place.target];
        let changes = Changes { enabled: Some(false), ..Changes::default() };
        let written = self.vaults.of(target)?.update(&target.name, id, &changes);
        written.map(|_| ()).map_err(|failure| failure.error)
    }

    fn not_found(&self, id: &VersionId) -> Error {
        let name = &self.secret.name;
        let lists = format!("`secretzero status {} --versions` lists them", neutral::word(name));
        Error::of(ErrorCode::UnknownName, format!("none of its targets has a version {id}"))
            .at(name)
            .help(lists)
    }
}
