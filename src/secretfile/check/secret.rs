//! `secrets`: the entries.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::generator::{self, Made, Source};
use super::provider::Providers;
use super::target::{Owner, Targets};
use super::template::{self, Templates, Whole};
use super::{Check, Map, tags};
use crate::secretfile::node::Node;
use crate::secretfile::{Content, Place, Problem, Secret, period};

/// The keys of an entry.
pub const KEYS: [&str; 7] =
    ["name", "kind", "description", "config", "rotation_period", "one_time", "targets"];

/// The longest name, in characters; with the scope it must fit into a tag.
const MAX_NAME: usize = 200;

/// What entries refer to.
pub struct Context<'c> {
    /// The providers.
    pub providers: &'c Providers,
    /// The templates.
    pub templates: &'c Templates<'c>,
    /// Who owns what we write.
    pub scope: Option<&'c str>,
    /// The metadata's tags.
    pub tags: &'c BTreeMap<String, String>,
}

/// Reads `secrets`.
pub fn secrets(check: &Check<'_>, context: &Context<'_>, top: &Map<'_>) -> Vec<Secret> {
    let items = top.get("secrets").map(|node| check.list(node, "`secrets`"));
    let items = match items {
        Some(Some(items)) => items,
        Some(None) => return Vec::new(),
        None => (&[]).into(),
    };
    if items.is_empty() {
        let what = "the file has no secrets";
        check.notice(Problem::new(top.at, what).help("write them under `secrets`"));
    }
    let read = items.iter().filter_map(|node| entry(check, context, node));
    read.collect()
}

/// What an entry says of itself.
struct Head {
    name: String,
    at: Place,
    name_at: Place,
    rotation_period: Option<SignedDuration>,
    one_time: bool,
}

fn entry(check: &Check<'_>, context: &Context<'_>, node: &Node) -> Option<Secret> {
    let map = check.map(node, "a secret")?;
    check.keys(&map, &KEYS, "in a secret");
    if let Some(node) = map.get("description") {
        check.touch(node);
    }
    let head = head(check, context, &map);
    let (whole, targets) = match kind(check, &map) {
        None => (Whole::Broken, read_targets(check, context, &head, &map)),
        Some((kind, at)) => match kind.strip_prefix("templates.") {
            Some(name) => of_template(check, context, &head, &map, (name, at)),
            None => of_generator(check, context, &head, &map, (&kind, at)),
        },
    };
    finish(check, head, whole, targets)
}

fn kind<'m>(check: &Check<'_>, map: &'m Map<'_>) -> Option<(Cow<'m, str>, Place)> {
    let Some(node) = map.get("kind") else {
        let what = "a secret has no `kind`";
        let help = format!("kinds: {}, templates.NAME", generator::KINDS.join(", "));
        check.problem(Problem::new(map.at, what).help(help));
        return None;
    };
    Some((check.text(node, "`kind`")?, node.at))
}

fn head(check: &Check<'_>, context: &Context<'_>, map: &Map<'_>) -> Head {
    let name_node = map.get("name");
    let name = name_node.and_then(|node| name(check, context, node));
    if name_node.is_none() {
        let what = "a secret has no `name`";
        check.problem(Problem::new(map.at, what).help("write name: db_password"));
    }
    let one_time = map
        .entry("one_time")
        .is_some_and(|entry| check.flag(&entry.value, "`one_time`").unwrap_or_default());
    let mut rotation_period = None;
    if let Some(entry) = map.entry("rotation_period") {
        rotation_period = rotation(check, &entry.value);
        if one_time {
            let what = "`rotation_period` is passed over, since `one_time` secrets never rotate";
            let help = "take one of them out";
            check.notice(Problem::new(entry.key.at, what).help(help));
            rotation_period = None;
        }
    }
    Head {
        name: name.unwrap_or_default(),
        at: map.at,
        name_at: name_node.map_or(map.at, |node| node.at),
        rotation_period,
        one_time,
    }
}

fn name(check: &Check<'_>, context: &Context<'_>, node: &Node) -> Option<String> {
    let text = check.text(node, "`name`")?;
    let length = text.chars().count();
    let wrong = if text.trim().is_empty() {
        "is empty".to_owned()
    } else if length > MAX_NAME {
        format!("has {length} characters; at most {MAX_NAME} are allowed")
    } else if text.chars().any(|c| c.is_control() || matches!(c, '/' | '@' | '=')) {
        "has a character of `/`, `@`, `=` or a control character".to_owned()
    } else {
        let tag = context.scope.map_or(0, |scope| scope.chars().count() + 1) + length;
        debug_assert!(tag <= tags::MAX_CHARS, "the two limits fit into a tag");
        return Some(text.into_owned());
    };
    let problem = Problem::new(node.at, format!("the secret's name {wrong}"));
    check.problem(problem.help("use letters, digits, `_`, `-` and `.`"));
    None
}

/// A wrong period counts as some period, lest `expires` complain that there is none.
fn rotation(check: &Check<'_>, node: &Node) -> Option<SignedDuration> {
    let period = check.text(node, "`rotation_period`").and_then(|text| {
        let period = period::period(&text);
        period.map_err(|sentence| check.problem(Problem::new(node.at, sentence))).ok()
    });
    Some(period.unwrap_or(template::SOME_PERIOD))
}

fn owner<'h>(head: &'h Head, content_type: Option<&'static str>) -> Owner<'h> {
    Owner {
        name: &head.name,
        name_at: head.name_at,
        field: None,
        rotation_period: head.rotation_period,
        content_type,
    }
}

fn read_targets(check: &Check<'_>, context: &Context<'_>, head: &Head, map: &Map<'_>) -> Targets {
    let mut targets = Targets::default();
    targets.read(check, context, &owner(head, None), map.get("targets"));
    targets
}

fn of_generator(
    check: &Check<'_>,
    context: &Context<'_>,
    head: &Head,
    map: &Map<'_>,
    (kind, kind_at): (&str, Place),
) -> (Whole, Targets) {
    let targets = read_targets(check, context, head, map);
    let source = Source { kind, kind_at, config: map.get("config"), in_template: false };
    let whole = match generator::part(check, &source) {
        Made::Part(part) => Whole::Content(Content::Single(part)),
        Made::Foreign => Whole::Foreign(kind.to_owned(), kind_at),
        Made::Broken => Whole::Broken,
    };
    (whole, targets)
}

fn of_template(
    check: &Check<'_>,
    context: &Context<'_>,
    head: &Head,
    map: &Map<'_>,
    (name, at): (&str, Place),
) -> (Whole, Targets) {
    let owner = owner(head, Some(template::CONTENT_TYPE));
    let mut targets = Targets::default();
    if let Some(entry) = map.entry("config") {
        let what = "a template's secret has no `config` of its own";
        let help = "put it into the template's fields";
        check.problem(Problem::new(entry.key.at, what).help(help));
    }
    let Some(template) = context.templates.take(name) else {
        let what = format!("there is no template called `{name}`");
        let names = context.templates.names();
        let help = if names.is_empty() {
            format!("write templates: {{{name}: {{fields: …}}}} at the top level")
        } else {
            check.suggest(name, &names)
        };
        check.problem(Problem::new(at, what).help(help));
        targets.read(check, context, &owner, map.get("targets"));
        return (Whole::Broken, targets);
    };
    let own = |targets: &mut Targets| targets.read(check, context, &owner, map.get("targets"));
    let whole = template::content(check, context, &owner, template, &mut targets, own);
    (whole, targets)
}

/// The secret, unless another tool makes and stores it.
fn finish(check: &Check<'_>, head: Head, whole: Whole, targets: Targets) -> Option<Secret> {
    let content = match whole {
        Whole::Content(content) => content,
        // It stands in for what is wrong, so that what two secrets must not share is still found.
        Whole::Broken => Content::Object(Vec::new()),
        Whole::Foreign(kind, at) => {
            foreign(check, &targets, &head, (&kind, at));
            return None;
        }
    };
    let name = &head.name;
    if targets.ours.is_empty() && targets.not_ours.is_empty() && !targets.broken {
        let what = format!("`{name}` has no targets");
        let help = "write targets: [{provider: azure, kind: key_vault, config: {vault_url: …}}]";
        check.problem(Problem::new(head.at, what).help(help));
    }
    let secret = Secret {
        name: head.name,
        at: head.at,
        content,
        rotation_period: head.rotation_period,
        one_time: head.one_time,
        targets: targets.ours,
        not_ours: targets.not_ours.into_iter().collect(),
    };
    check_two_tools(check, &secret);
    (!secret.name.is_empty()).then_some(secret)
}

/// Another tool's kind of generator: welcome where another tool serves all targets.
fn foreign(check: &Check<'_>, targets: &Targets, head: &Head, (kind, at): (&str, Place)) {
    let others = targets.ours.is_empty() && !targets.broken && !targets.not_ours.is_empty();
    if !others {
        return generator::unknown(check, kind, at, false);
    }
    let what =
        format!("`{}` is passed over: another tool makes it (`{kind}`) and stores it", head.name);
    check.notice(Problem::new(head.at, what));
}

/// Two tools would mint two values.
fn check_two_tools(check: &Check<'_>, secret: &Secret) {
    let both = !secret.targets.is_empty() && !secret.not_ours.is_empty();
    if !both || !secret.is_minted() || check.options.partial {
        return;
    }
    let what = format!(
        "`{}` is minted and has targets that are not ours ({}): two tools would mint two values",
        secret.name,
        secret.not_ours.join(", ")
    );
    let help = "give those targets a secret of their own, or pass --partial to write ours alone";
    check.problem(Problem::new(secret.at, what).help(help));
}
