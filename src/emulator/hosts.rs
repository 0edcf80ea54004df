//! Which host is a vault, which one signs in, and what a vault's challenge says.

use super::identity;
use crate::cloud::Cloud;

/// Names of built-in authorities that the clouds' own rows do not list.
const AUTHORITY_ALIASES: [&str; 2] = ["login.windows.net", "login.partner.microsoftonline.cn"];

/// Whether a tunnel may be opened to it: this is no proxy to the world.
pub fn may_connect(host: &str) -> bool {
    is_authority(host) || is_vault(host) || identity::serves_jobs(host)
}

/// Whether the host is a sign-in service of a built-in cloud.
pub fn is_authority(host: &str) -> bool {
    AUTHORITY_ALIASES.contains(&host) || authorities().any(|authority| authority == host)
}

/// Whether the host is `NAME.SUFFIX` with a built-in cloud's suffix.
fn is_vault(host: &str) -> bool {
    Cloud::of_host(host).is_some_and(|cloud| {
        let name = host.strip_suffix(&cloud.suffix).and_then(|name| name.strip_suffix('.'));
        let is_label = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        name.is_some_and(|name| !name.is_empty() && name.len() < 64 && is_label(name))
    })
}

/// The hosts of the built-in clouds' authorities.
fn authorities() -> impl Iterator<Item = String> {
    let clouds = Cloud::names().filter_map(Cloud::built_in);
    clouds.map(|cloud| cloud.authority.trim_start_matches("https://").to_owned())
}

/// The origin where a client of this vault signs in: its cloud's; a host of no built-in cloud serves
/// the token endpoint itself.
pub fn authority_of(vault: &str) -> String {
    match Cloud::of_host(vault) {
        Some(cloud) => cloud.authority.clone(),
        None => format!("https://{vault}"),
    }
}

/// The audience of this vault's tokens: its cloud's; of any other `NAME.REST` it is `https://REST`,
/// since clients insist that a vault's host ends with the resource's.
pub fn resource_of(vault: &str) -> String {
    if let Some(cloud) = Cloud::of_host(vault) {
        return cloud.resource().to_owned();
    }
    let (name, _) = without_port(vault);
    match name.split_once('.') {
        Some((_, rest)) if !rest.is_empty() && !is_address(name) => format!("https://{rest}"),
        _ => PUBLIC_RESOURCE.to_owned(),
    }
}

/// The audience of the public cloud's tokens.
pub const PUBLIC_RESOURCE: &str = "https://vault.azure.net";

/// Host and port of an authority such as `a.example:8443` or `[::1]:8443`; no port where none is
/// written.
pub fn without_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Whether the host is an IP address, bare or in brackets.
fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tunnels_lead_to_vaults_and_sign_in_and_nowhere_else() {
        for host in [
            "a.vault.azure.net",
            "shop-kv.vault.usgovcloudapi.net",
            "login.microsoftonline.com",
            "login.windows.net",
            "login.sovcloud-identity.de",
        ] {
            assert!(may_connect(host), "{host}");
        }
        for host in [
            "vault.azure.net",
            ".vault.azure.net",
            "a.b.vault.azure.net",
            "a@b.vault.azure.net",
            "evilvault.azure.net",
            "example.net",
            "a.vault.azure.net.example.net",
            "localhost",
        ] {
            assert!(!may_connect(host), "{host}");
        }
    }

    #[test]
    fn a_vaults_cloud_names_authority_and_resource() {
        assert_eq!(authority_of("a.vault.azure.cn"), "https://login.chinacloudapi.cn");
        assert_eq!(resource_of("a.vault.azure.cn"), "https://vault.azure.cn");
        assert_eq!(authority_of("localhost:8443"), "https://localhost:8443");
        assert_eq!(resource_of("localhost:8443"), "https://vault.azure.net");
        assert_eq!(resource_of("a.vault.local:8443"), "https://vault.local");
        assert_eq!(resource_of("127.0.0.1:8443"), "https://vault.azure.net");
        assert_eq!(resource_of("[::1]:8443"), "https://vault.azure.net");
    }

    #[test]
    fn a_port_is_told_from_an_address_of_version_six() {
        assert_eq!(without_port("a.example:8443"), ("a.example", Some("8443")));
        assert_eq!(without_port("[::1]"), ("[::1]", None));
        assert_eq!(without_port("[::1]:443"), ("[::1]", Some("443")));
    }
}
