//! An Azure host's own identity: the host hands out its tokens to whatever runs on it.
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/>

use std::sync::Arc;

use super::chain::Link;
use super::choice::Setup;
use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::error_code::ErrorCode;
use crate::http::Http;

mod app_service;
mod arc;
mod call;
mod expiry;
mod granted;
mod host;
mod identity;
mod imds;
mod key_file;
mod said;
mod schedule;
mod url;

use host::Host;
use identity::Identity;

/// A host's identity.
pub struct ManagedIdentity {
    /// Asks the host.
    http: Arc<Http>,
    /// What the tokens are for.
    cloud: Arc<Cloud>,
    /// Who hands them out.
    host: Host,
    /// Whose they are.
    identity: Identity,
}

/// Whether the metadata service is looked for before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// It is: another way to sign in may come after, and must not wait for a machine that has none.
    Probe,
    /// It is not: nothing else was chosen.
    Insist,
}

/// What every host is asked.
struct Ask<'a> {
    /// Sends the question.
    http: &'a Http,
    /// What the token is for, as an origin.
    resource: &'a str,
    /// Whose token.
    identity: &'a Identity,
}

impl ManagedIdentity {
    /// The one that `auth.kind: managed_identity` names, or why this host has none for us.
    pub fn chosen(setup: Setup<'_>) -> Result<Self> {
        let host = Host::detect(setup.env, host::has_arc_agent(), Search::Insist)?;
        Ok(Self::new(setup.http, setup.cloud, host, Identity::chosen(setup.auth)))
    }

    /// The chain's link.
    pub fn link(setup: Setup<'_>, search: Search) -> Link {
        match Host::detect(setup.env, host::has_arc_agent(), search) {
            Ok(host) => {
                let identity = Identity::of_job(setup.auth, setup.env);
                Link::Ready(Box::new(Self::new(setup.http, setup.cloud, host, identity)))
            }
            Err(error) => {
                let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
                Link::Absent { name: NAME, reason: format!("{}{help}", error.what) }
            }
        }
    }

    /// One of this host, already detected.
    fn new(http: &Arc<Http>, cloud: &Arc<Cloud>, host: Host, identity: Identity) -> Self {
        Self { http: http.clone(), cloud: cloud.clone(), host, identity }
    }
}

impl Credential for ManagedIdentity {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Only the host knows.
    fn tenant(&self) -> Option<&str> {
        None
    }

    /// A host takes neither another tenant nor claims; a token that a vault refused is asked for
    /// anew, which is all that can be done.
    fn sign_in(&self, _: Wish<'_>) -> std::result::Result<AccessToken, Refusal> {
        let resource = self.cloud.resource();
        let ask = Ask { http: &self.http, resource, identity: &self.identity };
        let token = match &self.host {
            Host::Imds(imds) => imds.token(&ask),
            Host::AppService(app_service) => app_service.token(&ask),
            Host::AzureArc(arc) => arc.token(&ask),
        };
        token.map_err(|refusal| refusal.within(ErrorCode::ManagedIdentity))
    }
}

/// The name in messages.
const NAME: &str = "managed_identity";

#[cfg(test)]
mod tests;
