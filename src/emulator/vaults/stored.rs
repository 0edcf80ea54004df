//! A version as a test sees it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::secret::Version;

/// One version as a test sees it. Its value is not part of its `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredVersion {
    /// 32 lower-case hex digits in no order.
    pub id: String,
    /// The value.
    pub value: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it can be read.
    pub enabled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When its properties last changed.
    pub updated: Timestamp,
    /// What the value is, if anybody said so.
    pub content_type: Option<String>,
    /// The end of its use, unix seconds.
    pub expires: Option<i64>,
    /// The start of its use, unix seconds.
    pub not_before: Option<i64>,
}

impl fmt::Debug for StoredVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredVersion")
            .field("id", &self.id)
            .field("value", &"***")
            .field("tags", &self.tags)
            .field("enabled", &self.enabled)
            .field("created", &self.created)
            .field("updated", &self.updated)
            .field("content_type", &self.content_type)
            .field("expires", &self.expires)
            .field("not_before", &self.not_before)
            .finish()
    }
}

impl From<&Version> for StoredVersion {
    fn from(version: &Version) -> Self {
        let moment = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        Self {
            id: version.id.clone(),
            value: version.value.clone(),
            tags: version.tags.clone().unwrap_or_default(),
            enabled: version.enabled,
            created: moment(version.created),
            updated: moment(version.updated),
            content_type: version.content_type.clone(),
            expires: version.expires,
            not_before: version.not_before,
        }
    }
}
