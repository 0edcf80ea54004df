//! Takes the ages of a lockfile over into tags: the clock of rotation of each secret goes on where the
//! other tool left it. Properties alone are written, never a value.
//!
//! What may become ours is decided as `sync` decides it. The lockfile tells of the value that its tool
//! wrote last: a version that is newer than that is somebody else's, and keeps the age that it has.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::apply::{self, Run};
use crate::decision::{Action, Decision, Origin, Step};
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::lockfile::{Age, Lockfile};
use crate::names::VersionId;
use crate::neutral;
use crate::observation::{Observation, Standing};
use crate::observe;
use crate::plan::Case;
use crate::report::SecretReport;
use crate::secretfile::Secret;
use crate::state::{Generation, State, later};
use crate::work;
use crate::write::{Failing, Writer};

/// What is adopted, and from where.
pub struct Adoption<'a> {
    /// The file, its vaults and the command line.
    pub run: Run<'a>,
    /// Where the ages come from.
    pub lockfile: &'a Lockfile,
    /// Whether anything is written, or only told.
    pub writes: bool,
}

impl Adoption<'_> {
    /// Those of the `secrets` (indices into the file) whose age the lockfile tells, and that we write.
    pub fn known(&self, secrets: &[usize]) -> Vec<usize> {
        let is_known =
            |secret: &Secret| self.lockfile.age(secret).is_some() && !secret.targets.is_empty();
        let all = secrets.iter().copied();
        all.filter(|&index| is_known(&self.run.file.secrets[index])).collect()
    }

    /// What the lockfile has and the file has not, and the other way round.
    pub fn notices(&self, secrets: &[usize]) -> Vec<String> {
        let others = self.lockfile.others(&self.run.file.secrets);
        let secrets = secrets.iter().map(|&index| &self.run.file.secrets[index]);
        let without = secrets.filter(|secret| self.lockfile.age(secret).is_none());
        let without: Vec<&str> = without.map(|secret| secret.name.as_str()).collect();
        let path = neutral::line(&self.lockfile.path);
        let say = |names: &[&str], what: &str| {
            (!names.is_empty()).then(|| format!("{path}: {what}: {}", listed(names)))
        };
        let gone = say(&others, "has entries that the Secretfile does not have");
        let new = say(&without, "has no entry for these; `sync` counts their age from now");
        gone.into_iter().chain(new).collect()
    }

    /// Adopts the `secrets`, which are known.
    pub fn each(&self, secrets: &[usize], parallel: usize) -> Vec<SecretReport> {
        let seen = observe::observe(self.run.file, self.run.vaults, secrets, parallel);
        let jobs: Vec<(usize, Vec<Observation>)> = secrets.iter().copied().zip(seen).collect();
        let adopted = work::each(&jobs, parallel, |(secret, seen)| self.one(*secret, seen));
        adopted.into_iter().flatten().collect()
    }

    fn one(&self, secret: usize, seen: &[Observation]) -> Option<SecretReport> {
        let Run { file, vaults, options, clock, abreast: _ } = self.run;
        let secret = &file.secrets[secret];
        let now = vaults.now(&secret.targets, clock.now());
        let case = Case { file, secret, seen, options, now };
        let plan = Plan::of(&self.run, case, self.lockfile.age(secret)?);
        let (mut actions, mut versions) = (plan.actions.clone(), vec![None; seen.len()]);
        if self.writes {
            let writer = Writer { case, vaults, clock };
            for (index, tag) in plan.tags(&writer) {
                match tag.and_then(|state| writer.patch_aged(index, &state, plan.age.rotated)) {
                    Ok(version) => versions[index] = version,
                    Err(Failing::Surprise(error) | Failing::Error(error)) => {
                        actions[index] = Action::Failed(error);
                    }
                }
            }
        }
        Some(plan.report(&actions, &versions, !self.writes))
    }
}

/// What becomes of one secret.
struct Plan<'a> {
    case: Case<'a>,
    age: Age,
    /// What `sync` would do with it if it were not due.
    decision: Decision,
    /// The generations of the value that the lockfile tells of.
    told: BTreeSet<Generation>,
    /// One per target.
    actions: Vec<Action>,
}

impl<'a> Plan<'a> {
    fn of(run: &Run<'_>, case: Case<'a>, age: Age) -> Self {
        // At the beginning of time no secret is due.
        let decision = apply::decide(run, &Case { now: Timestamp::MIN, ..case });
        let told = case.seen.iter().filter(|seen| is_told(seen, age));
        let told = told.filter_map(|seen| Some(seen.ours()?.generation.clone())).collect();
        let mut plan = Self { case, age, decision, told, actions: Vec::new() };
        plan.actions = (0..case.seen.len()).map(|index| plan.action(index)).collect();
        plan
    }

    fn action(&self, index: usize) -> Action {
        if self.age.rotated > later(self.case.now, AHEAD) {
            return Action::Failed(from_the_future(self.case.secret, self.age));
        }
        let decided = &self.decision.actions[index];
        match (&self.case.seen[index].standing, decided) {
            (_, Action::Failed(_)) => decided.clone(),
            (Standing::Ours(_), _) if !self.case.is_writable(index) => Action::Skipped,
            (Standing::Ours(own), _) if self.is_to_be_aged(own) => Action::Retag,
            (Standing::Ours(_), _) => Action::Unchanged,
            (_, Action::Adopt) => self.adopted(index),
            (_, Action::Skipped | Action::Waiting | Action::Held(_)) => decided.clone(),
            (Standing::Missing, _) => Action::Missing,
            (Standing::SoftDeleted, _) => Action::Kept(DELETED.to_owned()),
            _ => Action::Kept(LEFT.to_owned()),
        }
    }

    /// Whether a generation of ours holds the lockfile's value, and another age.
    fn is_to_be_aged(&self, own: &State) -> bool {
        self.told.contains(&own.generation) && own.rotated != self.age.rotated
    }

    /// A value that was not ours: equal to all others that become ours with it.
    fn adopted(&self, index: usize) -> Action {
        let together = self.adopters().any(|other| is_told(&self.case.seen[other], self.age));
        let is_tied = matches!(&self.decision.step, Step::Write(write) if matches!(write.origin, Origin::Copied { .. }));
        if together || is_tied {
            return Action::Adopt;
        }
        let error =
            Error::of(ErrorCode::LockfileOutdated, "the value was written after the lockfile");
        let help =
            "take a newer lockfile, or let `secretzero sync` adopt the value with an age from now";
        Action::Failed(error.at(self.case.secret.targets[index].to_string()).help(help))
    }

    fn adopters(&self) -> impl Iterator<Item = usize> {
        let actions = self.decision.actions.iter().enumerate();
        actions.filter(|(_, action)| matches!(action, Action::Adopt)).map(|(index, _)| index)
    }

    /// The tag of each target that gets one.
    fn tags(&self, writer: &Writer<'_>) -> Vec<(usize, Result<State, Failing>)> {
        let is_written = |action: &Action| matches!(action, Action::Retag | Action::Adopt);
        let all = self.actions.iter().enumerate().filter(|(_, action)| is_written(action));
        let mut tags = Vec::new();
        let mut shared: Option<State> = None;
        for (index, _) in all {
            let tag = match (self.case.seen[index].ours(), &shared) {
                (Some(own), _) => Ok(own.clone()),
                (None, Some(shared)) => Ok(shared.clone()),
                (None, None) => self.new_tag(writer),
            };
            if let (None, Ok(tag)) = (self.case.seen[index].ours(), &tag) {
                shared = Some(tag.clone());
            }
            tags.push((index, tag));
        }
        tags
    }

    /// The generation that values of somebody else become, or are found equal to.
    fn new_tag(&self, writer: &Writer<'_>) -> Result<State, Failing> {
        let Step::Write(write) = &self.decision.step else {
            return Err(Error::internal("an adoption without a step").into());
        };
        let (_, state) = writer.content(&write.origin)?;
        state.ok_or_else(|| Error::internal("an adoption without a tag").into())
    }

    fn report(
        &self,
        actions: &[Action],
        versions: &[Option<VersionId>],
        planned: bool,
    ) -> SecretReport {
        let mut notices = self.case.notices();
        let newer = self.case.secret.targets.iter().zip(self.case.seen);
        let newer = newer.filter(|(_, seen)| {
            seen.ours().is_some_and(|own| !self.told.contains(&own.generation))
        });
        notices.extend(newer.map(|(target, _)| format!("{target}: {NEWER}")));
        let due = self.due(actions).map(|due| due.to_string());
        let report = SecretReport::new(self.case.secret, actions, versions, planned);
        SecretReport { notices, due, ..report }
    }

    /// When the value is due by its age; by its own, where that of the lockfile does not count.
    fn due(&self, actions: &[Action]) -> Option<Timestamp> {
        let period = self.case.secret.rotation_period.filter(|_| !self.case.secret.one_time)?;
        let is_aged = actions.iter().any(|action| matches!(action, Action::Retag | Action::Adopt));
        let own = self.case.seen.iter().filter_map(Observation::ours);
        let newest = own.max_by(|a, b| a.generation.cmp(&b.generation)).map(|own| own.rotated);
        let rotated = if is_aged { self.age.rotated } else { newest? };
        Some(later(rotated, period))
    }
}

/// Whether a target's version is not newer than the lockfile's last word on it.
fn is_told(seen: &Observation, age: Age) -> bool {
    seen.current.as_ref().is_some_and(|current| current.created <= later(age.written, SLOW))
}

fn from_the_future(secret: &Secret, age: Age) -> Error {
    let what = format!("the lockfile says that it was rotated in the future, on {}", age.rotated);
    let help = "mend the lockfile's `last_rotated` or `created_at`, or let `secretzero sync` adopt the \
                value with an age from now";
    Error::of(ErrorCode::Lockfile, what).at(&secret.name).help(help)
}

/// The first names, and how many more there are.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(SHOWN).map(|name| neutral::line(name));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What the report says of what becomes nobody's.
const DELETED: &str = "it is soft-deleted; `sync` settles that, and this can be run again then";
/// The same of what is to be written over.
const LEFT: &str = "`sync` writes another value to it";
/// What a notice says of a value of ours.
const NEWER: &str = "its value is newer than the lockfile, and keeps its own age";
/// How many names a notice lists.
const SHOWN: usize = 20;
/// How far a lockfile's times may lie ahead: the clock of another machine.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// How much later than its lockfile's entry a value may have been made: the other tool notes the time
/// when it is done, by the clock of its own machine.
const SLOW: SignedDuration = SignedDuration::from_hours(1);
