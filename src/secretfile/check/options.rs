//! Target options: on a target, or on its provider as a default.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Check, Map, tags};
use crate::secretfile::node::Node;
use crate::secretfile::period;
use crate::secretfile::{
    Expires, OnDrift, OnExisting, OnSoftDeleted, Place, Problem, TargetOptions,
};

/// Every option, as a key.
pub const KEYS: [&str; 11] = [
    "tags",
    "content_type",
    "enabled",
    "expires",
    "not_before",
    "keep_versions",
    "strict_names",
    "on_existing",
    "on_drift",
    "on_soft_deleted",
    "take_over",
];

/// The service's limit on a content type, in characters.
const MAX_CONTENT_TYPE: usize = 255;

/// Options as far as one place says them.
#[derive(Debug, Clone, Default)]
pub struct Options {
    tags: BTreeMap<String, String>,
    content_type: Option<String>,
    enabled: Option<bool>,
    expires: Option<(Place, Option<Expires>)>,
    not_before: Option<Timestamp>,
    keep_versions: Option<u32>,
    strict_names: Option<bool>,
    on_existing: Option<OnExisting>,
    on_drift: Option<OnDrift>,
    on_soft_deleted: Option<OnSoftDeleted>,
    take_over: bool,
}

impl Options {
    /// Reads the options among a map's members.
    pub fn read(check: &Check<'_>, map: &Map<'_>) -> Self {
        let flag = |key: &str| check.flag(map.get(key)?, &format!("`{key}`"));
        Self {
            tags: map.get("tags").map(|node| tags::tags(check, node)).unwrap_or_default(),
            content_type: map.get("content_type").and_then(|node| content_type(check, node)),
            enabled: flag("enabled"),
            expires: map.get("expires").and_then(|node| expires(check, node)),
            not_before: map.get("not_before").and_then(|node| not_before(check, node)),
            keep_versions: map.get("keep_versions").and_then(|node| keep_versions(check, node)),
            strict_names: flag("strict_names"),
            on_existing: word(
                check,
                map,
                "on_existing",
                &[
                    ("adopt", OnExisting::Adopt),
                    ("overwrite", OnExisting::Overwrite),
                    ("fail", OnExisting::Fail),
                ],
            ),
            on_drift: word(
                check,
                map,
                "on_drift",
                &[
                    ("fail", OnDrift::Fail),
                    ("overwrite", OnDrift::Overwrite),
                    ("adopt", OnDrift::Adopt),
                ],
            ),
            on_soft_deleted: word(
                check,
                map,
                "on_soft_deleted",
                &[
                    ("recover", OnSoftDeleted::Recover),
                    ("purge", OnSoftDeleted::Purge),
                    ("fail", OnSoftDeleted::Fail),
                ],
            ),
            take_over: flag("take_over").unwrap_or_default(),
        }
    }

    /// These options, and `defaults` where they say nothing.
    pub fn over(self, defaults: &Self) -> Self {
        let mut tags = defaults.tags.clone();
        tags.extend(self.tags);
        Self {
            tags,
            content_type: self.content_type.or_else(|| defaults.content_type.clone()),
            enabled: self.enabled.or(defaults.enabled),
            expires: self.expires.or(defaults.expires),
            not_before: self.not_before.or(defaults.not_before),
            keep_versions: self.keep_versions.or(defaults.keep_versions),
            strict_names: self.strict_names.or(defaults.strict_names),
            on_existing: self.on_existing.or(defaults.on_existing),
            on_drift: self.on_drift.or(defaults.on_drift),
            on_soft_deleted: self.on_soft_deleted.or(defaults.on_soft_deleted),
            take_over: self.take_over,
        }
    }

    /// Whether names must keep to our own, narrower rule.
    pub fn strict_names(&self) -> bool {
        self.strict_names.unwrap_or(true)
    }

    /// Where `expires` stands, if it follows the rotation.
    pub fn expires_after_due(&self) -> Option<Place> {
        match self.expires {
            Some((at, Some(Expires::AfterDue))) => Some(at),
            _ => None,
        }
    }

    /// Where `expires` stands, and its period.
    pub fn expires_after(&self) -> Option<(Place, jiff::SignedDuration)> {
        match self.expires {
            Some((at, Some(Expires::After(period)))) => Some((at, period)),
            _ => None,
        }
    }

    /// Takes `expires` out.
    pub fn without_expires(mut self) -> Self {
        self.expires = None;
        self
    }

    /// The finished options; `content_type` stands where none was said.
    pub fn finish(self, check: &Check<'_>, content_type: Option<&str>) -> TargetOptions {
        if let (Some((at, Some(Expires::At(end)))), Some(start)) = (self.expires, self.not_before)
            && end <= start
        {
            let what = "`expires` is not after `not_before`";
            check.problem(Problem::new(at, what).help("choose a later date"));
        }
        TargetOptions {
            tags: self.tags,
            content_type: self.content_type.or_else(|| content_type.map(str::to_owned)),
            enabled: self.enabled,
            expires: self.expires.and_then(|(_, expires)| expires),
            not_before: self.not_before,
            keep_versions: self.keep_versions,
            on_existing: self.on_existing.unwrap_or_default(),
            on_drift: self.on_drift.unwrap_or_default(),
            on_soft_deleted: self.on_soft_deleted.unwrap_or_default(),
            take_over: self.take_over,
        }
    }

    /// The tags so far.
    pub fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }
}

fn content_type(check: &Check<'_>, node: &Node) -> Option<String> {
    let text = check.text(node, "`content_type`")?;
    let length = text.chars().count();
    if length > MAX_CONTENT_TYPE || text.chars().any(char::is_control) {
        let what = format!(
            "`content_type` has {length} characters; Key Vault takes at most {MAX_CONTENT_TYPE}, \
             on one line"
        );
        check.problem(Problem::new(node.at, what));
    }
    Some(text.into_owned())
}

fn expires(check: &Check<'_>, node: &Node) -> Option<(Place, Option<Expires>)> {
    let text = check.text(node, "`expires`")?;
    let expires = match text.as_ref() {
        "true" | "True" | "TRUE" => Some(Expires::AfterDue),
        "false" | "False" | "FALSE" => None,
        text => match period_or_time(text) {
            Ok(expires) => Some(expires),
            Err(sentence) => {
                let help = "write true (14 days after the rotation is due), 180d or 2027-01-31";
                check.problem(Problem::new(node.at, sentence).help(help));
                return None;
            }
        },
    };
    Some((node.at, expires))
}

fn period_or_time(text: &str) -> Result<Expires, String> {
    // What is written as a period gets the sentence for periods: it may be zero or too long.
    let is_period = text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_lowercase());
    if is_period {
        return period::period(text).map(Expires::After);
    }
    period::time(text).map(Expires::At).map_err(|_| {
        format!("`expires` is `{text}`, which is none of true, false, a period and a date")
    })
}

fn not_before(check: &Check<'_>, node: &Node) -> Option<Timestamp> {
    let text = check.text(node, "`not_before`")?;
    period::time(&text).map_err(|sentence| check.problem(Problem::new(node.at, sentence))).ok()
}

fn keep_versions(check: &Check<'_>, node: &Node) -> Option<u32> {
    let number: u32 = check.number(node, "`keep_versions`")?;
    if number == 0 {
        let what = "`keep_versions` is 0; the current version is always kept";
        check.problem(Problem::new(node.at, what).help("write 1 or more"));
        return None;
    }
    Some(number)
}

fn word<T: Copy>(check: &Check<'_>, map: &Map<'_>, key: &str, known: &[(&str, T)]) -> Option<T> {
    let node = map.get(key)?;
    let text = check.text(node, &format!("`{key}`"))?;
    let found = known.iter().find(|row| row.0 == text).map(|row| row.1);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|row| row.0).collect();
        let what = format!("`{key}` cannot be `{text}`");
        check.problem(Problem::new(node.at, what).help(check.suggest(&text, &words)));
    }
    found
}
