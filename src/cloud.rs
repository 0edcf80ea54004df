//! The Azure clouds: where to sign in, which host names are vaults, which scope a token needs.

use std::sync::Arc;

use serde::Deserialize;

/// The Key Vault REST version that we speak where a cloud does not say otherwise.
pub const API_VERSION: &str = "7.6";

/// One cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    /// The name in a Secretfile's `cloud`.
    pub name: String,
    /// The sign-in service, as an origin without a trailing slash.
    pub authority: String,
    /// What follows a vault's name and a dot in its host; a custom cloud's may carry a port.
    pub suffix: String,
    /// The OAuth 2.0 scope of a Key Vault token, `https://…/.default`.
    pub scope: String,
    /// The `api-version` of every request.
    pub api_version: String,
    /// The audience that a federated token must name.
    pub federated_audience: String,
}

/// Name, authority host, vault suffix, audience suffix; Microsoft's documentation of its clouds.
const BUILT_IN: [(&str, &str, &str, &str); 5] = [
    ("public", "login.microsoftonline.com", "vault.azure.net", ""),
    ("usgov", "login.microsoftonline.us", "vault.usgovcloudapi.net", "USGov"),
    ("china", "login.chinacloudapi.cn", "vault.azure.cn", "China"),
    ("bleu", "login.sovcloud-identity.fr", "vault.sovcloud-api.fr", ""),
    ("delos", "login.sovcloud-identity.de", "vault.sovcloud-api.de", ""),
];

/// The name that stands for the cloud of `--cloud-config`.
pub const CUSTOM: &str = "custom";

/// What `--cloud-config` names; a Secretfile cannot say any of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudConfig {
    authority: String,
    vault_suffix: String,
    scope: Option<String>,
    api_version: Option<String>,
    federated_audience: Option<String>,
}

impl Cloud {
    /// A cloud that we know by name.
    pub fn built_in(name: &str) -> Option<Arc<Self>> {
        BUILT_IN.iter().find(|row| row.0 == name).map(|row| Arc::new(Self::of(*row)))
    }

    /// Every name that a Secretfile's `cloud` may have.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|row| row.0).chain([CUSTOM])
    }

    /// The built-in cloud whose vaults have this host.
    pub fn of_host(host: &str) -> Option<Arc<Self>> {
        let host = host.to_ascii_lowercase();
        let row = BUILT_IN.iter().find(|row| {
            host.strip_suffix(row.2).is_some_and(|vault| vault.len() > 1 && vault.ends_with('.'))
        })?;
        Some(Arc::new(Self::of(*row)))
    }

    fn of((name, authority, suffix, audience): (&str, &str, &str, &str)) -> Self {
        Self {
            name: name.to_owned(),
            authority: format!("https://{authority}"),
            suffix: suffix.to_owned(),
            scope: format!("https://{suffix}/.default"),
            api_version: API_VERSION.to_owned(),
            federated_audience: format!("api://AzureADTokenExchange{audience}"),
        }
    }

    /// The cloud of a `--cloud-config` file (YAML or JSON), or the sentence that says what is wrong.
    pub fn custom(text: &str) -> Result<Arc<Self>, String> {
        let shape: serde_yaml::Value = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        // What is no map may be another file, such as a token behind a link, and is not repeated.
        if !shape.is_mapping() {
            return Err("it must be a map with `authority` and `vault_suffix`".to_owned());
        }
        let config: CloudConfig = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        let authority = config.authority.trim_end_matches('/').to_owned();
        if !authority.starts_with("https://") {
            return Err("`authority` must be an https URL".to_owned());
        }
        let suffix = config.vault_suffix.trim_start_matches('.').to_ascii_lowercase();
        if suffix.is_empty() || suffix.contains(['/', '@', '\\']) {
            return Err("`vault_suffix` must be a host name, such as vault.example.net".to_owned());
        }
        let host = suffix.split(':').next().unwrap_or_default();
        let scope = config.scope.unwrap_or_else(|| format!("https://{host}/.default"));
        if !scope.starts_with("https://") || !scope.ends_with("/.default") {
            return Err("`scope` must look like https://vault.example.net/.default".to_owned());
        }
        Ok(Arc::new(Self {
            name: CUSTOM.to_owned(),
            authority,
            suffix,
            scope,
            api_version: config.api_version.unwrap_or_else(|| API_VERSION.to_owned()),
            federated_audience: config
                .federated_audience
                .unwrap_or_else(|| "api://AzureADTokenExchange".to_owned()),
        }))
    }

    /// The sign-in service's host.
    pub fn authority_host(&self) -> &str {
        self.authority.strip_prefix("https://").unwrap_or(&self.authority)
    }

    /// The host of the resource that a token is for; a challenge must name the same.
    pub fn resource(&self) -> &str {
        self.scope.strip_suffix("/.default").unwrap_or(&self.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vaults_host_tells_its_cloud() {
        let name = |host| Cloud::of_host(host).map(|cloud| cloud.name.clone());
        assert_eq!(name("a.vault.azure.net").as_deref(), Some("public"));
        assert_eq!(name("A.VAULT.USGOVCLOUDAPI.NET").as_deref(), Some("usgov"));
        assert_eq!(name("vault.azure.net"), None);
        assert_eq!(name("evilvault.azure.net"), None);
    }

    #[test]
    fn a_file_that_is_no_map_is_not_repeated() {
        for text in ["eyJ0eXAi.a.token", "- eyJ0eXAi.a.token"] {
            let said = Cloud::custom(text).expect_err("no map");
            assert!(!said.contains("token"), "{said}");
        }
    }

    #[test]
    fn a_custom_cloud_must_be_https() {
        let text = "{authority: 'http://login.local', vault_suffix: vault.local}";
        assert!(Cloud::custom(text).is_err());
        let text = "{authority: 'https://login.local/', vault_suffix: 'vault.local:8443'}";
        let cloud = Cloud::custom(text).expect("a complete cloud");
        assert_eq!(cloud.authority, "https://login.local");
        assert_eq!(cloud.scope, "https://vault.local/.default");
    }
}
