//! What `fetch` is asked for: `NAME[.FIELD][@VERSION][?]=env:X|output:Y|file:P`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::ci::variable;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::names::VersionId;
use crate::neutral;
use crate::secretfile::{Content, Secret, Secretfile};

/// One `--export`, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// A name, or a pattern in which `*` stands for any text; a field may follow its dot.
    selector: String,
    /// One version; none: the current one.
    version: Option<VersionId>,
    /// Whether a secret that is not there is passed over.
    is_optional: bool,
    /// Where the value goes.
    to: To,
}

/// Where a value goes; in a pattern's, `*` stands for the secret's name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    Environment(String),
    Output(String),
    File(String),
}

/// One value to fetch.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Index into the file's secrets.
    pub secret: usize,
    /// One member of a JSON object.
    pub field: Option<String>,
    /// One version; none: the current one.
    pub version: Option<VersionId>,
    /// Whether it is passed over where it is not there or cannot be read.
    pub is_optional: bool,
    /// Where it goes.
    pub sink: Sink,
}

/// Where a value goes; the names are fit for every platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sink {
    /// A variable of the next steps.
    Environment(String),
    /// An output of this step.
    Output(String),
    /// A new file.
    File(PathBuf),
}

impl Export {
    /// Reads an argument.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let form = "write NAME[.FIELD][@VERSION][?]=env:X, output:Y or file:PATH";
        let (from, to) = text.split_once('=').ok_or(form)?;
        let (from, is_optional) = match from.strip_suffix('?') {
            Some(from) => (from, true),
            None => (from, false),
        };
        let (selector, version) = match from.split_once('@') {
            Some((selector, id)) => {
                let id = VersionId::new(id).ok_or("a version has 32 hexadecimal digits")?;
                (selector, Some(id))
            }
            None => (from, None),
        };
        let to = match to.split_once(':') {
            Some(("env", name)) => To::Environment(name.to_owned()),
            Some(("output", name)) => To::Output(name.to_owned()),
            Some(("file", path)) => To::File(path.to_owned()),
            _ => return Err(form.to_owned()),
        };
        if selector.is_empty() || to.text().is_empty() {
            return Err(form.to_owned());
        }
        if selector.contains('*') != to.text().contains('*') {
            return Err("a pattern has a `*` on both sides, such as shop-*=env:*".to_owned());
        }
        Ok(Self { selector: selector.to_owned(), version, is_optional, to })
    }

    fn is_pattern(&self) -> bool {
        self.selector.contains('*')
    }
}

impl To {
    fn text(&self) -> &str {
        match self {
            Self::Environment(text) | Self::Output(text) | Self::File(text) => text,
        }
    }

    fn sink(&self, name: &str) -> std::result::Result<Sink, String> {
        match self {
            Self::Environment(text) => {
                variable::environment(&text.replace('*', name)).map(Sink::Environment)
            }
            Self::Output(text) => {
                let name = name.replace(['.', ' '], "-");
                variable::output(&text.replace('*', &name)).map(Sink::Output)
            }
            Self::File(text) if text.contains('*') && name.starts_with('.') => {
                Err(format!("the name `{}` is no name of a file", neutral::line(name)))
            }
            Self::File(text) => Ok(Sink::File(PathBuf::from(text.replace('*', name)))),
        }
    }
}

impl Sink {
    /// As the command line writes it.
    pub fn show(&self) -> String {
        match self {
            Self::Environment(name) => format!("env:{name}"),
            Self::Output(name) => format!("output:{name}"),
            Self::File(path) => format!("file:{}", neutral::line(&path.display().to_string())),
        }
    }

    /// The form in which two that would fall on each other are equal.
    fn key(&self) -> String {
        match self {
            Self::Environment(name) => format!("env:{name}"),
            Self::Output(name) => format!("output:{}", name.to_ascii_lowercase().replace('-', "_")),
            Self::File(path) => format!("file:{}", plain(path).display()),
        }
    }
}

/// A path without what leads nowhere: `./out/../a` is `a`.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match (part, plain.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(plain.pop()),
            _ => plain.push(part),
        }
    }
    plain
}

/// All values that are asked for; every mistake is said before anything is fetched.
pub fn wanted(file: &Secretfile, exports: &[Export]) -> Result<Vec<Wanted>> {
    let mut all = Vec::new();
    for export in exports {
        let found = found(file, export)?;
        for (secret, field) in found {
            let name = match &field {
                Some(field) => format!("{}.{field}", file.secrets[secret].name),
                None => file.secrets[secret].name.clone(),
            };
            let sink = export.to.sink(&name).map_err(Error::usage)?;
            let is_optional = export.is_optional || export.is_pattern();
            let version = export.version.clone();
            all.push(Wanted { secret, field, version, is_optional, sink });
        }
    }
    apart(file, &all)?;
    Ok(all)
}

fn found(file: &Secretfile, export: &Export) -> Result<Vec<(usize, Option<String>)>> {
    if export.is_pattern() {
        let all = file.secrets.iter().enumerate();
        let fits = all.filter(|(_, secret)| is_like(&export.selector, &secret.name));
        let fits: Vec<_> = fits.map(|(index, _)| (index, None)).collect();
        if fits.is_empty() && !export.is_optional {
            return Err(unknown(file, &export.selector));
        }
        return Ok(fits);
    }
    let exact = file.secrets.iter().position(|secret| secret.name == export.selector);
    if let Some(index) = exact {
        return Ok(vec![(index, None)]);
    }
    let dots = export.selector.match_indices('.').map(|(at, _)| at);
    for at in dots {
        let (name, field) = (&export.selector[..at], &export.selector[at + 1..]);
        let index = file.secrets.iter().position(|secret| secret.name == name);
        if let Some(index) = index.filter(|&index| may_have(&file.secrets[index], field)) {
            return Ok(vec![(index, Some(field.to_owned()))]);
        }
    }
    Err(unknown(file, &export.selector))
}

/// A template's fields are known; any other value may be a JSON object.
fn may_have(secret: &Secret, field: &str) -> bool {
    match &secret.content {
        Content::Object(fields) => fields.iter().any(|one| one.name == field),
        Content::Single(_) => !field.is_empty(),
    }
}

fn unknown(file: &Secretfile, selector: &str) -> Error {
    let what = format!("the Secretfile has no secret `{selector}`");
    let names: Vec<&str> = file.secrets.iter().map(|secret| secret.name.as_str()).collect();
    Error::of(ErrorCode::UnknownName, what)
        .at(&file.path)
        .help(format!("it has: {}", names.join(", ")))
}

/// Two values must not fall on one name.
fn apart(file: &Secretfile, all: &[Wanted]) -> Result<()> {
    let mut taken: BTreeMap<String, &Wanted> = BTreeMap::new();
    for one in all {
        if let Some(other) = taken.insert(one.sink.key(), one) {
            let [first, second] = [other, one].map(|wanted| &file.secrets[wanted.secret].name);
            let sink = one.sink.show();
            let what = format!("`{first}` and `{second}` would both go to `{sink}`");
            return Err(Error::usage(what).help("give each an `--export` with a name of its own"));
        }
    }
    Ok(())
}

/// Whether a name fits a pattern; `*` stands for any text.
fn is_like(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_names_a_secret_a_field_a_version_and_a_place() {
        let id = "0123456789abcdef0123456789abcdef";
        let export = Export::parse(&format!("db.password@{id}?=file:out/db=1")).expect("valid");
        assert_eq!((export.selector.as_str(), export.is_optional), ("db.password", true));
        assert_eq!(export.version, VersionId::new(id));
        assert_eq!(export.to, To::File("out/db=1".to_owned()));
        for wrong in ["db", "db=", "db=env:", "=env:X", "db=X", "db@1=env:X", "a*=env:X", "a=env:*"]
        {
            assert!(Export::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_place_in_two_spellings_is_one_place() {
        let key = |text: &str| Sink::File(PathBuf::from(text)).key();
        for (one, other) in
            [("a", "./a"), ("out/a", "out/./x/..//a"), ("../a", "./../a"), ("/a", "/../b/../a")]
        {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("../a"), key("a"));
        assert_ne!(key("../../a"), key("../a"));
        assert_ne!(key("/a"), key("a"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("*", "db", true),
            ("shop-*", "shop-db", true),
            ("shop-*", "shop", false),
            ("*-db-*", "a-db-b", true),
            ("a*a", "a", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
        ] {
            assert_eq!(is_like(pattern, name), expected, "{pattern} {name}");
        }
    }
}
