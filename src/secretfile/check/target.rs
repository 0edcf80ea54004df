//! Targets: one name in one vault each.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::options::{self, Options};
use super::provider::{Known, Ours};
use super::secret::Context;
use super::{Check, Map, tags};
use crate::error_code::ErrorCode;
use crate::names::{SecretName, VaultUrl};
use crate::secretfile::node::Node;
use crate::secretfile::{Place, Problem, Target, suggest};

/// The names of the kind that we serve.
pub const OURS: [&str; 2] = ["key_vault", "azure_keyvault"];

/// The keys of a target.
pub const KEYS: [&str; 3] = ["provider", "kind", "config"];

/// The keys of its `config`, beside the options.
pub const PLACE_KEYS: [&str; 2] = ["vault_url", "secret_name"];

/// What a secret says of all its targets.
pub struct Owner<'o> {
    /// The secret's name; empty if it has none, which was said.
    pub name: &'o str,
    /// Where the name stands.
    pub name_at: Place,
    /// The template's field that is stored alone.
    pub field: Option<&'o str>,
    /// How long minted parts live.
    pub rotation_period: Option<SignedDuration>,
    /// The content type where none is said.
    pub content_type: Option<&'static str>,
}

/// The targets of one secret, as far as they were read.
#[derive(Default)]
pub struct Targets {
    /// Ours.
    pub ours: Vec<Target>,
    /// The kinds of those that are not.
    pub not_ours: BTreeSet<String>,
    /// Whether one was wrong, and said so.
    pub broken: bool,
}

impl Targets {
    /// Reads a list of targets.
    pub fn read(
        &mut self,
        check: &Check<'_>,
        context: &Context<'_>,
        owner: &Owner<'_>,
        list: Option<&Node>,
    ) {
        let Some(node) = list else {
            return;
        };
        let Some(items) = check.list(node, "`targets`") else {
            self.broken = true;
            return;
        };
        // Mostly one, and a list that grows takes room for four.
        self.ours.reserve_exact(items.len());
        for item in items.iter() {
            if !check.spend_part(item.at) {
                return;
            }
            match one(check, context, owner, item) {
                Some(Read::Ours(target)) => self.ours.push(*target),
                Some(Read::NotOurs(kind)) => {
                    self.not_ours.insert(kind);
                }
                None => self.broken = true,
            }
        }
    }
}

enum Read {
    Ours(Box<Target>),
    NotOurs(String),
}

fn one(check: &Check<'_>, context: &Context<'_>, owner: &Owner<'_>, node: &Node) -> Option<Read> {
    let map = check.map(node, "a target")?;
    let kind = kind(check, &map);
    if let Kind::NotOurs(kind) = kind {
        return Some(Read::NotOurs(kind));
    }
    check.keys(&map, &KEYS, "in a target");
    let provider = provider(check, context, &map);
    let config = match map.get("config") {
        Some(node) => check.map(node, "a target's `config`")?,
        None => Map { at: map.at, entries: (&[]).into() },
    };
    let known: Vec<&str> = PLACE_KEYS.iter().chain(&options::KEYS).copied().collect();
    check.keys(&config, &known, "in a target's `config`");
    let options = Options::read(check, &config);
    check_expiry(check, &options, owner);
    let options = match provider {
        Some(ours) => options.over(&defaults(ours, owner)),
        None => options,
    };
    let vault = check.about(ErrorCode::VaultUrl, || vault(check, &config, provider));
    let name =
        check.about(ErrorCode::SecretName, || name(check, &config, owner, options.strict_names()));
    tags::check_count(check, map.at, context.tags, options.tags());
    let options = options.finish(check, owner.content_type);
    matches!(kind, Kind::Ours).then_some(())?;
    Some(Read::Ours(Box::new(Target {
        field: owner.field.map(str::to_owned),
        provider: provider?.index,
        options,
        vault: vault?,
        name: name?,
        at: map.at,
    })))
}

/// Whom a target's `kind` makes it belong to.
enum Kind {
    Ours,
    NotOurs(String),
    /// It is wrong, and that was said; the rest is checked as ours.
    Broken,
}

fn kind(check: &Check<'_>, map: &Map<'_>) -> Kind {
    let Some(node) = map.get("kind") else {
        let what = "a target has no `kind`";
        check.problem(Problem::new(map.at, what).help("write kind: key_vault"));
        return Kind::Broken;
    };
    let Some(kind) = check.text(node, "a target's `kind`") else {
        return Kind::Broken;
    };
    if OURS.contains(&kind.as_ref()) {
        return Kind::Ours;
    }
    let plain = kind.replace(['_', '-', ' '], "").to_ascii_lowercase();
    let meant = plain.contains("keyvault") || suggest::nearest(&kind, OURS).is_some();
    if !meant {
        return Kind::NotOurs(kind.into_owned());
    }
    let what = format!("there is no target of kind `{kind}`");
    check.problem(Problem::new(node.at, what).help("did you mean `key_vault`?"));
    Kind::Broken
}

fn provider<'c>(check: &Check<'_>, context: &'c Context<'_>, map: &Map<'_>) -> Option<&'c Ours> {
    let Some(node) = map.get("provider") else {
        let what = "a target has no `provider`";
        let help = "name one of `providers`, such as provider: azure";
        check.problem(Problem::new(map.at, what).help(help));
        return None;
    };
    let name = check.text(node, "`provider`")?;
    let (what, help) = match context.providers.get(&name) {
        Some(Known::Ours(ours)) => return Some(ours),
        Some(Known::Broken) => return None,
        Some(Known::NotOurs(kind)) => (
            format!("the provider `{name}` is of kind `{kind}` and has no key vaults"),
            "name a provider of kind azure".to_owned(),
        ),
        None => {
            let names = context.providers.names();
            let help = if names.is_empty() {
                format!("write providers: {{{name}: {{kind: azure}}}} at the top level")
            } else {
                check.suggest(&name, &names)
            };
            (format!("there is no provider called `{name}`"), help)
        }
    };
    check.problem(Problem::new(node.at, what).help(help));
    None
}

fn vault(check: &Check<'_>, config: &Map<'_>, provider: Option<&Ours>) -> Option<VaultUrl> {
    let of_provider = provider.and_then(|ours| ours.vault_url.as_ref());
    let Some(node) = config.get("vault_url").or(of_provider) else {
        // A provider that is wrong may name the vault.
        provider?;
        let what = "a target has no `vault_url`";
        let help = "write vault_url: https://NAME.vault.azure.net in its `config`";
        check.problem(Problem::new(config.at, what).help(help));
        return None;
    };
    let text = check.text(node, "`vault_url`")?;
    if provider.is_none() && check.options.custom_cloud.is_some() {
        // It may be a vault of that cloud.
        return None;
    }
    check
        .vault(&text, provider.and_then(|ours| ours.cloud.as_ref()))
        .map_err(|sentence| check.problem(Problem::new(node.at, sentence)))
        .ok()
}

fn name(
    check: &Check<'_>,
    config: &Map<'_>,
    owner: &Owner<'_>,
    strict: bool,
) -> Option<SecretName> {
    let read = if strict { SecretName::strict } else { SecretName::admitted };
    if let Some(node) = config.get("secret_name") {
        let text = check.text(node, "`secret_name`")?;
        return read(&text).map_err(|sentence| check.problem(Problem::new(node.at, sentence))).ok();
    }
    if owner.name.is_empty() {
        return None;
    }
    read(&SecretName::from_entry(owner.name))
        .map_err(|sentence| {
            let problem = Problem::new(owner.name_at, sentence);
            check.problem(problem.help("give the target a `secret_name`, or rename the entry"));
        })
        .ok()
}

/// Checks an expiry against the rotation it follows.
fn check_expiry(check: &Check<'_>, options: &Options, owner: &Owner<'_>) {
    if let (Some(at), None) = (options.expires_after_due(), owner.rotation_period) {
        let what = "`expires: true` follows the rotation, and the secret has none";
        let help = "give the secret a `rotation_period`, or write a period or a date";
        check.problem(Problem::new(at, what).help(help));
    }
    if let (Some((at, expires)), Some(period)) = (options.expires_after(), owner.rotation_period)
        && expires <= period
    {
        let what = "the secret expires before its rotation is due";
        check.notice(Problem::new(at, what).help("let `expires` be longer, or write true"));
    }
}

/// The provider's defaults; `expires: true` counts for the secrets that rotate.
fn defaults<'p>(provider: &'p Ours, owner: &Owner<'_>) -> Cow<'p, Options> {
    if provider.options.expires_after_due().is_some() && owner.rotation_period.is_none() {
        return Cow::Owned(provider.options.clone().without_expires());
    }
    Cow::Borrowed(&provider.options)
}
