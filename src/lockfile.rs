//! The lockfile of SecretZero, the tool in Python, read for its times and for nothing else.
//!
//! It is JSON: `version`, and under `secrets` for each name `created_at`, `updated_at` and `last_rotated`
//! (a time in ISO 8601, or null). Its hashes are of values that we neither know nor trust, and are not
//! looked at. A template's fields are entries of their own, `SECRET.FIELD`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::input_file;
use crate::secretfile::{Content, Part, Secret};
use crate::state::whole_seconds;

/// The times of each name.
#[derive(Debug)]
pub struct Lockfile {
    /// Where it is, for messages.
    pub path: String,
    /// By the tool's own names.
    ages: BTreeMap<String, Age>,
}

/// What is known of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// What the rotation is counted from: `last_rotated`, else `created_at`, as that tool counts.
    pub rotated: Timestamp,
    /// When that tool last wrote it.
    pub written: Timestamp,
}

impl Lockfile {
    /// Reads a lockfile of at most 4 MiB.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let bytes = input_file::read(path, MAX_BYTES)?;
        let ages = parse(&bytes).map_err(|wrong| {
            let help = "take the file as the last run of SecretZero (Python) left it, such as from \
                        version control";
            Error::of(ErrorCode::Lockfile, wrong).at(&shown).help(help)
        })?;
        Ok(Self { path: shown, ages })
    }

    /// A secret's age. A template is as old as its oldest minted field, and was written with its last.
    pub fn age(&self, secret: &Secret) -> Option<Age> {
        let own = self.ages.get(&secret.name).copied();
        own.or_else(|| {
            let minted = self.fields(secret, |part| matches!(part, Part::Minted(_)));
            let all = self.fields(secret, |_| true);
            let counted = if minted.is_empty() { &all } else { &minted };
            let rotated = counted.iter().map(|age| age.rotated).min()?;
            let written = all.iter().map(|age| age.written).max()?;
            Some(Age { rotated, written })
        })
    }

    /// The names that are none of these secrets'.
    pub fn others(&self, secrets: &[Secret]) -> Vec<&str> {
        let is_known = |name: &str| {
            secrets.iter().any(|secret| {
                let field = name.strip_prefix(secret.name.as_str());
                let field = field.and_then(|rest| rest.strip_prefix('.'));
                name == secret.name || field.is_some_and(|field| has_field(secret, field))
            })
        };
        self.ages.keys().map(String::as_str).filter(|name| !is_known(name)).collect()
    }

    fn fields(&self, secret: &Secret, counts: impl Fn(&Part) -> bool) -> Vec<Age> {
        let Content::Object(fields) = &secret.content else { return Vec::new() };
        let counted = fields.iter().filter(|field| counts(&field.part));
        let names = counted.map(|field| format!("{}.{}", secret.name, field.name));
        names.filter_map(|name| self.ages.get(&name).copied()).collect()
    }
}

fn has_field(secret: &Secret, name: &str) -> bool {
    matches!(&secret.content, Content::Object(fields) if fields.iter().any(|f| f.name == name))
}

/// The times of every name, or what is wrong; no text of the file beside names is shown.
fn parse(bytes: &[u8]) -> std::result::Result<BTreeMap<String, Age>, String> {
    let root: Map<String, Value> = serde_json::from_slice(bytes).map_err(|error| {
        format!("it is no JSON object (line {}, column {})", error.line(), error.column())
    })?;
    if root.get("version").is_some_and(|version| !is_first(version)) {
        return Err("its `version` is not 1, and no other is known".to_owned());
    }
    let entries = root.get("secrets").and_then(Value::as_object);
    let entries = entries.ok_or("it has no map `secrets`")?;
    let read = entries.iter().map(|(name, entry)| (name, age(entry)));
    let (mut ages, mut wrong) = (BTreeMap::new(), Vec::new());
    for (name, age) in read {
        match age {
            Ok(age) => drop(ages.insert(name.clone(), age)),
            Err(why) => wrong.push(format!("`{name}` {why}")),
        }
    }
    if wrong.is_empty() { Ok(ages) } else { Err(told(&wrong)) }
}

fn told(wrong: &[String]) -> String {
    let shown = wrong.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("; ");
    let what = format!("entries that make no sense: {}: {shown}", wrong.len());
    match wrong.len().saturating_sub(SHOWN) {
        0 => what,
        more => format!("{what}; and {more} more"),
    }
}

fn is_first(version: &Value) -> bool {
    version.as_f64() == Some(1.0)
        || version.as_str().is_some_and(|text| ["1", "1.0"].contains(&text))
}

fn age(entry: &Value) -> std::result::Result<Age, String> {
    let entry = entry.as_object().ok_or("is no map")?;
    let created = time(entry, "created_at")?.ok_or("has no `created_at`")?;
    let updated = time(entry, "updated_at")?.ok_or("has no `updated_at`")?;
    let rotated = time(entry, "last_rotated")?.unwrap_or(created);
    Ok(Age { rotated, written: updated.max(rotated) })
}

/// A time in whole seconds; none where there is null, an empty text or nothing. One without a zone is
/// UTC's, as that tool's early versions wrote it.
fn time(entry: &Map<String, Value>, key: &str) -> std::result::Result<Option<Timestamp>, String> {
    let text = match entry.get(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text,
        Some(_) => return Err(format!("has a `{key}` that is no text")),
    };
    let without_zone = || {
        let time: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(time).ok()
    };
    let time = text.parse().ok().or_else(without_zone);
    time.map(|time| Some(whole_seconds(time))).ok_or(format!("has a `{key}` that is no time"))
}

/// A lockfile that is larger is none; bytes.
const MAX_BYTES: u64 = 4 << 20;
/// How many wrong entries a message names.
const SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// What a lockfile's text is read as.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        text: String,
        /// A part of the message; none: it is read.
        wrong: Option<String>,
        /// For each name `rotated` and `written`.
        #[serde(default)]
        ages: BTreeMap<String, [String; 2]>,
    }

    #[test]
    fn a_lockfile_is_read_for_its_times_and_nonsense_is_told() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/lockfiles/cases.yml");
        let text = std::fs::read_to_string(path).expect("the cases");
        let cases: Vec<Case> = serde_yaml::from_str(&text).expect("a list of cases");
        assert!(cases.len() >= 15);
        for Case { name, text, wrong, ages } in cases {
            match (parse(text.as_bytes()), wrong) {
                (Ok(found), None) => {
                    let found: BTreeMap<String, [String; 2]> = found
                        .into_iter()
                        .map(|(n, age)| (n, [age.rotated.to_string(), age.written.to_string()]))
                        .collect();
                    assert_eq!(found, ages, "{name}");
                }
                (Err(said), Some(part)) => {
                    assert!(said.contains(&part), "{name}: {said}");
                    assert!(!said.contains("hunter2"), "{name}: {said}");
                }
                (other, _) => panic!("{name}: {other:?}"),
            }
        }
    }
}
