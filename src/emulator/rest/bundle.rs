//! Secrets as the service writes them: members in its order, absent ones left out.

use serde_json::{Map, Value, json};

use super::api_version::ApiVersion;
use crate::emulator::vaults::VaultOptions;
use crate::emulator::vaults::secret::{Deletion, Secret, Version};

/// The form that one vault's answers have in one version of the API.
pub struct Form<'a> {
    /// The vault.
    pub host: &'a str,
    /// How it behaves.
    pub options: &'a VaultOptions,
    /// What the caller speaks.
    pub api: ApiVersion,
}

impl Form<'_> {
    /// A version with its value.
    pub fn with_value(&self, secret: &Secret, version: &Version) -> Value {
        let mut bundle = members([("value", json!(version.value))]);
        bundle.append(&mut self.properties(secret, version, self.version_id(secret, version)));
        if secret.is_managed {
            let id = format!("https://{}/keys/{}/{}", self.host, secret.name, version.id);
            bundle.insert("kid".to_owned(), json!(id));
        }
        if let Some(previous) = self.previous(secret, version) {
            bundle.insert("previousVersion".to_owned(), json!(previous));
        }
        Value::Object(bundle)
    }

    /// A version without its value.
    pub fn without_value(&self, secret: &Secret, version: &Version) -> Value {
        Value::Object(self.properties(secret, version, self.version_id(secret, version)))
    }

    /// The answer to a delete: the dates, where the vault keeps what is deleted.
    pub fn deleted(&self, secret: &Secret, deletion: Option<Deletion>) -> Value {
        let mut bundle = deletion.map_or_else(Map::new, |deletion| self.dates(secret, deletion));
        let id = self.version_id(secret, &secret.current);
        bundle.append(&mut self.properties(secret, &secret.current, id));
        Value::Object(bundle)
    }

    /// An item of the list of names.
    pub fn item(&self, secret: &Secret) -> Value {
        Value::Object(self.properties(secret, &secret.current, self.id(secret)))
    }

    /// An item of the list of deleted names.
    pub fn deleted_item(&self, secret: &Secret, deletion: Deletion) -> Value {
        let mut item = self.dates(secret, deletion);
        item.append(&mut self.properties(secret, &secret.current, self.id(secret)));
        Value::Object(item)
    }

    /// What only a deleted secret has.
    fn dates(&self, secret: &Secret, deletion: Deletion) -> Map<String, Value> {
        let id = format!("https://{}/deletedsecrets/{}", self.host, secret.name);
        members([
            ("recoveryId", json!(id)),
            ("deletedDate", json!(deletion.deleted)),
            ("scheduledPurgeDate", json!(deletion.purge)),
        ])
    }

    /// What all forms have.
    fn properties(&self, secret: &Secret, version: &Version, id: String) -> Map<String, Value> {
        members([
            ("contentType", json!(version.content_type)),
            ("id", json!(id)),
            ("managed", json!(secret.is_managed.then_some(true))),
            ("attributes", Value::Object(self.attributes(version))),
            ("tags", json!(version.tags)),
        ])
    }

    /// The member `attributes`.
    fn attributes(&self, version: &Version) -> Map<String, Value> {
        let days = self.api.has_recoverable_days().then(|| self.options.recoverable_days());
        members([
            ("enabled", json!(version.enabled)),
            ("nbf", json!(version.not_before)),
            ("exp", json!(version.expires)),
            ("created", json!(version.created)),
            ("updated", json!(version.updated)),
            ("recoveryLevel", json!(self.options.recovery_level())),
            ("recoverableDays", json!(days)),
        ])
    }

    /// The version before, of a certificate's secret; the newest specifications say so of no other.
    fn previous<'s>(&self, secret: &'s Secret, version: &Version) -> Option<&'s str> {
        let is_told = secret.is_managed && self.api.has_previous_version();
        let mut before = secret.versions().take_while(|other| other.id != version.id);
        before.by_ref().last().filter(|_| is_told).map(|other| other.id.as_str())
    }

    /// The secret without a version.
    fn id(&self, secret: &Secret) -> String {
        format!("https://{}/secrets/{}", self.host, secret.name)
    }

    /// One version of the secret.
    fn version_id(&self, secret: &Secret, version: &Version) -> String {
        format!("{}/{}", self.id(secret), version.id)
    }
}

/// An object of those members that have a value.
fn members<const N: usize>(all: [(&str, Value); N]) -> Map<String, Value> {
    let present = all.into_iter().filter(|(_, value)| !value.is_null());
    present.map(|(name, value)| (name.to_owned(), value)).collect()
}
