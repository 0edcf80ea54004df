//! GitHub's id tokens.
//! <https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments>

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::{IdTokens, endpoint, id_token};
use crate::azure::credential::Refusal;
use crate::azure::form;
use crate::error::{Error, Kind, Result};
use crate::http::{Body, Http, Method, Repeat, Request, Response};
use crate::secret::SecretValue;

/// The variable that names the endpoint.
pub const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// The variable with what opens it.
pub const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The endpoint of a job.
pub struct GitHub {
    http: Arc<Http>,
    url: String,
    token: SecretValue,
}

#[derive(Deserialize)]
struct Given {
    value: String,
}

/// What an answer of refusal says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    message: String,
}

impl GitHub {
    /// `url` and `token` are those of the job's variables.
    pub fn new(http: Arc<Http>, url: &str, token: SecretValue, audience: &str) -> Result<Self> {
        let url = endpoint::url(URL, url)?;
        let url = endpoint::with(&url, "audience", &form::escaped(audience));
        Ok(Self { http, url, token })
    }

    fn ask(&self) -> Result<Response> {
        let (method, url, token) = (Method::Get, &self.url, Some(&self.token));
        let request = Request { method, url, token, headers: &[], body: Body::Empty };
        let answer = self.http.call(&request, Repeat::Always);
        let answer = answer.and_then(|answer| answer.at_most(endpoint::MAX_ANSWER, url));
        answer.map_err(|none| endpoint::silent(none, URL))
    }

    fn refused(&self, response: &Response) -> Error {
        let said: Said = serde_json::from_slice(&response.body).unwrap_or_default();
        let message = self.token.taken_out_of(&said.message);
        let what = format!("GitHub gave no id token: {} {message}", response.status);
        let kind = match response.status {
            429 => Kind::Throttled,
            500.. => Kind::Unreachable,
            _ => Kind::SignIn,
        };
        let help = "it gives them while the job runs, to jobs with `permissions: id-token: write`; \
                    https://www.githubstatus.com tells of trouble";
        Error::new(kind, what).at(URL).help(help)
    }
}

impl IdTokens for GitHub {
    fn fetch(&self) -> std::result::Result<SecretValue, Refusal> {
        let mut response = self.ask()?;
        // A job that has just begun may not be known as running yet.
        let is_refused = (400..500).contains(&response.status);
        if is_refused && response.trouble(Repeat::Always).is_none() {
            self.http.clock().wait(EARLY);
            response = self.ask()?;
        }
        if response.status != 200 {
            return Err(self.refused(&response).into());
        }
        let given: Option<Given> = serde_json::from_slice(&response.body).ok();
        let text = SecretValue::new(given.map(|given| given.value).unwrap_or_default());
        Ok(id_token::parse(text.expose(), "the answer of GitHub's id-token endpoint")?)
    }
}

/// How long an early refusal is waited out, once.
const EARLY: Duration = Duration::from_secs(1);
