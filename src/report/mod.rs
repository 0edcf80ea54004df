//! The account of a run. No type here can hold a value.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::decision::Action;
use crate::error::Kind;
use crate::names::{VaultUrl, VersionId};
use crate::neutral;
use crate::report::tone::Tone;
use crate::secretfile::{Secret, Secretfile};

pub use error::ErrorReport;
pub use fail_on::{FailOn, Findings};

pub mod annotations;
mod check;
pub mod doctor;
pub mod doctor_text;
mod error;
mod fail_on;
pub mod fetch;
pub mod file;
mod help;
pub mod html;
pub mod json;
pub mod markdown;
mod mermaid;
pub mod outputs;
#[cfg(test)]
mod sample;
mod standing;
pub mod status;
pub mod status_text;
pub mod stop;
pub mod summary;
pub mod text;
mod tone;
pub mod valid;

/// What a command did or would do.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The command.
    pub command: &'static str,
    /// Whether it ran on the embedded vault.
    pub rehearsal: bool,
    /// The Secretfile.
    pub file: String,
    /// Whether nothing was written because only a plan was asked for.
    pub planned: bool,
    /// What the plan rests on; `sync --plan-digest` takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<String>,
    /// One per secret that was looked at.
    pub secrets: Vec<SecretReport>,
    /// What is odd about the file.
    pub notices: Vec<String>,
}

/// What became of one secret.
#[derive(Debug, Serialize)]
pub struct SecretReport {
    /// Its name.
    pub name: String,
    /// One per target of ours.
    pub targets: Vec<TargetReport>,
    /// What is odd about it.
    pub notices: Vec<String>,
    /// When it is due to be rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Kinds of targets that another tool writes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ours: Vec<String>,
}

/// What became of one target.
#[derive(Debug, Serialize)]
pub struct TargetReport {
    /// The vault's host.
    pub vault: String,
    /// The name in it.
    pub name: String,
    /// The field, where a template's field is stored alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was done, or would be.
    pub action: &'static str,
    /// Where it can be read, without a version.
    pub uri: String,
    /// The version that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How many older versions of ours were disabled after it.
    #[serde(skip_serializing_if = "is_zero")]
    pub versions_disabled: usize,
    /// Why it is not written although it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
    /// What it means for the exit code.
    #[serde(skip)]
    verdict: Verdict,
    /// The kind of the action, which summaries colour.
    #[serde(skip)]
    tone: Tone,
}

/// What a target means for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// As it should be.
    Right,
    /// Something is still to be done, by a later run or after a look.
    Pending,
    /// Failed.
    Failed(Kind),
}

/// Exit code: some targets are right, others failed.
const PARTLY: u8 = 9;
/// Exit code: changes are pending.
const PENDING: u8 = 10;

impl Report {
    /// Reports what was done for secrets of a file, or with `planned` would be.
    pub fn new(
        file: &Secretfile,
        command: &'static str,
        rehearsal: bool,
        planned: bool,
        secrets: Vec<SecretReport>,
    ) -> Self {
        Self {
            command,
            rehearsal,
            file: neutral::line(&file.path),
            planned,
            plan_digest: None,
            secrets,
            notices: notices(file),
        }
    }

    /// The exit code: a kind's own only when nothing succeeded and all failed alike.
    pub fn exit_code(&self, detailed: bool) -> u8 {
        let verdicts: Vec<Verdict> = self.targets().map(|target| target.verdict).collect();
        let mut failures = verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Failed(kind) => Some(*kind),
            _ => None,
        });
        let is_pending = verdicts.contains(&Verdict::Pending) && (detailed || !self.planned);
        match failures.next() {
            None if is_pending => PENDING,
            None => 0,
            Some(first) => {
                let alike = failures.all(|kind| kind == first);
                let is_any_right = verdicts.contains(&Verdict::Right);
                if alike && !is_any_right { first.exit_code() } else { PARTLY }
            }
        }
    }

    /// Whether something is still to be done.
    pub fn is_pending(&self) -> bool {
        self.targets().any(|target| target.verdict == Verdict::Pending)
    }

    /// What there is to fail on; `now` tells what is due.
    pub fn findings(&self, now: jiff::Timestamp) -> Findings {
        let is_due = |due: &str| due.parse().is_ok_and(|due: jiff::Timestamp| due <= now);
        let is_conflict = |target: &TargetReport| target.verdict == Verdict::Failed(Kind::Conflict);
        Findings {
            failed: self.targets().any(|target| target.error.is_some()),
            drift: self.is_pending() || self.targets().any(is_conflict),
            due: self.secrets.iter().filter_map(|secret| secret.due.as_deref()).any(is_due),
        }
    }

    /// How many targets got each action, in the order of the words.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for target in self.targets() {
            *counts.entry(target.action).or_default() += 1;
        }
        counts
    }

    fn targets(&self) -> impl Iterator<Item = &TargetReport> {
        self.secrets.iter().flat_map(|secret| &secret.targets)
    }
}

impl SecretReport {
    /// Reports one secret; `planned` tells what would be done from what was.
    pub fn new(
        secret: &Secret,
        actions: &[Action],
        versions: &[Option<VersionId>],
        planned: bool,
    ) -> Self {
        let targets =
            secret.targets.iter().zip(actions).zip(versions).map(|((target, action), version)| {
                let name = target.name.as_str();
                TargetReport {
                    field: target.field.as_deref().map(neutral::line),
                    version: version
                        .as_ref()
                        .filter(|_| verdict(action, planned) == Verdict::Right)
                        .map(ToString::to_string),
                    ..TargetReport::new(&target.vault, name, action, planned)
                }
            });
        Self {
            name: neutral::line(&secret.name),
            targets: targets.collect(),
            notices: Vec::new(),
            due: None,
            not_ours: secret.not_ours.clone(),
        }
    }

    /// Reports one target alone.
    pub fn of_target(name: &str, target: TargetReport) -> Self {
        Self {
            name: neutral::line(name),
            targets: vec![target],
            notices: Vec::new(),
            due: None,
            not_ours: Vec::new(),
        }
    }

    /// Whether anything happened that a reader should see while the run goes on.
    pub fn is_news(&self) -> bool {
        self.targets.iter().any(|target| target.action != Action::Unchanged.name())
    }
}

impl TargetReport {
    /// Reports one name of a vault; `planned` tells what would be done from what was.
    pub fn new(vault: &VaultUrl, name: &str, action: &Action, planned: bool) -> Self {
        Self {
            vault: vault.host().to_owned(),
            name: name.to_owned(),
            field: None,
            action: if planned { action.name() } else { done(action) },
            uri: format!("{vault}/secrets/{name}"),
            version: None,
            versions_disabled: 0,
            reason: reason(action),
            error: failure(action),
            verdict: verdict(action, planned),
            tone: Tone::of(action),
        }
    }
}

/// What is odd about the file, each with its place.
pub fn notices(file: &Secretfile) -> Vec<String> {
    file.notices.iter().map(|notice| notice.show(&file.path)).collect()
}

/// The word for what was done.
fn done(action: &Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Copy => "copied",
        Action::Repair => "repaired",
        Action::Update => "updated",
        Action::Rotate => "rotated",
        Action::Adopt => "adopted",
        Action::Retag => "retagged",
        Action::Recover => "recovered",
        Action::Purge => "purged",
        Action::Disable => "disabled",
        Action::Delete => "deleted",
        other => other.name(),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the serialiser hands over a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn reason(action: &Action) -> Option<String> {
    match action {
        Action::Held(reason) | Action::Kept(reason) => Some(reason.clone()),
        Action::Waiting => Some("it waits for the run that may write the first target".to_owned()),
        _ => None,
    }
}

fn failure(action: &Action) -> Option<ErrorReport> {
    match action {
        Action::Failed(error) => Some(error.into()),
        _ => None,
    }
}

fn verdict(action: &Action, planned: bool) -> Verdict {
    match action {
        Action::Failed(error) => Verdict::Failed(error.kind),
        Action::Unchanged | Action::Skipped | Action::Kept(_) | Action::Missing => Verdict::Right,
        Action::Waiting | Action::Held(_) | Action::Compare | Action::After => Verdict::Pending,
        _ if planned => Verdict::Pending,
        _ => Verdict::Right,
    }
}
