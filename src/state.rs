//! The tag that makes the vault the state: which content a version holds, and since when.
//!
//! `secretzero-state=1;GENERATION;ROTATED;BORN;DEFINITION`. A *generation* is one content, the same in
//! all targets; its time puts generations in order.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use ring::digest;

use crate::names::VersionId;
use crate::secretfile::{Content, Part, Secret};

/// The tag that holds the state.
pub const STATE_TAG: &str = "secretzero-state";
/// The tag that holds `SCOPE/NAME`.
pub const OWNER_TAG: &str = "secretzero";
/// The tag by which tools tell whose a secret is.
pub const MANAGED_BY_TAG: &str = "ManagedBy";
/// Our value of [`MANAGED_BY_TAG`].
pub const MANAGED_BY: &str = "secretzero";

/// One content of a secret. Orders by age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation {
    time: Timestamp,
    mark: String,
}

impl Generation {
    /// A generation that comes after every one that was seen, at the service's time or later.
    pub fn after(newest: Option<&Self>, now: Timestamp, mark: [u8; 4]) -> Self {
        let next = newest.map_or(Timestamp::MIN, |newest| later(newest.time, SECOND));
        Self { time: whole_seconds(now.max(next)), mark: hex::encode(mark) }
    }

    /// The generation of a value that somebody else made: the first digits of its version's id mark
    /// it, so that runs that adopt it at once agree.
    pub fn adopted(newest: Option<&Self>, now: Timestamp, version: &VersionId) -> Self {
        let mark = version.as_str().chars().take(8).collect();
        Self { mark, ..Self::after(newest, now, [0; 4]) }
    }

    /// Whether its time is further ahead than the service's own clocks can explain.
    pub fn is_ahead_of(&self, now: Timestamp) -> bool {
        self.time > later(now, LATE)
    }

    fn parse(text: &str) -> Option<Self> {
        let (time, mark) = text.rsplit_once('.')?;
        let valid = mark.len() == 8 && mark.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Self { time: parse_time(time)?, mark: valid.then(|| mark.to_ascii_lowercase())? })
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.time, self.mark)
    }
}

/// What the tag of one version says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Which content.
    pub generation: Generation,
    /// When its minted parts were last minted, or an adopted value was adopted: the clock of rotation.
    pub rotated: Timestamp,
    /// The `created` of the version that the tag was written for.
    pub born: Timestamp,
    /// The generators that minted it.
    pub definition: Definition,
}

impl State {
    /// Reads the tag; `None` where there is none or it does not parse.
    pub fn of(tags: &BTreeMap<String, String>) -> Option<Self> {
        Self::parse(tags.get(STATE_TAG)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(';').collect();
        let &["1", generation, rotated, born, definition] = parts.as_slice() else {
            return None;
        };
        Some(Self {
            generation: Generation::parse(generation)?,
            rotated: parse_time(rotated)?,
            born: parse_time(born)?,
            definition: Definition::parse(definition)?,
        })
    }

    /// Whether a version made at `created` is the one that this tag was written for. A tag is sent
    /// together with its value, before the service says when it made the version.
    pub fn is_born_at(&self, created: Timestamp) -> bool {
        let age = created.duration_since(self.born);
        (-EARLY..=LATE).contains(&age)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { generation, rotated, born, definition } = self;
        write!(f, "1;{generation};{rotated};{born};{definition}")
    }
}

/// The generators of the minted parts and the names of an object's fields, as a short digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// 16 hex digits; none for a value that no generator made.
    digest: Option<String>,
    /// Whether the object has members that the file does not name and that are kept.
    pub keeps_extra: bool,
}

impl Definition {
    /// What this secret mints, and of a template which fields it has.
    pub fn of(secret: &Secret) -> Self {
        let lines: String = match &secret.content {
            Content::Single(part) => line("", part),
            Content::Object(fields) => fields.iter().map(|f| line(&f.name, &f.part)).collect(),
        };
        let sum = digest::digest(&digest::SHA256, lines.as_bytes());
        let is_known = secret.is_minted() || matches!(secret.content, Content::Object(_));
        let digest = is_known.then(|| hex::encode(&sum.as_ref()[..8]));
        Self { digest, keeps_extra: false }
    }

    /// The definition of a value that somebody else made: of an object at least the fields are known.
    pub fn adopted(secret: &Secret, keeps_extra: bool) -> Self {
        match secret.content {
            Content::Single(_) => Self { digest: None, keeps_extra },
            Content::Object(_) => Self { keeps_extra, ..Self::of(secret) },
        }
    }

    /// Whether both are known and differ: the next rotation will make something else.
    pub fn differs_from(&self, other: &Self) -> bool {
        matches!((&self.digest, &other.digest), (Some(a), Some(b)) if a != b)
    }

    fn parse(text: &str) -> Option<Self> {
        let (digits, keeps_extra) = match text.strip_suffix('+') {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        if digits == "-" {
            return Some(Self { digest: None, keeps_extra });
        }
        let valid = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Self { digest: Some(valid.then(|| digits.to_ascii_lowercase())?), keeps_extra })
    }
}

/// 16 hex digits, or `-`; a `+` behind it keeps members that the file does not name.
impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digest.as_deref().unwrap_or("-"))?;
        f.write_str(if self.keeps_extra { "+" } else { "" })
    }
}

/// One part's generator; of given ones the name alone, so that their values leave no trace.
fn line(name: &str, part: &Part) -> String {
    match part {
        Part::Minted(generator) => format!("{name}\t{}\n", generator.definition()),
        Part::Given(_) => format!("{name}\n"),
    }
}

fn parse_time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The service's times are whole seconds.
pub fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// `time + period`, at most the end of time.
pub fn later(time: Timestamp, period: SignedDuration) -> Timestamp {
    time.checked_add(period).unwrap_or(Timestamp::MAX)
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// A version may seem that much older than its tag: clocks of two service nodes.
const EARLY: SignedDuration = SignedDuration::from_secs(5);
/// A version may be that much younger than its tag: a PUT that was throttled and sent again.
const LATE: SignedDuration = SignedDuration::from_mins(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_state_tag_reads_back_as_it_was_written() {
        let state = State {
            generation: Generation::after(None, time(1_700_000_000), [1, 2, 3, 255]),
            rotated: time(1_700_000_000),
            born: time(1_700_000_001),
            definition: Definition { digest: Some("0123456789abcdef".into()), keeps_extra: true },
        };
        let text = state.to_string();
        assert_eq!(
            text,
            "1;2023-11-14T22:13:20Z.010203ff;2023-11-14T22:13:20Z;2023-11-14T22:13:21Z;\
             0123456789abcdef+"
        );
        assert_eq!(State::parse(&text), Some(state));
    }

    #[test]
    fn a_tag_that_does_not_parse_counts_as_none() {
        for text in ["", "2;a;b;c;d", "1;x;y;z;-", "1;2023-11-14T22:13:20Z.0102;a;b;-"] {
            assert_eq!(State::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_new_generation_orders_after_one_from_the_future() {
        let future = Generation::after(None, time(9_000_000_000), [0; 4]);
        let next = Generation::after(Some(&future), time(1_000), [0; 4]);
        assert!(next > future);
    }

    #[test]
    fn a_tag_belongs_to_a_version_made_five_seconds_before_to_five_minutes_after() {
        let state = State {
            generation: Generation::after(None, time(1_000), [0; 4]),
            rotated: time(1_000),
            born: time(1_000),
            definition: Definition { digest: None, keeps_extra: false },
        };
        let belongs: Vec<bool> =
            [994, 995, 1_000, 1_300, 1_301].map(|created| state.is_born_at(time(created))).into();
        assert_eq!(belongs, [false, true, true, true, false]);
    }
}
