//! `metadata`: the scope of our tags, and tags for every target.

use std::collections::BTreeMap;

use super::{Check, Map, tags};
use crate::secretfile::Problem;
use crate::secretfile::node::{Body, Node};

/// Keys of `metadata` that become tags, and the tags.
pub const TAGS: [(&str, &str); 6] = [
    ("project", "Project"),
    ("owner", "Owner"),
    ("environment", "Environment"),
    ("application", "Application"),
    ("cost_center", "CostCenter"),
    ("compliance", "Compliance"),
];

/// The longest scope, in characters; with a secret's name it must fit into a tag.
const MAX_SCOPE: usize = 200;

/// What the metadata mean.
#[derive(Default)]
pub struct Metadata {
    /// Who owns what we write.
    pub scope: Option<String>,
    /// Who did before.
    pub formerly: Vec<String>,
    /// Tags for every target.
    pub tags: BTreeMap<String, String>,
}

/// Reads `metadata`; any key is welcome, some have a meaning.
pub fn metadata(check: &Check<'_>, node: &Node) -> Metadata {
    let Some(map) = check.map(node, "`metadata`") else {
        return Metadata::default();
    };
    for entry in map.entries.iter() {
        let key = entry.key.text.as_str();
        let has_meaning =
            TAGS.iter().any(|row| row.0 == key) || ["scope", "formerly"].contains(&key);
        if !has_meaning {
            check.touch(&entry.value);
        }
    }
    let mut tags = BTreeMap::new();
    for (key, tag) in TAGS {
        if let Some(node) = map.get(key)
            && let Some(text) = joined(check, node, key)
        {
            tags::check(check, node.at, tag, &text);
            tags.insert(tag.to_owned(), text);
        }
    }
    Metadata { scope: scope(check, &map), formerly: formerly(check, &map), tags }
}

/// A text, or a list of texts joined by commas; nothing if there is no text.
fn joined(check: &Check<'_>, node: &Node, key: &str) -> Option<String> {
    let what = format!("`{key}`");
    let resolved = check.resolve(node)?;
    let text = match &resolved.body {
        Body::List(items) => {
            let texts: Option<Vec<_>> =
                items.iter().map(|item| check.text(item, &format!("an item of `{key}`"))).collect();
            texts?.join(",")
        }
        Body::Scalar(_) => check.text(&resolved, &what)?.into_owned(),
        Body::Map(_) => {
            let what = format!("{what} is a map; it becomes a tag and must be a text or a list");
            check.problem(Problem::new(node.at, what));
            return None;
        }
    };
    (!text.is_empty()).then_some(text)
}

/// `scope`, else project, or project/environment.
fn scope(check: &Check<'_>, map: &Map<'_>) -> Option<String> {
    if let Some(node) = map.get("scope") {
        let text = check.text(node, "`scope`")?.into_owned();
        return valid_scope(check, node, text);
    }
    let node = map.get("project")?;
    let mut scope = single(check, node)?;
    if let Some(environment) = map.get("environment").and_then(|node| single(check, node)) {
        scope = format!("{scope}/{environment}");
    }
    valid_scope(check, node, scope)
}

/// A text that `joined` has checked already; a list cannot name a scope.
fn single(check: &Check<'_>, node: &Node) -> Option<String> {
    let resolved = match &node.body {
        Body::Scalar(_) => check.resolve(node)?,
        _ => {
            let what = "a list cannot be a part of the scope";
            let help = "write a text, or say `scope` by itself";
            check.problem(Problem::new(node.at, what).help(help));
            return None;
        }
    };
    match &resolved.body {
        Body::Scalar(scalar) if !scalar.text.is_empty() => Some(scalar.text.clone()),
        _ => None,
    }
}

fn formerly(check: &Check<'_>, map: &Map<'_>) -> Vec<String> {
    let Some(node) = map.get("formerly") else {
        return Vec::new();
    };
    let Some(items) = check.list(node, "`formerly`") else {
        return Vec::new();
    };
    let texts = items.iter().filter_map(|item| {
        let text = check.text(item, "an item of `formerly`")?.into_owned();
        // An empty one is a file that had none.
        if text.is_empty() { Some(text) } else { valid_scope(check, item, text) }
    });
    texts.collect()
}

fn valid_scope(check: &Check<'_>, node: &Node, scope: String) -> Option<String> {
    let length = scope.chars().count();
    let wrong = if length == 0 {
        "is empty".to_owned()
    } else if length > MAX_SCOPE {
        format!("has {length} characters; at most {MAX_SCOPE} are allowed")
    } else if scope.chars().any(char::is_control) {
        "has a control character".to_owned()
    } else {
        return Some(scope);
    };
    let problem = Problem::new(node.at, format!("the scope {wrong}"));
    check.problem(
        problem.help("the scope is `metadata.scope`, else project or project/environment"),
    );
    None
}
