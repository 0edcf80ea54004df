//! `providers`: credentials for targets, and defaults for their options.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::options::Options;
use super::{Check, Map, auth, options};
use crate::cloud::{self, Cloud};
use crate::error_code::ErrorCode;
use crate::secretfile::node::{Entry, Node};
use crate::secretfile::{Auth, Problem, Provider, suggest};

/// The kind that we serve.
const OURS: &str = "azure";

/// Names of providers of other kinds, for those that have no `kind`.
pub const OTHERS: [&str; 14] = [
    "aws",
    "azure_devops",
    "file",
    "gcp",
    "github",
    "gitlab",
    "hashicorp_vault",
    "infisical",
    "jenkins",
    "keeper",
    "kubernetes",
    "local",
    "vault",
    "vercel",
];

/// The providers' own keys, beside the options.
pub const KEYS: [&str; 6] = ["kind", "description", "auth", "cloud", "vault_url", "config"];

/// Other names of clouds.
const CLOUDS: [(&str, &str); 6] = [
    ("azurepublic", "public"),
    ("azurecloud", "public"),
    ("azuregovernment", "usgov"),
    ("azureusgovernment", "usgov"),
    ("azurechina", "china"),
    ("azurechinacloud", "china"),
];

/// All providers, for look-up by name.
pub struct Providers {
    list: Vec<Provider>,
    known: BTreeMap<String, Known>,
}

/// What a provider is.
pub enum Known {
    /// One of ours.
    Ours(Box<Ours>),
    /// Of another kind.
    NotOurs(String),
    /// Wrong, and said so.
    Broken,
}

/// A provider of ours, for its targets.
pub struct Ours {
    /// Its place in the list.
    pub index: usize,
    /// Its cloud, if it names one.
    pub cloud: Option<Arc<Cloud>>,
    /// Its targets' vault, where they name none.
    pub vault_url: Option<Node>,
    /// Its targets' options, where they say nothing.
    pub options: Options,
}

impl Providers {
    /// Reads `providers`.
    pub fn read(check: &Check<'_>, node: Option<&Node>) -> Self {
        let mut providers = Self { list: Vec::new(), known: BTreeMap::new() };
        if let Some(map) = node.and_then(|node| check.map(node, "`providers`")) {
            for entry in map.entries.iter() {
                let known = providers.one(check, entry);
                providers.known.insert(entry.key.text.clone(), known);
            }
        }
        providers
    }

    /// A provider by name.
    pub fn get(&self, name: &str) -> Option<&Known> {
        self.known.get(name)
    }

    /// The names, for suggestions; not all, if they are very many.
    pub fn names(&self) -> Vec<&str> {
        self.known.keys().map(String::as_str).take(suggest::MAX_CANDIDATES).collect()
    }

    /// Ours, in the file's order.
    pub fn into_list(self) -> Vec<Provider> {
        self.list
    }

    fn one(&mut self, check: &Check<'_>, entry: &Entry) -> Known {
        let name = entry.key.text.as_str();
        if entry.value.is_null() {
            return self.without_map(check, entry);
        }
        let Some(map) = check.map(&entry.value, &format!("the provider `{name}`")) else {
            return Known::Broken;
        };
        match kind(check, entry, &map) {
            Ok(kind) if kind == OURS => self.ours(check, entry, &map),
            Ok(kind) => Known::NotOurs(kind),
            Err(()) => Known::Broken,
        }
    }

    /// `azure:` with nothing behind it.
    fn without_map(&mut self, check: &Check<'_>, entry: &Entry) -> Known {
        let name = entry.key.text.as_str();
        if OTHERS.contains(&name) {
            return Known::NotOurs(name.to_owned());
        }
        if name != OURS {
            no_kind(check, entry);
            return Known::Broken;
        }
        self.add(entry, Auth::default(), None, None, Options::default())
    }

    fn ours(&mut self, check: &Check<'_>, entry: &Entry, map: &Map<'_>) -> Known {
        let known: Vec<&str> = KEYS.iter().chain(&options::KEYS).copied().collect();
        check.keys(map, &known, "in a provider");
        if let Some(node) = map.get("description") {
            check.touch(node);
        }
        let nested = map.get("config").and_then(|node| check.map(node, "`config`"));
        if let Some(nested) = &nested {
            let known: Vec<&str> = ["vault_url"].iter().chain(&options::KEYS).copied().collect();
            check.keys(nested, &known, "in a provider's `config`");
        }
        let cloud = map.get("cloud").map(|node| cloud(check, node));
        let auth = check.about(ErrorCode::SecretfileSignIn, || {
            map.get("auth").map(|node| auth::auth(check, node))
        });
        let mut options = defaults(check, map);
        let mut vault_url = map.get("vault_url").cloned();
        if let Some(nested) = &nested {
            options = options.over(&defaults(check, nested));
            vault_url = vault_url.or_else(|| nested.get("vault_url").cloned());
        }
        match cloud {
            Some(None) => Known::Broken,
            cloud => self.add(entry, auth.unwrap_or_default(), cloud.flatten(), vault_url, options),
        }
    }

    fn add(
        &mut self,
        entry: &Entry,
        auth: Auth,
        cloud: Option<Arc<Cloud>>,
        vault_url: Option<Node>,
        options: Options,
    ) -> Known {
        self.list.push(Provider { name: entry.key.text.clone(), auth });
        Known::Ours(Box::new(Ours { index: self.list.len() - 1, cloud, vault_url, options }))
    }
}

/// The kind of a provider, by its `kind` or its name.
fn kind(check: &Check<'_>, entry: &Entry, map: &Map<'_>) -> Result<String, ()> {
    let name = entry.key.text.as_str();
    let Some(node) = map.get("kind") else {
        if name == OURS || OTHERS.contains(&name) {
            return Ok(name.to_owned());
        }
        no_kind(check, entry);
        return Err(());
    };
    let kind = check.text(node, "`kind`").ok_or(())?;
    let plain = kind.replace(['_', '-'], "").to_ascii_lowercase();
    let meant = suggest::nearest(&kind, [OURS]).is_some()
        || plain.contains("keyvault")
        || plain == "azurerm";
    if kind != OURS && meant {
        let what = format!("there is no provider of kind `{kind}`");
        check.problem(Problem::new(node.at, what).help("did you mean `azure`?"));
        return Err(());
    }
    Ok(kind.into_owned())
}

fn no_kind(check: &Check<'_>, entry: &Entry) {
    let what = format!("the provider `{}` has no `kind`", entry.key.text);
    check.problem(Problem::new(entry.key.at, what).help("write kind: azure"));
}

fn cloud(check: &Check<'_>, node: &Node) -> Option<Arc<Cloud>> {
    let name = check.text(node, "`cloud`")?;
    if name == cloud::CUSTOM {
        if check.options.custom_cloud.is_none() {
            let what = "the cloud `custom` is not described";
            let help = "pass --cloud-config FILE; a Secretfile cannot choose where credentials go";
            check.problem(Problem::new(node.at, what).help(help));
        }
        return check.options.custom_cloud.clone();
    }
    let found = Cloud::built_in(&name);
    if found.is_none() {
        let names: Vec<&str> = Cloud::names().collect();
        let lower = name.to_ascii_lowercase();
        let help = CLOUDS.iter().find(|row| row.0 == lower).map_or_else(
            || check.suggest(&name, &names),
            |row| format!("did you mean `{}`?", row.1),
        );
        let what = format!("there is no cloud called `{name}`");
        check.problem(Problem::new(node.at, what).help(help));
    }
    found
}

fn defaults(check: &Check<'_>, map: &Map<'_>) -> Options {
    if let Some(entry) = map.entry("take_over") {
        let what = "`take_over` counts on a target alone";
        let help = "put it into the `config` of the target that is to become ours";
        check.problem(Problem::new(entry.key.at, what).help(help));
    }
    Options::read(check, map)
}
