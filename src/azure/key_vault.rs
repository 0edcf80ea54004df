//! The secrets data plane of one vault.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::azure::credential::TokenSource;
use crate::azure::failure::Answer;
use crate::http::Http;
use crate::names::{SecretName, VaultUrl, VersionId};
use crate::secret::SecretValue;

/// A client of one vault; shared by threads.
pub struct KeyVault {
    vault: VaultUrl,
}

/// What a vault says of a version, without its value.
#[derive(Debug, Clone)]
pub struct Properties {
    /// The name as the vault spells it.
    pub name: SecretName,
    /// Absent in the items of `/secrets` and `/deletedsecrets`.
    pub version: Option<VersionId>,
    /// Whether it can be read.
    pub enabled: bool,
    /// When the version was made.
    pub created: Timestamp,
    /// When its properties were last changed.
    pub updated: Timestamp,
    /// `exp`, seconds since 1970.
    pub expires: Option<i64>,
    /// `nbf`, seconds since 1970.
    pub not_before: Option<i64>,
    /// Such as `Recoverable+Purgeable`.
    pub recovery_level: Option<String>,
    /// `contentType`.
    pub content_type: Option<String>,
    /// None where tags were never set.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether a certificate owns it.
    pub managed: bool,
}

/// A version with its value.
#[derive(Debug)]
pub struct Bundle {
    /// The value.
    pub value: SecretValue,
    /// The rest.
    pub properties: Properties,
}

/// A soft-deleted name.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// Of its latest version; the list's items carry no version.
    pub properties: Properties,
    /// Absent where the vault has no soft delete.
    pub recovery_id: Option<String>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// When the vault purges it by itself.
    pub purge: Option<Timestamp>,
}

/// One page of a listing. A page may be short or empty and still have a next one.
#[derive(Debug)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Where the next one is; only its absence ends a listing.
    pub next: Option<NextPage>,
}

/// A checked `nextLink`: https, and the same vault.
#[derive(Debug, Clone)]
pub struct NextPage(String);

/// A new version.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// The value.
    pub value: &'a SecretValue,
    /// The rest of what is sent.
    pub changes: Changes,
}

/// Properties to send; what is absent is left alone by PATCH and unset by PUT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// `contentType`.
    pub content_type: Option<String>,
    /// The whole map of tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// `attributes.enabled`.
    pub enabled: Option<bool>,
    /// `attributes.exp`.
    pub expires: Option<i64>,
    /// `attributes.nbf`.
    pub not_before: Option<i64>,
}

impl KeyVault {
    /// A client of `vault` that signs in by `tokens`.
    pub fn new(http: Arc<Http>, vault: VaultUrl, tokens: Arc<TokenSource>) -> Self {
        let _ = (http, tokens);
        Self { vault }
    }

    /// The vault.
    pub fn url(&self) -> &VaultUrl {
        &self.vault
    }

    /// The service's time by its last answer, or the runner's before the first.
    pub fn now(&self) -> Timestamp {
        unimplemented!()
    }

    /// A page of the names that are there; `None` asks for the first.
    pub fn list(&self, next: Option<&NextPage>) -> Answer<Page<Properties>> {
        let _ = next;
        unimplemented!()
    }

    /// A page of the names that are soft-deleted.
    pub fn list_deleted(&self, next: Option<&NextPage>) -> Answer<Page<Deleted>> {
        let _ = next;
        unimplemented!()
    }

    /// Every version of a name, in no order; empty for an unknown or deleted name.
    pub fn versions(&self, name: &SecretName) -> Answer<Vec<Properties>> {
        let _ = name;
        unimplemented!()
    }

    /// The current version, or the named one, with its value.
    pub fn get(&self, name: &SecretName, version: Option<&VersionId>) -> Answer<Bundle> {
        let _ = (name, version);
        unimplemented!()
    }

    /// A soft-deleted name.
    pub fn get_deleted(&self, name: &SecretName) -> Answer<Deleted> {
        let _ = name;
        unimplemented!()
    }

    /// Makes a new version. It is sent again only after a failure that surely came before the
    /// commit; after any other the failure says `may_be_done`.
    pub fn set(&self, name: &SecretName, new: &NewVersion<'_>) -> Answer<Properties> {
        let _ = (name, new);
        unimplemented!()
    }

    /// Changes properties of one version.
    pub fn update(
        &self,
        name: &SecretName,
        version: &VersionId,
        changes: &Changes,
    ) -> Answer<Properties> {
        let _ = (name, version, changes);
        unimplemented!()
    }

    /// Soft-deletes a name; without soft delete it is gone at once (no `recovery_id`).
    pub fn delete(&self, name: &SecretName) -> Answer<Deleted> {
        let _ = name;
        unimplemented!()
    }

    /// Starts to bring a soft-deleted name back.
    pub fn recover(&self, name: &SecretName) -> Answer<Properties> {
        let _ = name;
        unimplemented!()
    }

    /// Starts to remove a soft-deleted name for good.
    pub fn purge(&self, name: &SecretName) -> Answer<()> {
        let _ = name;
        unimplemented!()
    }
}
