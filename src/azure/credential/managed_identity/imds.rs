//! The instance metadata service, at a link-local address of every virtual machine.
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
//!
//! Other clouds, container hosts and proxies answer at the same address, so what does not answer as
//! this service does is not it, and the next way to sign in is tried.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::call::{call, get, is_nobody};
use super::granted::Granted;
use super::said::{self, Said};
use super::schedule::Schedule;
use super::url::with_query;
use super::{Ask, Refusal, Search};
use crate::azure::entra::AccessToken;
use crate::error::{Error, Kind};
use crate::http::{Http, NoAnswer, Response};

/// The metadata service.
#[derive(Debug)]
pub struct Imds {
    /// The URL of its tokens.
    endpoint: String,
    /// Whether it is known to be there.
    is_found: AtomicBool,
}

impl Imds {
    /// At another origin than its own, if one is named.
    pub fn new(origin: Option<String>, search: Search) -> Self {
        let origin = origin.as_deref().unwrap_or(ORIGIN).trim_end_matches('/');
        let is_found = AtomicBool::new(search == Search::Insist);
        Self { endpoint: format!("{origin}{PATH}"), is_found }
    }

    /// Asks for a token; before the first time it looks whether anybody is there.
    pub fn token(&self, ask: &Ask<'_>) -> Result<AccessToken, Refusal> {
        if !self.is_found.load(Ordering::Relaxed) {
            self.probe(ask.http, PROBE)?;
            self.is_found.store(true, Ordering::Relaxed);
        }
        let mut parameters = vec![("api-version", API_VERSION), ("resource", ask.resource)];
        parameters.extend(ask.identity.parameter("msi_res_id"));
        let url = with_query(&self.endpoint, &parameters);
        let response = call(ask.http, &url, &[("metadata", "true")], Schedule::imds())
            .map_err(|none| unanswered(&none))?;
        let granted = (response.status == 200).then(|| Granted::read(&response)).flatten();
        let token = granted.and_then(|granted| granted.token(ask.http.clock().now()));
        token.ok_or_else(|| refusal(&response, ask))
    }

    /// Without the header that the service insists on, so that whoever answers gives nothing away.
    fn probe(&self, http: &Http, limit: Duration) -> Result<(), Refusal> {
        match http.send_local(&get(&self.endpoint, &[]), limit) {
            Ok(response) => match foreign(&response).or_else(|| broken(&response)) {
                None => Ok(()),
                Some(why) => Err(absent(&why)),
            },
            Err(none) => Err(absent(&none.error.what)),
        }
    }
}

/// Nobody there is an absence; somebody who then says nothing is a failure.
fn unanswered(none: &NoAnswer) -> Refusal {
    if is_nobody(none) {
        return absent(&none.error.what);
    }
    let what = format!("{HOST} did not answer: {}", none.error.what);
    Refusal::Refused(Error::new(none.error.kind, what).help("run again"))
}

/// Whether an answer without a token is somebody else's, tells of no such identity, or is a refusal.
fn refusal(response: &Response, ask: &Ask<'_>) -> Refusal {
    if let Some(why) = foreign(response) {
        return absent(&why);
    }
    if Said::read(response).is_none() {
        return absent(&format!("the answer ({}) is not JSON", response.status));
    }
    let error = said::error(HOST, response);
    if response.status == 400 {
        let help =
            format!("assign {} to this machine, or name another by `client_id`", ask.identity);
        return Refusal::Unavailable(error.help(help));
    }
    let help = "to pass over the machine's identity, name another in AZURE_TOKEN_CREDENTIALS";
    Refusal::Refused(error.help(help))
}

/// Why this is another service's answer, if it is. Docker Desktop's proxy says by a text alone that it
/// reached nobody; others know neither the path nor the form of an error.
fn foreign(response: &Response) -> Option<String> {
    let says_unreachable = || response.body.windows(UNREACHABLE.len()).any(|w| w == UNREACHABLE);
    let is_foreign = match response.status {
        403 if says_unreachable() => true,
        401 | 403 | 404 => !Said::read(response).is_some_and(|said| said.has_error()),
        _ => false,
    };
    is_foreign.then(|| format!("the answer ({}) is not the service's", response.status))
}

/// Why an answer to the first look is a proxy's that reached nobody: the service answers it with its own
/// form of an error, and who waits for it to recover waits in vain.
fn broken(response: &Response) -> Option<String> {
    let is_broken = response.status >= 500 && Said::read(response).is_none();
    is_broken.then(|| format!("the answer ({}) is not the service's", response.status))
}

/// Nobody is there who could give a token.
fn absent(why: &str) -> Refusal {
    let what = format!("{HOST} is not there: {why}");
    let help = "run on an Azure host that has a managed identity, or choose another `auth.kind`";
    Refusal::Unavailable(Error::new(Kind::SignIn, what).help(help))
}

/// How it is called in messages.
const HOST: &str = "the instance metadata service";
/// Where it is.
const ORIGIN: &str = "http://169.254.169.254";
/// What it is asked by.
const PATH: &str = "/metadata/identity/oauth2/token";
/// The version that is asked for.
const API_VERSION: &str = "2018-02-01";
/// How long it may take to show that it is there, connection and answer.
const PROBE: Duration = Duration::from_secs(1);
/// The word of Docker Desktop's proxy.
const UNREACHABLE: &[u8] = b"unreachable";
