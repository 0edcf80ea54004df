//! How every target stands. No type here can hold a value.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::Kind;
use crate::report::{ErrorReport, Findings, PARTLY, PENDING};

/// What `status` says.
#[derive(Debug, Serialize)]
pub struct StatusReport {
    /// `status`.
    pub command: &'static str,
    /// Whether it ran on the embedded vault.
    pub rehearsal: bool,
    /// The Secretfile.
    pub file: String,
    /// The services' time, by which ages and dates were judged.
    pub now: String,
    /// The end of `--due-within`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_until: Option<String>,
    /// One per secret.
    pub secrets: Vec<SecretStatus>,
    /// What is odd about the file.
    pub notices: Vec<String>,
}

/// How one secret stands.
#[derive(Debug, Serialize)]
pub struct SecretStatus {
    /// Its name.
    pub name: String,
    /// Whether we can make a new value.
    pub kind: SecretKind,
    /// The newest generation of ours: its time and its mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
    /// When its minted parts were last minted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated: Option<String>,
    /// Whole days since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_days: Option<i64>,
    /// When a new value is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// One per target of ours.
    pub targets: Vec<TargetStatus>,
    /// What is odd about it.
    pub notices: Vec<String>,
    /// Kinds of targets that another tool writes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ours: Vec<String>,
}

/// Where a secret's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// We make it.
    Minted,
    /// The file gives it.
    Given,
    /// A template with fields of both kinds.
    Mixed,
}

/// How one target stands.
#[derive(Debug, Serialize)]
pub struct TargetStatus {
    /// The vault's host.
    pub vault: String,
    /// The name in it.
    pub name: String,
    /// The field, where a template's field is stored alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Where it can be read, without a version.
    pub uri: String,
    /// The state.
    pub state: State,
    /// Whether another target holds a newer generation of ours.
    pub behind: bool,
    /// Whose it is, where it is foreign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When the vault purges it, where it is soft-deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purge: Option<String>,
    /// Its generation, where it is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
    /// When its minted parts were last minted, where it is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated: Option<String>,
    /// Whole days since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_days: Option<i64>,
    /// When its current version was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Whether its current version can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// When its current version expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// How many versions it has, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_count: Option<usize>,
    /// Its versions, newest first, where they were asked for and are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<VersionStatus>>,
    /// Why its state is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
    /// The same for the exit code.
    #[serde(skip)]
    pub failed: Option<Kind>,
}

/// The state of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not there.
    Missing,
    /// Ours.
    Ours,
    /// A value that never was ours.
    PreExisting,
    /// Somebody wrote over ours.
    ChangedOutside,
    /// Another scope or another tool owns it.
    Foreign,
    /// A certificate owns it.
    Managed,
    /// Its current version cannot be read.
    Disabled,
    /// Soft-deleted.
    SoftDeleted,
    /// Not known.
    Unknown,
}

/// One version.
#[derive(Debug, Serialize)]
pub struct VersionStatus {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created: String,
    /// Whether it can be read.
    pub enabled: bool,
    /// Whether it is the current one.
    pub current: bool,
    /// Its generation, where it is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

/// A date, and how near it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Date {
    /// The date, in UTC.
    pub at: String,
    /// How near.
    pub is: Nearness,
}

/// How near a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Nearness {
    /// It is past.
    Over,
    /// It comes within `--due-within`, or within 14 days.
    Near,
    /// It is later than that.
    Ahead,
}

impl Date {
    /// Judges a date.
    pub fn new(at: Timestamp, now: Timestamp, horizon: Timestamp) -> Self {
        let is = if at <= now {
            Nearness::Over
        } else if at <= horizon {
            Nearness::Near
        } else {
            Nearness::Ahead
        };
        Self { at: at.to_string(), is }
    }

    /// Whether it is past or near.
    pub fn calls(&self) -> bool {
        self.is != Nearness::Ahead
    }
}

impl State {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ours => "ours",
            Self::PreExisting => "pre-existing",
            Self::ChangedOutside => "changed-outside",
            Self::Foreign => "foreign",
            Self::Managed => "managed",
            Self::Disabled => "disabled",
            Self::SoftDeleted => "soft-deleted",
            Self::Unknown => "unknown",
        }
    }
}

impl StatusReport {
    /// The exit code: what is not known counts as failed; else 10 where `--due-within` finds something.
    pub fn exit_code(&self) -> u8 {
        let mut failures = self.targets().filter_map(|target| target.failed);
        let calls = self.secrets.iter().any(SecretStatus::calls);
        match failures.next() {
            None if self.due_until.is_some() && calls => PENDING,
            None => 0,
            Some(first) => {
                let is_any_known = self.targets().any(|target| target.failed.is_none());
                let alike = failures.all(|kind| kind == first);
                if alike && !is_any_known { first.exit_code() } else { PARTLY }
            }
        }
    }

    /// What there is to fail on.
    pub fn findings(&self) -> Findings {
        let has_drifted = |target: &TargetStatus| {
            target.behind || !matches!(target.state, State::Ours | State::Unknown)
        };
        Findings {
            failed: self.targets().any(|target| target.failed.is_some()),
            drift: self.targets().any(has_drifted),
            due: self.secrets.iter().any(SecretStatus::is_due),
        }
    }

    /// How many targets are in each state.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for target in self.targets() {
            *counts.entry(target.state.name()).or_default() += 1;
        }
        counts
    }

    fn targets(&self) -> impl Iterator<Item = &TargetStatus> {
        self.secrets.iter().flat_map(|secret| &secret.targets)
    }
}

impl SecretStatus {
    /// Whether a new value is due, or soon will be.
    pub fn is_due(&self) -> bool {
        self.due.as_ref().is_some_and(Date::calls)
    }

    /// Whether it is due, or one of its targets expires, soon or already.
    fn calls(&self) -> bool {
        let dates = self.targets.iter().filter_map(|target| target.expires.as_ref());
        self.due.iter().chain(dates).any(Date::calls)
    }
}
