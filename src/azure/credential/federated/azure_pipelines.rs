//! The id tokens of Azure Pipelines, one for each service connection.
//! <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>

use std::sync::Arc;

use serde::Deserialize;

use super::{IdTokens, endpoint, id_token};
use crate::azure::credential::Refusal;
use crate::azure::guid::is_guid;
use crate::error::{Error, Kind, Result};
use crate::error_code::ErrorCode;
use crate::http::{Body, Http, Method, Repeat, Request, Response};
use crate::secret::SecretValue;

/// The variable that names the endpoint.
pub const URI: &str = "SYSTEM_OIDCREQUESTURI";
/// The variable with the job's token; a pipeline has to map it.
pub const TOKEN: &str = "SYSTEM_ACCESSTOKEN";

/// The endpoint of a job for one service connection.
pub struct AzurePipelines {
    http: Arc<Http>,
    url: String,
    token: SecretValue,
}

#[derive(Deserialize)]
struct Given {
    #[serde(rename = "oidcToken")]
    token: String,
}

/// What an answer of refusal says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    message: String,
    #[serde(rename = "typeKey")]
    kind: String,
}

impl AzurePipelines {
    /// `uri` and `token` are those of the job's variables.
    pub fn new(http: Arc<Http>, uri: &str, token: SecretValue, connection: &str) -> Result<Self> {
        if !is_guid(connection) {
            let what = format!("`{connection}` is no service connection's id");
            let help = "write the GUID that the connection's page has as `resourceId` in its URL";
            return Err(Error::of(ErrorCode::IdToken, what).help(help));
        }
        let uri = endpoint::url(URI, uri.trim_end_matches('/'))?;
        let url = endpoint::with(&uri, "api-version", API_VERSION);
        let url = endpoint::with(&url, "serviceConnectionId", connection);
        Ok(Self { http, url, token })
    }

    fn ask(&self) -> Result<Response> {
        let (method, url, token) = (Method::Post, &self.url, Some(&self.token));
        let request = Request { method, url, token, headers: &HEADERS, body: Body::Empty };
        let answer = self.http.call(&request, Repeat::Always);
        let answer = answer.and_then(|answer| answer.at_most(endpoint::MAX_ANSWER, url));
        answer.map_err(|none| match none.status {
            Some(_) => bad_access_token(),
            None => endpoint::silent(none, URI),
        })
    }
}

impl IdTokens for AzurePipelines {
    fn fetch(&self) -> std::result::Result<SecretValue, Refusal> {
        let response = self.ask()?;
        match response.status {
            200 => {
                let given: Option<Given> = serde_json::from_slice(&response.body).ok();
                let text = SecretValue::new(given.map(|given| given.token).unwrap_or_default());
                Ok(id_token::parse(text.expose(), "the answer of Azure DevOps")?)
            }
            // 203 is its sign-in page for programs.
            203 | 401 => Err(bad_access_token().into()),
            _ => Err(refused(&response, &self.token).into()),
        }
    }
}

fn bad_access_token() -> Error {
    let what = "Azure DevOps does not take this System.AccessToken";
    let help = "map the job's own, which is good while the job runs:\n\
                env:\n  SYSTEM_ACCESSTOKEN: $(System.AccessToken)";
    Error::of(ErrorCode::IdToken, what).at(TOKEN).help(help)
}

fn refused(response: &Response, token: &SecretValue) -> Error {
    let Said { message, kind: key } = serde_json::from_slice(&response.body).unwrap_or_default();
    let status = response.status;
    let (kind, help) = match status {
        429 => (Kind::Throttled, "run again later"),
        500.. => (Kind::Unreachable, "run again; https://status.dev.azure.com tells of trouble"),
        _ => (
            Kind::SignIn,
            "check `auth.service_connection_id` (`resourceId` in the URL of the connection's page), \
             that the connection is in this project and of the kind workload identity federation, \
             and that the pipeline may use it",
        ),
    };
    let said = token.taken_out_of(&format!("{key} {message}"));
    let what = format!("Azure DevOps gave no id token: {status} {said}");
    Error::new(kind, what).at(URI).help(help)
}

/// Of the endpoint.
const API_VERSION: &str = "7.1";
/// Without the second one a bad token is answered with a redirect to a page for people.
const HEADERS: [(&str, &str); 2] =
    [("content-type", "application/json"), ("x-tfs-fedauthredirect", "Suppress")];
