//! Removes names from their vaults, and brings soft-deleted ones back; each name for itself.

use jiff::Timestamp;

use crate::azure::Code;
use crate::clock::Clock;
use crate::decision::Action;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::names::VaultUrl;
use crate::neutral;
use crate::observation::Found;
use crate::observe;
use crate::ownership::{self, Extent, Fate, Order, protected};
use crate::place::Place;
use crate::progress::Progress;
use crate::report::{SecretReport, TargetReport};
use crate::secretfile::Secretfile;
use crate::soft_delete::{self, Deleted};
use crate::work;

/// What removing and recovering need.
pub struct Deletion<'a> {
    /// The file.
    pub file: &'a Secretfile,
    /// Waits.
    pub clock: &'a Clock,
    /// How far a removal goes.
    pub extent: Extent,
    /// How many names are worked on at once.
    pub parallel: usize,
}

impl Deletion<'_> {
    /// Says what removing would do; writes nothing.
    pub fn plan(&self, places: &[Place<'_>]) -> Vec<SecretReport> {
        self.each(places, None, |place| {
            let found = observe::by_name(place.vault, &place.name);
            self.fate(place, &found).planned()
        })
    }

    /// Looks at every name anew, and removes what may go.
    pub fn remove(&self, places: &[Place<'_>], progress: &Progress<'_>) -> Vec<SecretReport> {
        self.each(places, Some(progress), |place| {
            let found = observe::by_name(place.vault, &place.name);
            let done = match self.fate(place, &found) {
                Fate::Stays(action) => Ok(action),
                Fate::SoftDelete => self.soft_delete(place),
                Fate::Remove => self.delete_and_purge(place),
                Fate::Purge => self.purge(place, until(&found)),
            };
            done.unwrap_or_else(Action::Failed)
        })
    }

    /// Undoes soft deletes.
    pub fn recover(&self, places: &[Place<'_>], progress: &Progress<'_>) -> Vec<SecretReport> {
        self.each(places, Some(progress), |place| {
            self.recover_one(place).unwrap_or_else(Action::Failed)
        })
    }

    fn fate(&self, place: &Place<'_>, found: &Found) -> Fate {
        Fate::of(self.file, found, Order { extent: self.extent, forced: place.forced })
    }

    fn soft_delete(&self, place: &Place<'_>) -> Result<Action> {
        Ok(match (self.delete(place)?, self.extent) {
            (Deleted::ForGood, _) => Action::Purge,
            (Deleted::Softly(_), Extent::SoftDelete) => Action::Delete,
            // It would be purged, if the vault let anybody.
            (Deleted::Softly(until), Extent::Purge) => protected(until),
        })
    }

    fn delete_and_purge(&self, place: &Place<'_>) -> Result<Action> {
        match self.delete(place)? {
            Deleted::ForGood => Ok(Action::Purge),
            Deleted::Softly(until) => self.purge(place, until),
        }
    }

    fn delete(&self, place: &Place<'_>) -> Result<Deleted> {
        soft_delete::delete(place.vault, &place.name, self.clock).map_err(|failure| failure.error)
    }

    fn purge(&self, place: &Place<'_>, until: Option<Timestamp>) -> Result<Action> {
        match soft_delete::purge(place.vault, &place.name, self.clock) {
            Ok(()) => Ok(Action::Purge),
            Err(failure) if failure.code == Code::PurgeProtected => Ok(protected(until)),
            Err(failure) => Err(soft_delete::not_purged(failure, until, INSTEAD_OF_PURGE)),
        }
    }

    /// A name that is not there may be deleting just now, so that only the vault knows.
    fn recover_one(&self, place: &Place<'_>) -> Result<Action> {
        match observe::by_name(place.vault, &place.name) {
            Found::Live { .. } | Found::Hidden => return Ok(Action::Unchanged),
            Found::Failed(error) => return Err(error),
            Found::Deleted(deleted) => ownership::may_recover(self.file, &deleted)?,
            Found::Absent => {}
        }
        soft_delete::recover(place.vault, &place.name, self.clock)
            .map_err(|failure| soft_delete::not_recovered(failure, INSTEAD_OF_RECOVERY))?;
        if is_live(place)? { Ok(Action::Recover) } else { Err(nothing_to_recover()) }
    }

    /// The same for every name; the reports are one per entry, in the order of the places.
    fn each(
        &self,
        places: &[Place<'_>],
        progress: Option<&Progress<'_>>,
        act: impl Fn(&Place<'_>) -> Action + Sync,
    ) -> Vec<SecretReport> {
        let reports = work::each(places, self.parallel, |place| {
            let report = self.report(place, &act(place), progress.is_none());
            if let Some(progress) = progress {
                progress.done(&report);
            }
            report
        });
        by_entry(reports)
    }

    fn report(&self, place: &Place<'_>, action: &Action, planned: bool) -> SecretReport {
        let (vault, name) = (place.vault.url(), place.name.as_str());
        let mut target = TargetReport::new(vault, name, action, planned);
        target.field = place.field.as_deref().map(neutral::line);
        let entry = self.file.secrets.iter().find(|secret| secret.name == place.entry);
        let not_ours = entry.map(|entry| entry.not_ours.clone()).unwrap_or_default();
        SecretReport { not_ours, ..SecretReport::of_target(&place.entry, target) }
    }
}

/// The row of a vault that could not be listed; it stands for every name in it.
pub fn not_listed((vault, error): &(VaultUrl, Error)) -> SecretReport {
    let action = Action::Failed(error.clone());
    SecretReport::of_target("*", TargetReport::new(vault, "*", &action, false))
}

/// Joins the neighbours that belong to one entry.
fn by_entry(reports: Vec<SecretReport>) -> Vec<SecretReport> {
    let mut joined: Vec<SecretReport> = Vec::new();
    for report in reports {
        match joined.last_mut().filter(|last| last.name == report.name) {
            Some(last) => last.targets.extend(report.targets),
            None => joined.push(report),
        }
    }
    joined
}

/// Whether a name is there, disabled or not.
fn is_live(place: &Place<'_>) -> Result<bool> {
    match observe::by_name(place.vault, &place.name) {
        Found::Live { .. } | Found::Hidden => Ok(true),
        Found::Absent | Found::Deleted(_) => Ok(false),
        Found::Failed(error) => Err(error),
    }
}

/// Until when the vault keeps a deleted name.
fn until(found: &Found) -> Option<Timestamp> {
    match found {
        Found::Deleted(deleted) => deleted.purge,
        _ => None,
    }
}

fn nothing_to_recover() -> Error {
    let what = "it is neither there nor soft-deleted";
    Error::of(ErrorCode::NotRemovable, what)
        .help("`secretzero sync` makes it, or copies it to here")
}

/// What else can be done with a name that may not be purged.
const INSTEAD_OF_PURGE: &str =
    "leave it so (`--keep-deleted`): the name is taken until then, and `recover` brings it back";
/// What else can be done with a name that may not be recovered.
const INSTEAD_OF_RECOVERY: &str = "let somebody who may run this command; or, if the old value may be lost, remove it for good \
     with `secretzero delete`, which takes the right to purge";
