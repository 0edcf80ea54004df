//! Writes one target: a new version, or other properties of the one that was seen.

use jiff::Timestamp;
use rand::TryRng;

use crate::azure::key_vault::{KeyVault, NewVersion, Properties};
use crate::azure::{Code, Failure};
use crate::clock::Clock;
use crate::content::Holding;
use crate::decision::{Origin, Subject};
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::names::{SecretName, VersionId};
use crate::observation::{Newest, newest, state_of_ours};
use crate::patience::{Purpose, Wait, is_moving};
use crate::plan::Case;
use crate::retry::{Retry, Trouble};
use crate::secretfile::Target;
use crate::soft_delete;
use crate::state::{Definition, Generation, State, whole_seconds};
use crate::vaults::Vaults;
use crate::wanted;

/// Why one target was not written.
pub enum Failing {
    /// It is not in the state that it was seen in.
    Surprise(Error),
    /// It failed for good.
    Error(Error),
}

impl Failing {
    fn of(failure: Failure, surprises: &[Code]) -> Self {
        if surprises.contains(&failure.code) {
            Self::Surprise(failure.error)
        } else {
            Self::Error(failure.error)
        }
    }
}

impl From<Error> for Failing {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The result of one step of writing.
pub type Written<T> = std::result::Result<T, Failing>;

/// Writes the targets of one secret.
pub struct Writer<'a> {
    /// The secret, as it was seen.
    pub case: Case<'a>,
    /// The vaults.
    pub vaults: &'a Vaults,
    /// Waits.
    pub clock: &'a Clock,
}

impl<'a> Writer<'a> {
    /// The content to write, and its tag.
    pub fn content(&self, origin: &Origin) -> Written<(Option<Holding>, Option<State>)> {
        match origin {
            Origin::Kept => Ok((None, None)),
            Origin::Made { base, remint, newest } => self.make(base, *remint, newest.as_ref()),
            Origin::Copied { source, state } => {
                let content = self.read_copy(source, state)?;
                Ok((Some(content), Some(state.clone())))
            }
            Origin::Adopted { source, newest } => self.adopt(*source, newest.as_ref()),
        }
    }

    fn make(
        &self,
        base: &[Subject],
        remint: bool,
        newest: Option<&State>,
    ) -> Written<(Option<Holding>, Option<State>)> {
        let secret = self.case.secret;
        // What was there before us keeps its members; of ours, its tag says so.
        let keeps_extra = newest.map_or(!base.is_empty(), |state| state.definition.keeps_extra);
        let base = self.read_base(base)?;
        let content = Holding::make(secret, base.as_ref(), remint, keeps_extra)?;
        let now = self.case.now;
        let generation = Generation::after(newest.map(|state| &state.generation), now, mark()?);
        let rotated = match newest {
            Some(state) if !remint && secret.is_minted() => state.rotated,
            _ => whole_seconds(now),
        };
        let mut definition = Definition::of(secret);
        definition.keeps_extra = keeps_extra;
        let state = State { generation, rotated, born: whole_seconds(now), definition };
        Ok((Some(content), Some(state)))
    }

    /// Reads what a new content takes over, and makes sure that it still is what was seen.
    fn read_base(&self, base: &[Subject]) -> Written<Option<Holding>> {
        if base.is_empty() {
            return Ok(None);
        }
        let secret = self.case.secret;
        let mut values = Vec::new();
        for subject in base {
            let target = self.target(subject.target);
            let vault = self.vault(subject.target)?;
            let bundle = vault
                .get(&target.name, subject.version.as_ref())
                .map_err(|failure| Failing::of(failure, &[Code::NotFound, Code::Disabled]))?;
            if !self.is_as_seen(subject, &bundle.properties) {
                return Err(Failing::Surprise(moved(target)));
            }
            values.push((target.field.as_deref(), bundle.value));
        }
        Ok(Holding::read(secret, values))
    }

    /// Whether a version is the one that was seen, of the same generation; an older one stays for ever.
    fn is_as_seen(&self, subject: &Subject, found: &Properties) -> bool {
        let state = |version| state_of_ours(self.case.file, version).map(|s| s.generation);
        let seen = self.case.seen[subject.target].current.as_ref();
        subject.version.is_some()
            || seen.is_some_and(|s| s.created == found.created && state(s) == state(found))
    }

    /// Reads the value to copy, and makes sure that it still is the generation that was seen.
    fn read_copy(&self, source: &Subject, state: &State) -> Written<Holding> {
        let target = self.target(source.target);
        let vault = self.vault(source.target)?;
        let bundle = vault
            .get(&target.name, source.version.as_ref())
            .map_err(|failure| Failing::of(failure, &[Code::NotFound, Code::Disabled]))?;
        let is_same = state_of_ours(self.case.file, &bundle.properties)
            .is_some_and(|found| found.generation == state.generation);
        if !is_same {
            return Err(Failing::Surprise(moved(target)));
        }
        let values = vec![(target.field.as_deref(), bundle.value)];
        Holding::read(self.case.secret, values).ok_or_else(|| Failing::Error(no_object(target)))
    }

    fn adopt(
        &self,
        source: usize,
        newest: Option<&Generation>,
    ) -> Written<(Option<Holding>, Option<State>)> {
        let target = self.target(source);
        let current = self.current(source)?;
        let Some(version) = current.version.clone() else {
            return Err(Failing::Surprise(moved(target)));
        };
        let now = self.case.now;
        let vault = self.vault(source)?;
        let bundle = vault
            .get(&target.name, Some(&version))
            .map_err(|failure| Failing::of(failure, &[Code::NotFound]))?;
        let values = vec![(target.field.as_deref(), bundle.value)];
        let secret = self.case.secret;
        let content =
            Holding::read(secret, values).ok_or_else(|| Failing::Error(no_object(target)))?;
        let keeps_extra = content.fit(secret, target.field.is_none()).has_extra;
        let state = State {
            generation: Generation::adopted(newest, now, &version),
            rotated: whole_seconds(now),
            born: current.created,
            definition: Definition::adopted(secret, keeps_extra),
        };
        Ok((Some(content), Some(state)))
    }

    /// A target's current version with its id, if it still is the one that was seen.
    fn current(&self, index: usize) -> Written<Properties> {
        let target = self.target(index);
        let vault = self.vault(index)?;
        let current = look_up(vault, &target.name)?;
        let seen = self.case.seen[index].current.as_ref();
        match (current, seen) {
            (Some(current), Some(seen))
                if current.created == seen.created && current.tags == seen.tags =>
            {
                Ok(current)
            }
            _ => Err(Failing::Surprise(moved(target))),
        }
    }

    /// Sets the properties of the version that was seen. A version of ours keeps its own tag; any
    /// other gets the content's.
    pub fn patch(&self, index: usize, state: Option<&State>) -> Written<Option<VersionId>> {
        let current = self.current(index)?;
        let state = match (self.case.seen[index].ours(), state) {
            (Some(own), _) => own.clone(),
            (None, Some(state)) => State { born: current.created, ..state.clone() },
            (None, None) => return Err(Error::internal("a tag without a state").into()),
        };
        self.mark(index, &current, &state)
    }

    /// The same with another clock of rotation; `state` is the version's own, or the one that it gets.
    pub fn patch_aged(
        &self,
        index: usize,
        state: &State,
        rotated: Timestamp,
    ) -> Written<Option<VersionId>> {
        let current = self.current(index)?;
        let born = self.case.seen[index].ours().map_or(current.created, |own| own.born);
        self.mark(index, &current, &State { rotated, born, ..state.clone() })
    }

    /// Sets the properties that a version with this tag should have.
    fn mark(
        &self,
        index: usize,
        current: &Properties,
        state: &State,
    ) -> Written<Option<VersionId>> {
        let wanted = wanted::properties(&self.case, index, state, Some(current))?;
        let (Some(changes), Some(version)) =
            (wanted::difference(&wanted, current), current.version.clone())
        else {
            return Ok(current.version.clone());
        };
        let (target, vault) = (self.target(index), self.vault(index)?);
        let (mut wait, to) = (Wait::new(self.clock), Purpose::new("write it", vault, &target.name));
        loop {
            match vault.update(&target.name, &version, &changes) {
                Ok(_) => break,
                Err(failure) if is_moving(&failure) => wait.or_else(&to, failure)?,
                Err(failure) => {
                    return Err(Failing::of(failure, &[Code::NotFound, Code::Conflict]));
                }
            }
        }
        Ok(Some(version))
    }

    /// Makes a new version.
    pub fn put(
        &self,
        index: usize,
        content: &Holding,
        state: &State,
    ) -> Written<Option<VersionId>> {
        let target = self.target(index);
        let vault = self.vault(index)?;
        let value = content.of_target(self.case.secret, target.field.as_deref())?;
        let current = self.case.seen[index].current.as_ref();
        let (mut wait, mut retry) = (Wait::new(self.clock), Retry::default());
        let to = Purpose::new("write it", vault, &target.name);
        loop {
            // Each sending says when it was sent: the waits between them may be long.
            let state = State { born: whole_seconds(vault.now()), ..state.clone() };
            let changes = wanted::properties(&self.case, index, &state, current)?;
            match vault.set(&target.name, &NewVersion { value: &value, changes }) {
                Ok(written) => return Ok(written.version),
                // Not there when it was seen, and on its way back: its value must not be written over.
                Err(failure) if failure.code == Code::BeingRecovered && current.is_none() => {
                    soft_delete::await_recovery(vault, &target.name, self.clock)
                        .map_err(|failure| failure.error)?;
                    return Err(Failing::Surprise(failure.error));
                }
                Err(failure) if failure.code == Code::Late => {}
                Err(failure) if is_moving(&failure) => wait.or_else(&to, failure)?,
                // Nothing more can be asked; what happened to the last request is all there is to say.
                Err(failure) if failure.may_be_done && self.clock.over().is_some() => {
                    return Err(Failing::Error(unknown(failure.error)));
                }
                Err(failure) if failure.may_be_done => {
                    if let Some(found) = self.find(vault, &target.name, &state.generation)? {
                        return Ok(found.version);
                    }
                    let again = retry.next(Trouble::Failed, None, 1.0);
                    self.clock.wait(again.ok_or(Failing::Error(failure.error))?);
                }
                Err(failure) => return Err(Failing::of(failure, &[Code::SoftDeleted])),
            }
        }
    }

    /// A version that holds the generation; a PUT whose answer was lost may have made it.
    fn find(
        &self,
        vault: &KeyVault,
        name: &SecretName,
        generation: &Generation,
    ) -> Result<Option<Properties>> {
        let holds = |version: &Properties| {
            state_of_ours(self.case.file, version).is_some_and(|s| s.generation == *generation)
        };
        match vault.versions(name) {
            Ok(versions) => Ok(versions.into_iter().find(holds)),
            Err(failure) if failure.code == Code::Rights => match vault.get(name, None) {
                Ok(bundle) => Ok(Some(bundle.properties).filter(holds)),
                Err(failure) if failure.code == Code::NotFound => Ok(None),
                Err(failure) => Err(failure.error),
            },
            Err(failure) => Err(failure.error),
        }
    }

    fn target(&self, index: usize) -> &'a Target {
        &self.case.secret.targets[index]
    }

    fn vault(&self, index: usize) -> Result<&'a KeyVault> {
        self.vaults.of(self.target(index))
    }
}

/// The current version of a name with its id; by GET where its versions cannot tell.
fn look_up(vault: &KeyVault, name: &SecretName) -> Result<Option<Properties>> {
    let get = || match vault.get(name, None) {
        Ok(bundle) => Ok(Some(bundle.properties)),
        Err(failure) if failure.code == Code::NotFound => Ok(None),
        Err(failure) => Err(failure.error),
    };
    match vault.versions(name) {
        Ok(versions) => match newest(&versions) {
            Newest::None => Ok(None),
            Newest::One(current) => Ok(Some(current.clone())),
            Newest::Tie => get(),
        },
        Err(failure) if failure.code == Code::Rights => get(),
        Err(failure) => Err(failure.error),
    }
}

/// Four random bytes that mark a generation.
fn mark() -> Result<[u8; 4]> {
    let mut mark = [0; 4];
    rand::rngs::SysRng.try_fill_bytes(&mut mark).map_err(|_| {
        Error::of(ErrorCode::RandomSource, "the operating system's random source failed")
    })?;
    Ok(mark)
}

/// It was sent, its answer was lost, and the run was over before the vault could be asked.
fn unknown(error: Error) -> Error {
    let what = format!("whether it was written is not known: {}", error.what);
    Error { what, ..error }
        .help("run again: what was written is found, and the rest is brought up to it")
}

fn moved(target: &Target) -> Error {
    let what = "it was changed by somebody else during this run";
    Error::of(ErrorCode::ChangedMeanwhile, what).at(target.to_string()).help("run again")
}

fn no_object(target: &Target) -> Error {
    let what = "its value is no JSON object, as the template needs";
    let help = "put one there, or let it be replaced with `on_existing: overwrite` or \
                `on_drift: overwrite` on the target";
    Error::of(ErrorCode::NotAnObject, what).at(target.to_string()).help(help)
}
