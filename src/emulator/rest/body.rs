//! The bodies of requests.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;
use crate::emulator::message::Request;
use crate::emulator::vaults::VaultOptions;
use crate::emulator::vaults::secret::{Version, after};

/// The most bytes of a value.
const VALUE_LENGTH: usize = 25_600;

/// The most characters of a content type.
const CONTENT_TYPE_LENGTH: usize = 255;

/// The most tags of a version.
const TAGS: usize = 15;

/// The most characters of a tag's name, and of its value.
const TAG_LENGTH: usize = 512;

/// The random bytes of a version's id, which is their hex.
const ID_LENGTH: usize = 16;

/// What a PUT sends.
#[derive(Deserialize)]
pub struct NewVersion {
    /// The value, which may be empty.
    value: String,
    /// Everything else.
    #[serde(flatten)]
    properties: Properties,
}

/// What a PATCH sends. `null` is as good as absent: nothing can be unset.
#[derive(Default, Deserialize)]
pub struct Properties {
    /// What the value is.
    #[serde(rename = "contentType")]
    content_type: Option<String>,
    /// Dates, and whether the version can be read.
    attributes: Option<Attributes>,
    /// All tags.
    tags: Option<BTreeMap<String, String>>,
}

/// The attributes that a caller can set; the service passes the others over.
#[derive(Default, Deserialize)]
struct Attributes {
    /// Whether the version can be read.
    enabled: Option<bool>,
    /// The start of its use, unix seconds.
    nbf: Option<i64>,
    /// The end of its use, unix seconds.
    exp: Option<i64>,
}

/// What a restore sends.
#[derive(Deserialize)]
struct Blob {
    /// What a backup answered.
    value: String,
}

impl NewVersion {
    /// The body of a PUT.
    ///
    /// # Errors
    ///
    /// The body is not what it must be, or something in it is too long.
    pub fn parse(request: &Request) -> Result<Self, Refusal> {
        let new: Self = parse(request)?;
        if new.value.len() > VALUE_LENGTH {
            return Err(Refusal::invalid_property());
        }
        new.properties.check()?;
        Ok(new)
    }

    /// A value with no properties but these.
    pub fn of(
        value: &str,
        content_type: Option<String>,
        tags: Option<BTreeMap<String, String>>,
    ) -> Self {
        let properties = Properties { content_type, attributes: None, tags };
        Self { value: value.to_owned(), properties }
    }

    /// The version, made now, with an id of its own.
    ///
    /// # Errors
    ///
    /// The operating system has no random numbers.
    pub fn made(self, now: Timestamp, options: &VaultOptions) -> Result<Version, SysError> {
        let created = after(now, options.created_ahead).as_second();
        let Properties { content_type, attributes, tags } = self.properties;
        let Attributes { enabled, nbf, exp } = attributes.unwrap_or_default();
        Ok(Version {
            id: random_id()?,
            value: self.value,
            content_type,
            enabled: enabled.unwrap_or(true),
            not_before: nbf,
            expires: exp,
            created,
            updated: created,
            tags,
        })
    }
}

impl Properties {
    /// The body of a PATCH.
    ///
    /// # Errors
    ///
    /// The body is not what it must be, or something in it is too long.
    pub fn parse(request: &Request) -> Result<Self, Refusal> {
        let properties: Self = parse(request)?;
        properties.check()?;
        Ok(properties)
    }

    /// The version with what was sent; tags are replaced as a whole.
    pub fn merge(self, into: &Version, now: Timestamp) -> Version {
        let attributes = self.attributes.unwrap_or_default();
        let old = into.clone();
        Version {
            content_type: self.content_type.or(old.content_type),
            enabled: attributes.enabled.unwrap_or(old.enabled),
            not_before: attributes.nbf.or(old.not_before),
            expires: attributes.exp.or(old.expires),
            tags: self.tags.or(old.tags),
            // It never is before `created`, which may be ahead of the clock.
            updated: now.as_second().max(old.updated),
            ..old
        }
    }

    /// Everything has a bound, and over it is an error.
    fn check(&self) -> Result<(), Refusal> {
        let is_short = |text: &str, most: usize| text.chars().count() <= most;
        let kind = self.content_type.as_deref().unwrap_or_default();
        let mut tags = self.tags.iter().flatten();
        let fits = is_short(kind, CONTENT_TYPE_LENGTH)
            && self.tags.iter().all(|tags| tags.len() <= TAGS)
            && tags.all(|(name, value)| is_short(name, TAG_LENGTH) && is_short(value, TAG_LENGTH));
        if fits { Ok(()) } else { Err(Refusal::invalid_property()) }
    }
}

/// The blob to restore.
pub fn blob(request: &Request) -> Result<String, Refusal> {
    parse(request).map(|Blob { value }| value)
}

/// A JSON body. The parser's own words may quote a value, so nobody gets to see them.
fn parse<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    check_type(request)?;
    serde_json::from_slice(&request.body)
        .map_err(|_| Refusal::bad_parameter("The request body is missing, or not what it must be."))
}

/// An empty body has no type; it is refused for what it lacks.
fn check_type(request: &Request) -> Result<(), Refusal> {
    let header = request.header("content-type");
    let kind = header.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match kind {
        _ if request.body.is_empty() => Ok(()),
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        kind => Err(Refusal::unsupported_type(kind)),
    }
}

/// 32 lower-case hex digits that say nothing about age.
fn random_id() -> Result<String, SysError> {
    let mut bytes = [0; ID_LENGTH];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(hex::encode(bytes))
}
