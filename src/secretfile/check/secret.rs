//! `secrets`: the entries.

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
const KEYS: [&str; 7] =
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
    let Some(kind_node) = map.get("kind") else {
        let what = "a secret has no `kind`";
        let help = format!("kinds: {}, templates.NAME", generator::KINDS.join(", "));
        check.problem(Problem::new(map.at, what).help(help));
        read_targets(check, context, &head, &map);
        return None;
    };
    let Some(kind) = check.text(kind_node, "`kind`") else {
        read_targets(check, context, &head, &map);
        return None;
    };
    let (content, targets) = match kind.strip_prefix("templates.") {
        Some(name) => of_template(check, context, &head, &map, (name, kind_node.at)),
        None => of_generator(check, context, &head, &map, (&kind, kind_node.at)),
    };
    finish(check, head, content?, targets)
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

fn rotation(check: &Check<'_>, node: &Node) -> Option<SignedDuration> {
    let text = check.text(node, "`rotation_period`")?;
    period::period(&text).map_err(|sentence| check.problem(Problem::new(node.at, sentence))).ok()
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
) -> (Option<Content>, Targets) {
    let targets = read_targets(check, context, head, map);
    let source = Source { kind, kind_at, config: map.get("config"), in_template: false };
    let content = match generator::part(check, &source) {
        Made::Part(part) => Some(Content::Single(part)),
        Made::Foreign => {
            foreign(check, &targets, head, &source);
            None
        }
        Made::Broken => None,
    };
    (content, targets)
}

fn of_template(
    check: &Check<'_>,
    context: &Context<'_>,
    head: &Head,
    map: &Map<'_>,
    (name, at): (&str, Place),
) -> (Option<Content>, Targets) {
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
        return (None, targets);
    };
    let own = |targets: &mut Targets| targets.read(check, context, &owner, map.get("targets"));
    let content = match template::content(check, context, &owner, template, &mut targets, own) {
        Whole::Content(content) => Some(content),
        Whole::Foreign(kind, kind_at) => {
            let source = Source { kind: &kind, kind_at, config: None, in_template: true };
            foreign(check, &targets, head, &source);
            None
        }
        Whole::Broken => None,
    };
    (content, targets)
}

/// Another tool's kind of generator: welcome where another tool serves all targets.
fn foreign(check: &Check<'_>, targets: &Targets, head: &Head, source: &Source<'_>) {
    let others = targets.ours.is_empty() && !targets.broken && !targets.not_ours.is_empty();
    if !others {
        return generator::unknown(check, source);
    }
    let what = format!(
        "`{}` is passed over: another tool makes it (`{}`) and stores it",
        head.name, source.kind
    );
    check.notice(Problem::new(head.at, what));
}

fn finish(check: &Check<'_>, head: Head, content: Content, targets: Targets) -> Option<Secret> {
    if head.name.is_empty() {
        return None;
    }
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
        not_ours: targets.not_ours,
    };
    check_two_tools(check, &secret);
    Some(secret)
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
