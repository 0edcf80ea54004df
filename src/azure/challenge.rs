//! The `WWW-Authenticate` header by which a vault says which token it wants.
//!
//! It is somebody else's word: it can name a tenant among those that we allow, and nothing more. Where
//! tokens come from and what they are for is decided by the vault's cloud alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;

/// What a vault asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The tenant: the first part of the authority's path.
    pub tenant: Option<String>,
    /// What the token should be for, as an origin.
    pub resource: Option<String>,
    /// What a continuous-access policy wants of the next token, as JSON.
    pub claims: Option<String>,
}

impl Challenge {
    /// Reads a `Bearer` challenge; `None` where the header holds none.
    pub fn parse(header: &str) -> Option<Self> {
        let bearer = after_scheme(header)?;
        let mut challenge = Self::default();
        for (key, value) in parameters(bearer) {
            match key.to_ascii_lowercase().as_str() {
                "authorization" | "authorization_uri" => challenge.tenant = tenant_of(&value),
                "resource" | "scope" => {
                    let origin = value.strip_suffix("/.default").unwrap_or(&value);
                    challenge.resource = Some(origin.trim_end_matches('/').to_owned());
                }
                "claims" => challenge.claims = claims_of(&value),
                _ => {}
            }
        }
        Some(challenge)
    }

    /// A vault may ask for tokens of its own cloud only: with another resource's token it could act
    /// as us there.
    pub fn check_resource(&self, cloud: &Cloud, vault: &str) -> Result<()> {
        match &self.resource {
            Some(resource) if !resource.eq_ignore_ascii_case(cloud.resource()) => {
                let what = format!(
                    "the vault asks for a token for {resource}, and a Key Vault of this cloud takes \
                     one for {}",
                    cloud.resource()
                );
                let help = "check `vault_url`: no such token is asked for or sent";
                Err(Error::of(ErrorCode::ForeignChallenge, what).at(vault).help(help))
            }
            _ => Ok(()),
        }
    }
}

/// What follows the word `Bearer`, which may stand after another scheme's challenge.
fn after_scheme(header: &str) -> Option<&str> {
    let lower = header.to_ascii_lowercase();
    let starts = lower.match_indices("bearer ").map(|(at, _)| at);
    let mut starts =
        starts.filter(|&at| at == 0 || matches!(lower.as_bytes()[at - 1], b' ' | b','));
    starts.next().map(|at| &header[at + "bearer ".len()..])
}

/// `key="value"` or `key=value`, with commas or blanks between.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',']);
    while let Some((key, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find([' ', ',']).unwrap_or(after.len())),
        };
        // The name of another scheme may stand before the key.
        let key = key.rsplit([' ', ',']).next().unwrap_or(key);
        found.push((key.to_owned(), value.to_owned()));
        rest = after.trim_start_matches([' ', ',']);
    }
    found
}

/// `https://HOST/TENANT`; nothing else of it counts.
fn tenant_of(authority: &str) -> Option<String> {
    let path = authority.strip_prefix("https://")?.split_once('/')?.1;
    let tenant = path.split(['/', '?', '#']).next()?;
    is_tenant(tenant).then(|| tenant.to_owned())
}

/// Base64 of JSON, in either alphabet, with or without its padding.
fn claims_of(text: &str) -> Option<String> {
    let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(plain).ok()?).ok()?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&json).ok()?;
    Some(json)
}

/// Whether text can stand as a tenant in a URL, and behind an option of a tool: an id or a domain.
pub fn is_tenant(text: &str) -> bool {
    let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    begins && text.len() <= MAX_TENANT && text.bytes().all(valid) && !text.contains("..")
}

/// The longest domain name.
const MAX_TENANT: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(header: &str) -> (Option<String>, Option<String>) {
        let challenge = Challenge::parse(header).unwrap_or_default();
        (challenge.tenant, challenge.resource)
    }

    #[test]
    fn challenges_of_every_known_form_are_read() {
        let vault = Some("https://vault.azure.net".to_owned());
        for header in [
            r#"Bearer authorization="https://login.microsoftonline.com/t-1", resource="https://vault.azure.net""#,
            r#"bearer authorization_uri="https://login.windows.net/t-1/oauth2" resource=https://vault.azure.net"#,
            r#"Bearer resource="https://vault.azure.net/", authorization="https://login.windows.net/t-1""#,
            r#"PoP nonce="a=b", Bearer authorization="https://login.windows.net/t-1", scope="https://vault.azure.net/.default""#,
            r#"Bearer authorization="https://login.windows.net/t-1", resource="https://vault.azure.net", PoP realm="x""#,
        ] {
            assert_eq!(challenge(header), (Some("t-1".to_owned()), vault.clone()), "{header}");
        }
    }

    #[test]
    fn the_claims_of_a_continuous_access_challenge_are_decoded() {
        let claims = r#"{"access_token":{"nbf":{"essential":true, "value":"1604106651"}}}"#;
        for text in [
            base64::engine::general_purpose::STANDARD.encode(claims),
            URL_SAFE_NO_PAD.encode(claims),
        ] {
            let header = format!(
                r#"Bearer authorization_uri="https://login.windows.net/common", error="insufficient_claims", claims="{text}""#
            );
            let challenge = Challenge::parse(&header).expect("a challenge");
            assert_eq!(challenge.claims.as_deref(), Some(claims));
        }
        let garbage = r#"Bearer error="insufficient_claims", claims="bm8ganNvbg==""#;
        assert_eq!(Challenge::parse(garbage).expect("a challenge").claims, None);
    }

    #[test]
    fn what_is_no_challenge_names_nothing() {
        for header in ["", "Basic realm=x", "Bearer", "Bearer ", "xBearer authorization=y"] {
            assert_eq!(challenge(header), (None, None), "{header}");
        }
    }

    #[test]
    fn a_tenant_that_could_change_a_url_is_not_taken() {
        for tenant in
            ["a/b", "..", "a%2f", "a?b", "a b", "", "a@b", "--debug", ".a", &"x".repeat(300)]
        {
            let header = format!(r#"Bearer authorization="https://login.example/{tenant}""#);
            let taken = challenge(&header).0;
            assert!(taken.is_none() || taken.as_deref() == Some("a"), "{tenant}: {taken:?}");
        }
        assert_eq!(challenge(r#"Bearer authorization="http://login.example/t""#).0, None);
    }

    #[test]
    fn a_resource_of_another_service_or_cloud_is_refused() {
        let cloud = Cloud::built_in("public").expect("built in");
        let check = |resource: &str| {
            let resource = Some(resource.to_owned());
            let challenge = Challenge { resource, ..Challenge::default() };
            challenge.check_resource(&cloud, "kv").is_ok()
        };
        assert!(check("https://vault.azure.net"));
        assert!(check("https://VAULT.azure.net"));
        for resource in [
            "https://management.azure.com",
            "https://vault.azure.net.evil.example",
            "https://vault.usgovcloudapi.net",
            "http://vault.azure.net",
            "",
        ] {
            assert!(!check(resource), "{resource}");
        }
    }
}
