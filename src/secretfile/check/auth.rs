//! `auth`: how a provider signs in.

use super::{Check, Map};
use crate::env::is_unexpanded;
use crate::secret::SecretValue;
use crate::secretfile::node::{Body, Entry, Node};
use crate::secretfile::{Auth, AuthKind, Problem};

/// Every kind and its options.
pub const KINDS: [(&str, AuthKind, &[&str]); 12] = [
    ("default", AuthKind::Default, &["tenant_id", "client_id"]),
    ("ambient", AuthKind::Default, &["tenant_id", "client_id"]),
    (
        "service_principal",
        AuthKind::ServicePrincipal,
        &[
            "tenant_id",
            "client_id",
            "client_secret",
            "certificate_path",
            "certificate_password",
            "send_chain",
        ],
    ),
    (
        "oidc",
        AuthKind::Oidc,
        &["tenant_id", "client_id", "audience", "service_connection_id", "id_token_variable"],
    ),
    ("workload_identity", AuthKind::WorkloadIdentity, &["tenant_id", "client_id", "token_file"]),
    ("managed_identity", AuthKind::ManagedIdentity, &["client_id", "object_id", "resource_id"]),
    ("cli", AuthKind::Cli, &["tenant_id"]),
    ("azd", AuthKind::Azd, &["tenant_id"]),
    ("powershell", AuthKind::PowerShell, &["tenant_id"]),
    ("device_code", AuthKind::DeviceCode, &["tenant_id", "client_id"]),
    ("interactive_browser", AuthKind::InteractiveBrowser, &["tenant_id", "client_id"]),
    ("token", AuthKind::Token, &["token"]),
];

/// The option of every kind.
pub const TENANTS: &str = "additionally_allowed_tenants";

/// Kinds that other tools have, and what to say of them.
const REFUSED: [(&str, &str); 5] = [
    (
        "username_password",
        "Entra refuses user name and password where multi-factor sign-in is on; use `oidc` or \
         `managed_identity`",
    ),
    (
        "password",
        "Entra refuses user name and password where multi-factor sign-in is on; use `oidc` or \
         `managed_identity`",
    ),
    ("vscode", "Visual Studio Code's sign-in needs a native broker; use `cli` after `az login`"),
    ("client_secret", "use `service_principal` with `client_secret`"),
    ("azure_cli", "use `cli`"),
];

/// Reads `auth`.
pub fn auth(check: &Check<'_>, node: &Node) -> Auth {
    let Some(map) = check.map(node, "`auth`") else {
        return Auth::default();
    };
    let nested = map.get("config").and_then(|node| check.map(node, "`auth.config`"));
    let Some((name, kind, options)) = kind(check, &map) else {
        return Auth::default();
    };
    keys(check, &map, name, options, true);
    if let Some(nested) = &nested {
        keys(check, nested, name, options, false);
        twice(check, &map, nested, options);
    }
    let reader = Reader { check, map: &map, nested: nested.as_ref() };
    let auth = reader.auth(kind);
    reader.check_together(&auth);
    auth
}

fn kind(
    check: &Check<'_>,
    map: &Map<'_>,
) -> Option<(&'static str, AuthKind, &'static [&'static str])> {
    let Some(node) = map.get("kind") else {
        return Some(KINDS[0]);
    };
    let text = check.text(node, "`auth.kind`")?;
    let found = KINDS.iter().find(|row| row.0 == text);
    if found.is_none() {
        let names: Vec<&str> = KINDS.iter().map(|row| row.0).collect();
        let help = REFUSED
            .iter()
            .find(|row| row.0 == text)
            .map_or_else(|| check.suggest(&text, &names), |row| row.1.to_owned());
        let what = format!("there is no way to sign in called `{text}`");
        check.problem(Problem::new(node.at, what).help(help));
    }
    found.copied()
}

fn keys(check: &Check<'_>, map: &Map<'_>, kind: &str, options: &[&str], top: bool) {
    for entry in map.entries.iter() {
        let key = entry.key.text.as_str();
        let is_frame = top && matches!(key, "kind" | "config");
        if is_frame || key == TENANTS || options.contains(&key) {
            continue;
        }
        let of_another = KINDS.iter().any(|row| row.2.contains(&key));
        let (what, help) = if of_another {
            let listed = options.join(", ");
            let help = format!("the options of `{kind}`: {listed}, {TENANTS}");
            (format!("`{key}` is no option of `auth` of kind `{kind}`"), help)
        } else {
            let mut known = options.to_vec();
            known.push(TENANTS);
            let help = check.suggest(key, &known);
            (format!("unknown key `{key}` in `auth`"), help)
        };
        check.problem(Problem::new(entry.key.at, what).help(help));
    }
}

fn twice(check: &Check<'_>, map: &Map<'_>, nested: &Map<'_>, options: &[&str]) {
    for key in options.iter().chain([&TENANTS]) {
        if let (Some(_), Some(entry)) = (map.entry(key), nested.entry(key)) {
            let what = format!("`{key}` stands beside `kind` and under `config`");
            check.problem(Problem::new(entry.key.at, what).help("keep one of them"));
        }
    }
}

struct Reader<'c, 'm> {
    check: &'c Check<'c>,
    map: &'m Map<'m>,
    nested: Option<&'m Map<'m>>,
}

impl Reader<'_, '_> {
    fn auth(&self, kind: AuthKind) -> Auth {
        Auth {
            kind,
            tenant_id: self.id("tenant_id", is_tenant, "a GUID or a domain name"),
            client_id: self.id("client_id", is_id, "a GUID"),
            client_secret: self.secret("client_secret"),
            certificate_path: self.text("certificate_path"),
            certificate_password: self.secret("certificate_password"),
            send_chain: self.send_chain(),
            audience: self.text("audience"),
            service_connection_id: self.id("service_connection_id", is_id, "a GUID"),
            id_token_variable: self.id("id_token_variable", is_variable, "a variable's name"),
            token_file: self.text("token_file"),
            object_id: self.id("object_id", is_id, "a GUID"),
            resource_id: self.id(
                "resource_id",
                |text| text.to_ascii_lowercase().starts_with("/subscriptions/"),
                "a path that starts with /subscriptions/",
            ),
            token: self.secret("token"),
            additionally_allowed_tenants: self.tenants(),
        }
    }

    fn check_together(&self, auth: &Auth) {
        let only_one = |keys: &[&str], help: &str| {
            let given: Vec<&Entry> = keys.iter().filter_map(|key| self.entry(key)).collect();
            if let [_, second, ..] = given.as_slice() {
                let what = format!("only one of {} can be said", keys.join(", "));
                self.check.problem(Problem::new(second.key.at, what).help(help));
            }
        };
        match auth.kind {
            AuthKind::ServicePrincipal => only_one(
                &["client_secret", "certificate_path"],
                "an application signs in with a secret or with a certificate",
            ),
            AuthKind::ManagedIdentity => only_one(
                &["client_id", "object_id", "resource_id"],
                "each of them names the identity by itself",
            ),
            _ => {}
        }
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.map.entry(key).or_else(|| self.nested?.entry(key))
    }

    fn node(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.private(self.node(key)?, key)
    }

    fn secret(&self, key: &str) -> Option<SecretValue> {
        self.text(key).map(SecretValue::new)
    }

    fn id(&self, key: &str, valid: impl Fn(&str) -> bool, form: &str) -> Option<String> {
        let text = self.text(key)?;
        if valid(&text) {
            return Some(text);
        }
        // The text is not shown: people paste the wrong field.
        let at = self.node(key)?.at;
        self.check.problem(Problem::new(at, format!("`{key}` does not look like {form}")));
        None
    }

    fn send_chain(&self) -> bool {
        let Some(node) = self.node("send_chain") else {
            return false;
        };
        self.check.flag(node, "`send_chain`").unwrap_or_default()
    }

    fn tenants(&self) -> Vec<String> {
        let Some(node) = self.node(TENANTS) else {
            return Vec::new();
        };
        let nodes = match &node.body {
            Body::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let texts = nodes.iter().filter_map(|node| Some((node, self.private(node, TENANTS)?)));
        let mut tenants = Vec::new();
        for (node, text) in texts {
            for tenant in text.split([';', ',']).map(str::trim).filter(|t| !t.is_empty()) {
                if tenant == "*" || is_tenant(tenant) {
                    tenants.push(tenant.to_owned());
                } else {
                    let what = format!("`{TENANTS}` holds something that is no tenant");
                    let help = "write GUIDs, domain names, or '*' for any";
                    self.check.problem(Problem::new(node.at, what).help(help));
                }
            }
        }
        tenants
    }

    /// An option's text; nothing if it is empty, or lacks what it needs in a rehearsal.
    fn private(&self, node: &Node, key: &str) -> Option<String> {
        let private = self.check.resolve_private(node)?;
        let rehearsal = self.check.options.rehearsal;
        if let Some(name) = private.missing.first() {
            if !rehearsal {
                let what = format!("`{key}` needs `${{{name}}}`, which is not set");
                let help = format!("give the job the variable {name}, or take `{key}` out");
                self.check.problem(Problem::new(node.at, what).help(help));
            }
            return None;
        }
        let Body::Scalar(scalar) = &private.node.body else {
            let kind = private.node.kind_name();
            let what = format!("`{key}` is {kind}; it must be a text");
            self.check.problem(Problem::new(node.at, what));
            return None;
        };
        if is_unexpanded(&scalar.text) {
            if !rehearsal {
                let what = format!("`{key}` is the name of a variable that was not expanded");
                let help = "the CI system had no such variable; map it into the job's environment";
                self.check.problem(Problem::new(node.at, what).help(help));
            }
            return None;
        }
        (!scalar.text.is_empty()).then(|| scalar.text.clone())
    }
}

/// The form of a tenant in an authority's path, and behind an option of a tool.
fn is_tenant(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    begins && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}

fn is_id(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_variable(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
}
