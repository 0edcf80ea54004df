//! Tags: Key Vault takes 15 of them, 512 characters each.

use std::collections::BTreeMap;

use super::Check;
use crate::secretfile::node::Node;
use crate::secretfile::{Place, Problem};

/// The service's limit on the tags of a secret.
pub const MAX_TAGS: usize = 15;

/// The service's limit on a tag's name and on its value, in characters.
pub const MAX_CHARS: usize = 512;

/// The tags that are ours on every target.
pub const OURS: [&str; 3] = ["ManagedBy", "secretzero", "secretzero-state"];

/// Reads a map of tags.
pub fn tags(check: &Check<'_>, node: &Node) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    let Some(map) = check.map(node, "`tags`") else {
        return tags;
    };
    for entry in map.entries.iter() {
        let name = entry.key.text.as_str();
        if is_reserved(name) {
            let what = format!("the tag `{name}` is ours and cannot be set");
            let help = "take it out; `metadata.scope` says who owns the secrets";
            check.problem(Problem::new(entry.key.at, what).help(help));
            continue;
        }
        if name.is_empty() {
            check.problem(Problem::new(entry.key.at, "a tag has no name"));
            continue;
        }
        if let Some(text) = check.text(&entry.value, &format!("the tag `{name}`")) {
            self::check(check, entry.value.at, name, &text);
            tags.insert(name.to_owned(), text.into_owned());
        }
    }
    tags
}

/// Checks one tag's lengths and characters.
pub fn check(check: &Check<'_>, at: Place, name: &str, value: &str) {
    for (what, text) in [("name", name), ("value", value)] {
        let length = text.chars().count();
        if length > MAX_CHARS {
            let short: String = name.chars().take(32).collect();
            let what = format!(
                "the {what} of the tag `{short}` has {length} characters; Key Vault takes at most \
                 {MAX_CHARS}"
            );
            check.problem(Problem::new(at, what).help("shorten it"));
        }
        if text.chars().any(char::is_control) {
            let what = format!("the {what} of a tag has a control character or a line break");
            check.problem(Problem::new(at, what).help("write it on one line"));
        }
    }
}

/// Checks that a target's tags, the metadata's and ours are not too many.
pub fn check_count(
    check: &Check<'_>,
    at: Place,
    metadata: &BTreeMap<String, String>,
    target: &BTreeMap<String, String>,
) {
    let both = target.keys().filter(|name| !metadata.contains_key(*name));
    let (of_metadata, of_target) = (metadata.len(), both.count());
    let all = OURS.len() + of_metadata + of_target;
    if all > MAX_TAGS {
        let what = format!(
            "the target would have {all} tags: {} of ours, {of_metadata} of the metadata and \
             {of_target} of its own; Key Vault takes at most {MAX_TAGS}",
            OURS.len()
        );
        let most = MAX_TAGS - OURS.len() - of_metadata;
        let help = format!("leave it at most {most} of its own");
        check.problem(Problem::new(at, what).help(help));
    }
}

fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("secretzero") || OURS.iter().any(|ours| ours.to_ascii_lowercase() == name)
}
