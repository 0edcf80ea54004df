//! Tries every right on one throw-away name, and takes it away again as far as the rights go.

use std::collections::BTreeMap;

use super::ask::absent_name;
use super::facts::{Left, Level, Probe, Step};
use crate::azure::Answer;
use crate::azure::key_vault::{Changes, KeyVault, NewVersion, Properties};
use crate::clock::Clock;
use crate::names::SecretName;
use crate::report::doctor::Check;
use crate::secret::SecretValue;
use crate::soft_delete::{self, Deleted};

/// Writes, updates, deletes, recovers and purges; says what the vault showed of soft delete, too.
pub fn run(vault: &KeyVault, clock: &Clock) -> Option<(Probe, Option<Level>)> {
    let name = absent_name("probe")?;
    let mut trial = Trial { vault, clock, name, steps: Vec::new(), left: Left::Nothing };
    let level = trial.write();
    trial.remove(level.as_ref());
    let Trial { name, mut steps, left, .. } = trial;
    for (check, needs) in RIGHTS {
        if !steps.iter().any(|(made, _)| *made == check) {
            steps.push((check, Step::Untried(needs)));
        }
    }
    Some((Probe { name, steps, left }, level))
}

/// One name on its way.
struct Trial<'a> {
    vault: &'a KeyVault,
    clock: &'a Clock,
    name: SecretName,
    steps: Vec<(Check, Step)>,
    left: Left,
}

impl Trial<'_> {
    /// Sets and updates.
    fn write(&mut self) -> Option<Level> {
        let value = SecretValue::new("secretzero doctor --write-probe".to_owned());
        let new = NewVersion { value: &value, changes: tags("set") };
        match self.vault.set(&self.name, &new) {
            Ok(made) => {
                self.left = Left::Secret;
                self.steps.push((Check::Set, Step::Done));
                self.update(&made);
                Level::of(&made)
            }
            Err(failure) => {
                if failure.may_be_done {
                    self.left = Left::Perhaps;
                }
                self.steps.push((Check::Set, Step::Failed(failure)));
                None
            }
        }
    }

    fn update(&mut self, made: &Properties) {
        let Some(version) = &made.version else { return };
        let updated = self.vault.update(&self.name, version, &tags("updated"));
        self.note(Check::Update, updated.map(|_| ()));
    }

    /// Deletes, recovers, deletes again, purges.
    fn remove(&mut self, level: Option<&Level>) {
        if self.left != Left::Secret || !self.delete() {
            return;
        }
        if level.is_some_and(Level::is_off) || self.left == Left::Nothing {
            return;
        }
        let recovered = soft_delete::recover(self.vault, &self.name, self.clock);
        if recovered.is_ok() {
            self.left = Left::Secret;
        }
        if self.note(Check::Recover, recovered) && !self.delete() {
            return;
        }
        let purged = soft_delete::purge(self.vault, &self.name, self.clock);
        if self.note(Check::Purge, purged) {
            self.left = Left::Nothing;
        }
    }

    /// Deletes; the second time it says nothing new, unless it fails.
    fn delete(&mut self) -> bool {
        let deleted = soft_delete::delete(self.vault, &self.name, self.clock);
        match &deleted {
            Ok(Deleted::ForGood) => self.left = Left::Nothing,
            Ok(Deleted::Softly(until)) => self.left = Left::Deleted(*until),
            Err(_) => {}
        }
        self.steps.retain(|(check, _)| *check != Check::Delete);
        self.note(Check::Delete, deleted.map(|_| ()))
    }

    fn note(&mut self, check: Check, answer: Answer<()>) -> bool {
        let is_done = answer.is_ok();
        let step = match answer {
            Ok(()) => Step::Done,
            Err(failure) => Step::Failed(failure),
        };
        self.steps.push((check, step));
        is_done
    }
}

/// Whoever finds the name can tell whose it is.
fn tags(step: &str) -> Changes {
    let tags = [("ManagedBy", "secretzero"), ("secretzero-probe", step)];
    let tags = tags.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let content_type = Some("text/plain".to_owned());
    Changes { tags: Some(BTreeMap::from(tags)), content_type, ..Changes::default() }
}

/// Every right but the first, and what has to go well before it.
const RIGHTS: [(Check, &str); 4] = [
    (Check::Update, "nothing was set"),
    (Check::Delete, "nothing was set"),
    (Check::Recover, "nothing was soft-deleted"),
    (Check::Purge, "nothing was soft-deleted"),
];
