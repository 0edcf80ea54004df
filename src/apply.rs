//! Carries a decision out, one secret at a time: settle, compare, write, and look once more.

use std::time::Duration;

use rand::TryRng;

use crate::azure::key_vault::{Changes, KeyVault, NewVersion, Properties};
use crate::azure::{Code, Failure};
use crate::clock::Clock;
use crate::compare;
use crate::content::Holding;
use crate::error::{Error, Result};
use crate::names::{SecretName, VersionId};
use crate::observation::{Found, Newest, Observation, newest, state_of_ours};
use crate::observe;
use crate::plan::{self, Action, Case, Decision, Options, Origin, Step, Subject, Write};
use crate::secretfile::{OnSoftDeleted, Secretfile, Target};
use crate::state::{Definition, Generation, State, whole_seconds};
use crate::vaults::Vaults;
use crate::wanted;

/// What applying needs.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The file.
    pub file: &'a Secretfile,
    /// Its vaults.
    pub vaults: &'a Vaults,
    /// The command line.
    pub options: &'a Options,
    /// Waits.
    pub clock: &'a Clock,
}

/// What became of one secret.
#[derive(Debug)]
pub struct Outcome {
    /// What was done to each target, or why not.
    pub actions: Vec<Action>,
    /// What a reader should know.
    pub notices: Vec<String>,
    /// When it is due.
    pub due: Option<jiff::Timestamp>,
    /// The version that was written to each target.
    pub versions: Vec<Option<VersionId>>,
}

/// Decides and writes until nothing is left to do, or a surprise came three times.
pub fn apply(run: &Run<'_>, secret: usize, seen: Vec<Observation>, seen_at: Duration) -> Outcome {
    let mut work = Work {
        run,
        secret,
        seen,
        seen_at,
        done: vec![None; run.file.secrets[secret].targets.len()],
        versions: vec![None; run.file.secrets[secret].targets.len()],
    };
    let mut surprises = 0;
    loop {
        let decision = work.decide();
        match work.carry_out(&decision) {
            Ok(Progress::Done(results)) => return work.outcome(decision, results),
            Ok(Progress::LookAgain) => work.look_again(),
            Err(surprise) => {
                surprises += 1;
                log::info!("{}: {}", work.name(), surprise.error.what);
                if surprises == SURPRISES {
                    return work.outcome(decision, vec![(surprise.target, Err(surprise.error))]);
                }
                work.look_again();
            }
        }
    }
}

/// One secret's way through the rules.
struct Work<'a> {
    run: &'a Run<'a>,
    secret: usize,
    seen: Vec<Observation>,
    seen_at: Duration,
    /// What was done to a target before the last look.
    done: Vec<Option<Action>>,
    versions: Vec<Option<VersionId>>,
}

/// How far a decision got.
enum Progress {
    /// To its end; the targets that were written or refused.
    Done(Vec<(usize, Result<()>)>),
    /// What was decided must be decided again on fresh observations.
    LookAgain,
}

/// A target was not in the state that it was seen in.
struct Surprise {
    target: usize,
    error: Error,
}

type Results = Vec<(usize, Result<()>)>;

impl Work<'_> {
    fn name(&self) -> &str {
        &self.run.file.secrets[self.secret].name
    }

    fn case(&self) -> Case<'_> {
        Case {
            file: self.run.file,
            secret: &self.run.file.secrets[self.secret],
            seen: &self.seen,
            options: self.run.options,
            now: self.now(),
        }
    }

    fn now(&self) -> jiff::Timestamp {
        self.run.vaults.now(self.run.clock.now())
    }

    fn target(&self, index: usize) -> &Target {
        &self.run.file.secrets[self.secret].targets[index]
    }

    fn vault(&self, index: usize) -> Result<&KeyVault> {
        self.run.vaults.of(self.target(index))
    }

    fn decide(&self) -> Decision {
        let decision = plan::plan(&self.case());
        match decision.step {
            Step::Compare(subjects) => {
                let comparisons = compare::compare(&self.case(), self.run.vaults, subjects);
                plan::decide(&self.case(), Some(&comparisons))
            }
            _ => decision,
        }
    }

    fn look_again(&mut self) {
        self.seen = observe::observe_secret(self.run.file, self.run.vaults, self.secret);
        self.seen_at = self.run.clock.elapsed();
    }

    fn carry_out(&mut self, decision: &Decision) -> std::result::Result<Progress, Surprise> {
        match &decision.step {
            Step::Nothing | Step::Compare(_) => Ok(Progress::Done(Vec::new())),
            Step::Settle(targets) => Ok(self.settle(targets)),
            Step::Write(write) if self.is_stale_for(write) => Ok(Progress::LookAgain),
            Step::Write(write) => {
                let results = self.write(write)?;
                self.remember(decision, &results);
                if self.must_settle(write) {
                    self.agree(write, results)
                } else {
                    Ok(Progress::Done(results))
                }
            }
        }
    }

    /// A value is minted only on fresh observations.
    fn is_stale_for(&self, write: &Write) -> bool {
        let mints = matches!(write.origin, Origin::Made { .. });
        mints && self.run.clock.elapsed().saturating_sub(self.seen_at) > FRESH
    }

    /// Keeps what was done, in case that a later look finds it unchanged.
    fn remember(&mut self, decision: &Decision, results: &Results) {
        for (index, _) in results.iter().filter(|(_, result)| result.is_ok()) {
            self.done[*index] = Some(decision.actions[*index].clone());
        }
    }

    fn outcome(self, decision: Decision, results: Results) -> Outcome {
        let mut actions = decision.actions;
        for (index, result) in results {
            if let Err(error) = result {
                actions[index] = Action::Failed(error);
            }
        }
        for (action, done) in actions.iter_mut().zip(self.done) {
            if let (Action::Unchanged, Some(done)) = (&*action, done) {
                *action = done;
            }
        }
        let Decision { notices, due, .. } = decision;
        Outcome {
            actions,
            notices,
            due,
            versions: self.versions,
        }
    }

    /// Rule 4: recovers or purges, and waits until the service is done.
    fn settle(&mut self, targets: &[usize]) -> Progress {
        let results: Results = targets
            .iter()
            .map(|&index| (index, self.settle_one(index)))
            .collect();
        for (index, _) in results.iter().filter(|(_, result)| result.is_ok()) {
            let is_purge = self.target(*index).options.on_soft_deleted == OnSoftDeleted::Purge;
            self.done[*index] = Some(if is_purge {
                Action::Purge
            } else {
                Action::Recover
            });
        }
        let has_failed = results.iter().any(|(_, result)| result.is_err());
        if has_failed {
            Progress::Done(results)
        } else {
            Progress::LookAgain
        }
    }

    fn settle_one(&self, index: usize) -> Result<()> {
        let target = self.target(index);
        let vault = self.vault(index)?;
        match target.options.on_soft_deleted {
            OnSoftDeleted::Purge => self.purge(vault, target),
            _ => self.recover(vault, target),
        }
    }

    fn recover(&self, vault: &KeyVault, target: &Target) -> Result<()> {
        let mut wait = Wait::new(self.run.clock);
        loop {
            match vault.recover(&target.name) {
                Ok(_) => break,
                Err(failure) if is_moving(&failure) => wait.or_else(failure)?,
                // Somebody else recovered or purged it meanwhile; the next look tells.
                Err(failure) if failure.code == Code::NotFound => return Ok(()),
                Err(failure) => return Err(failure.error),
            }
        }
        loop {
            match vault.versions(&target.name) {
                Ok(versions) if versions.is_empty() => wait.or_else(still_recovering(target))?,
                Ok(_) => return Ok(()),
                // Whoever may not look cannot wait either; the state has changed all the same.
                Err(failure) if failure.code == Code::Rights => return Ok(()),
                Err(failure) => return Err(failure.error),
            }
        }
    }

    fn purge(&self, vault: &KeyVault, target: &Target) -> Result<()> {
        let mut wait = Wait::new(self.run.clock);
        loop {
            match vault.purge(&target.name) {
                Ok(()) => return Ok(()),
                Err(failure) if failure.code == Code::NotFound => return Ok(()),
                Err(failure) if is_moving(&failure) => wait.or_else(failure)?,
                Err(failure) => return Err(failure.error),
            }
        }
    }

    /// Writes one content to all its targets.
    fn write(&mut self, write: &Write) -> std::result::Result<Results, Surprise> {
        let first = write
            .put
            .first()
            .or(write.patch.first())
            .copied()
            .unwrap_or_default();
        match self.content(&write.origin) {
            Ok((content, state)) => self.send(write, content.as_ref(), state.as_ref()),
            Err(Failing::Surprise(error)) => Err(Surprise {
                target: first,
                error,
            }),
            Err(Failing::Error(error)) => {
                let all = write.put.iter().chain(&write.patch);
                Ok(all.map(|&index| (index, Err(error.clone()))).collect())
            }
        }
    }

    fn send(
        &mut self,
        write: &Write,
        content: Option<&Holding>,
        state: Option<&State>,
    ) -> std::result::Result<Results, Surprise> {
        let mut results: Results = Vec::new();
        for &index in &write.patch {
            let result = self.patch(index, state);
            self.keep(&mut results, index, result)?;
        }
        let Some((content, state)) = content.zip(state) else {
            return Ok(results);
        };
        let is_new = matches!(write.origin, Origin::Made { .. });
        for &index in &write.put {
            let result = self.put(index, content, state);
            self.keep(&mut results, index, result)?;
            if is_new && results.len() == 1 && results[0].1.is_err() {
                let held = |&other: &usize| (other, Err(first_refused(self.target(index))));
                results.extend(write.put[1..].iter().map(held));
                break;
            }
        }
        Ok(results)
    }

    fn keep(
        &mut self,
        results: &mut Results,
        index: usize,
        result: std::result::Result<Option<VersionId>, Failing>,
    ) -> std::result::Result<(), Surprise> {
        match result {
            Ok(version) => {
                self.versions[index] = version.or(self.versions[index].take());
                results.push((index, Ok(())));
            }
            Err(Failing::Error(error)) => results.push((index, Err(error))),
            Err(Failing::Surprise(error)) => {
                return Err(Surprise {
                    target: index,
                    error,
                });
            }
        }
        Ok(())
    }

    /// The content to write, and its tag.
    fn content(
        &self,
        origin: &Origin,
    ) -> std::result::Result<(Option<Holding>, Option<State>), Failing> {
        match origin {
            Origin::Kept => Ok((None, None)),
            Origin::Made {
                base,
                remint,
                newest,
            } => self.make(base, *remint, newest.as_ref()),
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
    ) -> std::result::Result<(Option<Holding>, Option<State>), Failing> {
        let secret = self.case().secret;
        // What was there before us keeps its members; of ours, its tag says so.
        let keeps_extra = newest.map_or(!base.is_empty(), |state| state.definition.keeps_extra);
        let base = self.read_base(base)?;
        let (content, has_minted) = Holding::make(secret, base.as_ref(), remint, keeps_extra)?;
        let now = self.now();
        let generation = Generation::after(newest.map(|state| &state.generation), now, mark()?);
        let rotated = match newest {
            Some(state) if !remint && secret.is_minted() => state.rotated,
            _ => whole_seconds(now),
        };
        let mut definition = match newest {
            Some(state) if !has_minted => state.definition.clone(),
            None if !has_minted => Definition::adopted(keeps_extra),
            _ => Definition::of(secret),
        };
        definition.keeps_extra = keeps_extra;
        let state = State {
            generation,
            rotated,
            born: whole_seconds(now),
            definition,
        };
        Ok((Some(content), Some(state)))
    }

    fn read_base(&self, base: &[Subject]) -> Result<Option<Holding>> {
        if base.is_empty() {
            return Ok(None);
        }
        let secret = self.case().secret;
        let mut values = Vec::new();
        for subject in base {
            let target = self.target(subject.target);
            let vault = self.vault(subject.target)?;
            let bundle = vault
                .get(&target.name, subject.version.as_ref())
                .map_err(|failure| failure.error)?;
            values.push((target.field.as_deref(), bundle.value));
        }
        Ok(Holding::read(secret, values))
    }

    /// Reads the value to copy, and makes sure that it still is the generation that was seen.
    fn read_copy(&self, source: &Subject, state: &State) -> std::result::Result<Holding, Failing> {
        let target = self.target(source.target);
        let vault = self.vault(source.target)?;
        let bundle = vault
            .get(&target.name, source.version.as_ref())
            .map_err(|failure| Failing::of(failure, &[Code::NotFound, Code::Disabled]))?;
        let is_same = state_of_ours(self.run.file, &bundle.properties)
            .is_some_and(|found| found.generation == state.generation);
        if !is_same {
            return Err(Failing::Surprise(moved(target)));
        }
        let values = vec![(target.field.as_deref(), bundle.value)];
        Holding::read(self.case().secret, values).ok_or_else(|| Failing::Error(no_object(target)))
    }

    fn adopt(
        &self,
        source: usize,
        newest: Option<&Generation>,
    ) -> std::result::Result<(Option<Holding>, Option<State>), Failing> {
        let target = self.target(source);
        let current = self.current(source)?;
        let Some(version) = current.version.clone() else {
            return Err(Failing::Surprise(moved(target)));
        };
        let now = self.now();
        let vault = self.vault(source)?;
        let bundle = vault
            .get(&target.name, Some(&version))
            .map_err(|failure| Failing::of(failure, &[Code::NotFound]))?;
        let values = vec![(target.field.as_deref(), bundle.value)];
        let secret = self.case().secret;
        let content =
            Holding::read(secret, values).ok_or_else(|| Failing::Error(no_object(target)))?;
        let keeps_extra = content.fit(secret, target.field.is_none()).has_extra;
        let state = State {
            generation: Generation::adopted(newest, now, &version),
            rotated: whole_seconds(now),
            born: current.created,
            definition: Definition::adopted(keeps_extra),
        };
        Ok((Some(content), Some(state)))
    }

    /// A target's current version with its id, if it still is the one that was seen.
    fn current(&self, index: usize) -> std::result::Result<Properties, Failing> {
        let target = self.target(index);
        let vault = self.vault(index)?;
        let current = look_up(vault, &target.name)?;
        let seen = self.seen[index].current.as_ref();
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
    fn patch(
        &self,
        index: usize,
        state: Option<&State>,
    ) -> std::result::Result<Option<VersionId>, Failing> {
        let current = self.current(index)?;
        let state = match (self.seen[index].ours(), state) {
            (Some(own), _) => own.clone(),
            (None, Some(state)) => State {
                born: current.created,
                ..state.clone()
            },
            (None, None) => return Err(Error::internal("a tag without a state").into()),
        };
        let wanted = wanted::properties(&self.case(), index, &state, Some(&current))?;
        let (Some(changes), Some(version)) = (
            wanted::difference(&wanted, &current),
            current.version.clone(),
        ) else {
            return Ok(current.version);
        };
        let target = self.target(index);
        self.vault(index)?
            .update(&target.name, &version, &changes)
            .map_err(|failure| Failing::of(failure, &[Code::NotFound, Code::Conflict]))?;
        Ok(Some(version))
    }

    /// Makes a new version.
    fn put(
        &self,
        index: usize,
        content: &Holding,
        state: &State,
    ) -> std::result::Result<Option<VersionId>, Failing> {
        let target = self.target(index);
        let vault = self.vault(index)?;
        let value = content.of_target(self.case().secret, target.field.as_deref())?;
        let state = State {
            born: whole_seconds(vault.now()),
            ..state.clone()
        };
        let current = self.seen[index].current.as_ref();
        let changes: Changes = wanted::properties(&self.case(), index, &state, current)?;
        let new = NewVersion {
            value: &value,
            changes,
        };
        let mut wait = Wait::new(self.run.clock);
        for _ in 0..SENDINGS {
            match vault.set(&target.name, &new) {
                Ok(written) => return Ok(written.version),
                Err(failure) if is_moving(&failure) => wait.or_else(failure)?,
                Err(failure) if failure.may_be_done => {
                    if let Some(found) = self.find(vault, &target.name, &state.generation)? {
                        return Ok(found.version);
                    }
                }
                Err(failure) => return Err(Failing::of(failure, &[Code::SoftDeleted])),
            }
        }
        let what = "the vault did not say whether the new version was made, and it is not there";
        Err(Failing::Error(
            Error::new(crate::error::Kind::Unreachable, what).at(target.to_string()),
        ))
    }

    /// A version that holds the generation; a PUT whose answer was lost may have made it.
    fn find(
        &self,
        vault: &KeyVault,
        name: &SecretName,
        generation: &Generation,
    ) -> Result<Option<Properties>> {
        let holds = |version: &Properties| {
            state_of_ours(self.run.file, version).is_some_and(|s| s.generation == *generation)
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

    /// Whether another run may have written some of the targets in between.
    fn must_settle(&self, write: &Write) -> bool {
        matches!(write.origin, Origin::Made { .. }) && self.seen.len() > 1
    }

    /// Looks at a minted secret once more: the newest generation among all versions wins.
    fn agree(
        &mut self,
        write: &Write,
        results: Results,
    ) -> std::result::Result<Progress, Surprise> {
        let looks: Vec<Option<(Properties, Vec<Properties>)>> = write
            .put
            .iter()
            .map(|&index| self.look_closely(index))
            .collect();
        let all = write
            .put
            .iter()
            .zip(&looks)
            .filter_map(|(&i, look)| Some((i, look.as_ref()?)));
        let newest = all
            .flat_map(|(index, (_, versions))| versions.iter().map(move |version| (index, version)))
            .filter_map(|(index, version)| {
                let state = state_of_ours(self.run.file, version)?;
                Some((index, version.version.clone(), state))
            })
            .max_by(|a, b| a.2.generation.cmp(&b.2.generation));
        let Some((target, version, state)) = newest else {
            return Ok(Progress::Done(results));
        };
        let is_behind = |current: &Properties| {
            state_of_ours(self.run.file, current).is_none_or(|s| s.generation < state.generation)
        };
        let behind = write.put.iter().zip(&looks).filter_map(|(&index, look)| {
            look.as_ref()
                .filter(|(current, _)| is_behind(current))
                .map(|_| index)
        });
        let put: Vec<usize> = behind.collect();
        if put.is_empty() {
            return Ok(Progress::Done(results));
        }
        log::info!(
            "{}: another run wrote at the same time; the newest wins",
            self.name()
        );
        let origin = Origin::Copied {
            source: Subject { target, version },
            state,
        };
        let repaired = self.write(&Write {
            origin,
            put,
            patch: Vec::new(),
        })?;
        Ok(Progress::Done(
            results.into_iter().chain(repaired).collect(),
        ))
    }

    /// The current version and all versions of a target, where they can be seen.
    fn look_closely(&self, index: usize) -> Option<(Properties, Vec<Properties>)> {
        match observe::by_name(self.vault(index).ok()?, &self.target(index).name) {
            Found::Live { current, versions } => Some((*current, versions)),
            _ => None,
        }
    }
}

/// Why one target was not written.
enum Failing {
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

/// Waits that grow, up to a bound.
struct Wait<'a> {
    clock: &'a Clock,
    next: Duration,
    left: Duration,
}

impl<'a> Wait<'a> {
    fn new(clock: &'a Clock) -> Self {
        Self {
            clock,
            next: Duration::from_millis(250),
            left: PATIENCE,
        }
    }

    /// Waits, or fails with what it waited for.
    fn or_else(&mut self, failure: Failure) -> Result<()> {
        if self.left < self.next {
            return Err(failure.error);
        }
        self.clock.wait(self.next);
        self.left -= self.next;
        self.next = (self.next * 2).min(Duration::from_secs(8));
        Ok(())
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
            Newest::Tie(_) => get(),
        },
        Err(failure) if failure.code == Code::Rights => get(),
        Err(failure) => Err(failure.error),
    }
}

/// Four random bytes that mark a generation.
fn mark() -> Result<[u8; 4]> {
    let mut mark = [0; 4];
    rand::rngs::SysRng
        .try_fill_bytes(&mut mark)
        .map_err(|_| Error::internal("the operating system's random source failed"))?;
    Ok(mark)
}

fn is_moving(failure: &Failure) -> bool {
    matches!(failure.code, Code::BeingDeleted | Code::BeingRecovered)
}

fn still_recovering(target: &Target) -> Failure {
    let what = "it was recovered, and the vault still does not show it";
    let error = Error::new(crate::error::Kind::Throttled, what)
        .at(target.to_string())
        .help("run again in some minutes");
    Failure {
        code: Code::BeingRecovered,
        error,
        may_be_done: true,
    }
}

fn moved(target: &Target) -> Error {
    let what = "it was changed by somebody else during this run";
    Error::new(crate::error::Kind::Conflict, what)
        .at(target.to_string())
        .help("run again")
}

fn no_object(target: &Target) -> Error {
    let what = "its value is no JSON object, as the template needs";
    Error::new(crate::error::Kind::Conflict, what).at(target.to_string())
}

fn first_refused(first: &Target) -> Error {
    let what = format!("not written, because {first} was refused first");
    Error::new(crate::error::Kind::Conflict, what)
}

/// How old an observation may be when a value is minted.
const FRESH: Duration = Duration::from_secs(5);
/// How often a secret is decided anew after a surprise.
const SURPRISES: u32 = 3;
/// How often a PUT is sent whose outcome stays unknown or whose name is moving.
const SENDINGS: u32 = 40;
/// How long a deleting, recovering or purging name is waited for.
const PATIENCE: Duration = Duration::from_secs(180);
