//! What a plan rests on, as a short text. A later run takes it, and refuses when any of it moved.
//!
//! `1.FILE.ALL.MARKS`, in hex: the file's value-free form; all that the vaults said and what would be
//! done; and a few digits for each secret, which tell only what moved. Given values are left out, so
//! that a pull request without them plans the same as the job that has them.

use std::fmt;
use std::fmt::Write;

use ring::digest::{SHA256, digest};

use crate::decision::Action;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::observation::{Observation, Standing};
use crate::plan::Options;
use crate::secretfile::{Content, Part, Secret, Secretfile, Target};

/// What a plan rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDigest {
    /// The file, as far as it is in the plan.
    file: String,
    /// Everything.
    all: String,
    /// A few digits for each secret.
    marks: Vec<String>,
}

/// One secret of a plan.
pub struct Planned<'a> {
    /// The secret.
    pub secret: &'a Secret,
    /// What its targets are.
    pub seen: &'a [Observation],
    /// What would be done to them, whatever values are given.
    pub actions: Vec<Action>,
}

/// What is another than in the plan.
#[derive(Debug, PartialEq, Eq)]
pub enum Moved {
    /// The Secretfile, its variables, the secrets that were selected, or the options.
    File,
    /// These secrets in their vaults.
    Secrets(Vec<String>),
}

impl PlanDigest {
    /// The digest of a plan.
    pub fn of(file: &Secretfile, options: &Options, plan: &[Planned<'_>]) -> Self {
        let states: Vec<String> = plan.iter().map(state).collect();
        Self {
            file: hash(&form(file, options, plan), FILE),
            all: hash(&states.concat(), ALL),
            marks: states.iter().map(|state| hash(state, MARK)).collect(),
        }
    }

    /// Reads one back.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || "it is no plan digest; copy the whole of what `plan` printed".to_owned();
        let parts: Vec<&str> = text.trim().split('.').collect();
        let &["1", file, all, marks] = parts.as_slice() else { return Err(bad()) };
        let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        let fits = file.len() == FILE && all.len() == ALL && marks.len().is_multiple_of(MARK);
        if !fits || ![file, all, marks].into_iter().all(is_hex) {
            return Err(bad());
        }
        let marks = marks.as_bytes().chunks(MARK);
        let marks = marks.map(|mark| String::from_utf8_lossy(mark).into_owned()).collect();
        Ok(Self { file: file.to_owned(), all: all.to_owned(), marks })
    }

    /// What moved since this was planned; `names` are the secrets' in order.
    pub fn moved(&self, now: &Self, names: &[&str]) -> Option<Moved> {
        if self.file != now.file || self.marks.len() != now.marks.len() {
            return Some(Moved::File);
        }
        if self.all == now.all {
            return None;
        }
        let marks = self.marks.iter().zip(&now.marks).zip(names);
        let moved = marks.filter(|((old, new), _)| old != new).map(|(_, name)| (*name).to_owned());
        Some(Moved::Secrets(moved.collect()))
    }
}

impl Moved {
    /// Why nothing is written.
    pub fn error(&self, file: &str) -> Error {
        let what = match self {
            Self::File => {
                "the Secretfile, its variables, the selected secrets, `--vault` or `--prefer` are \
                 not those of the plan"
                    .to_owned()
            }
            Self::Secrets(names) => {
                format!("what was planned for has changed since: {}", names.join(", "))
            }
        };
        let help = "nothing was written; run `plan` again with the same options, and look at what it \
                    says";
        Error::of(ErrorCode::PlanMoved, what).at(file).help(help)
    }
}

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}.{}.{}", self.file, self.all, self.marks.concat())
    }
}

/// The file without any value and without what does not change what is written, and what the command
/// line says of conflicts and vaults: the actions alone do not show it where values are compared.
fn form(file: &Secretfile, options: &Options, plan: &[Planned<'_>]) -> String {
    let mut text = format!("{:?} {:?} {:?}\n", file.scope, file.formerly, file.tags);
    let _ = writeln!(text, "{:?} {:?}", options.prefer, options.vaults);
    for Planned { secret, .. } in plan {
        let Secret { name, rotation_period, one_time, .. } = secret;
        let _ = writeln!(text, "{name:?} {rotation_period:?} {one_time}");
        match &secret.content {
            Content::Single(part) => text.push_str(&line("", part)),
            Content::Object(fields) => {
                text.extend(fields.iter().map(|field| line(&field.name, &field.part)));
            }
        }
        for Target { field, vault, name, options, .. } in &secret.targets {
            let _ = writeln!(text, "{field:?} {} {name} {options:?}", vault.host());
        }
    }
    text
}

fn line(name: &str, part: &Part) -> String {
    match part {
        Part::Minted(generator) => format!("{name:?} {}\n", generator.definition()),
        Part::Given(_) => format!("{name:?} given\n"),
    }
}

/// What a secret's targets are, and what would be done.
fn state(plan: &Planned<'_>) -> String {
    let targets = plan.seen.iter().zip(&plan.actions);
    targets.map(|(seen, action)| format!("{} {}\n", seen_as(seen), action.name())).collect()
}

fn seen_as(seen: &Observation) -> String {
    let standing = match &seen.standing {
        // Why it is not known may be said in other words the next time.
        Standing::Unknown(_) => "unknown".to_owned(),
        other => format!("{other:?}"),
    };
    let current = seen.current.as_ref();
    let current = current.map(|is| format!("{} {} {:?}", is.created, is.enabled, is.tags));
    format!("{standing} {current:?}")
}

/// The first hex digits of a SHA-256.
fn hash(text: &str, digits: usize) -> String {
    let mut hex = hex::encode(digest(&SHA256, text.as_bytes()));
    hex.truncate(digits);
    hex
}

/// Hex digits of the file's part.
const FILE: usize = 16;
/// Hex digits of the whole.
const ALL: usize = 32;
/// Hex digits of each secret, which are for people's eyes only.
const MARK: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(file: &str, all: &str, marks: &[&str]) -> PlanDigest {
        PlanDigest {
            file: hash(file, FILE),
            all: hash(all, ALL),
            marks: marks.iter().map(|mark| hash(mark, MARK)).collect(),
        }
    }

    #[test]
    fn a_digest_reads_back_as_it_was_written() {
        for marks in [[].as_slice(), &["a"], &["a", "b", "c"]] {
            let digest = digest("f", "x", marks);
            assert_eq!(PlanDigest::parse(&digest.to_string()), Ok(digest));
        }
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        let good = digest("f", "x", &["a"]).to_string();
        for text in ["", "1", "1...", &good[1..], &format!("{good}z"), &good.replace("1.", "2.")] {
            assert!(PlanDigest::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_moved_is_told() {
        let plan = digest("f", "x", &["a", "b"]);
        let names = ["first", "second"];
        assert_eq!(plan.moved(&plan, &names), None);
        assert_eq!(plan.moved(&digest("g", "x", &["a", "b"]), &names), Some(Moved::File));
        let second = Some(Moved::Secrets(vec!["second".to_owned()]));
        assert_eq!(plan.moved(&digest("f", "y", &["a", "c"]), &names), second);
    }
}
