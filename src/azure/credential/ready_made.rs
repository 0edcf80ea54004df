//! An access token that somebody else got.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::azure::jwt;
use crate::clock::Clock;
use crate::cloud::{CUSTOM, Cloud};
use crate::error::{Error, Kind, Result};
use crate::secret::SecretValue;

/// A token, and what it says of itself.
pub struct ReadyMade {
    text: SecretValue,
    claims: Claims,
    clock: Clock,
}

/// What we read of a token's claims; the signature is the vault's business.
#[derive(Debug, Default, Deserialize)]
struct Claims {
    /// When it ends, seconds since 1970.
    #[serde(default)]
    exp: Option<i64>,
    /// Its tenant.
    #[serde(default)]
    tid: Option<String>,
    /// What it is for.
    #[serde(default)]
    aud: Option<String>,
}

impl ReadyMade {
    /// Takes the token over, unless it is over already or for another service: with such a one a vault
    /// could act as us there.
    pub fn new(text: SecretValue, cloud: &Cloud, clock: &Clock) -> Result<Self> {
        let claims: Claims = jwt::payload(text.expose()).unwrap_or_default();
        claims.check_audience(cloud)?;
        let token = Self { text, claims, clock: clock.clone() };
        token.lives()?;
        Ok(token)
    }

    /// A token that says nothing of its end is tried for an hour.
    fn lives(&self) -> Result<Duration> {
        let Some(exp) = self.claims.exp else {
            return Ok(Duration::from_secs(3_600));
        };
        let left = exp.saturating_sub(self.clock.now().as_second());
        if left > 0 {
            return Ok(Duration::from_secs(left.unsigned_abs()));
        }
        let ended =
            Timestamp::from_second(exp).map_or_else(|_| exp.to_string(), |at| at.to_string());
        let error = Error::new(Kind::SignIn, format!("the access token ended at {ended}"));
        Err(error
            .help("give the job a new one, or let it sign in by itself (`auth.kind: default`)"))
    }
}

impl Claims {
    /// A private cloud's services have names that we do not know.
    fn check_audience(&self, cloud: &Cloud) -> Result<()> {
        let (resource, told) = (cloud.resource(), self.aud.as_deref().unwrap_or(KEY_VAULT));
        let is = |right: &str| told.trim_end_matches('/').eq_ignore_ascii_case(right);
        if cloud.name == CUSTOM || is(resource) || is(KEY_VAULT) {
            return Ok(());
        }
        let what =
            format!("the access token is for {told}, and a Key Vault takes one for {resource}");
        let help = format!("get one by `az account get-access-token --resource {resource}`");
        Err(Error::new(Kind::SignIn, what).help(help))
    }
}

impl Credential for ReadyMade {
    fn name(&self) -> &'static str {
        "token"
    }

    fn tenant(&self) -> Option<&str> {
        self.claims.tid.as_deref()
    }

    fn sign_in(&self, wish: Wish<'_>) -> std::result::Result<AccessToken, Refusal> {
        let what = match wish {
            Wish { tenant: Some(_), .. } => {
                "the access token is for another tenant than the vault's"
            }
            Wish { claims: Some(_), .. } => "the access token was revoked",
            _ => return Ok(AccessToken { text: self.text.duplicate(), lives: self.lives()? }),
        };
        let error = Error::new(Kind::SignIn, what);
        Err(error.help("give the job a new one, of the vault's tenant").into())
    }
}

/// Key Vault's own id as an application: an audience as good as its URL.
const KEY_VAULT: &str = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn ready(text: SecretValue, clock: &Clock) -> Result<ReadyMade> {
        ReadyMade::new(text, &Cloud::built_in("public").expect("built in"), clock)
    }

    fn token(claims: &str) -> SecretValue {
        SecretValue::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn a_token_lives_as_long_as_it_says() {
        let clock = Clock::simulated(Timestamp::from_second(1_000).expect("in range"));
        let ready = ready(token(r#"{"exp":1600,"tid":"t"}"#), &clock).expect("alive");
        assert_eq!(ready.tenant(), Some("t"));
        assert_eq!(ready.lives().ok(), Some(Duration::from_secs(600)));
        clock.wait(Duration::from_secs(600));
        assert!(ready.sign_in(Wish::default()).is_err());
    }

    #[test]
    fn a_token_that_is_over_is_told_before_anybody_is_asked() {
        let clock = Clock::simulated(Timestamp::from_second(1_000).expect("in range"));
        let error = ready(token(r#"{"exp":999}"#), &clock).err().expect("over");
        assert!(error.what.contains("1970-01-01T00:16:39Z"), "{error}");
    }

    #[test]
    fn a_token_for_another_service_is_shown_to_no_vault() {
        let clock = Clock::system();
        let of = |aud: &str| ready(token(&format!(r#"{{"aud":"{aud}"}}"#)), &clock);
        for aud in ["https://vault.azure.net", "https://vault.azure.net/", KEY_VAULT] {
            assert!(of(aud).is_ok(), "{aud}");
        }
        for aud in ["https://management.azure.com", "https://vault.usgovcloudapi.net", ""] {
            let error = of(aud).err().expect("refused").to_string();
            assert!(error.contains("--resource https://vault.azure.net"), "{error}");
        }
    }

    #[test]
    fn what_is_no_jwt_is_tried_as_it_is() {
        let clock = Clock::system();
        for text in ["opaque", "a.b.c", "a.e30.c"] {
            assert!(ready(SecretValue::new(text.to_owned()), &clock).is_ok());
        }
    }
}
