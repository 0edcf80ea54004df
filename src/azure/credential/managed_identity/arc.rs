//! A server that Azure Arc manages: its agent wants to see that we may read a file on it.
//! <https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication>

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::call::{call, is_nobody};
use super::granted::Granted;
use super::schedule::Schedule;
use super::url::with_query;
use super::{Ask, Refusal, key_file, said};
use crate::azure::entra::AccessToken;
use crate::error::{Error, Kind};
use crate::http::{NoAnswer, Response};

/// The agent's endpoint.
#[derive(Debug)]
pub struct AzureArc {
    /// The URL of its tokens.
    endpoint: String,
    /// The only directory from which a key is read.
    keys: PathBuf,
}

impl AzureArc {
    /// At the endpoint that the environment names, else at the agent's usual one.
    pub fn new(endpoint: Option<String>) -> Self {
        let endpoint = endpoint.unwrap_or_else(|| ENDPOINT.to_owned());
        Self { endpoint, keys: PathBuf::from(key_file::DIRECTORY) }
    }

    /// One whose agent writes its keys elsewhere.
    #[cfg(test)]
    pub fn with_keys_in(keys: &std::path::Path) -> Self {
        Self { endpoint: ENDPOINT.to_owned(), keys: keys.to_owned() }
    }

    /// Asks for a token: the first answer names the key's file, the second is the token.
    pub fn token(&self, ask: &Ask<'_>) -> Result<AccessToken, Refusal> {
        let mut parameters = vec![("api-version", API_VERSION), ("resource", ask.resource)];
        parameters.extend(ask.identity.parameter("msi_res_id"));
        let url = with_query(&self.endpoint, &parameters);
        let send =
            |headers: &[(&'static str, &str)]| call(ask.http, &url, headers, Schedule::usual());
        let first = send(&[METADATA]).map_err(|none| unanswered(&none))?;
        let challenge = first.challenge.as_deref().filter(|_| first.status == 401);
        let challenge = challenge.ok_or_else(|| refused(&first))?;
        let key = key_file::read(challenge, &self.keys)?;
        let proof = Zeroizing::new(format!("Basic {}", key.expose()));
        let second =
            send(&[METADATA, ("authorization", &proof)]).map_err(|none| unanswered(&none))?;
        Ok(granted(&second, ask)?)
    }
}

/// Older agents pass over an identity that is asked for, and give out the server's own token.
fn granted(response: &Response, ask: &Ask<'_>) -> Result<AccessToken, Error> {
    let granted = (response.status == 200).then(|| Granted::read(response)).flatten();
    let granted = granted.ok_or_else(|| refused(response))?;
    if !granted.is_of(ask.identity) {
        let what = format!("{HOST} did not give the token of {}", ask.identity);
        let help = "update the agent, or use the server's own identity: leave the id out";
        return Err(Error::new(Kind::SignIn, what).help(help));
    }
    granted.token(ask.http.clock().now()).ok_or_else(|| refused(response))
}

/// An agent that does not run is an absence; one that says nothing is a failure.
fn unanswered(none: &NoAnswer) -> Refusal {
    let what = format!("{HOST} did not answer: {}", none.error.what);
    let error = Error::new(none.error.kind, what).help("check it with `azcmagent show`");
    if is_nobody(none) { Refusal::Unavailable(error) } else { Refusal::Refused(error) }
}

/// An answer without a token, or without a challenge.
fn refused(response: &Response) -> Error {
    said::error(HOST, response).help("check the agent with `azcmagent show` and `azcmagent logs`")
}

/// How it is called in messages.
const HOST: &str = "Azure Arc's agent";
/// Where it usually listens.
const ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
/// The version that is asked for.
const API_VERSION: &str = "2020-06-01";
/// Without it nothing is answered, so that no web page can ask.
const METADATA: (&str, &str) = ("metadata", "true");
