//! What to do for each target: the rules, in order. Pure.
//!
//! `plan` decides from the observations alone; where it cannot, it says what must be compared, and
//! [`crate::resolve`] decides with the comparisons.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::error::{Error, Kind};
use crate::names::VersionId;
use crate::observation::{Observation, Standing};
use crate::resolve::{self, Comparisons};
use crate::secretfile::{
    Content, Given, OnDrift, OnExisting, OnSoftDeleted, Part, Secret, Secretfile, Supply, Target,
};
use crate::state::{Definition, Generation, State, later};

/// What the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which secrets are rotated although they are not due.
    pub rotate: Rotate,
    /// The vault (host) whose value wins a conflict.
    pub prefer: Option<String>,
    /// The vaults (hosts) that may be written; none: all.
    pub vaults: Option<BTreeSet<String>>,
}

/// Which secrets are minted again although they are not due.
#[derive(Debug, Clone, Default)]
pub enum Rotate {
    /// None.
    #[default]
    Due,
    /// Every minted one.
    All,
    /// These.
    Named(BTreeSet<String>),
}

/// Everything that a decision about one secret rests on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The file.
    pub file: &'a Secretfile,
    /// The secret.
    pub secret: &'a Secret,
    /// One per target.
    pub seen: &'a [Observation],
    /// The command line.
    pub options: &'a Options,
    /// The service's time.
    pub now: Timestamp,
}

/// What is to be done for one secret.
#[derive(Debug)]
pub struct Decision {
    /// The next step.
    pub step: Step,
    /// One per target, for the report.
    pub actions: Vec<Action>,
    /// What a reader should know.
    pub notices: Vec<String>,
    /// When it is due to be rotated.
    pub due: Option<Timestamp>,
}

/// The next step for a secret.
#[derive(Debug)]
pub enum Step {
    /// Nothing can or need be done.
    Nothing,
    /// Bring these names into a state in which they can be written, then look again.
    Settle(Vec<usize>),
    /// Read these, then decide.
    Compare(Vec<Subject>),
    /// Write.
    Write(Write),
}

/// A version whose value counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The target.
    pub target: usize,
    /// An older version; none: the current one.
    pub version: Option<VersionId>,
}

impl Subject {
    /// A target's current version.
    pub fn current(target: usize) -> Self {
        Self { target, version: None }
    }
}

/// One content, and the targets that get it.
#[derive(Debug)]
pub struct Write {
    /// Where the content comes from.
    pub origin: Origin,
    /// Targets that get a new version, in this order.
    pub put: Vec<usize>,
    /// Targets whose current version gets other properties.
    pub patch: Vec<usize>,
}

/// Where a content comes from.
#[derive(Debug)]
pub enum Origin {
    /// No content is written; only properties change.
    Kept,
    /// A new generation.
    Made {
        /// What is there already; parts that are not made anew come from it.
        base: Vec<Subject>,
        /// Whether minted parts are made anew.
        remint: bool,
        /// The newest generation that was seen, with its tag.
        newest: Option<State>,
    },
    /// A generation that is there.
    Copied {
        /// A version that holds it.
        source: Subject,
        /// Its tag.
        state: State,
    },
    /// Somebody else's value becomes a generation.
    Adopted {
        /// The target that holds it.
        source: usize,
        /// The newest generation that was seen.
        newest: Option<Generation>,
    },
}

/// What happens to one target, as reports say it.
#[derive(Debug, Clone)]
pub enum Action {
    /// It is as it should be.
    Unchanged,
    /// A first value is made.
    Create,
    /// It is missing here and copied from another target.
    Copy,
    /// It is older here, or not ours, and the newest is copied over it.
    Repair,
    /// The content changes as the file says.
    Update,
    /// A new value is minted.
    Rotate,
    /// Somebody else's value becomes ours.
    Adopt,
    /// Properties change, the value stays.
    Retag,
    /// A soft delete is undone.
    Recover,
    /// A soft-deleted name is removed for good.
    Purge,
    /// Values must be compared first.
    Compare,
    /// Another target's recovery or purge comes first.
    After,
    /// It waits for the run that may write the first target.
    Waiting,
    /// Its vault is not among those that this run may write.
    Skipped,
    /// Not written, because of another target; the reason.
    Held(String),
    /// It failed; the reason.
    Failed(Error),
}

impl Action {
    /// The word in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Create => "create",
            Self::Copy => "copy",
            Self::Repair => "repair",
            Self::Update => "update",
            Self::Rotate => "rotate",
            Self::Adopt => "adopt",
            Self::Retag => "retag",
            Self::Recover => "recover",
            Self::Purge => "purge",
            Self::Compare => "compare",
            Self::After => "after recovery",
            Self::Waiting => "waiting",
            Self::Skipped => "skipped",
            Self::Held(_) => "held",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether something would be written.
    pub fn is_change(&self) -> bool {
        !matches!(
            self,
            Self::Unchanged | Self::Skipped | Self::Held(_) | Self::Failed(_) | Self::Compare
        )
    }
}

/// Decides from the observations alone.
pub fn plan(case: &Case<'_>) -> Decision {
    decide(case, None)
}

/// Decides; with `comparisons` for good.
pub fn decide(case: &Case<'_>, comparisons: Option<&Comparisons>) -> Decision {
    let groups = Groups::of(case);
    if !groups.unsettled.is_empty() {
        return settle(case, groups);
    }
    let subjects = subjects(case, &groups);
    match comparisons {
        None if !subjects.is_empty() => compare(case, groups, subjects),
        None => resolve::resolve(case, groups, &Comparisons::default()),
        Some(comparisons) => resolve::resolve(case, groups, comparisons),
    }
}

/// A secret's targets by what can be done with them.
#[derive(Debug, Default)]
pub struct Groups {
    /// Ours, with a readable tag.
    pub ours: Vec<usize>,
    /// Changed outside, to be judged.
    pub drifted: Vec<usize>,
    /// Pre-existing, to be kept.
    pub existing: Vec<usize>,
    /// Pre-existing or changed outside, and to be overwritten.
    pub stale: Vec<usize>,
    /// Not there.
    pub missing: Vec<usize>,
    /// Soft-deleted and so on: to be settled first.
    pub unsettled: Vec<usize>,
    /// Those that fail, with the reason.
    pub failed: Vec<(usize, Error)>,
}

impl Groups {
    fn of(case: &Case<'_>) -> Self {
        let mut groups = Self::default();
        for (index, seen) in case.seen.iter().enumerate() {
            groups.sort(case, index, &seen.standing);
        }
        groups
    }

    /// Rules 1, 2 and 4, and which of the others may be overwritten.
    fn sort(&mut self, case: &Case<'_>, index: usize, standing: &Standing) {
        let target = &case.secret.targets[index];
        let overridden = case.is_named() && case.secret.is_minted();
        match standing {
            Standing::Ours(_) => self.ours.push(index),
            Standing::Missing => self.missing.push(index),
            Standing::ChangedOutside(_) if overridden => self.stale.push(index),
            Standing::ChangedOutside(_) => self.drifted.push(index),
            Standing::PreExisting => match target.options.on_existing {
                OnExisting::Adopt => self.existing.push(index),
                OnExisting::Overwrite => self.stale.push(index),
                OnExisting::Fail => self.failed.push((index, already_there(target))),
            },
            Standing::SoftDeleted => match target.options.on_soft_deleted {
                OnSoftDeleted::Fail => self.failed.push((index, soft_deleted(target))),
                _ if !case.is_writable(index) => self.failed.push((index, soft_deleted(target))),
                _ => self.unsettled.push(index),
            },
            Standing::Unknown(error) => self.failed.push((index, error.clone())),
            Standing::Managed => self.failed.push((index, managed(target))),
            Standing::Foreign(owner) => self.failed.push((index, foreign(target, owner))),
            Standing::Disabled => self.failed.push((index, disabled(target))),
        }
    }

    /// The target with the newest generation of ours; whole contents before single fields.
    pub fn newest(&self, case: &Case<'_>) -> Option<(usize, State)> {
        self.ours
            .iter()
            .filter_map(|&index| Some((index, case.seen[index].ours()?.clone())))
            .max_by(|(a, left), (b, right)| {
                let is_whole = |index: &usize| case.secret.targets[*index].field.is_none();
                let by_age = left.generation.cmp(&right.generation);
                // `max_by` takes the last of equals; the first target is the better source.
                by_age.then(is_whole(a).cmp(&is_whole(b))).then(b.cmp(a))
            })
    }
}

impl<'a> Case<'a> {
    /// Whether this run may write the target.
    pub fn is_writable(&self, index: usize) -> bool {
        let host = self.secret.targets[index].vault.host();
        self.options.vaults.as_ref().is_none_or(|vaults| vaults.contains(host))
    }

    /// Whether the command line asks for a rotation.
    pub fn is_named(&self) -> bool {
        match &self.options.rotate {
            Rotate::Due => false,
            Rotate::All => self.secret.is_minted() && !self.secret.one_time,
            Rotate::Named(names) => names.contains(&self.secret.name),
        }
    }

    /// When a value of that age is due.
    pub fn due(&self, state: &State) -> Option<Timestamp> {
        let period = self.secret.rotation_period?;
        Some(later(state.rotated, period))
    }

    /// Actions for every target, to start from: the failures, and skipped for the rest.
    pub fn actions(&self, groups: &Groups) -> Vec<Action> {
        let mut actions = vec![Action::Unchanged; self.seen.len()];
        for (index, error) in &groups.failed {
            actions[*index] = Action::Failed(error.clone());
        }
        actions
    }

    /// What was odd about the targets.
    pub fn notices(&self) -> Vec<String> {
        let odd = |(target, seen): (&Target, &Observation)| {
            seen.notice.as_ref().map(|notice| format!("{target}: {notice}"))
        };
        self.secret.targets.iter().zip(self.seen).filter_map(odd).collect()
    }
}

/// Rule 4: recover or purge first; what the others need is decided afterwards.
fn settle(case: &Case<'_>, groups: Groups) -> Decision {
    let mut actions = case.actions(&groups);
    for action in actions.iter_mut().filter(|action| matches!(action, Action::Unchanged)) {
        *action = Action::After;
    }
    for &index in &groups.unsettled {
        actions[index] = match case.secret.targets[index].options.on_soft_deleted {
            OnSoftDeleted::Purge => Action::Purge,
            _ => Action::Recover,
        };
    }
    for &index in &groups.ours {
        actions[index] = Action::Unchanged;
    }
    Decision { step: Step::Settle(groups.unsettled), actions, notices: case.notices(), due: None }
}

fn compare(case: &Case<'_>, groups: Groups, subjects: Vec<Subject>) -> Decision {
    let mut actions = case.actions(&groups);
    for subject in &subjects {
        actions[subject.target] = Action::Compare;
    }
    for &index in groups.missing.iter().chain(&groups.stale).chain(&groups.drifted) {
        actions[index] = Action::Compare;
    }
    let due = groups.newest(case).and_then(|(_, state)| case.due(&state));
    Decision { step: Step::Compare(subjects), actions, notices: case.notices(), due }
}

/// The versions whose values decide.
fn subjects(case: &Case<'_>, groups: &Groups) -> Vec<Subject> {
    let newest = groups.newest(case);
    let in_doubt = groups.existing.len() + groups.drifted.len();
    let mut subjects: Vec<Subject> = Vec::new();
    let is_checked = newest.as_ref().is_some_and(|(_, state)| content_may_differ(case, state));
    let has_parts = matches!(case.secret.content, Content::Object(_)) || case.secret.is_given();
    let alone = newest.is_none() && in_doubt == 1 && groups.drifted.is_empty();
    if (in_doubt > 0 && (has_parts || !alone)) || is_checked {
        subjects.extend(newest.iter().map(|(index, _)| Subject::current(*index)));
        subjects.extend(groups.existing.iter().map(|&index| Subject::current(index)));
        subjects.extend(groups.drifted.iter().map(|&index| Subject::current(index)));
        subjects.extend(groups.drifted.iter().filter_map(|&index| older(case, index)));
    }
    subjects
}

/// Our last version behind one that somebody else wrote.
pub fn older(case: &Case<'_>, index: usize) -> Option<Subject> {
    match &case.seen[index].standing {
        Standing::ChangedOutside(Some((version, _))) => {
            Some(Subject { target: index, version: Some(version.clone()) })
        }
        _ => None,
    }
}

/// Whether a content of ours may be another than the file declares, so that it must be read: a given
/// value that is supplied, or a template whose fields changed.
fn content_may_differ(case: &Case<'_>, state: &State) -> bool {
    let is_supplied =
        |part: &Part| matches!(part, Part::Given(Given { supply: Supply::Supplied(_) }));
    let changed = Definition::of(case.secret).differs_from(&state.definition);
    case.secret.parts().any(is_supplied)
        || (changed && matches!(case.secret.content, Content::Object(_)))
}

/// Whether drift of this target is answered with our value.
pub fn overwrites_drift(target: &Target) -> bool {
    target.options.on_drift == OnDrift::Overwrite
}

fn conflict(target: &Target, what: &str, help: &str) -> Error {
    Error::new(Kind::Conflict, what).at(target.to_string()).help(help)
}

fn already_there(target: &Target) -> Error {
    let what = "a value that is not ours is there, and `on_existing` is `fail`";
    conflict(target, what, "set `on_existing: adopt` to keep it, or `overwrite` to replace it")
}

fn soft_deleted(target: &Target) -> Error {
    let what = "the name is soft-deleted";
    let help = "let a run that may write this vault recover it (`on_soft_deleted: recover`) or \
                purge it (`on_soft_deleted: purge`)";
    conflict(target, what, help)
}

fn managed(target: &Target) -> Error {
    let what = "a certificate of this vault owns the name";
    conflict(target, what, "choose another `secret_name`")
}

fn foreign(target: &Target, owner: &str) -> Error {
    let what = format!("it belongs to {owner}");
    let help = "choose another `secret_name`; or, if this file owned it under another scope, name \
                that in `metadata.formerly`; or make it ours with `take_over: true` on the target";
    conflict(target, &what, help)
}

fn disabled(target: &Target) -> Error {
    let what = "its current version is disabled, so it is neither read nor replaced";
    let help = format!(
        "enable it: az keyvault secret set-attributes --vault-name {} --name {} --enabled true; \
         or set `enabled` on the target",
        target.vault.name(),
        target.name
    );
    conflict(target, what, &help)
}
