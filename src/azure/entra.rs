//! Microsoft Entra's token endpoint.
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::challenge::is_tenant;
use crate::cloud::Cloud;
use crate::error::{Error, Kind, Result};
use crate::http::{Body, Http, Method, Repeat, Request, Response};
use crate::secret::SecretValue;

/// An access token as it was given.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub text: SecretValue,
    /// How long it is good for from now.
    pub lives: Duration,
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
    expires_in: serde_json::Value,
}

/// An answer of refusal (RFC 6749, section 5.2).
#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
}

impl Entra {
    /// The sign-in service of this cloud.
    pub fn new(http: Arc<Http>, cloud: Arc<Cloud>) -> Self {
        Self { http, cloud }
    }

    /// An application can sign in to one tenant only.
    pub fn check_tenant(&self, tenant: &str) -> Result<()> {
        let is_many = ["common", "organizations", "consumers"].contains(&tenant);
        if is_tenant(tenant) && !is_many {
            return Ok(());
        }
        let error = Error::new(Kind::SignIn, format!("`{tenant}` is no tenant to sign in to"));
        Err(error.help("write the tenant's GUID or one of its domain names"))
    }

    /// A token for Key Vault by the client-credentials grant.
    pub fn client_credentials(&self, ask: &ClientCredentials<'_>) -> Result<AccessToken> {
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
        let form = form(&fields);
        let url = self.token_url(ask.tenant);
        let request = Request {
            method: Method::Post,
            url: &url,
            token: None,
            headers: &[],
            body: Body::Form(&form),
        };
        let response = self.http.call(&request, Repeat::Always).map_err(|none| none.error)?;
        if response.status == 200 {
            granted(&response).ok_or_else(|| self.nonsense(&response))
        } else {
            Err(self.refused(&response, ask))
        }
    }

    /// The token endpoint of a tenant; an assertion names it as its audience.
    pub fn token_url(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.cloud.authority)
    }

    fn refused(&self, response: &Response, ask: &ClientCredentials<'_>) -> Error {
        let said: Refused = serde_json::from_slice(&response.body).unwrap_or_default();
        let kind = match response.status {
            429 => Kind::Throttled,
            500.. => Kind::Unreachable,
            _ => Kind::SignIn,
        };
        let sentence = match (&said.error_description, &said.error) {
            (Some(text), _) => text.lines().next().unwrap_or_default().trim_end_matches('.'),
            (None, Some(code)) => code,
            (None, None) => "no reason was given",
        };
        let what = format!("sign-in was refused: {}: {sentence}", response.status);
        let id = said.correlation_id.or_else(|| response.request_id.clone());
        let proof = match ask.proof {
            Proof::Secret(_) => "its secret is the current one",
            Proof::Assertion(_) => "it trusts whoever signs for it",
        };
        Error::new(kind, what).at(self.host()).request_id(id).help(format!(
            "check application {} in tenant {}, and that {proof}",
            ask.client, ask.tenant
        ))
    }

    fn nonsense(&self, response: &Response) -> Error {
        Error::new(Kind::Unreachable, "the answer to the sign-in makes no sense")
            .at(self.host())
            .request_id(response.request_id.as_deref())
            .help("check what stands between here and there, such as a proxy")
    }

    fn host(&self) -> &str {
        self.cloud.authority.strip_prefix("https://").unwrap_or(&self.cloud.authority)
    }
}

fn granted(response: &Response) -> Option<AccessToken> {
    let granted: Granted = serde_json::from_slice(&response.body).ok()?;
    let text = SecretValue::new(granted.access_token);
    let seconds = match &granted.expires_in {
        serde_json::Value::String(text) => text.parse().ok()?,
        number => number.as_u64()?,
    };
    // A token without an end, or without a text, is none.
    let is_token = !text.expose().is_empty() && seconds > 0;
    is_token.then(|| AccessToken { text, lives: Duration::from_secs(seconds.min(LONGEST)) })
}

/// `application/x-www-form-urlencoded`: all but unreserved characters are escaped, byte by byte.
fn form(fields: &[(&str, &str)]) -> SecretValue {
    let mut text = Zeroizing::new(String::with_capacity(FORM));
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    text.push(char::from(byte));
                }
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    SecretValue::new(std::mem::take(&mut *text))
}

/// The type of a JWT as an application's proof (RFC 7523, section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Room for an assertion, so that no copy of it stays behind when the text grows; bytes.
const FORM: usize = 8 << 10;
/// No token is trusted to live longer than two days; seconds.
const LONGEST: u64 = 172_800;

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_form_escapes_all_that_a_secret_may_hold() {
        let form = form(&[("a", "x y+z~/=&"), ("b", "ü")]);
        assert_eq!(form.expose(), "a=x%20y%2Bz~%2F%3D%26&b=%C3%BC");
    }

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
        for (body, lives) in [
            (r#"{"access_token":"t","expires_in":3599}"#, Some(3_599)),
            (r#"{"access_token":"t","expires_in":"3599"}"#, Some(3_599)),
            (r#"{"access_token":"t","expires_in":99999999}"#, Some(LONGEST)),
            (r#"{"access_token":"t","expires_in":0}"#, None),
            (r#"{"access_token":"","expires_in":1}"#, None),
            (r#"{"expires_in":1}"#, None),
            ("<html>", None),
        ] {
            let granted = granted(&response(body));
            assert_eq!(granted.map(|token| token.lives.as_secs()), lives, "{body}");
        }
    }
}
