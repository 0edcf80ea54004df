//! An application without a secret, for which a person signs in.
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>

use std::time::Duration;

use serde::Deserialize;

use super::challenge::is_tenant;
use super::entra::{AccessToken, Entra};
use super::form::form;
use super::jwt;
use super::pkce::Pkce;
use super::sign_in_failure::Asked;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::http::Response;
use crate::retry::Retry;
use crate::secret::SecretValue;

/// The application.
pub struct PublicClient {
    entra: Entra,
    /// Its id.
    client: String,
    /// Key Vault, who signed in, and a refresh token.
    scope: String,
}

/// What a sign-in gave.
pub struct Grant {
    /// For Key Vault.
    pub token: AccessToken,
    /// For the next one, so that nobody is asked again.
    pub refresh: Option<SecretValue>,
    /// Where the person signed in, as far as it is said.
    pub tenant: Option<String>,
}

/// Why a sign-in gave nothing.
pub struct Denied {
    /// What it is to us.
    pub why: Why,
    /// What it is to the user.
    pub error: Error,
}

/// OAuth's words for a refusal (RFC 6749, section 5.2; RFC 8628, section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The person has not entered the code yet.
    Pending,
    /// The same, and we ask too often.
    TooOften,
    /// The person declined.
    Declined,
    /// The code is no longer good.
    Expired,
    /// What was given for it is no longer good, or not enough: a person has to sign in.
    PersonNeeded,
    /// Anything else.
    Other,
}

/// A code that a person enters on a device of theirs.
pub struct DeviceCode {
    /// What we ask with whether they have.
    pub code: SecretValue,
    /// The service's own words to the person, from outside.
    pub message: String,
    /// How often we may ask.
    pub interval: Duration,
    /// How long the code is good for.
    pub lives: Duration,
}

/// A code that the browser brought back.
pub struct BrowserCode<'a> {
    /// Good once.
    pub code: &'a SecretValue,
    /// Where the browser brought it.
    pub redirect: &'a str,
    /// What it was asked for with.
    pub pkce: &'a Pkce,
}

/// The device code endpoint's answer.
#[derive(Deserialize)]
struct Started {
    device_code: SecretValue,
    user_code: String,
    verification_uri: String,
    message: Option<String>,
    interval: Option<u64>,
    expires_in: Option<u64>,
}

/// What follows an access token where a person signed in.
#[derive(Default, Deserialize)]
struct Rest {
    refresh_token: Option<SecretValue>,
    id_token: Option<SecretValue>,
}

/// What we read of an id token.
#[derive(Deserialize)]
struct Identity {
    tid: String,
}

impl PublicClient {
    /// An application by its id.
    pub fn new(entra: Entra, client: String) -> Self {
        let scope = format!("{} openid profile offline_access", entra.cloud().scope);
        Self { entra, client, scope }
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        self.entra.http().clock()
    }

    /// Asks for a code that a person can enter elsewhere.
    pub fn device_code(&self, tenant: &str, claims: Option<&str>) -> Result<DeviceCode> {
        let mut fields = vec![("client_id", self.client.as_str()), ("scope", &self.scope)];
        fields.extend(claims.map(|claims| ("claims", claims)));
        let response = self.post(tenant, "devicecode", &fields).map_err(|denied| denied.error)?;
        let started: Started =
            serde_json::from_slice(&response.body).map_err(|_| self.entra.nonsense(&response))?;
        Ok(started.into())
    }

    /// Asks whether the person has entered it.
    pub fn by_device_code(
        &self,
        tenant: &str,
        device: &DeviceCode,
        claims: Option<&str>,
    ) -> std::result::Result<Grant, Denied> {
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        let fields = [grant, ("device_code", device.code.expose())];
        self.redeem(tenant, &fields, claims)
    }

    /// Redeems what the browser brought; the code is gone then.
    pub fn by_browser(
        &self,
        tenant: &str,
        brought: &BrowserCode<'_>,
        claims: Option<&str>,
    ) -> std::result::Result<Grant, Denied> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", brought.code.expose()),
            ("redirect_uri", brought.redirect),
            ("code_verifier", brought.pkce.verifier().expose()),
        ];
        self.redeem(tenant, &fields, claims)
    }

    /// A token without asking anybody.
    pub fn by_refresh(
        &self,
        tenant: &str,
        refresh: &SecretValue,
        claims: Option<&str>,
    ) -> std::result::Result<Grant, Denied> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        self.redeem(tenant, &fields, claims)
    }

    /// The page on which a person signs in.
    pub fn page(
        &self,
        tenant: &str,
        redirect: &str,
        state: &SecretValue,
        pkce: &Pkce,
        claims: Option<&str>,
    ) -> String {
        let mut fields = vec![
            ("client_id", self.client.as_str()),
            ("response_type", "code"),
            ("redirect_uri", redirect),
            ("scope", &self.scope),
            ("state", state.expose()),
            ("code_challenge", pkce.challenge()),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
        ];
        fields.extend(claims.map(|claims| ("claims", claims)));
        format!("{}?{}", self.url(tenant, "authorize"), form(&fields).expose())
    }

    fn redeem(
        &self,
        tenant: &str,
        fields: &[(&str, &str)],
        claims: Option<&str>,
    ) -> std::result::Result<Grant, Denied> {
        let mut all = vec![("client_id", self.client.as_str()), ("scope", &self.scope)];
        all.extend_from_slice(fields);
        all.extend(claims.map(|claims| ("claims", claims)));
        let response = self.post(tenant, "token", &all)?;
        let token = self.entra.granted(&response)?;
        let rest: Rest = serde_json::from_slice(&response.body).unwrap_or_default();
        let tenant = rest.id_token.as_ref().and_then(tenant_of);
        Ok(Grant { token, refresh: rest.refresh_token, tenant })
    }

    /// Tries until there is an answer of success or nothing more helps. What only a person can change
    /// is an answer, too.
    fn post(
        &self,
        tenant: &str,
        endpoint: &str,
        fields: &[(&str, &str)],
    ) -> std::result::Result<Response, Denied> {
        let (url, form, http) = (self.url(tenant, endpoint), form(fields), self.entra.http());
        let asked = || Asked {
            cloud: self.entra.cloud(),
            tenant,
            client: &self.client,
            proof: None,
            now: http.clock().now(),
        };
        let mut retry = Retry::default();
        loop {
            let failed = match self.entra.send(&url, &form, asked()) {
                Ok(response) => return Ok(response),
                Err(failed) => *failed,
            };
            let why = Why::of(&failed.word);
            if why != Why::Other || !http.waits(&mut retry, failed.trouble, failed.asked) {
                return Err(Denied { why, error: failed.error });
            }
        }
    }

    fn url(&self, tenant: &str, endpoint: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/{endpoint}", self.entra.cloud().authority)
    }
}

impl Why {
    fn of(word: &str) -> Self {
        match word {
            "authorization_pending" => Self::Pending,
            "slow_down" => Self::TooOften,
            "authorization_declined" => Self::Declined,
            "expired_token" => Self::Expired,
            "invalid_grant" | "interaction_required" => Self::PersonNeeded,
            _ => Self::Other,
        }
    }
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self { why: Why::Other, error }
    }
}

impl From<Started> for DeviceCode {
    fn from(started: Started) -> Self {
        let Started { device_code: code, user_code, verification_uri, .. } = started;
        let own = || format!("To sign in, open {verification_uri} and enter the code {user_code}");
        Self {
            code,
            message: started.message.unwrap_or_else(own),
            interval: Duration::from_secs(started.interval.unwrap_or(5).clamp(1, 60)),
            lives: Duration::from_secs(started.expires_in.unwrap_or(900).min(1_800)),
        }
    }
}

/// The tenant in an id token, for messages; nothing is decided by it but what we say.
fn tenant_of(id_token: &SecretValue) -> Option<String> {
    let identity: Identity = jwt::payload(id_token.expose())?;
    Some(identity.tid).filter(|tenant| is_tenant(tenant))
}
