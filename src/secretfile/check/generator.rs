//! Where a value comes from: `kind` and `config` of a secret or of a template's field.

use super::{Check, Map, given};
use crate::error_code::ErrorCode;
use crate::generate::{Charset, Generator, Impossible, Password, PasswordOptions, RandomString};
use crate::secretfile::node::Node;
use crate::secretfile::{Part, Place, Problem, suggest};

/// The kinds that we have.
pub const KINDS: [&str; 3] = ["random_password", "random_string", "static"];

/// The keys of a random password's `config`.
pub const PASSWORD_KEYS: [&str; 7] =
    ["length", "upper", "lower", "number", "special", "special_characters", "exclude_characters"];

/// The keys of a random string's `config`.
pub const STRING_KEYS: [&str; 2] = ["length", "charset"];

/// What came of reading a generator.
pub enum Made {
    /// A part of a secret.
    Part(Part),
    /// Another tool's kind of generator.
    Foreign,
    /// A mistake, and it was said.
    Broken,
}

/// What a generator is read from.
pub struct Source<'n> {
    /// The text of `kind`.
    pub kind: &'n str,
    /// Where `kind` stands.
    pub kind_at: Place,
    /// `config`, if there is one.
    pub config: Option<&'n Node>,
    /// Whether it makes a template's field.
    pub in_template: bool,
}

/// Reads a generator.
pub fn part(check: &Check<'_>, source: &Source<'_>) -> Made {
    check.about(ErrorCode::SecretfileGenerator, || read(check, source))
}

fn read(check: &Check<'_>, source: &Source<'_>) -> Made {
    let made = match source.kind {
        "random_password" => password(check, source).map(Part::Minted),
        "random_string" => string(check, source).map(Part::Minted),
        "static" => {
            given::given(check, source.config, source.kind_at, source.in_template).map(Part::Given)
        }
        kind if is_foreign(kind) => return Made::Foreign,
        _ => {
            unknown(check, source.kind, source.kind_at, source.in_template);
            None
        }
    };
    made.map_or(Made::Broken, Made::Part)
}

/// Reports a kind that we do not have.
pub fn unknown(check: &Check<'_>, kind: &str, at: Place, in_template: bool) {
    let what = format!("there is no generator of kind `{kind}`");
    let templates: &[&str] = if in_template { &[] } else { &["templates.NAME"] };
    let help = check.suggest(kind, &[&KINDS, templates].concat());
    check.problem(Problem::new(at, what).help(help));
}

/// Whether a kind is not just ours, misspelt.
fn is_foreign(kind: &str) -> bool {
    suggest::nearest(kind, KINDS).is_none() && !kind.starts_with("template") && !kind.is_empty()
}

fn password(check: &Check<'_>, source: &Source<'_>) -> Option<Generator> {
    let place = "in the `config` of `random_password`";
    let Some(map) = config(check, source, &PASSWORD_KEYS, place)? else {
        return Password::new(PasswordOptions::default()).ok().map(Generator::Password);
    };
    let default = PasswordOptions::default();
    let flag = |key: &str, otherwise: bool| match map.get(key) {
        Some(node) => check.flag(node, &format!("`{key}`")),
        None => Some(otherwise),
    };
    let text = |key: &str| match map.entries.iter().find(|entry| entry.key.text == key) {
        Some(entry) if !entry.value.is_null() => {
            check.text(&entry.value, &format!("`{key}`")).map(|text| Some(text.into_owned()))
        }
        _ => Some(None),
    };
    let (length, upper, lower) = (
        length(check, &map, default.length),
        flag("upper", default.upper),
        flag("lower", default.lower),
    );
    let (number, special) = (flag("number", default.number), flag("special", default.special));
    let (characters, exclude) = (text("special_characters"), text("exclude_characters"));
    let made = Password::new(PasswordOptions {
        length: length?,
        upper: upper?,
        lower: lower?,
        number: number?,
        special: special?,
        special_characters: characters?,
        exclude_characters: exclude?.unwrap_or_default(),
    });
    made.map_err(|list| list.iter().for_each(|one| impossible(check, &map, one)))
        .ok()
        .map(Generator::Password)
}

/// Reports an option that makes a password impossible, where it stands.
fn impossible(check: &Check<'_>, map: &Map<'_>, impossible: &Impossible) {
    let at = map.entry(impossible.option).map_or(map.at, |entry| entry.value.at);
    check.problem(Problem::new(at, &impossible.sentence));
}

fn string(check: &Check<'_>, source: &Source<'_>) -> Option<Generator> {
    let place = "in the `config` of `random_string`";
    let map = config(check, source, &STRING_KEYS, place)?;
    let default = PasswordOptions::default().length;
    let (at, length, charset) = match &map {
        Some(map) => (
            map.get("length").map_or(map.at, |node| node.at),
            length(check, map, default),
            charset(check, map),
        ),
        None => (source.kind_at, Some(default), Some(Charset::default())),
    };
    // A wrong charset is no reason to pass over a wrong length.
    let made = RandomString::new(length?, charset.unwrap_or_default())
        .map_err(|sentence| check.problem(Problem::new(at, sentence)))
        .ok()?;
    charset?;
    if let Some(sentence) = made.notice() {
        check.notice(Problem::new(at, sentence));
    }
    Some(Generator::String(made))
}

/// The members of `config`; nothing inside if there is none, nothing at all if it is wrong.
fn config<'n>(
    check: &Check<'_>,
    source: &Source<'n>,
    keys: &[&str],
    place: &str,
) -> Option<Option<Map<'n>>> {
    let Some(node) = source.config else {
        return Some(None);
    };
    let map = check.map(node, "`config`")?;
    check.keys(&map, keys, place);
    Some(Some(map))
}

fn length(check: &Check<'_>, map: &Map<'_>, otherwise: usize) -> Option<usize> {
    match map.get("length") {
        Some(node) => check.number(node, "`length`"),
        None => Some(otherwise),
    }
}

fn charset(check: &Check<'_>, map: &Map<'_>) -> Option<Charset> {
    let Some(node) = map.get("charset") else {
        return Some(Charset::default());
    };
    let name = check.text(node, "`charset`")?;
    let charset = Charset::parse(&name);
    if charset.is_none() {
        let what = format!("there is no charset called `{name}`");
        let help = check.suggest(&name, &Charset::NAMES);
        check.problem(Problem::new(node.at, what).help(help));
    }
    charset
}
