//! Microsoft Entra's token endpoint.
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::sync::Arc;
use std::time::Duration;

use super::authority;
use super::challenge::is_tenant;
use super::form::form;
use super::sign_in_failure::{Asked, SignInFailure};
use crate::cloud::Cloud;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::http::{Body, Http, Method, Request, Response};
use crate::retry::Retry;
use crate::secret::SecretValue;
use serde::Deserialize;

/// An access token as it was given.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub text: SecretValue,
    /// How long it is good for from now.
    pub lives: Duration,
}

impl AccessToken {
    /// A token of a bearer; none if it has no text that a header can carry, or is over. None is trusted to
    /// live longer than two days.
    pub fn new(text: SecretValue, lives: Duration) -> Option<Self> {
        let is_text =
            !text.expose().is_empty() && text.expose().bytes().all(|b| b.is_ascii_graphic());
        (is_text && !lives.is_zero()).then(|| Self { text, lives: lives.min(LONGEST) })
    }
}

/// The sign-in service of a cloud.
pub struct Entra {
    http: Arc<Http>,
    cloud: Arc<Cloud>,
}

/// What an application signs in with.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// Its secret.
    Secret(&'a SecretValue),
    /// A signed token that says who it is: by its certificate, or by somebody whom it trusts.
    Assertion(&'a SecretValue),
}

/// What one request brought.
pub type Tried = std::result::Result<AccessToken, Box<SignInFailure>>;

/// A request by the client-credentials grant.
#[derive(Debug)]
pub struct ClientCredentials<'a> {
    /// The tenant to sign in to.
    pub tenant: &'a str,
    /// The application.
    pub client: &'a str,
    /// Its proof.
    pub proof: Proof<'a>,
    /// The claims of a continuous-access challenge, as JSON.
    pub claims: Option<&'a str>,
}

/// An answer of success. Numbers come as texts from some issuers.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: String,
    expires_in: serde_json::Value,
}

impl Entra {
    /// The sign-in service of this cloud.
    pub fn new(http: Arc<Http>, cloud: Arc<Cloud>) -> Self {
        Self { http, cloud }
    }

    /// The same, asked where `AZURE_AUTHORITY_HOST` says, if that is a host of this cloud.
    pub fn of_env(http: Arc<Http>, cloud: &Arc<Cloud>, env: &Env) -> Result<Self> {
        Ok(Self::new(http, authority::told(cloud, env)?))
    }

    /// An application can sign in to one tenant only.
    pub fn check_tenant(&self, tenant: &str) -> Result<()> {
        let is_many = ["common", "organizations", "consumers"].contains(&tenant);
        if is_tenant(tenant) && !is_many {
            return Ok(());
        }
        Err(no_tenant(tenant))
    }

    /// A token for Key Vault by the client-credentials grant, with one proof for all tries.
    pub fn client_credentials(&self, ask: &ClientCredentials<'_>) -> Result<AccessToken> {
        self.repeatedly(|| Ok(self.try_once(ask)))
    }

    /// Tries until a token is given or nothing more helps. `attempt` makes a whole new request each
    /// time; what fails before that request ends it at once.
    pub fn repeatedly<E: From<Error>>(
        &self,
        attempt: impl Fn() -> std::result::Result<Tried, E>,
    ) -> std::result::Result<AccessToken, E> {
        let mut retry = Retry::default();
        loop {
            match attempt()? {
                Ok(token) => return Ok(token),
                Err(failed) if self.http.waits(&mut retry, failed.trouble, failed.asked) => {}
                Err(failed) => return Err(failed.error.into()),
            }
        }
    }

    /// One request by the client-credentials grant.
    pub fn try_once(&self, ask: &ClientCredentials<'_>) -> Tried {
        let mut fields = vec![
            ("client_id", ask.client),
            ("grant_type", "client_credentials"),
            ("scope", self.cloud.scope.as_str()),
        ];
        match ask.proof {
            Proof::Secret(secret) => fields.push(("client_secret", secret.expose())),
            Proof::Assertion(assertion) => fields.extend([
                ("client_assertion_type", JWT_BEARER),
                ("client_assertion", assertion.expose()),
            ]),
        }
        fields.extend(ask.claims.map(|claims| ("claims", claims)));
        let asked = Asked {
            cloud: &self.cloud,
            tenant: ask.tenant,
            client: ask.client,
            proof: Some(ask.proof),
            now: self.http.clock().now(),
        };
        self.post(&self.token_url(ask.tenant), &form(&fields), asked)
    }

    /// Sends a form to the token endpoint, once.
    fn post(&self, url: &str, form: &SecretValue, asked: Asked<'_>) -> Tried {
        let response = self.send(url, form, asked)?;
        self.granted(&response).map_err(|error| SignInFailure::of(error).into())
    }

    /// Sends a form to any endpoint, once; every answer but a 200 is a failure.
    pub(super) fn send(
        &self,
        url: &str,
        form: &SecretValue,
        asked: Asked<'_>,
    ) -> std::result::Result<Response, Box<SignInFailure>> {
        let body = Body::Form(form);
        let request = Request { method: Method::Post, url, token: None, headers: &[], body };
        let answer = self.http.send(&request).and_then(|answer| answer.at_most(MAX_ANSWER, url));
        let response = answer.map_err(|none| Box::new(SignInFailure::of_silence(none)))?;
        if response.status != 200 {
            return Err(Box::new(SignInFailure::of_response(asked, &response)));
        }
        Ok(response)
    }

    /// The token of an answer.
    pub(super) fn granted(&self, response: &Response) -> Result<AccessToken> {
        granted(response).ok_or_else(|| self.nonsense(response))
    }

    /// The token endpoint of a tenant; an assertion names it as its audience.
    pub fn token_url(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.cloud.authority)
    }

    /// The answer is none.
    pub(super) fn nonsense(&self, response: &Response) -> Error {
        Error::of(ErrorCode::OddAnswer, "the answer to the sign-in makes no sense")
            .at(self.cloud.authority_host())
            .request_id(response.request_id.as_deref())
            .help("check what stands between here and there, such as a proxy")
    }

    /// The cloud that it signs in to.
    pub(super) fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The way out.
    pub(super) fn http(&self) -> &Http {
        &self.http
    }
}

/// What is written for a client id is none.
pub fn no_client(text: &str) -> Error {
    let what = format!("`{text}` is no application's client id");
    let help = "write the GUID that the application's overview calls client id, without blanks or line \
                breaks, in `auth.client_id` or AZURE_CLIENT_ID";
    Error::of(ErrorCode::Application, what).help(help)
}

/// What is written for a tenant is none.
pub fn no_tenant(text: &str) -> Error {
    let what = format!("`{text}` is no tenant to sign in to");
    let help = "write the tenant's GUID or one of its domain names, without blanks or line breaks, in \
                `auth.tenant_id` or AZURE_TENANT_ID";
    Error::of(ErrorCode::Tenant, what).help(help)
}

fn granted(response: &Response) -> Option<AccessToken> {
    let granted: Granted = serde_json::from_slice(&response.body).ok()?;
    let text = SecretValue::new(granted.access_token);
    let seconds = match &granted.expires_in {
        serde_json::Value::String(text) => text.parse().ok()?,
        number => number.as_u64()?,
    };
    // One of another type cannot be shown as a bearer's.
    let is_bearer = granted.token_type.eq_ignore_ascii_case("bearer");
    AccessToken::new(text, Duration::from_secs(seconds)).filter(|_| is_bearer)
}

/// The type of a JWT as an application's proof (RFC 7523, section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The largest answer that is read, in bytes; a token has some thousands.
const MAX_ANSWER: usize = 1 << 20;
/// The longest that a token is trusted to live.
const LONGEST: Duration = Duration::from_secs(172_800);

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn response(body: &str) -> Response {
        Response {
            status: 200,
            date: None,
            retry_after: None,
            challenge: None,
            request_id: None,
            network_info: None,
            body: Zeroizing::new(body.as_bytes().to_vec()),
        }
    }

    #[test]
    fn numbers_are_read_as_numbers_or_texts() {
        let lives = |body: &str| granted(&response(body)).map(|token| token.lives.as_secs());
        for (number, expected) in [
            ("3599", Some(3_599)),
            ("\"3599\"", Some(3_599)),
            ("99999999", Some(LONGEST.as_secs())),
            ("0", None),
            ("-1", None),
            ("null", None),
        ] {
            let body = r#"{"token_type":"bearer","access_token":"t","expires_in":"#;
            assert_eq!(lives(&format!("{body}{number}}}")), expected, "{number}");
        }
    }

    #[test]
    fn what_is_no_bearers_token_is_not_taken() {
        for body in [
            r#"{"token_type":"Bearer","access_token":"","expires_in":1}"#,
            r#"{"token_type":"Bearer","access_token":"a\r\nb: c","expires_in":1}"#,
            r#"{"token_type":"Bearer","access_token":"ü","expires_in":1}"#,
            r#"{"token_type":"pop","access_token":"t","expires_in":1}"#,
            r#"{"access_token":"t","expires_in":1}"#,
            r#"{"token_type":"Bearer","access_token":"t"}"#,
            r#"{"token_type":"Bearer","expires_in":1}"#,
            "<html>",
        ] {
            assert!(granted(&response(body)).is_none(), "{body}");
        }
    }
}
