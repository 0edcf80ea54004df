//! The whole file: its top level, and what its parts must agree on.

use std::collections::HashMap;

use super::{Check, Map, metadata, provider, secret, template};
use crate::secretfile::node::Node;
use crate::secretfile::{Place, Problem, Secret, Secretfile};

/// The keys of the top level.
pub const KEYS: [&str; 6] =
    ["version", "variables", "providers", "secrets", "templates", "metadata"];

/// Keys of other SecretZero tools that change nothing for us, at the top level alone.
pub const PASSED_OVER: &str = "config";

/// Checks a file's tree.
pub fn file(check: &Check<'_>, path: &str, root: &Node) -> Secretfile {
    let mut file = Secretfile {
        path: path.to_owned(),
        scope: None,
        formerly: Vec::new(),
        tags: Default::default(),
        providers: Vec::new(),
        secrets: Vec::new(),
        notices: Vec::new(),
    };
    let Some(top) = check.map(root, "the Secretfile") else {
        return file;
    };
    keys(check, &top);
    version(check, &top);
    if let Some(node) = top.get("metadata") {
        let metadata = metadata::metadata(check, node);
        file.scope = metadata.scope;
        file.formerly = metadata.formerly;
        file.tags = metadata.tags;
    }
    let providers = provider::Providers::read(check, top.get("providers"));
    let templates = template::Templates::read(check, top.get("templates"));
    let context = secret::Context {
        providers: &providers,
        templates: &templates,
        scope: file.scope.as_deref(),
        tags: &file.tags,
    };
    file.secrets = secret::secrets(check, &context, &top);
    templates.check_unused(check, &context);
    unique_names(check, &file.secrets);
    unique_targets(check, &file.secrets);
    file.providers = providers.into_list();
    file
}

fn keys(check: &Check<'_>, top: &Map<'_>) {
    let mut known = KEYS.to_vec();
    if let Some(entry) = top.entries.iter().find(|e| e.key.text == PASSED_OVER) {
        check.pass_over(entry);
        known.push(PASSED_OVER);
    }
    check.keys(top, &known, "at the top level");
}

fn version(check: &Check<'_>, top: &Map<'_>) {
    let Some(node) = top.get("version") else {
        return;
    };
    if let Some(text) = check.text(node, "`version`")
        && !matches!(text.as_ref(), "1" | "1.0")
    {
        let what = format!("the version `{text}` is not known");
        check.problem(Problem::new(node.at, what).help("write version: '1.0'"));
    }
}

fn unique_names(check: &Check<'_>, secrets: &[Secret]) {
    let mut seen: HashMap<&str, Place> = HashMap::with_capacity(secrets.len());
    for secret in secrets {
        if let Some(first) = seen.get(secret.name.as_str()) {
            let what = format!(
                "a second secret is called `{}`; the first is at {}:{}",
                secret.name, first.line, first.col
            );
            check.problem(Problem::new(secret.at, what).help("give one of them another name"));
        } else {
            seen.insert(&secret.name, secret.at);
        }
    }
}

/// One vault and name hold one content.
fn unique_targets(check: &Check<'_>, secrets: &[Secret]) {
    let mut seen: HashMap<(&str, String), (Place, &Secret)> = HashMap::new();
    for secret in secrets {
        for target in &secret.targets {
            let key = (target.vault.host(), target.name.key());
            let Some((at, first)) = seen.get(&key) else {
                seen.insert(key, (target.at, secret));
                continue;
            };
            // Targets of a template or an alias stand at one place for several secrets.
            let (at, here) = if *at == target.at && first.at != secret.at {
                (first.at, secret.at)
            } else {
                (*at, target.at)
            };
            let what = format!(
                "`{}` goes to {target}, where `{}` goes already ({}:{})",
                secret.name, first.name, at.line, at.col
            );
            let help = "give one of them another `secret_name` or vault; names are one \
                        regardless of case";
            check.problem(Problem::new(here, what).help(help));
        }
    }
}
