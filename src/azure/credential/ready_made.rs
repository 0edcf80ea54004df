//! An access token that somebody else got.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::azure::jwt;
use crate::clock::Clock;
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
}

impl ReadyMade {
    /// Takes the token over, unless it is over already.
    pub fn new(text: SecretValue, clock: &Clock) -> Result<Self> {
        let claims = jwt::payload(text.expose()).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn token(claims: &str) -> SecretValue {
        SecretValue::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn a_token_lives_as_long_as_it_says() {
        let clock = Clock::simulated(Timestamp::from_second(1_000).expect("in range"));
        let ready = ReadyMade::new(token(r#"{"exp":1600,"tid":"t"}"#), &clock).expect("alive");
        assert_eq!(ready.tenant(), Some("t"));
        assert_eq!(ready.lives().ok(), Some(Duration::from_secs(600)));
        clock.wait(Duration::from_secs(600));
        assert!(ready.sign_in(Wish::default()).is_err());
    }

    #[test]
    fn a_token_that_is_over_is_told_before_anybody_is_asked() {
        let clock = Clock::simulated(Timestamp::from_second(1_000).expect("in range"));
        let error = ReadyMade::new(token(r#"{"exp":999}"#), &clock).err().expect("over");
        assert!(error.what.contains("1970-01-01T00:16:39Z"), "{error}");
    }

    #[test]
    fn what_is_no_jwt_is_tried_as_it_is() {
        let clock = Clock::system();
        for text in ["opaque", "a.b.c", "a.e30.c"] {
            assert!(ReadyMade::new(SecretValue::new(text.to_owned()), &clock).is_ok());
        }
    }
}
