//! From the tree to a [`Secretfile`](super::Secretfile): every mistake is found, each at its place.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use super::interpolate::{Flaw, Interpolator, Use};
use super::node::{Body, Entry, Node, Size};
use super::problem::Found;
use super::{LoadOptions, Place, Problem, suggest};
use crate::cloud::Cloud;
use crate::error_code::ErrorCode;
use crate::names::VaultUrl;

pub use file::file;

mod auth;
mod file;
mod generator;
mod given;
mod metadata;
mod options;
mod provider;
#[cfg(test)]
mod schema;
mod secret;
mod tags;
mod target;
mod template;

/// Keys of other SecretZero tools that change nothing for us, at any level.
const PASSED_OVER: [&str; 8] = [
    "policies",
    "labels",
    "annotations",
    "agent",
    "agent_instructions",
    "process_tags",
    "local",
    "vars",
];

/// Keys of other SecretZero tools that would change where a value comes from or goes to.
const NOT_SERVED: [(&str, &str); 4] = [
    ("environments", "keep what differs in one --var-file per environment"),
    ("target_profiles", "keep what differs in one --var-file per profile"),
    ("target_profile", "keep what differs in one --var-file per profile"),
    ("source", "use `kind: static` with `default: ${NAME}` and give the job that variable"),
];

/// How many targets and fields the secrets may have in all; templates repeat theirs.
const MAX_PARTS: usize = 1_000_000;

/// How many bytes their given values may have in all, for the same reason.
const MAX_GIVEN: usize = 64 * 1024 * 1024;

/// Suggestions cost time; after so many problems they are left out.
const MAX_SUGGESTIONS: usize = 200;

/// What the checks share: the options, the interpolation, and the problems so far.
pub struct Check<'a> {
    /// What the caller said.
    pub options: &'a LoadOptions<'a>,
    fill: Interpolator,
    problems: RefCell<Found>,
    notices: RefCell<Found>,
    passed_over: RefCell<Vec<(Place, String)>>,
    patterns: RefCell<HashMap<String, Result<regex_lite::Regex, String>>>,
    vaults: RefCell<HashMap<(String, String), Result<VaultUrl, String>>>,
    spent: Cell<Size>,
    about: Cell<ErrorCode>,
}

impl<'a> Check<'a> {
    /// A check without problems yet.
    pub fn new(options: &'a LoadOptions<'a>, fill: Interpolator) -> Self {
        Self {
            options,
            fill,
            problems: RefCell::default(),
            notices: RefCell::default(),
            passed_over: RefCell::default(),
            patterns: RefCell::default(),
            vaults: RefCell::default(),
            spent: Cell::default(),
            about: Cell::new(ErrorCode::Secretfile),
        }
    }

    /// Reports a mistake.
    pub fn problem(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem.within(self.about.get()));
    }

    /// Checks something whose mistakes are about this.
    pub fn about<T>(&self, code: ErrorCode, check: impl FnOnce() -> T) -> T {
        let outer = self.about.replace(code);
        let checked = check();
        self.about.set(outer);
        checked
    }

    /// Reports what is odd and not wrong.
    pub fn notice(&self, notice: Problem) {
        self.notices.borrow_mut().push(notice);
    }

    /// All mistakes and all notices.
    pub fn finish(self) -> (Found, Found) {
        let mut notices = self.notices.into_inner();
        notices.extend(passed_over(&self.passed_over.into_inner()));
        (self.problems.into_inner(), notices)
    }

    /// The way out for an unknown word.
    pub fn suggest(&self, word: &str, known: &[&str]) -> String {
        if self.problems.borrow().len() > MAX_SUGGESTIONS {
            return "see the first problems for what is known here".to_owned();
        }
        suggest::help(word, known)
    }

    /// A value with its expressions carried out: a whole expression becomes what it stands for.
    pub fn resolve<'n>(&self, node: &'n Node) -> Option<Cow<'n, Node>> {
        let Body::Scalar(scalar) = &node.body else {
            return Some(Cow::Borrowed(node));
        };
        if scalar.literal {
            return Some(Cow::Borrowed(node));
        }
        match self.fill.fill(scalar, Use::Plain) {
            Ok(filled) => Some(Cow::Owned(placed(filled.body, node.at))),
            Err(flaw) => {
                self.flaw(node.at, flaw);
                None
            }
        }
    }

    /// What a private value is made of: a given value or a credential.
    pub fn resolve_private<'n>(&self, node: &'n Node) -> Option<Private<'n>> {
        let Body::Scalar(scalar) = &node.body else {
            return Some(Private::of(Cow::Borrowed(node)));
        };
        if scalar.literal {
            return Some(Private::of(Cow::Borrowed(node)));
        }
        match self.fill.fill(scalar, Use::Private) {
            Ok(filled) => Some(Private {
                node: Cow::Owned(placed(filled.body, node.at)),
                missing: filled.missing,
                defaulted: filled.defaulted,
            }),
            Err(flaw) => {
                self.flaw(node.at, flaw);
                None
            }
        }
    }

    fn flaw(&self, at: Place, flaw: Flaw) {
        if let Flaw::Wrong(what, help) = flaw {
            self.problem(Problem::new(at, what).help(help).within(ErrorCode::SecretfileVariable));
        }
    }

    /// A single value's text.
    pub fn text<'n>(&self, node: &'n Node, what: &str) -> Option<Cow<'n, str>> {
        let node = self.resolve(node)?;
        let is_text = matches!(node.body, Body::Scalar(_)) && !node.is_null();
        if !is_text {
            let kind = node.kind_name();
            self.problem(Problem::new(node.at, format!("{what} is {kind}; it must be a text")));
            return None;
        }
        Some(match node {
            Cow::Borrowed(node) => Cow::Borrowed(scalar_text(node)),
            Cow::Owned(node) => Cow::Owned(match node.body {
                Body::Scalar(scalar) => scalar.text,
                _ => String::new(),
            }),
        })
    }

    /// `true` or `false`.
    pub fn flag(&self, node: &Node, what: &str) -> Option<bool> {
        let text = self.text(node, what)?;
        match text.as_ref() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            text => {
                let what = format!("{what} is `{text}`; it must be true or false");
                self.problem(Problem::new(node.at, what));
                None
            }
        }
    }

    /// A whole number without a sign.
    pub fn number<T: TryFrom<i64>>(&self, node: &Node, what: &str) -> Option<T> {
        let text = self.text(node, what)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| text.parse::<i64>().ok()).flatten();
        let number = number.and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            let wrong = match digits {
                true => "the number is too large",
                false => "it must be a whole number, written in digits alone",
            };
            let what = format!("{what} is `{text}`; {wrong}");
            self.problem(Problem::new(node.at, what));
        }
        number
    }

    /// The members of a map.
    pub fn map<'n>(&self, node: &'n Node, what: &str) -> Option<Map<'n>> {
        let node = self.resolve(node)?;
        let at = node.at;
        let entries = match node {
            Cow::Borrowed(Node { body: Body::Map(entries), .. }) => {
                Cow::Borrowed(entries.as_slice())
            }
            Cow::Owned(Node { body: Body::Map(entries), .. }) => Cow::Owned(entries),
            node => {
                let kind = node.kind_name();
                self.problem(Problem::new(at, format!("{what} is {kind}; it must be a map")));
                return None;
            }
        };
        Some(Map { at, entries })
    }

    /// The items of a list.
    pub fn list<'n>(&self, node: &'n Node, what: &str) -> Option<Cow<'n, [Node]>> {
        let node = self.resolve(node)?;
        match node {
            Cow::Borrowed(Node { body: Body::List(items), .. }) => Some(Cow::Borrowed(items)),
            Cow::Owned(Node { body: Body::List(items), .. }) => Some(Cow::Owned(items)),
            node => {
                let kind = node.kind_name();
                let problem = Problem::new(node.at, format!("{what} is {kind}; it must be a list"));
                self.problem(problem.help("write one `- ` item per line"));
                None
            }
        }
    }

    /// Evaluates what nobody reads, for its mistakes alone.
    pub fn touch(&self, node: &Node) {
        match &node.body {
            Body::Scalar(_) => {
                let _ = self.resolve(node);
            }
            Body::List(items) => items.iter().for_each(|item| self.touch(item)),
            Body::Map(entries) => entries.iter().for_each(|entry| self.touch(&entry.value)),
        }
    }

    /// Reports every key that is not known in `map`; `place` says where: "in a target".
    pub fn keys(&self, map: &Map<'_>, known: &[&str], place: &str) {
        for entry in map.entries.iter() {
            let key = entry.key.text.as_str();
            if known.contains(&key) || key.contains("{{") || key.contains("${") {
                continue;
            }
            if PASSED_OVER.contains(&key) {
                let mut passed_over = self.passed_over.borrow_mut();
                passed_over.push((entry.key.at, key.to_owned()));
            } else if let Some((_, help)) = NOT_SERVED.iter().find(|row| row.0 == key) {
                let what = format!("`{key}` is not served");
                self.problem(Problem::new(entry.key.at, what).help(help));
            } else {
                let what = format!("unknown key `{key}` {place}");
                let help = self.suggest(key, known);
                let problem = Problem::new(entry.key.at, what).help(help);
                self.problem(problem.within(ErrorCode::SecretfileKey));
            }
        }
    }

    /// Passes a key over, as another tool's.
    pub fn pass_over(&self, entry: &Entry) {
        let mut passed_over = self.passed_over.borrow_mut();
        passed_over.push((entry.key.at, entry.key.text.clone()));
    }

    /// Counts a target or a field of a secret.
    pub fn spend_part(&self, at: Place) -> bool {
        self.spend(at, Size { values: 1, text: 0 })
    }

    /// Counts a given value's bytes.
    pub fn spend_given(&self, at: Place, text: usize) -> bool {
        self.spend(at, Size { values: 0, text })
    }

    /// Over a limit it is said once, and nothing more is read.
    fn spend(&self, at: Place, size: Size) -> bool {
        let before = self.spent.replace(self.spent.get().and(size));
        if is_too_much(self.spent.get()) && !is_too_much(before) {
            let what = format!(
                "the secrets have more than {MAX_PARTS} targets and fields in all, or more than \
                 {MAX_GIVEN} bytes of given values"
            );
            self.problem(Problem::new(at, what).help("use several files"));
        }
        !is_too_much(self.spent.get())
    }

    /// A vault's address; each is read once.
    pub fn vault(&self, text: &str, cloud: Option<&Arc<Cloud>>) -> Result<VaultUrl, String> {
        let cloud_name = cloud.map(|cloud| cloud.name.clone()).unwrap_or_default();
        let mut vaults = self.vaults.borrow_mut();
        let key = (cloud_name, text.to_owned());
        let read = vaults.entry(key).or_insert_with(|| VaultUrl::new(text, cloud));
        read.clone()
    }

    /// A compiled pattern; each is compiled once.
    pub fn with_pattern<T>(
        &self,
        pattern: &str,
        done: impl FnOnce(&Result<regex_lite::Regex, String>) -> T,
    ) -> T {
        let mut patterns = self.patterns.borrow_mut();
        let compiled =
            patterns.entry(pattern.to_owned()).or_insert_with(|| given::compile(pattern));
        done(compiled)
    }
}

/// A private value and what it lacks.
pub struct Private<'n> {
    /// The value.
    pub node: Cow<'n, Node>,
    /// The names behind which there is nothing.
    pub missing: Vec<String>,
    /// Whether a default was taken.
    pub defaulted: bool,
}

impl<'n> Private<'n> {
    fn of(node: Cow<'n, Node>) -> Self {
        Self { node, missing: Vec::new(), defaulted: false }
    }
}

/// A map's members, for look-ups.
pub struct Map<'n> {
    /// The map's place.
    pub at: Place,
    /// Its members, in order.
    pub entries: Cow<'n, [Entry]>,
}

impl Map<'_> {
    /// The value of a key; a key with nothing behind it counts as absent.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let entry = self.entries.iter().find(|entry| entry.key.text == key)?;
        (!entry.value.is_null()).then_some(&entry.value)
    }

    /// The value of a key, with the key's own place.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.text == key && !entry.value.is_null())
    }
}

/// One notice for all that other tools' keys are.
fn passed_over(keys: &[(Place, String)]) -> Option<Problem> {
    let at = keys.iter().map(|(at, _)| *at).min()?;
    let mut names: Vec<&str> = keys.iter().map(|(_, key)| key.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let what = format!("passed over, as other tools' keys: {}", names.join(", "));
    Some(
        Problem::new(at, what)
            .help("they change nothing here; take them out if no tool reads them"),
    )
}

fn is_too_much(spent: Size) -> bool {
    spent.values > MAX_PARTS || spent.text > MAX_GIVEN
}

fn scalar_text(node: &Node) -> &str {
    match &node.body {
        Body::Scalar(scalar) => &scalar.text,
        _ => "",
    }
}

/// What an expression became, all of it at the expression's place.
fn placed(body: Body, at: Place) -> Node {
    let body = match body {
        Body::Scalar(scalar) => Body::Scalar(scalar),
        Body::List(items) => {
            Body::List(items.into_iter().map(|item| placed(item.body, at)).collect())
        }
        Body::Map(entries) => Body::Map(
            entries
                .into_iter()
                .map(|mut entry| {
                    entry.key.at = at;
                    entry.value = placed(entry.value.body, at);
                    entry
                })
                .collect(),
        ),
    };
    Node { at, body }
}
