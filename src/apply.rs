//! Carries a decision out, one secret at a time: settle, compare, write, and look once more.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::azure::key_vault::KeyVault;
use crate::clock::Clock;
use crate::compare;
use crate::content::Holding;
use crate::decision::{Action, Decision, Origin, Step, Write};
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::names::VersionId;
use crate::observation::{Observation, Standing};
use crate::observe;
use crate::old_versions::{Tidied, tidy};
use crate::plan::{self, Case, Options, Rotate};
use crate::secretfile::{OnSoftDeleted, Secretfile, Target};
use crate::settle::{self, Settled};
use crate::soft_delete;
use crate::state::State;
use crate::vaults::Vaults;
use crate::work;
use crate::write::{Failing, Writer, Written};

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
    /// How many targets of one secret are worked on at once.
    pub abreast: usize,
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
    /// How many older versions of each target were disabled.
    pub disabled: Vec<usize>,
}

/// Decides and writes until nothing is left to do, or a surprise came three times.
pub fn apply(run: &Run<'_>, secret: usize, seen: Vec<Observation>, seen_at: Duration) -> Outcome {
    let count = run.file.secrets[secret].targets.len();
    let mut work = Work {
        run,
        options: run.options.clone(),
        secret,
        seen,
        seen_at,
        done: vec![None; count],
        refused: vec![None; count],
        written: Vec::new(),
        versions: vec![None; count],
        renewed: BTreeSet::new(),
        has_waited: false,
    };
    let (mut looks, mut surprises) = (0, 0);
    loop {
        let decision = work.decide();
        if let Some(over) = run.clock.over() {
            return work.left_undone(&over.error());
        }
        let failed = match work.carry_out(&decision) {
            Ok(Progress::Done(results)) => return work.outcome(decision, results),
            Ok(Progress::LookAgain(target)) => {
                looks += 1;
                (looks == LOOKS).then(|| (target, unsettled(work.target(target))))
            }
            Err(surprise) => {
                surprises += 1;
                log::info!("{}: {}", work.name(), surprise.error.what);
                (surprises == SURPRISES).then_some((surprise.target, surprise.error))
            }
        };
        if let Some((target, error)) = failed {
            return work.give_up(decision, target, error);
        }
        work.look_again();
    }
}

/// Decides for good: what must be compared is read.
pub fn decide(run: &Run<'_>, case: &Case<'_>) -> Decision {
    if let Err(error) = run.vaults.agree_on_time(case.secret) {
        return Decision::refused(&error, case.seen.len());
    }
    let decision = plan::plan(case);
    match decision.step {
        Step::Compare(subjects) => {
            let comparisons = compare::compare(case, run.vaults, subjects);
            plan::decide(case, Some(&comparisons))
        }
        _ => decision,
    }
}

/// One secret's way through the rules.
struct Work<'a> {
    run: &'a Run<'a>,
    /// The command line, without its wish for a new value once there is one.
    options: Options,
    secret: usize,
    seen: Vec<Observation>,
    seen_at: Duration,
    /// What was done to a target before the last look.
    done: Vec<Option<Action>>,
    /// Why a target could not be settled.
    refused: Vec<Option<Error>>,
    /// What was written since the last look.
    written: Vec<usize>,
    versions: Vec<Option<VersionId>>,
    /// Targets that got a version over one that was there.
    renewed: BTreeSet<usize>,
    /// Whether a vault was waited for that throttles.
    has_waited: bool,
}

/// How far a decision got.
enum Progress {
    /// To its end; the targets that were written or refused.
    Done(Vec<(usize, Result<()>)>),
    /// What was decided must be decided again on fresh observations, because of this target.
    LookAgain(usize),
}

/// A target was not in the state that it was seen in.
struct Surprise {
    target: usize,
    error: Error,
}

type Surprised<T> = std::result::Result<T, Surprise>;
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
            options: &self.options,
            now: self.now(),
        }
    }

    fn writer(&self) -> Writer<'_> {
        Writer { case: self.case(), vaults: self.run.vaults, clock: self.run.clock }
    }

    fn now(&self) -> jiff::Timestamp {
        let targets = &self.run.file.secrets[self.secret].targets;
        self.run.vaults.now(targets, self.run.clock.now())
    }

    fn target(&self, index: usize) -> &Target {
        &self.run.file.secrets[self.secret].targets[index]
    }

    fn vault(&self, index: usize) -> Result<&KeyVault> {
        self.run.vaults.of(self.target(index))
    }

    fn decide(&self) -> Decision {
        decide(self.run, &self.case())
    }

    fn look_again(&mut self) {
        self.seen = observe::observe_secret(self.run.file, self.run.vaults, self.secret);
        for (seen, refused) in self.seen.iter_mut().zip(&self.refused) {
            if let Some(error) = refused {
                seen.standing = Standing::Unknown(error.clone());
            }
        }
        self.seen_at = self.run.clock.elapsed();
        self.written.clear();
    }

    /// Whether a new value was made and is in a vault.
    fn has_made(&self) -> bool {
        self.done
            .iter()
            .any(|done| matches!(done, Some(Action::Create | Action::Update | Action::Rotate)))
    }

    fn carry_out(&mut self, decision: &Decision) -> Surprised<Progress> {
        match &decision.step {
            Step::Nothing | Step::Compare(_) => Ok(Progress::Done(Vec::new())),
            Step::Settle(targets) => Ok(self.settle(targets)),
            Step::Write(write) if self.is_stale_after_turn(write) => {
                Ok(Progress::LookAgain(write.put.first().copied().unwrap_or_default()))
            }
            Step::Write(write) => {
                let results = self.write(write, &decision.actions)?;
                if self.must_rotate(write, &results) {
                    Ok(Progress::LookAgain(results[0].0))
                } else if self.must_settle(write) {
                    self.agree(write, &decision.actions, results)
                } else {
                    Ok(Progress::Done(results))
                }
            }
        }
    }

    /// What a rotation names and was somebody else's is ours now, and rotated as such.
    fn must_rotate(&self, write: &Write, results: &Results) -> bool {
        matches!(write.origin, Origin::Adopted { .. })
            && self.case().is_named()
            && !results.is_empty()
            && results.iter().all(|(_, result)| result.is_ok())
    }

    /// A vault that throttles is waited for first, so that an observation does not age meanwhile; once,
    /// since others may be quicker each time.
    fn is_stale_after_turn(&mut self, write: &Write) -> bool {
        let first = write.put.first().filter(|_| !self.has_waited);
        if let Some(Ok(vault)) = first.map(|first| self.vault(*first)) {
            vault.await_turn();
            self.has_waited = true;
        }
        self.is_stale_for(write)
    }

    /// A value is minted only on fresh observations.
    fn is_stale_for(&self, write: &Write) -> bool {
        let mints = matches!(write.origin, Origin::Made { .. });
        mints && self.run.clock.elapsed().saturating_sub(self.seen_at) > FRESH
    }

    fn outcome(self, decision: Decision, results: Results) -> Outcome {
        let Decision { mut actions, mut notices, due, .. } = decision;
        notices.extend(self.left_behind(&results));
        let targets: Vec<usize> = (0..actions.len()).collect();
        let tidied = work::each(&targets, self.run.abreast, |index| self.tidied(*index));
        notices.extend(tidied.iter().flat_map(|tidied| tidied.notices.clone()));
        let disabled = tidied.iter().map(|tidied| tidied.disabled).collect();
        for (index, result) in results {
            if let Err(error) = result {
                actions[index] = Action::Failed(error);
            }
        }
        let next = self.due_from_now();
        for (action, done) in actions.iter_mut().zip(self.done) {
            if let (Action::Unchanged, Some(done)) = (&*action, done) {
                *action = done;
            }
        }
        let is_new =
            |action: &Action| matches!(action, Action::Create | Action::Rotate | Action::Adopt);
        let due = if actions.iter().any(is_new) { next } else { due };
        Outcome { actions, notices, due, versions: self.versions, disabled }
    }

    /// When a value that was made, or became ours, in this run is due.
    fn due_from_now(&self) -> Option<jiff::Timestamp> {
        let period = self.case().secret.rotation_period?;
        Some(crate::state::later(self.now(), period))
    }

    /// What to say of targets that did not get a value that others have.
    fn left_behind(&self, results: &Results) -> Vec<String> {
        if !self.has_made() {
            return Vec::new();
        }
        let failed = results.iter().filter(|(_, result)| result.is_err());
        let say = |target| {
            format!("{target} did not get the new value; the next `sync` repairs it by copying")
        };
        failed.map(|(index, _)| say(self.target(*index))).collect()
    }

    /// Looks after the older versions of a target that got a new one.
    fn tidied(&self, index: usize) -> Tidied {
        let version = self.versions[index].as_ref().filter(|_| self.renewed.contains(&index));
        match (version, self.vault(index)) {
            (Some(version), Ok(vault)) => tidy(self.run.file, vault, self.target(index), version),
            _ => Tidied::default(),
        }
    }

    /// What was decided and not reached is not reported as done.
    fn give_up(self, mut decision: Decision, target: usize, error: Error) -> Outcome {
        let reason = format!("not written, because {} failed first", self.target(target));
        for (index, action) in decision.actions.iter_mut().enumerate() {
            if is_open(action) && !self.written.contains(&index) {
                *action = Action::Held(reason.clone());
            }
        }
        self.outcome(decision, vec![(target, Err(error))])
    }

    /// The run is over: what was done before stays, and nothing else is begun. What could not be compared is
    /// no conflict for that.
    fn left_undone(self, error: &Error) -> Outcome {
        let mut decision = plan::plan(&self.case());
        for (index, action) in decision.actions.iter_mut().enumerate() {
            if let Some(done) = &self.done[index] {
                *action = done.clone();
            } else if is_open(action) {
                *action = Action::Failed(error.clone().at(self.target(index).to_string()));
            }
        }
        self.outcome(decision, Vec::new())
    }

    /// Rule 4: recovers or purges, and waits until the service is done; or enables what must be read. What is
    /// refused here counts as unknown from then on, so that the other targets go on.
    fn settle(&mut self, targets: &[usize]) -> Progress {
        for &index in targets {
            match self.settle_one(index) {
                Ok(action) => self.done[index] = Some(action),
                Err(error) => self.refused[index] = Some(error),
            }
        }
        Progress::LookAgain(targets.first().copied().unwrap_or_default())
    }

    fn settle_one(&self, index: usize) -> Result<Action> {
        let target = self.target(index);
        let vault = self.vault(index)?;
        if self.seen[index].ours().is_some() {
            return self.enable(index);
        }
        let (name, clock) = (&target.name, self.run.clock);
        match target.options.on_soft_deleted {
            OnSoftDeleted::Purge => {
                soft_delete::purge(vault, name, clock).map(|()| Action::Purge).map_err(|failure| {
                    let until = vault.get_deleted(name).ok().and_then(|deleted| deleted.purge);
                    soft_delete::not_purged(failure, until, INSTEAD_OF_PURGE)
                })
            }
            _ => soft_delete::recover(vault, name, clock)
                .map(|()| Action::Recover)
                .map_err(|failure| soft_delete::not_recovered(failure, INSTEAD_OF_RECOVERY)),
        }
    }

    fn enable(&self, index: usize) -> Result<Action> {
        match self.writer().patch(index, None) {
            Ok(_) => Ok(Action::Retag),
            Err(Failing::Surprise(error) | Failing::Error(error)) => Err(error),
        }
    }

    /// Writes one content to all its targets.
    fn write(&mut self, write: &Write, actions: &[Action]) -> Surprised<Results> {
        let first = write.put.first().or(write.patch.first()).copied().unwrap_or_default();
        match self.writer().content(&write.origin) {
            Ok((content, state)) => self.send(write, actions, content.as_ref(), state.as_ref()),
            Err(Failing::Surprise(error)) => Err(Surprise { target: first, error }),
            Err(Failing::Error(error)) => {
                let all = write.put.iter().chain(&write.patch);
                Ok(all.map(|&index| (index, Err(error.clone()))).collect())
            }
        }
    }

    fn send(
        &mut self,
        write: &Write,
        actions: &[Action],
        content: Option<&Holding>,
        state: Option<&State>,
    ) -> Surprised<Results> {
        let mut results: Results = Vec::new();
        for &index in &write.patch {
            let result = self.writer().patch(index, state);
            self.keep(&mut results, (index, &actions[index]), result)?;
        }
        let Some((content, state)) = content.zip(state) else {
            return Ok(results);
        };
        let is_new = matches!(write.origin, Origin::Made { .. });
        // What is new goes to one target first: refused there, it goes nowhere.
        let (first, others) = write.put.split_at(usize::from(is_new).min(write.put.len()));
        for (targets, abreast) in [(first, 1), (others, self.run.abreast)] {
            let writer = self.writer();
            let put = |index: &usize| writer.put(*index, content, state);
            let written = work::each(targets, abreast, put);
            let written = targets.iter().copied().zip(written).collect();
            self.keep_all(&mut results, written, actions, is_new)?;
            if let (true, [(_, Err(error))]) = (is_new, results.as_slice()) {
                let error = first_refused(self.target(targets[0]), error);
                results.extend(others.iter().map(|&other| (other, Err(error.clone()))));
                break;
            }
        }
        Ok(results)
    }

    /// Keeps what was written at once; of several surprises the first is told.
    fn keep_all(
        &mut self,
        results: &mut Results,
        written: Vec<(usize, Written<Option<VersionId>>)>,
        actions: &[Action],
        is_new: bool,
    ) -> Surprised<()> {
        let mut surprised = Ok(());
        for (index, result) in written {
            if is_new && result.is_ok() {
                // Asked for once: after a surprise the other targets are brought up to it.
                self.options.rotate = Rotate::Due;
            }
            if result.is_ok() && self.seen[index].current.is_some() {
                self.renewed.insert(index);
            }
            surprised = surprised.and(self.keep(results, (index, &actions[index]), result));
        }
        surprised
    }

    fn keep(
        &mut self,
        results: &mut Results,
        (index, action): (usize, &Action),
        result: Written<Option<VersionId>>,
    ) -> Surprised<()> {
        match result {
            Ok(version) => {
                self.versions[index] = version.or(self.versions[index].take());
                // A later look may find it unchanged.
                self.done[index] = Some(action.clone());
                self.written.push(index);
                results.push((index, Ok(())));
            }
            Err(Failing::Error(error)) => results.push((index, Err(error))),
            Err(Failing::Surprise(error)) => {
                return Err(Surprise { target: index, error });
            }
        }
        Ok(())
    }

    /// Whether another run may have written some of the targets in between.
    fn must_settle(&self, write: &Write) -> bool {
        matches!(write.origin, Origin::Made { .. }) && self.seen.len() > 1
    }

    /// Looks at a minted secret once more: the newest generation among all versions wins.
    fn agree(
        &mut self,
        write: &Write,
        actions: &[Action],
        mut results: Results,
    ) -> Surprised<Progress> {
        let is_written =
            |index: &usize| results.iter().any(|(i, result)| i == index && result.is_ok());
        let written: Vec<usize> = write.put.iter().copied().filter(is_written).collect();
        match settle::look_once_more(self.run, self.secret, &written) {
            Settled::Agreed => Ok(Progress::Done(results)),
            Settled::Changed(target) => Ok(Progress::LookAgain(target)),
            Settled::Behind(write) => {
                log::info!("{}: another run wrote at the same time; the newest wins", self.name());
                results.extend(self.write(&write, actions)?);
                Ok(Progress::Done(results))
            }
        }
    }
}

/// Whether something would be done.
fn is_open(action: &Action) -> bool {
    !matches!(
        action,
        Action::Unchanged | Action::Waiting | Action::Skipped | Action::Held(_) | Action::Failed(_)
    )
}

fn unsettled(target: &Target) -> Error {
    let what = format!("after {LOOKS} looks it is still in no state in which it can be written");
    Error::of(ErrorCode::NameBusy, what).at(target.to_string()).help("run again in some minutes")
}

/// Of the first one's kind and code, so that all have failed alike.
fn first_refused(first: &Target, error: &Error) -> Error {
    let what = format!("not written, because {first} was refused first");
    Error { code: error.code, ..Error::new(error.kind, what) }
}

/// What else a target can do whose name may not be recovered.
const INSTEAD_OF_RECOVERY: &str = "let somebody who may run `secretzero recover`; or, if the old value may be lost, set \
     `on_soft_deleted: purge` on the target, which takes the right to purge";
/// What else a target can do whose name may not be purged.
const INSTEAD_OF_PURGE: &str = "set `on_soft_deleted: recover` on the target, which brings the old value back; or choose \
     another `secret_name`";
/// How old an observation may be when a value is minted.
const FRESH: Duration = Duration::from_secs(5);
/// How often a secret is looked at again because it had to settle, or a look had become too old.
const LOOKS: u32 = 6;
/// How often a secret is decided anew after a surprise.
const SURPRISES: u32 = 3;
