//! A secret of the embedded vault: its versions, and where in its life it is.

use std::collections::BTreeMap;
use std::iter::once;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::options::VaultOptions;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A name with everything that was ever put under it.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::emulator) struct Secret {
    /// The name in the case that it was made with.
    pub name: String,
    /// Whether a certificate owns it.
    pub is_managed: bool,
    /// The version that a read by name answers.
    pub current: Version,
    /// The versions before it, oldest first.
    pub older: Vec<Version>,
    /// Where in its life it is.
    pub life: Life,
}

impl Secret {
    /// A living secret of one version.
    pub fn new(name: &str, version: Version) -> Self {
        let (name, older) = (name.to_owned(), Vec::new());
        Self { name, is_managed: false, current: version, older, life: Life::Live }
    }

    /// Every version, oldest first.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        self.older.iter().chain(once(&self.current))
    }

    /// The version of that id, in any case.
    pub fn version(&self, id: &str) -> Option<&Version> {
        self.versions().find(|version| version.id.eq_ignore_ascii_case(id))
    }

    /// Replaces the version of the same id, else adds one that is current from now on.
    pub fn put(&mut self, version: Version) {
        let mut known = self.older.iter_mut().chain(once(&mut self.current));
        match known.find(|other| other.id == version.id) {
            Some(other) => *other = version,
            None => self.older.push(std::mem::replace(&mut self.current, version)),
        }
    }
}

/// One version. Its value is plain: the embedded vault is for rehearsals.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::emulator) struct Version {
    /// 32 lower-case hex digits in no order.
    pub id: String,
    /// The value.
    pub value: String,
    /// What the value is, if anybody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Whether it can be read.
    pub enabled: bool,
    /// The start of its use, unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<i64>,
    /// The end of its use, unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// When it was made, unix seconds.
    pub created: i64,
    /// When its properties last changed, unix seconds.
    pub updated: i64,
    /// Its tags; none if nobody ever set any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// Where in its life a secret is, with the moments at which it moves on by itself.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::emulator) enum Life {
    /// Never deleted.
    Live,
    /// Deleted.
    Deleted(Deletion),
    /// Brought back.
    Recovered {
        /// When it lives again.
        #[serde(with = "millisecond")]
        done: Timestamp,
    },
    /// Removed for good.
    Purged {
        /// When its name is free.
        #[serde(with = "millisecond")]
        done: Timestamp,
    },
}

/// The dates of a delete.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(in crate::emulator) struct Deletion {
    /// When it was asked for, unix seconds.
    pub deleted: i64,
    /// When it is complete.
    #[serde(with = "millisecond")]
    pub done: Timestamp,
    /// When the secret is removed for good, unix seconds.
    pub purge: i64,
}

/// What a caller meets at one moment of a secret's life.
#[derive(Clone, Copy)]
pub(in crate::emulator) enum Phase {
    /// It can be read and written.
    Live,
    /// The delete is under way.
    Deleting,
    /// It can be recovered or purged.
    Deleted(Deletion),
    /// The recovery is under way.
    Recovering,
    /// The purge is under way.
    Purging,
    /// The name is free.
    Gone,
}

impl Life {
    /// Deleted now, in a vault of these options.
    pub fn deleted(now: Timestamp, options: &VaultOptions) -> Self {
        if !options.soft_delete {
            return Self::Purged { done: now };
        }
        let (deleted, done) = (now.as_second(), after(now, options.delete_delay));
        let purge = deleted.saturating_add(options.retention_days.saturating_mul(DAY));
        Self::Deleted(Deletion { deleted, done, purge })
    }

    /// Brought back now, in a vault of these options.
    pub fn recovered(now: Timestamp, options: &VaultOptions) -> Self {
        Self::Recovered { done: after(now, options.recover_delay) }
    }

    /// Purged now, in a vault of these options.
    pub fn purged(now: Timestamp, options: &VaultOptions) -> Self {
        Self::Purged { done: after(now, options.purge_delay) }
    }

    /// What a caller meets now.
    pub fn phase(self, now: Timestamp) -> Phase {
        match self {
            Self::Live => Phase::Live,
            Self::Deleted(deletion) if now.as_second() >= deletion.purge => Phase::Gone,
            Self::Deleted(deletion) if now < deletion.done => Phase::Deleting,
            Self::Deleted(deletion) => Phase::Deleted(deletion),
            Self::Recovered { done } if now < done => Phase::Recovering,
            Self::Recovered { .. } => Phase::Live,
            Self::Purged { done } if now < done => Phase::Purging,
            Self::Purged { .. } => Phase::Gone,
        }
    }
}

/// A delay that is too long for the calendar never ends.
pub(in crate::emulator) fn after(now: Timestamp, delay: Duration) -> Timestamp {
    SignedDuration::try_from(delay)
        .ok()
        .and_then(|delay| now.checked_add(delay).ok())
        .unwrap_or(Timestamp::MAX)
}

/// A moment as milliseconds since 1970.
mod millisecond {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Loses what is finer than a millisecond.
    pub fn serialize<S: Serializer>(moment: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_i64(moment.as_millisecond())
    }

    /// Fails for a moment outside the calendar.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(from)?).map_err(D::Error::custom)
    }
}
