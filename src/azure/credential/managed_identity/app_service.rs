//! App Service's protocol, which Functions, Container Apps and Automation speak, too.
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>

use super::call::call;
use super::granted::Granted;
use super::said;
use super::schedule::Schedule;
use super::url::with_query;
use super::{Ask, Refusal};
use crate::azure::entra::AccessToken;
use crate::error::Error;
use crate::http::{NoAnswer, Response};
use crate::secret::SecretValue;

/// The endpoint that such a host's environment names.
#[derive(Debug)]
pub struct AppService {
    /// Its URL, perhaps with a query.
    endpoint: String,
    /// Proves that we run on the host.
    header: SecretValue,
}

impl AppService {
    /// Takes over what the environment says.
    pub fn new(endpoint: String, header: SecretValue) -> Self {
        Self { endpoint, header }
    }

    /// Asks for a token. The environment promised one, so every failure is a refusal.
    pub fn token(&self, ask: &Ask<'_>) -> Result<AccessToken, Refusal> {
        let mut parameters = vec![("api-version", API_VERSION), ("resource", ask.resource)];
        parameters.extend(ask.identity.parameter("mi_res_id"));
        let url = with_query(&self.endpoint, &parameters);
        // Automation alone needs the second.
        let headers = [("x-identity-header", self.header.expose()), ("metadata", "true")];
        let response = call(ask.http, &url, &headers, Schedule::usual()).map_err(unanswered)?;
        let granted = (response.status == 200).then(|| Granted::read(&response)).flatten();
        let token = granted.and_then(|granted| granted.token(ask.http.clock().now()));
        Ok(token.ok_or_else(|| self.refused(&response, ask))?)
    }

    /// An answer without a token.
    fn refused(&self, response: &Response, ask: &Ask<'_>) -> Error {
        let help = match response.status {
            429 | 500.. => "run again; if it stays so, see the host's own log".to_owned(),
            _ => format!("assign {} to this app, or name another by its `client_id`", ask.identity),
        };
        let mut error = said::error(HOST, response).help(help);
        error.what = self.header.taken_out_of(&error.what);
        error
    }
}

/// No answer within all tries.
fn unanswered(none: NoAnswer) -> Error {
    let what = format!("{HOST} did not answer: {}", none.error.what);
    Error::new(none.error.kind, what).help("check IDENTITY_ENDPOINT, or run again")
}

/// How it is called in messages.
const HOST: &str = "the app's identity endpoint";
/// The version that is asked for.
const API_VERSION: &str = "2019-08-01";
