//! Names of vaults and secrets: parsed once, valid for ever.
//!
//! Every constructor returns the sentence that a user needs when the text is not such a name.

use std::fmt;
use std::sync::Arc;

use crate::cloud::Cloud;

/// The address of a vault, `https://NAME.SUFFIX`.
#[derive(Clone, Debug)]
pub struct VaultUrl {
    host: String,
    cloud: Arc<Cloud>,
}

impl VaultUrl {
    /// Reads a vault's address. With `cloud` the suffix must be that cloud's, else it tells the
    /// cloud.
    pub fn new(text: &str, cloud: Option<&Arc<Cloud>>) -> Result<Self, String> {
        let host = host_of(text)?;
        if host.contains(".privatelink.") {
            return Err(private_link(&host, cloud.map_or("vault.azure.net", |c| &c.suffix)));
        }
        let cloud = match cloud {
            Some(cloud) => cloud.clone(),
            None => Cloud::of_host(&host).ok_or_else(|| wrong_domain(&host, "vault.azure.net"))?,
        };
        let name = host
            .strip_suffix(cloud.suffix.as_str())
            .and_then(|name| name.strip_suffix('.'))
            .ok_or_else(|| wrong_domain(&host, &cloud.suffix))?;
        check_vault_name(name)?;
        Ok(Self { host, cloud })
    }

    /// The host, in lower case; a custom cloud's may carry a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The vault's own name, the host's first label.
    pub fn name(&self) -> &str {
        self.host.split('.').next().unwrap_or(&self.host)
    }

    /// The cloud that the vault belongs to.
    pub fn cloud(&self) -> &Arc<Cloud> {
        &self.cloud
    }
}

/// `https://HOST`, the form that requests are built on.
impl fmt::Display for VaultUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.host)
    }
}

impl PartialEq for VaultUrl {
    fn eq(&self, other: &Self) -> bool {
        self.host == other.host
    }
}

impl Eq for VaultUrl {}

impl PartialOrd for VaultUrl {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VaultUrl {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.host.cmp(&other.host)
    }
}

impl std::hash::Hash for VaultUrl {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.host.hash(state);
    }
}

/// The host part of `https://HOST` or `https://HOST/`, in lower case.
fn host_of(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("http://") {
        return Err(format!("`{text}` is not encrypted; write https://"));
    }
    let Some(rest) = lower.strip_prefix("https://") else {
        return Err(without_scheme(&lower));
    };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.contains(['@', '\\']) {
        return Err(format!(
            "`{text}` holds a user name or a backslash; write https://NAME.SUFFIX"
        ));
    }
    if host.is_empty() || host.starts_with(['/', ':']) {
        return Err("the vault's URL has no host; write https://NAME.vault.azure.net".to_owned());
    }
    if let Some(at) = host.find(['/', '?', '#']) {
        return Err(format!(
            "`{text}` has a path or a query; a vault's URL ends after its host: https://{}",
            &host[..at]
        ));
    }
    Ok(host.to_owned())
}

fn without_scheme(text: &str) -> String {
    if text.is_empty() {
        "the vault's URL is empty; write https://NAME.vault.azure.net".to_owned()
    } else if text.contains("://") {
        format!("`{text}` has another scheme than https; write https://NAME.vault.azure.net")
    } else if text.contains('.') {
        format!("`{text}` has no scheme; write https://{text}")
    } else {
        format!("`{text}` is a bare vault name; write https://{text}.vault.azure.net")
    }
}

fn wrong_domain(host: &str, suffix: &str) -> String {
    let name = host.split(['.', ':']).next().unwrap_or(host);
    if host.strip_prefix(name).is_some_and(|rest| rest.starts_with(&format!(".{suffix}:"))) {
        return format!("`{host}` has a port; write https://{name}.{suffix}");
    }
    format!("`{host}` is not a vault's host of this cloud; write https://{name}.{suffix}")
}

fn private_link(host: &str, suffix: &str) -> String {
    let name = host.split('.').next().unwrap_or(host);
    format!("`{host}` is a private-link name, which is for DNS only; write https://{name}.{suffix}")
}

/// A vault's name, by the rule of Azure Resource Manager.
fn check_vault_name(name: &str) -> Result<(), String> {
    let rule = "a vault name has 3 to 24 letters, digits and hyphens, starts with a letter, \
                ends with a letter or digit and has no two hyphens in a row";
    let wrong = if !(3..=24).contains(&name.chars().count()) {
        format!("has {} characters", name.chars().count())
    } else if let Some(c) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-')) {
        format!("has the character `{c}`")
    } else if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        "does not start with a letter".to_owned()
    } else if name.ends_with('-') {
        "ends with a hyphen".to_owned()
    } else if name.contains("--") {
        "has two hyphens in a row".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("the vault name `{name}` {wrong}; {rule}"))
}

/// The name of a secret in a vault. Names are one regardless of case.
#[derive(Clone, Debug)]
pub struct SecretName(String);

impl SecretName {
    /// The service's limit, in characters.
    pub const MAX: usize = 127;

    /// Reads a name by our rule, which leaves out forms that other tools trip over.
    pub fn strict(text: &str) -> Result<Self, String> {
        let name = Self::admitted(text)?;
        let wrong = if text.starts_with('-') {
            "starts with a hyphen"
        } else if text.ends_with('-') {
            "ends with a hyphen"
        } else if text.contains("--") {
            "has two hyphens in a row"
        } else {
            return Ok(name);
        };
        Err(format!("the secret name `{text}` {wrong}; `strict_names: false` admits it"))
    }

    /// Reads a name by the service's rule: 1 to 127 letters, digits and hyphens.
    pub fn admitted(text: &str) -> Result<Self, String> {
        let length = text.chars().count();
        if length == 0 || length > Self::MAX {
            return Err(format!("the secret name has {length} characters; 1 to 127 are allowed"));
        }
        if let Some(c) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-')) {
            return Err(format!(
                "the secret name `{text}` has the character `{c}`; Key Vault allows letters, \
                 digits and hyphens"
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name that an entry has by default: `_`, `.` and blanks become `-`.
    pub fn from_entry(entry: &str) -> String {
        entry.replace(['_', '.', ' '], "-")
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two spellings of one name are equal.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for SecretName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for SecretName {}

/// A version's id: 32 hexadecimal digits, random, so that its order says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(String);

impl VersionId {
    /// Reads the last segment of a secret's id.
    pub fn new(text: &str) -> Option<Self> {
        let valid = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        valid.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_form_of_a_vaults_url_has_its_own_message() {
        for (text, part) in [
            ("http://kv1.vault.azure.net", "not encrypted"),
            ("kv1.vault.azure.net", "has no scheme; write https://kv1.vault.azure.net"),
            ("kv1", "bare vault name; write https://kv1.vault.azure.net"),
            ("https://kv1.example.net", "not a vault's host"),
            ("https://kv1.vault.azure.net.evil.example", "not a vault's host"),
            ("https://kv1.privatelink.vaultcore.azure.net", "private-link"),
            ("https://kv1.privatelink.vault.azure.net", "private-link"),
            ("https://kv1.vault.azure.net/secrets/x", "has a path"),
            ("https://user@kv1.vault.azure.net", "user name"),
            ("https://a-name-of-28-characters-here.vault.azure.net", "has 28 characters"),
            ("https://1kv.vault.azure.net", "does not start with a letter"),
            ("https://kv--1.vault.azure.net", "two hyphens"),
            ("https://kv_1.vault.azure.net", "the character `_`"),
            ("https://a.b.vault.azure.net", "the character `.`"),
            ("https://kv1.vault.azure.net:443", "has a port; write https://kv1.vault.azure.net"),
            ("", "is empty"),
            ("https:///kv1", "has no host"),
        ] {
            let error = VaultUrl::new(text, None).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
        let vault = VaultUrl::new("https://Shop-KV.vault.azure.net/", None).expect("valid");
        assert_eq!((vault.host(), vault.name()), ("shop-kv.vault.azure.net", "shop-kv"));
    }

    #[test]
    fn a_vault_of_another_cloud_is_refused() {
        let usgov = Cloud::built_in("usgov").expect("built in");
        assert!(VaultUrl::new("https://kv1.vault.azure.net", Some(&usgov)).is_err());
    }

    #[test]
    fn strict_names_are_narrower_than_the_services() {
        for text in ["a--b", "-a", "a-"] {
            assert!(SecretName::strict(text).expect_err(text).contains("strict_names"));
            assert!(SecretName::admitted(text).is_ok());
        }
        for text in ["", "a_b", &"x".repeat(128)] {
            assert!(SecretName::admitted(text).is_err());
        }
        assert_eq!(SecretName::strict("DB").ok(), SecretName::strict("db").ok());
    }
}
